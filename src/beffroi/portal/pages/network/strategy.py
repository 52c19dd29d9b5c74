"""The strategy's board, one action or pledge with all that was said of it, and the forms of the office."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.network.operations.documents import (
    change,
    create,
    retrieve_readable,
    versions,
    withdraw,
)
from beffroi.network.operations.strategy import Imported, import_table, read_board
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import TENANT, Kind
from beffroi.network.rules.strategy.board import Deed, Measured, Promise, totals
from beffroi.network.rules.strategy.kinds import ACTION, AGGREGATES, INDICATOR, PLEDGE, READING, STAGES
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import nodes_of, origins, own_did, short_id
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

LONGEST: Final = 10_000
_FIELDS: Final = {
    "pledge": ("title", "text", "axis", "number", "document"),
    "action": ("title", "text", "responsible", "begins", "ends", "stage", "reason", "document"),
    "indicator": ("title", "unit", "start", "target", "by"),
}
_MEASURE: Final = ("type", "q", "attribute", "aggregate", "condition")
_KINDS: Final = {kind.name: kind for kind in (PLEDGE, ACTION, INDICATOR)}


async def board(visit: Visit, _: Arguments) -> Response:
    """The board of this city, or of another one that this node follows."""
    return await _board(visit)


async def load(visit: Visit, _: Arguments) -> Response:
    """Import the table that was pasted, or say what it would change."""
    fields = visit.form()
    table, dry = fields.get("table", ""), fields.get("do") != "import"
    try:
        found = await import_table(
            visit.portal.network, table.encode(), fields.get("language", "fr"), visit.actor, dry=dry
        )
    except Problem as problem:
        return await _board(visit, table=table, mistake=problem.detail)
    if dry:
        return await _board(visit, table=table, tried=found)
    return see_other(f"{visit.home()}network/strategy")


async def write(visit: Visit, path: Arguments) -> Response:
    """A new pledge, action or indicator, published."""
    kind = _kind(path["kind"])
    fields = visit.form()
    content = _content(kind, fields, visit.language.code)
    try:
        made = await create(visit.portal.network, kind, content, visit.actor, publish=True)
    except Problem as problem:
        return await _board(visit, said=fields, mistake=problem.detail)
    shown = str(content["shows"]) if kind is INDICATOR else str(made["id"])
    return see_other(f"{visit.home()}network/strategy/{segment(short_id(shown, await own_did(visit)))}")


async def one(visit: Visit, path: Arguments) -> Response:
    """A pledge or an action: its indicators with their readings, and every version."""
    return await _one(visit, path["id"])


async def correct(visit: Visit, path: Arguments) -> Response:
    """Change an action's stage or dates, in the open."""
    fields = visit.form()
    kind, document = await _found(visit, path["id"])
    patch: JsonObject = {name: fields[name].strip() or None for name in _FIELDS[kind.name] if name in fields}
    if patch.get("number"):
        patch["number"] = _whole(str(patch["number"]))
    try:
        await change(
            visit.portal.network, kind, str(document["id"]), patch, visit.actor, fields.get("why", "")
        )
    except Problem as problem:
        return await _one(visit, path["id"], said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}network/strategy/{segment(path['id'])}")


async def take_back(visit: Visit, path: Arguments) -> Response:
    """Withdraw a pledge or an action, with the reason."""
    fields = visit.form()
    kind, document = await _found(visit, path["id"])
    try:
        await withdraw(visit.portal.network, kind, str(document["id"]), visit.actor, fields.get("reason", ""))
    except Problem as problem:
        return await _one(visit, path["id"], said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}network/strategy/{segment(path['id'])}")


async def read_now(visit: Visit, path: Arguments) -> Response:
    """A new reading of an indicator: typed in, or computed now."""
    fields, network = visit.form(), visit.portal.network
    indicator = await retrieve_readable(network, INDICATOR, path["indicator"], visit.actor)
    try:
        if fields.get("do") == "measure" and network.measure is not None:
            await network.measure(indicator, visit.actor)
        else:
            await create(network, READING, _reading(indicator, fields), visit.actor, publish=True)
    except Problem as problem:
        return await _one(visit, path["id"], said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}network/strategy/{segment(path['id'])}")


async def _board(
    visit: Visit,
    *,
    table: str = "",
    said: Mapping[str, str] | None = None,
    tried: Imported | None = None,
    mistake: str = "",
) -> Response:
    network, own = visit.portal.network, await own_did(visit)
    origin = visit.request.parameters.get("origin", "") if visit.request.method == "GET" else ""
    promises = await read_board(network, origin or own, visit.actor)
    cities = await network.store.values(TENANT, PLEDGE.record_kind, "origin")
    values: dict[str, object] = {
        **places(visit, "strategy"),
        "promises": promises,
        "counts": totals(promises),
        "cities": list((await nodes_of(visit, sorted(cities))).values()),
        "origin": origin or own,
        "may_write": may(visit, "steer") and (origin or own) == own,
        "table": table,
        "tried": tried,
        "said": said or {},
        "mistake": mistake,
        "stages": STAGES,
        "short": partial(short_id, own=own),
    }
    status = 400 if mistake else 200
    return visit.page("network/strategy.html", visit.say("Strategy"), values, status=status, place=_HERE)


async def _one(
    visit: Visit, id: str, *, said: Mapping[str, str] | None = None, mistake: str = ""
) -> Response:
    network, own = visit.portal.network, await own_did(visit)
    kind, document = await _found(visit, id)
    promises = await read_board(network, str(document["origin"]), visit.actor)
    promise, deed = _in_board(promises, str(document["id"]))
    measured: tuple[Measured, ...] = deed.indicators if deed else promise.indicators if promise else ()
    values: dict[str, object] = {
        **places(visit, "strategy"),
        "kind": kind.name,
        "document": document,
        "promise": promise,
        "deed": deed,
        "measured": measured,
        "versions": (await versions(network, kind, str(document["id"]), visit.actor))[::-1],
        "origin": (await origins(visit, [document]))[str(document["origin"])],
        "may_write": may(visit, "steer") and document["origin"] == own,
        "said": said or {},
        "mistake": mistake,
        "stages": STAGES,
        "aggregates": AGGREGATES,
        "short": partial(short_id, own=own),
    }
    title = str(content_of(document)["title"])
    trail = [(f"{visit.home()}network/strategy", visit.say("Strategy"))]
    if deed and promise:
        kept = segment(short_id(str(promise.pledge["id"]), own))
        address = f"{visit.home()}network/strategy/{kept}"
        trail.append((address, str(content_of(promise.pledge)["title"])))
    return visit.page(
        "network/action.html", title, values, trail=tuple(trail), status=400 if mistake else 200,
        place=f"{_HERE}/{segment(id)}",
    )  # fmt: skip


async def _found(visit: Visit, id: str) -> tuple[Kind, JsonObject]:
    """The action or the pledge of this id. Raises Problem(ResourceNotFound)."""
    for kind in (ACTION, PLEDGE):
        try:
            return kind, await retrieve_readable(visit.portal.network, kind, id, visit.actor)
        except Problem as problem:
            if problem.kind is not ResourceNotFound:
                raise
    raise Problem(ResourceNotFound, f"There is neither an action nor a pledge '{id[:200]}'.")


def _in_board(promises: list[Promise], id: str) -> tuple[Promise | None, Deed | None]:
    for promise in promises:
        if promise.pledge["id"] == id:
            return promise, None
        for deed in promise.deeds:
            if deed.action["id"] == id:
                return promise, deed
    return None, None


def _content(kind: Kind, fields: Mapping[str, str], language: str) -> JsonObject:
    content: JsonObject = {"language": language}
    for name in (*_FIELDS[kind.name], "pledge", "shows"):
        if fields.get(name, "").strip():
            content[name] = fields[name].strip()[:LONGEST]
    if "number" in content:
        content["number"] = _whole(str(content["number"]))
    measure: JsonObject = {
        name: fields[f"measure.{name}"].strip()
        for name in _MEASURE
        if fields.get(f"measure.{name}", "").strip()
    }
    return {**content, "measure": measure} if measure.get("type") else content


def _reading(indicator: JsonObject, fields: Mapping[str, str]) -> JsonObject:
    source: JsonObject = {"how": "typed"}
    if fields.get("note", "").strip():
        source["note"] = fields["note"].strip()[:LONGEST]
    return {
        "indicator": indicator["id"],
        "value": fields.get("value", "").strip().replace(",", "."),
        "at": f"{fields.get('at', '')[:10]}T00:00:00Z",
        "source": source,
    }


def _whole(text: str) -> int | str:
    """A whole number where it is one; what it is not, the schema refuses with its value."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _kind(name: str) -> Kind:
    if name not in _KINDS:
        raise Problem(ResourceNotFound, f"A strategy has no '{name[:40]}'.")
    return _KINDS[name]


_HERE: Final = "network/strategy"
STRATEGY_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/strategy", board, "nothing"),
    ("POST", "/network/strategy", load, "steer"),
    ("POST", "/network/strategy/new/{kind}", write, "steer"),
    ("GET", "/network/strategy/{id}", one, "nothing"),
    ("POST", "/network/strategy/{id}", correct, "steer"),
    ("POST", "/network/strategy/{id}/withdraw", take_back, "steer"),
    ("POST", "/network/strategy/{id}/readings/{indicator}", read_now, "steer"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
