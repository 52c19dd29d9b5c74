"""The catalogue for harvesters (DCAT-AP 3), and the schema of our terms."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound
from beffroi.market.operations.dcat import Dcat, contents, once
from beffroi.market.rules.dcat.catalogue import Part, catalogue, one_dataset, pages_of
from beffroi.market.rules.dcat.nodes import About
from beffroi.market.rules.dcat.offer import offer_policy
from beffroi.market.rules.documents.schemas import SCHEMAS, schema_path
from beffroi.market.wire.parameters import parameters_in
from beffroi.market.wire.policy import policy_answer
from beffroi.market.wire.rdf import MEDIA_TYPES, suffix_of, written
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Handler, Route


async def dcat(room: Dcat, request: Request, _: Arguments) -> Response:
    """The catalogue in the syntax that the client likes best."""
    return await _page(room, request, suffix_of(request), "")


def dcat_as(suffix: str) -> Handler[Dcat]:
    """The catalogue in one syntax."""

    async def dcat_in_one_syntax(room: Dcat, request: Request, _: Arguments) -> Response:
        """The catalogue in the syntax of the suffix."""
        return await _page(room, request, suffix, f".{suffix}")

    return dcat_in_one_syntax


async def dcat_type(room: Dcat, request: Request, path: Arguments) -> Response:
    """One entity type that the node serves, as a dataset."""
    return await _one(room, request, lambda about: about.dataset(path["type"]))


async def dcat_offer(room: Dcat, request: Request, path: Arguments) -> Response:
    """One active offering, as a dataset."""
    return await _one(room, request, lambda about: about.offer(path["id"]))


async def offer_terms(room: Dcat, request: Request, path: Arguments) -> Response:
    """The terms of one active offering, as an ODRL 2.2 policy."""
    found, _ = await contents(room, served=False)
    about = replace(room.about, base=request.base)
    policies = [offer_policy(about, each) for each in found.offered if each.id == path["id"]]
    policy = next(filter(None, policies), None)
    if policy is None:
        raise Problem(ResourceNotFound, f"No active offering '{path['id'][:100]}' states terms.")
    answer = await policy_answer(request, policy)
    return replace(answer, headers={**answer.headers, "access-control-allow-origin": "*"})


async def schema_index(_room: Dcat, request: Request, _: Arguments) -> Response:
    """The schemas of the members that this market adds to TM Forum's documents, with their addresses."""
    named = {name: f"{request.base}{schema_path(name)}" for name in SCHEMAS}
    return Response(200, {"content-type": "application/json"}, encode({**named}))


def schema_of(name: str) -> Handler[Dcat]:
    """One schema."""

    async def schema(_room: Dcat, _request: Request, _: Arguments) -> Response:
        """The JSON Schema of an extension."""
        headers = {"content-type": "application/schema+json", "cache-control": "public, max-age=3600"}
        return Response(200, headers, encode(SCHEMAS[name]))

    return schema


async def _page(room: Dcat, request: Request, suffix: str, ending: str) -> Response:
    sees = sees_types(request)
    found, version = await contents(room, served=sees)
    number = _number(request)
    if number > pages_of(found):
        raise Problem(ResourceNotFound, f"The catalogue has {pages_of(found)} pages, and no page {number}.")
    about = replace(room.about, base=request.base)
    part = Part(number, f"{about.catalogue}{ending}")
    name = (version, sees, part, suffix)
    return await _answer(room, request, name, suffix, partial(catalogue, about, found, part))


async def _one(room: Dcat, request: Request, address_of: Callable[[About], str]) -> Response:
    suffix, sees = suffix_of(request), sees_types(request)
    found, version = await contents(room, served=sees)
    about = replace(room.about, base=request.base)
    address = address_of(about)
    document = one_dataset(about, found, address)
    if document is None:
        raise Problem(ResourceNotFound, f"There is no dataset '{address[:300]}'.")
    return await _answer(room, request, (version, sees, address, suffix), suffix, lambda: document)


async def _answer(
    room: Dcat, request: Request, name: tuple[object, ...], suffix: str, make: Callable[[], JsonObject]
) -> Response:
    body = await once(room, name, lambda: written(make(), suffix))
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "content-type": MEDIA_TYPES[suffix] + ("; charset=utf-8" if suffix == "ttl" else ""),
        "etag": tag,
        "vary": "accept, authorization, cookie",
        "cache-control": "no-cache",
        "access-control-allow-origin": "*",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(304, headers)
    return Response(200, headers, body)


def sees_types(request: Request) -> bool:
    """Whether the actor may know which entity types there are: whoever may read them, uncut by a grant."""
    return "read" in request.actor.may and request.actor.grant is None


def _number(request: Request) -> int:
    text = parameters_in(request, {"page"}).get("page", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not int(text):
        raise Problem(BadRequestData, f"The parameter 'page' is '{text[:50]}' and not a number from 1 on.")
    return int(text)


DCAT_ROUTES: tuple[Route[Dcat], ...] = (
    Route("GET", "/dcat", dcat, "DCAT-AP 3.0.1", "nothing"),
    *(Route("GET", f"/dcat.{each}", dcat_as(each), "DCAT-AP 3.0.1", "nothing") for each in MEDIA_TYPES),
    Route("GET", "/dcat/types/{type}", dcat_type, "DCAT-AP 3.0.1", "nothing"),
    Route("GET", "/dcat/offers/{id}", dcat_offer, "DCAT-AP 3.0.1", "nothing"),
    Route("GET", "/dcat/offers/{id}/policy", offer_terms, "ODRL 2.2", "nothing"),
    Route("GET", "/schemas", schema_index, "TMF630, @schemaLocation", "nothing"),
    *(Route("GET", schema_path(n), schema_of(n), "TMF630, @schemaLocation", "nothing") for n in SCHEMAS),
)
"""Open to everybody: a harvester has no token. Entity types are named to whoever may read them."""
