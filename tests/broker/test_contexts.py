"""JSON-LD contexts: printed, preloaded, kept, fetched with limits, and hostile ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.rules.context.jsonld import CORE, compile_context
from beffroi.broker.rules.context.vocabulary import core_context
from beffroi.kernel.problem import BadRequestData, LdContextNotAvailable, Problem
from beffroi.outbound import Client, Policy
from beffroi.store.opening import open_store
from tests.broker.client import Client as Node
from tests.conftest import Run

PUBLISHED = Path(__file__).parents[3] / "shared/contexts/ngsi-ld-core-context-v1.9.jsonld"


@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs ../shared/contexts beside the project")
def test_the_printed_core_context_is_the_published_one() -> None:
    published = json.loads(PUBLISHED.read_text())["@context"]
    printed = core_context()["@context"]
    assert isinstance(printed, dict)
    for term in published.keys() | printed.keys():
        assert printed.get(term) == published.get(term), term


def test_core_terms_win_over_those_of_users() -> None:
    context = compile_context(
        {"location": "https://example.org/place", "Room": "https://example.org/Room"}, {}
    )
    assert context.expand("location") == "https://uri.etsi.org/ngsi-ld/location"
    assert context.compact("https://example.org/Room") == "Room"


def test_a_name_that_a_context_claims_is_not_used_for_another_uri() -> None:
    context = compile_context({"speed": "https://example.org/speed"}, {})
    assert (
        context.compact("https://uri.etsi.org/ngsi-ld/default-context/speed")
        == "ngsi-ld:default-context/speed"
    )


def test_what_is_expanded_compacts_to_the_same_name() -> None:
    context = compile_context(
        {"ex": "https://example.org/", "ville": "ex:city", "Salle": "https://a.b/c#Room"}, {}
    )
    for name in ("ville", "Salle", "ex:autre", "speed", "location", "nom_de_rue"):
        assert context.compact(context.expand(name)) == name


@asynccontextmanager
async def serving(pages: dict[str, Any]) -> AsyncIterator[tuple[str, list[str]]]:
    """A small server of contexts on loopback; also what was asked of it."""
    asked: list[str] = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.path)
        content = pages[request.path]
        if isinstance(content, int):
            return web.Response(status=content)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return web.Response(body=body, content_type="text/plain")

    app = web.Application()
    app.router.add_get("/{name}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


def loaded(run: Run, pages: dict[str, Any], source: Callable[[str], Any], *, private: bool = True) -> Any:
    async def scenario() -> tuple[Any, list[str]]:
        store = await open_store("memory:", {})
        async with serving(pages) as (url, asked), Client(Policy(allow_private=private)) as client:
            contexts = Contexts(store, client, {})
            try:
                await contexts.load(source(url))
                again = await Contexts(store, client, {}).load(source(url))
                return again, asked
            except Problem as problem:
                return problem, asked

    return run(scenario())


def test_a_context_is_fetched_once_and_kept(run: Run) -> None:
    pages = {
        "/a": {"@context": ["/b", {"Room": "https://example.org/Room"}]},
        "/b": {"@context": {"x": "https://e.org/x"}},
    }
    context, asked = loaded(run, pages, lambda url: url + "/a")
    assert asked == ["/a", "/b"]
    assert (context.expand("Room"), context.expand("x")) == ("https://example.org/Room", "https://e.org/x")


@pytest.mark.parametrize(
    ("pages", "kind"),
    [
        ({"/a": {"@context": "/a"}}, BadRequestData),
        ({"/a": {"@context": ["/b"]}, "/b": {"@context": ["/a"]}}, BadRequestData),
        ({"/a": {"@context": {"p": {"@id": "https://e.org/p", "@context": {}}}}}, BadRequestData),
        ({"/a": {"@context": [f"/{n}" for n in range(30)]}}, BadRequestData),
        ({"/a": {"@context": {f"t{n}": "https://e.org/" for n in range(30_000)}}}, BadRequestData),
        ({"/a": {"@context": 5}}, BadRequestData),
        ({"/a": {"no": "context"}}, LdContextNotAvailable),
        ({"/a": b"<html>"}, LdContextNotAvailable),
        ({"/a": 404}, LdContextNotAvailable),
        ({"/a": b'{"@context": "' + b"x" * 2_000_000 + b'"}'}, LdContextNotAvailable),
    ],
)
def test_a_hostile_context_is_refused(run: Run, pages: dict[str, Any], kind: Any) -> None:
    problem, _ = loaded(run, pages, lambda url: url + "/a")
    assert isinstance(problem, Problem)
    assert problem.kind == kind, problem


def test_a_private_address_is_never_asked(run: Run) -> None:
    problem, asked = loaded(run, {"/a": {"@context": {}}}, lambda url: url + "/a", private=False)
    assert isinstance(problem, Problem)
    assert (problem.kind, asked) == (LdContextNotAvailable, [])


def test_a_missing_context_is_504(memory_node: Node) -> None:
    link = '<http://127.0.0.1:9/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'

    async def scenario() -> None:
        async with memory_node.broker.contexts._client:
            await asyncio.sleep(0)

    memory_node.run(scenario())
    got = memory_node.get("/entities?type=Room", Link=link)
    assert (got.status, got.json["type"]) == (
        504,
        "https://uri.etsi.org/ngsi-ld/errors/LdContextNotAvailable",
    )


def test_no_context_means_the_core(run: Run) -> None:
    assert CORE.compact("https://uri.etsi.org/ngsi-ld/observationSpace") == "observationSpace"
