"""The rows for documents: list, create, retrieve, change, remove, as far as a resource has these methods."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TypeAlias

from beffroi.kernel.json import JsonObject, is_same
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.reading import documents, retrieve
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, change, create, remove
from beffroi.market.rules.audit.entry import OVER_API
from beffroi.market.rules.documents.event import with_href
from beffroi.market.rules.documents.question import question_of
from beffroi.market.rules.documents.resource import ROOT, Resource
from beffroi.market.wire.answers import made, one, page
from beffroi.market.wire.bodies import document_in, once_in, patch_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

Create: TypeAlias = Callable[[Resource, Market, Request, Arguments], Awaitable[Response]]


async def list_documents(resource: Resource, market: Market, request: Request, _: Arguments) -> Response:
    asked = question_of(request.query)
    listed = await documents(market, resource, asked, request.actor, request.base)
    return page(resource, listed.documents, listed.total, asked, request)


async def create_document(resource: Resource, market: Market, request: Request, _: Arguments) -> Response:
    given = document_in(request)
    once = once_in(request, resource.path, given)
    return made(
        resource,
        await create(market, resource, given, _asker(request), once),
        request,
    )


async def retrieve_document(
    resource: Resource, market: Market, request: Request, path: Arguments
) -> Response:
    fields = question_of(request.query).fields
    return one(resource, await retrieve(market, resource, path["id"], request.actor), request, fields)


async def change_document(resource: Resource, market: Market, request: Request, path: Arguments) -> Response:
    patch = patch_in(request)

    def make(before: JsonObject) -> JsonObject:
        whole = with_href(resource, before, request.base)
        after = patch(whole)
        if after.get("href") != whole["href"]:
            raise Problem(
                BadRequestData,
                f"The member 'href' of {resource.name} '{path['id'][:100]}' is written by the node.",
            )
        # what is left as it was shown stays as it is stored: addresses within are shown whole
        return {
            name: before[name] if name in before and is_same(value, whole[name]) else value
            for name, value in after.items()
            if name != "href"
        }

    return one(
        resource,
        await change(market, resource, path["id"], make, _asker(request)),
        request,
        None,
    )


async def remove_document(resource: Resource, market: Market, request: Request, path: Arguments) -> Response:
    await remove(market, resource, path["id"], _asker(request))
    return Response(204)


def rows(resource: Resource, create: Create = create_document) -> Iterator[Route[Market]]:
    """The rows of one resource, below the root of all APIs; `create` makes a document."""
    path = resource.path.removeprefix(ROOT)
    clause, reads, writes = resource.api.clause, resource.reads, resource.writes
    yield Route("GET", path, partial(list_documents, resource), clause, reads)
    if "POST" in resource.methods:
        yield Route("POST", path, partial(create, resource), clause, resource.makes or writes)
    yield Route("GET", f"{path}/{{id}}", partial(retrieve_document, resource), clause, reads)
    if "PATCH" in resource.methods:
        yield Route("PATCH", f"{path}/{{id}}", partial(change_document, resource), clause, writes)
    if "DELETE" in resource.methods:
        yield Route("DELETE", f"{path}/{{id}}", partial(remove_document, resource), clause, writes)


def _asker(request: Request) -> Asker:
    return Asker(request.actor, otherwise=OVER_API)
