"""Node: open the services of one node, mount its routes, answer its requests."""

import json
import logging
import random
import re
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from beffroi.app.access import actor_of
from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.services import Broker
from beffroi.broker.routes import ROUTES
from beffroi.broker.rules.entity import KIND as ENTITY
from beffroi.broker.rules.facets import ENTITY_INDEX
from beffroi.broker.wire.answers import ROOT as NGSI_LD
from beffroi.broker.wire.problems import problem_response
from beffroi.config import Settings, is_loopback
from beffroi.kernel.instant import Instant, instant_of
from beffroi.kernel.json import Json, decode
from beffroi.kernel.problem import Forbidden, Problem, Unauthorized
from beffroi.outbound import Client, Policy
from beffroi.store.opening import open_store
from beffroi.store.port import Store
from beffroi.web.message import Request, Response
from beffroi.web.routing import Failure, Table, answer, plain_problem

LOG = logging.getLogger("beffroi")
ALWAYS_ALLOWED = "nothing"
_HOST = re.compile(r"\[[0-9a-fA-F:.]+\](:\d+)?|[A-Za-z0-9._-]+(:\d+)?")


@dataclass(frozen=True, slots=True)
class Node:
    """One open node: its services and its table of routes."""

    settings: Settings
    store: Store
    client: Client
    broker: Broker
    table: Table

    async def answer(self, request: Request) -> Response:
        """Answer one request; nothing that goes wrong in it leaves this function."""
        try:
            _check_host(self.settings, request)
            if self.settings.needs_sign_in:
                request = replace(request, actor=await actor_of(self.store, request, self.broker.now()))
            return await answer(self.table, request, _admit)
        except Problem as problem:
            return plain_problem(problem, request)
        except Failure as failure:
            LOG.error("%s %s failed", request.method, request.path, exc_info=failure.__cause__)
            return failure.response


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node, None]:
    """Open the store and the connections, put the node together, close all at the end."""
    store = await open_store(settings.data, {ENTITY: ENTITY_INDEX})
    try:
        async with Client(Policy(allow_private=settings.allow_private)) as client:
            contexts = Contexts(store, client, preloaded(settings.contexts))
            broker = Broker(store, contexts, now, new_id, settings.allow_private)
            table = Table()
            table.mount(NGSI_LD, ROUTES, broker, problem_response)
            yield Node(settings, store, client, broker, table)
    finally:
        await store.close()


def preloaded(path: Path | None) -> Mapping[str, Json]:
    """The documents of a file that maps URLs to files beside it; each is read once."""
    if path is None:
        return {}
    names = cast("dict[str, str]", json.loads(path.read_text("utf-8")))
    return {url: decode((path.parent / name).read_bytes()) for url, name in names.items()}


def now() -> Instant:
    """The clock of the node."""
    return instant_of(datetime.now(UTC))  # noqa: TID251 - the one clock


def new_id() -> str:
    """A fresh URN."""
    return f"urn:uuid:{uuid.uuid4()}"  # noqa: TID251 - the one source of ids


def chance() -> float:
    """A number from 0 to 1, for jitter."""
    return random.random()  # noqa: S311 - spreads retries, guards nothing


def _check_host(settings: Settings, request: Request) -> None:
    """A node on loopback answers to loopback names only: a web page could rebind a name of its own."""
    host = request.headers.get("host", "localhost")
    if not _HOST.fullmatch(host):
        raise Problem(Forbidden, "The Host header is not a host.")
    if not settings.on_loopback:
        return
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    own = settings.base and urlsplit(settings.base).netloc
    if host != own and not is_loopback(name.strip("[]")):
        raise Problem(Forbidden, f"This node listens on loopback only and does not answer to '{host}'.")


def _admit(request: Request, needs: str) -> None:
    """Refuse an actor that may not do this."""
    if needs == ALWAYS_ALLOWED or needs in request.actor.may:
        return
    if request.actor.may:
        raise Problem(Forbidden, f"'{request.actor.name}' may not {needs} here.")
    raise Problem(Unauthorized, "The request needs a token.", {"www-authenticate": 'Bearer realm="beffroi"'})
