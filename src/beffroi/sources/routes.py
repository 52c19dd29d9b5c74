"""The JSON API of the sources, mounted by the node under `/sources` (docs/how-to/add-a-source.md)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.operations.catalogue import Catalogue
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.fetching import World
from beffroi.sources.operations.registry import (
    Keeping,
    add_sources,
    change_source,
    find_source,
    list_runs,
    list_sources,
    remove_source,
)
from beffroi.sources.operations.trial import try_beside
from beffroi.sources.rules.dataset import Discovery, only, read_by
from beffroi.sources.rules.mapping.identity import check_name
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import Source, changed, served, sources_from
from beffroi.store.port import Store
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, query, sentence_of
from beffroi.web.json_api import (
    answer,
    body_of,
    limit_of,
    listed,
    nothing,
    optional_body_of,
    text_in,
    texts_in,
)
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

CHANGEABLE = ("title", "mapping", "interval", "area", "zone", "axes", "deletes", "paused")
render = problem_response


class RunNow(Protocol):
    """Harvest one source now; `processes.harvest` is handed in by the app."""

    def __call__(self, tenant: str, name: str, /) -> Awaitable[Run]: ...


@dataclass(frozen=True, slots=True)
class Room:
    """What the rows below work with."""

    store: Store
    world: World
    catalogue: Catalogue
    run_now: RunNow
    signed: Callable[[str], Keeping]
    """The store for what somebody of this name changes."""


async def get_sources(room: Room, request: Request, _: Arguments) -> Response:
    """All sources with what became of their last run."""
    found = await list_sources(room.store, tenant_of(request))
    return listed("sources", [served(source) for source in found])


async def post_source(room: Room, request: Request, _: Arguments) -> Response:
    """Add what stands behind `url`: each dataset that a mapping fits, or those in `datasets`.

    With `mapping`, `name`, `interval` the one dataset is added so; what is read already is added again only
    under a `name` of its own. 201 with the sources that were added.
    """
    body, tenant = body_of(request), tenant_of(request)
    discovery = await _discovered(room, body)
    mapping = text_in(body, "mapping")
    if mapping is not None:
        discovery = read_by(discovery, room.catalogue.find(mapping))
    known = [] if "name" in body else await list_sources(room.store, tenant)
    sources = [_adjusted(source, body) for source in sources_from(discovery, known, room.world.now())]
    if not sources:
        raise Problem(
            BadRequestData,
            f"No mapping fits any of the {len(discovery.offered)} datasets behind this address that is not "
            "a source already.",
        )
    if len(sources) > 1 and ("name" in body or "mapping" in body):
        raise Problem(BadRequestData, "A name or a mapping is for one dataset; say which in 'datasets'.")
    await add_sources(room.signed(request.actor.name), tenant, sources)
    return answer({"sources": [served(source) for source in sources]}, 201)


async def post_discovery(room: Room, request: Request, _: Arguments) -> Response:
    """What stands behind `url`, and which mappings fit; nothing is added."""
    return answer((await _discovered(room, body_of(request))).shown())


async def get_mappings(room: Room, _request: Request, _: Arguments) -> Response:
    """The mappings that this node has."""
    mappings: list[Json] = [
        {
            "name": each.name,
            "title": each.title_in("en"),
            "type": each.type,
            "fields": list[Json](each.fields),
        }
        for each in room.catalogue.mappings.values()
    ]
    return listed("mappings", mappings)


async def get_source(room: Room, request: Request, path: Arguments) -> Response:
    """One source."""
    return answer(served(await find_source(room.store, tenant_of(request), path["name"])))


async def patch_source(room: Room, request: Request, path: Arguments) -> Response:
    """Change title, mapping, interval, area, zone, axes, deletes or paused."""
    body = body_of(request)
    wrong = [name for name in body if name not in CHANGEABLE]
    if wrong:
        raise Problem(BadRequestData, f"The member '{wrong[0][:60]}' of a source cannot be changed.")
    mapping = text_in(body, "mapping")
    if mapping is not None:
        room.catalogue.find(mapping)
    source = await change_source(
        room.signed(request.actor.name),
        tenant_of(request),
        path["name"],
        lambda stored: changed(stored, body),
    )
    return answer(served(source))


async def delete_source(room: Room, request: Request, path: Arguments) -> Response:
    """Forget a source and its runs; the entities that came from it stay."""
    await remove_source(room.signed(request.actor.name), tenant_of(request), path["name"])
    return nothing()


async def post_trial(room: Room, request: Request, path: Arguments) -> Response:
    """A dry run of a source, with another mapping if one is named: what would become of its records."""
    source = await find_source(room.store, tenant_of(request), path["name"])
    mapping = room.catalogue.find(text_in(optional_body_of(request), "mapping") or source.mapping)
    trial = await try_beside(room.store, tenant_of(request), room.world, source, mapping)
    return answer(trial.shown())


async def post_run(room: Room, request: Request, path: Arguments) -> Response:
    """Harvest a source now; the answer is the report."""
    return answer((await room.run_now(tenant_of(request), path["name"])).shown(), 201)


async def get_runs(room: Room, request: Request, path: Arguments) -> Response:
    """The reports of the last runs of a source, the newest first."""
    tenant = tenant_of(request)
    await find_source(room.store, tenant, path["name"])
    return listed("runs", await list_runs(room.store, tenant, path["name"], limit_of(request, 20, 50)))


async def _discovered(room: Room, body: JsonObject) -> Discovery:
    url = text_in(body, "url")
    if url is None or not url.startswith(("http://", "https://")):
        raise Problem(BadRequestData, "The member 'url' is needed: the address of a portal or of a file.")
    discovery = await discover(url, room.world, list(room.catalogue.mappings.values()))
    wanted = texts_in(body, "datasets")
    return discovery if wanted is None else only(discovery, wanted)


def _adjusted(source: Source, body: JsonObject) -> Source:
    """The proposed source with what the request says about it."""
    said = {name: body[name] for name in CHANGEABLE if name in body}
    name = text_in(body, "name")
    if name is not None:
        said["name"] = check_name(name, "name of a source")
    return changed(source, said)


ROUTES: tuple[Route[Room], ...] = (
    Route("GET", "", get_sources, "sources: list"),
    Route("POST", "", post_source, "sources: add", "operate"),
    Route("POST", "/discovery", post_discovery, "sources: discover", "operate"),
    Route("GET", "/mappings", get_mappings, "sources: mappings"),
    Route("GET", "/{name}", get_source, "sources: one"),
    Route("PATCH", "/{name}", patch_source, "sources: change", "operate"),
    Route("DELETE", "/{name}", delete_source, "sources: remove", "operate"),
    Route("POST", "/{name}/dry-run", post_trial, "sources: dry run", "operate"),
    Route("POST", "/{name}/runs", post_run, "sources: run now", "operate"),
    Route("GET", "/{name}/runs", get_runs, "sources: runs"),
)
"""Every operation one row."""

_TEXT: Final[JsonObject] = {"type": "string"}
_OBJECT: Final[JsonObject] = {"type": "object"}
_ADDRESS: Final = Content(
    ("application/json",),
    {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": _TEXT,
            "datasets": {"type": "array", "items": _TEXT},
            "name": _TEXT,
            "title": _TEXT,
            "mapping": _TEXT,
            "interval": {"type": "integer"},
        },
    },
    {"url": "https://portal.example/api/explore/v2.1"},
)
_CHANGE: Final = Content(("application/json",), _OBJECT, {"paused": True})
_FOUND: Final = Answer(200, "What was found.", Content(("application/json",), _OBJECT))


def _tell(row: Row) -> Told:
    parameters = ("limit", "NGSILD-Tenant") if row.path.endswith("/runs") else ("NGSILD-Tenant",)
    match row.method, row.path:
        case "POST", "" | "/discovery":
            made = Answer(201, "What was added.", Content(("application/json",), _OBJECT))
            return Told(sentence_of(row), parameters, _ADDRESS, (_FOUND, made))
        case "PATCH", _:
            return Told(sentence_of(row), parameters, _CHANGE, (_FOUND,))
        case "DELETE", _:
            return Told(sentence_of(row), parameters, None, (Answer(204, "It is gone."),))
        case _:
            return Told(sentence_of(row), parameters, None, (_FOUND,))


CHAPTER: Final = Chapter(
    name="Sources",
    about="What the node reads from elsewhere: portals, files, feeds, and the mappings that read them.",
    prefix="/sources",
    rows=ROUTES,
    tell=_tell,
    problem=Content(("application/problem+json",), {"type": "object", "required": ["title", "status"]}),
    parameters={
        "limit": query({"type": "integer", "minimum": 1, "maximum": 50}, "How many at most."),
        "NGSILD-Tenant": header(_TEXT, "Whose sources; without it the node's own."),
    },
    path={"name": {"schema": _TEXT, "example": "bike-stations", "description": "The name of the source."}},
)
