"""Documents that the node serves beside its APIs: its @contexts, and whether it is well."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from beffroi.app.health import Health
from beffroi.broker.rules.context.vocabulary import core_context
from beffroi.config import Settings
from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound
from beffroi.sources.rules.vocabulary import context_document
from beffroi.store.port import Store
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

OWN_CONTEXT = "city.jsonld"
CORE_COPY = "ngsi-ld-core-context-v1.9.jsonld"


@dataclass(frozen=True, slots=True)
class Documents:
    """Contexts by file name, and what is known of the node's health."""

    contexts: Mapping[str, JsonObject]
    health: Health


def own_documents(store: Store) -> Documents:
    """The documents of every node: the terms of its mappings, and the core context."""
    return Documents({OWN_CONTEXT: context_document(), CORE_COPY: core_context()}, Health(store))


def own_context_url(settings: Settings) -> str:
    """The address under which the node serves the terms of its mappings; it never fetches it itself."""
    return f"{settings.address}/contexts/{OWN_CONTEXT}"


def preloaded(path: Path | None) -> Mapping[str, Json]:
    """The documents of a file that maps URLs to files beside it; each is read once.

    Raises Problem(BadRequestData) for a file that is not there or does not hold what it should.
    """
    if path is None:
        return {}
    names = _read(path)
    if not isinstance(names, dict):
        raise Problem(BadRequestData, f"The file '{path}' maps no URLs to files.")
    return {url: _read(path.parent / str(name)) for url, name in names.items()}


def _read(path: Path) -> Json:
    try:
        return decode(path.read_bytes())
    except OSError as failure:
        raise Problem(BadRequestData, f"The file '{path}' cannot be read: {failure.strerror}.") from failure
    except Problem as problem:
        raise Problem(BadRequestData, f"The file '{path}' is no JSON. {problem.detail}") from problem


async def context(documents: Documents, _: Request, path: Arguments) -> Response:
    found = documents.contexts.get(path["name"])
    if found is None:
        raise Problem(ResourceNotFound, f"There is no context '{path['name'][:100]}' here.")
    headers = {
        "content-type": "application/ld+json",
        "cache-control": "public, max-age=86400",
        "access-control-allow-origin": "*",
    }
    return Response(200, headers, encode(found))


async def health(documents: Documents, _: Request, __: Arguments) -> Response:
    """200 also where writes are refused: a node that still answers is not to be taken out of service."""
    return Response(200, {"content-type": "application/json"}, encode(await documents.health.told()))


DOCUMENT_ROUTES: tuple[Route[Documents], ...] = (
    Route("GET", "/contexts/{name}", context, "JSON-LD 1.1", "nothing"),
    Route("GET", "/health", health, "draft-inadarei-api-health-check-06", "nothing"),
)
