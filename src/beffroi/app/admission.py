"""What a token for a product opens: believed once, and remembered until it ends or anything is committed.

A grant has services of its own, whose store shows what it covers; so all that is answered from its room is
answered from that, on every path.
"""

from dataclasses import dataclass, field, replace

from beffroi.broker.operations.services import Broker, granted
from beffroi.broker.routes import ROUTES
from beffroi.broker.routes.subscriptions import SUBSCRIPTION_ROUTES
from beffroi.broker.wire.answers import ROOT as NGSI_LD
from beffroi.broker.wire.problems import problem_response
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Forbidden, Problem, Unauthorized
from beffroi.market.operations.tokens import Tokens
from beffroi.market.rules.access.scopes import within
from beffroi.market.rules.access.tokens import Token
from beffroi.ogc.operations.services import Memory, Ogc
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.processes.holders import ProductHolders
from beffroi.web.message import Actor, Request
from beffroi.web.problem_json import problem_response as json_problem
from beffroi.web.routing import Table

MOST_ROOMS = 64
"""Grants whose services are kept ready."""

MOST_OPEN = 1_000
"""Tokens for which what they open is kept ready."""

READS = frozenset({"read"})


def token_in(authorization: str) -> str:
    """The signed token of an Authorization header: three parts with points between; empty without one."""
    scheme, _, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == "bearer" and text.count(".") == 2 else ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a token opens as long as nothing is committed (`mark`), from `since` on and before `until`: the
    actor that its requests have, and the rows that answer them. `limited` says whether its product has a
    rate or quotas."""

    mark: int
    since: Instant
    until: Instant
    actor: Actor
    grant: Grant
    room: Table
    limited: bool


@dataclass(slots=True)
class Admission:
    """Headers are remembered as they came, so that one that comes again is looked up and not read."""

    tokens: Tokens
    holders: ProductHolders
    broker: Broker
    ogc: Ogc
    _open: dict[str, Opened] = field(default_factory=dict[str, Opened])
    _rooms: dict[Grant, Table] = field(default_factory=dict[Grant, Table])

    def concerns(self, authorization: str) -> bool:
        """Whether an Authorization header has a signed token."""
        return authorization in self._open or bool(token_in(authorization))

    def ready(self, authorization: str, at: Instant, mark: int) -> Opened | None:
        """What the token in a header opens now, if that is remembered and still true."""
        opened = self._open.get(authorization)
        if opened is None or opened.mark != mark or not opened.since <= at < opened.until:
            return None
        return opened

    async def open(self, request: Request, at: Instant) -> Opened:
        """What the token of a request opens now. Raises Problem for one that opens nothing; that is noted."""
        authorization = request.headers["authorization"]
        text = token_in(authorization)
        self._open.pop(authorization, None)
        try:
            opened = await self._opened(text, at)
        except Problem as problem:
            if problem.kind in {Unauthorized, Forbidden}:
                status = 401 if problem.kind is Unauthorized else 403
                self.holders.refused(self.tokens.product_of(text), at, request, status)
            raise
        if len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[authorization] = opened
        return opened

    async def _opened(self, text: str, at: Instant) -> Opened:
        mark = self.holders.mark()
        token = await self.tokens.believe(text, at)
        if isinstance(token, str):
            raise _unauthorized(f"The token is refused: {token}.")
        grant = await self.holders.grant(token.product, at)
        if grant is None:
            raise _unauthorized("The token is refused: its product is not active now.")
        _check_purpose(token, grant)
        narrowed = within(grant, token.scope)
        if narrowed is None:
            raise _unauthorized("The token is refused: what was bought has changed since it was made.")
        since, until = max(token.first, grant.since), min(token.last, grant.until or token.last)
        actor = Actor(token.client, READS, narrowed)
        limited = bool(narrowed.rate or narrowed.quotas)
        return Opened(mark, since, until, actor, narrowed, self._room(narrowed), limited)

    def _room(self, grant: Grant) -> Table:
        """The rows that a grant can reach, on services that see what it covers."""
        table = self._rooms.get(grant)
        if table is None:
            table = _table(granted(self.broker, grant), self.ogc, grant)
            if len(self._rooms) >= MOST_ROOMS:
                self._rooms.pop(next(iter(self._rooms)))
            self._rooms[grant] = table
        return table


def _table(broker: Broker, ogc: Ogc, grant: Grant) -> Table:
    table = Table()
    own = SUBSCRIPTION_ROUTES if grant.live else ()
    rows = [replace(route, needs="read") if route in own else route for route in ROUTES]
    table.mount(NGSI_LD, rows, broker, problem_response)
    table.mount(ogc.prefix, OGC_ROUTES, replace(ogc, broker=broker, memory=Memory()), json_problem)
    return table


def _check_purpose(token: Token, grant: Grant) -> None:
    if grant.purposes and token.purpose not in grant.purposes:
        raise Problem(Forbidden, f"The purpose '{token.purpose[:100]}' is not agreed for this product.")


def _unauthorized(sentence: str) -> Problem:
    """RFC 6750, section 3."""
    challenge = f'Bearer realm="beffroi", error="invalid_token", error_description="{sentence}"'
    return Problem(Unauthorized, sentence, {"www-authenticate": challenge})
