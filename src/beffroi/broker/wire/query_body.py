"""Read a Query in the body of POST entityOperations/query (clauses 5.2.23, 5.2.33, 6.23)."""

from collections.abc import Mapping

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.names import bad
from beffroi.broker.rules.query.ordering import Ordering
from beffroi.broker.rules.query.query import EntityQuery, View
from beffroi.broker.wire.parameters import (
    check_options,
    flag,
    read_ordering,
    read_query,
    read_view,
    refuse_what_is_missing,
)
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import InvalidRequest, Problem

_TEXTS = frozenset("q csf scopeQ lang join".split())
_LISTS = frozenset("attrs pick omit datasetId expandValues jsonKeys containedBy".split())
_VIEW = frozenset("attrs pick omit lang datasetId join joinLevel containedBy".split())
_OTHERS = frozenset(
    "type entities geoQ temporalQ joinLevel ordering aggrParams splitEntities entityMap".split()
)


def read_query_body(
    content: JsonObject, parameters: Mapping[str, str], context: Context
) -> tuple[list[EntityQuery], View]:
    """The queries (one for each entity selector) and the view that a Query asks for.

    Raises Problem(BadRequestData) naming the member that is wrong.
    """
    queries, shown = read_queries(content, parameters, context)
    for member in ("temporalQ", "aggrParams"):
        if member in content:
            bad(f"The member '{member}' is for temporal queries only.")
    check_options(parameters, frozenset({"normalized", "concise", "simplified", "keyValues", "sysAttrs"}))
    return queries, read_view({**parameters, **shown}, context)


def read_queries(
    content: JsonObject, parameters: Mapping[str, str], context: Context
) -> tuple[list[EntityQuery], dict[str, str]]:
    """The queries of a Query, and as parameters the members that say what is shown."""
    if content.get("type") != "Query":
        bad("The body is no Query: its type is not 'Query'.")
    for member in content:
        if member not in _TEXTS | _LISTS | _OTHERS:
            raise Problem(InvalidRequest, f"A Query has no member '{member[:100]}'.")
    texts = _texts(content)
    refuse_what_is_missing({n: t for n, t in texts.items() if n == "csf"})
    shown = {name: text for name, text in texts.items() if name in _VIEW}
    asked = {name: text for name, text in texts.items() if name not in _VIEW or name == "attrs"}
    if flag(parameters, "local"):
        asked["local"] = "true"
    asked.update(_geo(content.get("geoQ")))
    selectors = _selectors(content.get("entities"))
    return [read_query({**asked, **selector}, context) for selector in selectors], shown


def read_ordering_of_body(
    content: JsonObject, parameters: Mapping[str, str], context: Context
) -> Ordering | None:
    """What the member `ordering` asks for (clause 5.2.43)."""
    value = content.get("ordering")
    if value is None:
        return None
    if not isinstance(value, dict):
        bad("The member 'ordering' of the Query is not an object.")
    found: dict[str, str] = {}
    for member, item in value.items():
        if member == "orderBy" and isinstance(item, list) and item:
            found["orderBy"] = ",".join(_word("orderBy", each) for each in item)
        elif member == "coordinates" and isinstance(item, list):
            found["orderFrom"] = encode(item).decode()
        elif member in {"collation", "geometry"} and isinstance(item, str):
            found["orderGeometry" if member == "geometry" else member] = item
        else:
            bad(f"The ordering of the Query has no member '{member[:100]}' of this kind (clause 5.2.43).")
    lang = content.get("lang")
    if isinstance(lang, str):
        found["lang"] = lang
    if "local" in parameters:
        found["local"] = parameters["local"]
    return read_ordering(found, context)


def _texts(content: JsonObject) -> dict[str, str]:
    found: dict[str, str] = {}
    for member, value in content.items():
        if member in _TEXTS:
            if not isinstance(value, str):
                bad(f"The member '{member}' of the Query is not a string.")
            found[member] = value
        if member in _LISTS:
            items = [value] if isinstance(value, str) else value
            if not isinstance(items, list) or not items:
                bad(f"The member '{member}' of the Query is not an array of strings.")
            found[member] = ",".join(_word(member, item) for item in items)
        if member == "joinLevel":
            if not isinstance(value, int) or value is True or value < 1:
                bad("The member 'joinLevel' of the Query is not a whole number from 1 on.")
            found[member] = str(value)
    return found


def _word(member: str, item: Json) -> str:
    if not isinstance(item, str):
        bad(f"The member '{member}' of the Query is not an array of strings.")
    return item


def _selectors(value: Json) -> list[dict[str, str]]:
    if value is None:
        return [{}]
    if not isinstance(value, list) or not value:
        bad("The member 'entities' of the Query is not an array of entity selectors.")
    return [_selector(item) for item in value[:100]]


def _selector(value: Json) -> dict[str, str]:
    if not isinstance(value, dict):
        bad("An entity selector of the Query is not an object.")
    found: dict[str, str] = {}
    for member, item in value.items():
        items = item if isinstance(item, list) else [item]
        if member not in {"id", "idPattern", "type"} or not items:
            bad(f"An entity selector has no member '{member[:100]}'.")
        found[member] = ",".join(_word(member, part) for part in items)
    if "type" not in found:
        bad("An entity selector of the Query has no type.")
    return found


def _geo(value: Json) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        bad("The member 'geoQ' of the Query is not an object.")
    found: dict[str, str] = {}
    for member, item in value.items():
        if member not in {"georel", "geometry", "coordinates", "geoproperty"}:
            bad(f"A geoQ has no member '{member[:100]}'.")
        found[member] = item if isinstance(item, str) else encode(item).decode()
    return found
