"""Node: one open node, its table of routes, and who may pass."""

import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlsplit

from beffroi.app.access import actor_of, says_who_sends
from beffroi.app.gate import Gate
from beffroi.app.results import check_results
from beffroi.broker.operations.services import Broker
from beffroi.config import Settings, is_local
from beffroi.kernel.loopback import is_loopback
from beffroi.kernel.problem import Forbidden, InvalidRequest, Problem, Unauthorized
from beffroi.network.operations.services import Network
from beffroi.processes.checks import Checker
from beffroi.processes.harvest import Harvester
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.body import Incoming
from beffroi.web.failure import Failure
from beffroi.web.message import ANYBODY, Request, Response
from beffroi.web.routing import Table, allowed

LOG = logging.getLogger("beffroi")
ALWAYS_ALLOWED = "nothing"
STEERING = frozenset(
    {"accept", "authorization", "content-encoding", "content-type", "link", "ngsild-tenant", "prefer"}
)
"""Headers that decide what a request means."""
_HOST = re.compile(r"\[[0-9a-fA-F:.]+\](:\d+)?|[A-Za-z0-9._-]+(:\d+)?")

Work: TypeAlias = Callable[[], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Node:
    """One open node. `work` runs beside its server until `stop` is called."""

    settings: Settings
    store: Store
    broker: Broker
    harvester: Harvester
    checker: Checker
    network: Network
    table: Table
    gate: Gate
    work: tuple[Work, ...]
    stop: Callable[[], None]

    async def answer(self, request: Request, incoming: Incoming | None = None) -> Response:
        """Answer one request; nothing that goes wrong in it leaves this function.

        Its body is `incoming`, if the request does not have it already.
        """
        try:
            _check_host(self.settings, request)
        except Problem as problem:
            return self.table.refuse(problem, request)
        try:
            _check_readable(request)
            _check_same_site(request)
            authorization = request.headers.get("authorization")
            if authorization and self.gate.admission.concerns(authorization):
                return await self.gate.answer(request, admit, incoming)
            if self.settings.needs_sign_in or says_who_sends(request):
                found = await actor_of(self.store, request, self.broker.now())
                if self.settings.needs_sign_in or found is not ANYBODY:
                    request.actor = found
            if request.actor.writes:
                await check_results(request, incoming)
                incoming = None
            return await answer(self.table, request, admit, incoming)
        except Problem as problem:
            return self.table.render(request)(problem, request)
        except Failure as failure:
            LOG.error("%s %s failed", request.method, request.path, exc_info=failure.__cause__)
            return failure.response


def _check_same_site(request: Request) -> None:
    """A page of another site may not write in the name of whoever looks at it (OWASP on CSRF).

    Browsers say where a write comes from; programs say nothing and are let through.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    foreign = origin is not None and origin.rpartition("//")[2] not in {own, urlsplit(request.base).netloc}
    if foreign or request.headers.get("sec-fetch-site", "none") == "cross-site":
        raise Problem(
            Forbidden, f"A page of another site ('{(origin or 'unnamed')[:200]}') may not write here."
        )


def _check_host(settings: Settings, request: Request) -> None:
    """A node on loopback answers to loopback names only: a web page could rebind a name of its own."""
    host = request.headers.get("host", "localhost")
    if not _is_host(host):
        raise Problem(InvalidRequest, "The Host header is not a host.")
    if not _is_own_host(host, settings.host, settings.base):
        raise Problem(Forbidden, f"This node listens on loopback only and does not answer to '{host}'.")


@lru_cache(maxsize=256)
def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


@lru_cache(maxsize=256)
def _is_own_host(host: str, listens: str, base: str) -> bool:
    """Whether a node that listens there, known to the public as `base`, answers to this name."""
    if not is_local(listens, base):
        return True
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    return host == (base and urlsplit(base).netloc) or is_loopback(name.strip("[]"))


def _check_readable(request: Request) -> None:
    """A tenant that cannot be read must not be taken for none."""
    if not request.unreadable:
        return
    for name in sorted(request.unreadable & STEERING):
        raise Problem(InvalidRequest, f"The header '{name}' holds characters that are not ASCII.")


def admit(request: Request, needs: str) -> None:
    """Refuse an actor that may not do this."""
    if needs == ALWAYS_ALLOWED or allowed(request.actor, needs):
        return
    if request.actor.may:
        raise Problem(Forbidden, f"'{request.actor.name}' may not {needs} here.")
    raise Problem(Unauthorized, "The request needs a token.", {"www-authenticate": 'Bearer realm="beffroi"'})
