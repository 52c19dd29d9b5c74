"""The gate: requests with a token for a product, from the token to the line in the journal.

A grant has services of its own, whose store shows what it covers; so all that is answered here is answered
from that, on every path. What needs no rights is answered as to anybody.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from beffroi.app.through import ROOT as THROUGH
from beffroi.app.through import Through, is_through
from beffroi.broker.operations.services import Broker, granted
from beffroi.broker.routes import ROUTES
from beffroi.broker.routes.subscriptions import SUBSCRIPTION_ROUTES
from beffroi.broker.wire.answers import ROOT as NGSI_LD
from beffroi.broker.wire.problems import problem_response
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Forbidden, Problem, TooManyRequests, Unauthorized
from beffroi.market.operations.tokens import Tokens
from beffroi.market.rules.allowance import Stop
from beffroi.market.rules.journal_line import Counted
from beffroi.market.rules.scopes import within
from beffroi.market.rules.tokens import Token
from beffroi.ogc.operations.services import Memory, Ogc
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.processes.holders import ProductHolders
from beffroi.web.body import Read
from beffroi.web.message import ANYBODY, Actor, Request, Response, Tally
from beffroi.web.problem_json import problem_response as json_problem
from beffroi.web.routing import Failure, Table, answer

MOST_ROOMS = 64
"""Grants whose services are kept ready."""

MOST_OPEN = 1_000
"""Tokens for which what they open is kept ready."""

READS = frozenset({"read"})
NO_TALLY = Tally()
Admit = Callable[[Request, str], None]


def token_in(request: Request) -> str:
    """The signed token of a request: three parts with points between them; empty without one."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" and text.count(".") == 2 else ""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a token opens as long as nothing is committed (`mark`), from `since` on and before `until`: the
    actor that its requests have, and the rows that answer them."""

    mark: int
    since: Instant
    until: Instant
    actor: Actor
    grant: Grant
    room: Table


@dataclass(slots=True)
class _Call:
    """One request that may pass, and when it came."""

    grant: Grant
    room: Table
    request: Request
    at: Instant


@dataclass(slots=True)
class Gate:
    """`open_to_all` is the table of the node: what needs nothing is answered from it."""

    tokens: Tokens
    holders: ProductHolders
    broker: Broker
    ogc: Ogc
    open_to_all: Table
    through: Through
    _rooms: dict[Grant, Table] = field(default_factory=dict[Grant, Table])
    _open: dict[str, _Opened] = field(default_factory=dict[str, _Opened])

    async def answer(self, token: str, request: Request, admit: Admit, read: Read | None) -> Response:
        """Answer a request with a token. Raises Problem where the token is not to be believed; Failure."""
        if self._is_open(request):
            request.actor = ANYBODY
            return await answer(self.open_to_all, request, admit, read)
        at = self.holders.now()
        opened = self._open.get(token)
        if opened is None or opened.mark != self.holders.mark() or not opened.since <= at < opened.until:
            opened = await self._admitted(token, request, at)
        request.actor = opened.actor
        return await self._metered(_Call(opened.grant, opened.room, request, at), admit, read)

    async def _metered(self, call: _Call, admit: Admit, read: Read | None) -> Response:
        stop = self.holders.take(call.grant, call.at)
        if stop is not None:
            return self._stopped(call, stop)
        try:
            response = await self._answered(call, admit, read)
        except BaseException as failure:
            status = failure.response.status if isinstance(failure, Failure) else 499
            self._not_counted(call, status)
            raise
        if response.status >= 400:
            self._not_counted(call, response.status)
            return self._with_left(call, response)
        if response.pieces is not None and call.request.method != "HEAD":
            stop = self._begun(call, response)
            if stop is not None:
                return self._stopped(call, stop)
            return self._with_left(call, replace(response, pieces=self._in_pieces(call, response)))
        return self._whole(call, response)

    async def _answered(self, call: _Call, admit: Admit, read: Read | None) -> Response:
        if is_through(call.request):
            return await self.through.answer(call.grant, call.request, read)
        return await answer(call.room, call.request, admit, read)

    def _begun(self, call: _Call, response: Response) -> Stop | None:
        """Count the request of an answer that comes in pieces."""
        stop = self.holders.settle(call.grant, Counted(1), call.at)
        if stop is not None:
            self.holders.give_back(call.grant)
            return stop
        self.holders.note(call.grant, call.at, call.request, response.status, Counted(1))
        return None

    def _whole(self, call: _Call, response: Response) -> Response:
        counted = _counted(call.request, response)
        stop = self.holders.settle(call.grant, counted, call.at)
        if stop is not None:
            self.holders.give_back(call.grant)
            return self._stopped(call, stop)
        self.holders.note(call.grant, call.at, call.request, response.status, counted)
        return self._with_left(call, response)

    async def _in_pieces(self, call: _Call, response: Response) -> AsyncIterator[bytes]:
        """The pieces of an answer, each one noted before it goes out. A spent quota breaks the answer off."""
        tally, seen = response.tally or NO_TALLY, 0
        assert response.pieces is not None
        async for piece in response.pieces:
            counted = Counted(0, tally.entities - seen, len(piece))
            seen = tally.entities
            at = self.holders.now()
            stop = self.holders.settle(call.grant, counted, at)
            if stop is not None:
                raise Problem(TooManyRequests, stop.sentence)
            self.holders.note(call.grant, at, call.request, response.status, counted)
            yield piece

    def _not_counted(self, call: _Call, status: int) -> None:
        self.holders.give_back(call.grant)
        self.holders.note(call.grant, call.at, call.request, status, Counted())

    def _stopped(self, call: _Call, stop: Stop) -> Response:
        problem = Problem(TooManyRequests, stop.sentence, {"retry-after": str(stop.wait_s)})
        response = call.room.render(call.request)(problem, call.request)
        self.holders.note(call.grant, call.at, call.request, response.status, Counted())
        return self._with_left(call, response)

    def _with_left(self, call: _Call, response: Response) -> Response:
        if not call.grant.rate and not call.grant.quotas:
            return response
        left = self.holders.left(call.grant, call.at)
        return replace(response, headers={**response.headers, **left})

    async def _admitted(self, text: str, request: Request, at: Instant) -> _Opened:
        """What a token opens; one that is refused is noted."""
        try:
            return await self._opened(text, at)
        except Problem as problem:
            if problem.kind in {Unauthorized, Forbidden}:
                status = 401 if problem.kind is Unauthorized else 403
                self.holders.refused(self.tokens.product_of(text), at, request, status)
            raise

    async def _opened(self, text: str, at: Instant) -> _Opened:
        """What a token opens of what its product grants now. Raises Problem for one that opens nothing."""
        self._open.pop(text, None)
        token = await self.tokens.believe(text, at)
        if isinstance(token, str):
            raise _unauthorized(f"The token is refused: {token}.")
        mark = self.holders.mark()
        grant = await self.holders.grant(token.product, at)
        if grant is None:
            raise _unauthorized("The token is refused: its product is not active now.")
        _check_purpose(token, grant)
        narrowed = within(grant, token.scope)
        if narrowed is None:
            raise _unauthorized("The token is refused: what was bought has changed since it was made.")
        since, until = max(token.first, grant.since), min(token.last, grant.until or token.last)
        actor = Actor(token.client, READS, narrowed)
        opened = _Opened(mark, since, until, actor, narrowed, self._room(narrowed))
        if len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[text] = opened
        return opened

    def _is_open(self, request: Request) -> bool:
        """Whether the path is one that needs no rights, outside of what is sold."""
        if request.path.startswith((NGSI_LD, self.ogc.prefix + "/", THROUGH)):
            return False
        try:
            endpoint, _ = self.open_to_all.find(request)
        except Problem:
            return False
        return endpoint.needs == "nothing"

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
    table.mount(NGSI_LD, ROUTES, broker, problem_response)
    if grant.live:
        own = [replace(route, needs="read") for route in SUBSCRIPTION_ROUTES]
        table.mount(NGSI_LD, own, broker, problem_response)
    table.mount(ogc.prefix, OGC_ROUTES, replace(ogc, broker=broker, memory=Memory()), json_problem)
    return table


def _counted(request: Request, response: Response) -> Counted:
    if request.method == "HEAD":
        return Counted(1)
    return Counted(1, response.tally.entities if response.tally else 0, len(response.body))


def _check_purpose(token: Token, grant: Grant) -> None:
    if grant.purposes and token.purpose not in grant.purposes:
        raise Problem(Forbidden, f"The purpose '{token.purpose[:100]}' is not agreed for this product.")


def _unauthorized(sentence: str) -> Problem:
    """RFC 6750, section 3."""
    challenge = f'Bearer realm="beffroi", error="invalid_token", error_description="{sentence}"'
    return Problem(Unauthorized, sentence, {"www-authenticate": challenge})
