"""The description of the API for people: what can be asked, on one page of HTML."""

from html import escape
from typing import cast

from beffroi.kernel.json import JsonObject, objects_in

_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1b}"
    "code{background:#eee;padding:0 .2em}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #767676;padding:.3em .5em;text-align:left;vertical-align:top}"
)


def manual(document: JsonObject) -> bytes:
    """An OpenAPI document of ours as a page."""
    info = cast("dict[str, str]", document["info"])
    title = escape(info["title"])
    rows = [_section(document, path, cast("JsonObject", item)) for path, item in _paths(document).items()]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{escape(info.get('description', ''))}</p>"
        '<p>This is an <a href="https://ogcapi.ogc.org/features/">OGC API Features</a>. '
        f"Its address for QGIS and GDAL is <code>{escape(_root(document))}</code>.</p>{''.join(rows)}"
        "</main></body></html>\n"
    ).encode()


def _section(document: JsonObject, path: str, item: JsonObject) -> str:
    operation = cast("JsonObject", item["get"])
    given = [_resolved(document, each) for each in objects_in(operation["parameters"])]
    cells = "".join(
        f"<tr><td><code>{escape(str(each['name']))}</code></td>"
        f"<td>{escape(str(each.get('description', '')))}</td></tr>"
        for each in given
    )
    heading = "<tr><th scope=col>Parameter</th><th scope=col>Meaning</th></tr>"
    address = _root(document) + path
    shown = (
        f"<code>{escape(address)}</code>"
        if "{" in path
        else f'<a href="{escape(address)}">{escape(address)}</a>'
    )
    return f"<h2>{escape(str(operation['summary']))}</h2><p>{shown}</p><table>{heading}{cells}</table>"


def _resolved(document: JsonObject, parameter: JsonObject) -> JsonObject:
    name = str(parameter.get("$ref", "")).rpartition("/")[2]
    components = cast("dict[str, dict[str, JsonObject]]", document["components"])
    return components["parameters"][name] if name else parameter


def _paths(document: JsonObject) -> JsonObject:
    return cast("JsonObject", document["paths"])


def _root(document: JsonObject) -> str:
    return cast("list[dict[str, str]]", document["servers"])[0]["url"]
