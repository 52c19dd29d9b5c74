"""Show of a document what `fields` names (TMF630); id and href always."""

from collections.abc import Sequence

from beffroi.kernel.json import Json, JsonObject

ALWAYS = ("id", "href")


def projected(document: JsonObject, fields: Sequence[str] | None) -> JsonObject:
    """The members that `fields` names, dotted ones cut to what they name; the whole document for None.

    >>> projected({"id": "7", "name": "x", "price": {"unit": "EUR", "value": 2}}, ("price.unit",))
    {'id': '7', 'price': {'unit': 'EUR'}}
    """
    if fields is None:
        return document
    paths = [(name,) for name in ALWAYS] + [tuple(field.split(".")) for field in fields]
    found = _cut(document, paths)
    return found if isinstance(found, dict) else {}


def _cut(value: Json, paths: Sequence[tuple[str, ...]]) -> Json:
    if any(not path for path in paths):
        return value
    if isinstance(value, list):
        return [_cut(element, paths) for element in value]
    if not isinstance(value, dict):
        return None
    found: JsonObject = {}
    for name, member in value.items():
        below = [path[1:] for path in paths if path[0] == name]
        if below:
            found[name] = _cut(member, below)
    return found
