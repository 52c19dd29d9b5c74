"""The gate: requests with a token for a product, from the token to the line in the journal.

What a token opens says `admission.py`. What needs no rights is answered as to anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from beffroi.app.admission import Admission, Opened
from beffroi.app.passing import Passed
from beffroi.app.through import ROOT as THROUGH
from beffroi.app.through import Through, is_through
from beffroi.broker.wire.answers import ROOT as NGSI_LD
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, TooManyRequests
from beffroi.market.rules.access.allowance import Stop
from beffroi.market.rules.access.journal_line import Counted, Counts
from beffroi.processes.holders import ProductHolders
from beffroi.web.answering import answer
from beffroi.web.body import Incoming
from beffroi.web.failure import Failure
from beffroi.web.message import ANYBODY, Request, Response, Tally
from beffroi.web.routing import Table
from beffroi.web.streaming import Closable

NO_TALLY = Tally()
NOTHING = Counted()
ONE_REQUEST = Counted(1)
Admit = Callable[[Request, str], None]


@dataclass(slots=True)
class Gate:
    """`open_to_all` is the table of the node: what needs nothing is answered from it."""

    admission: Admission
    holders: ProductHolders
    open_to_all: Table
    through: Through
    _sold: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._sold = (NGSI_LD, self.admission.ogc.prefix + "/", THROUGH)

    async def answer(self, request: Request, admit: Admit, incoming: Incoming | None) -> Response:
        """Answer a request with a token. Raises Problem where the token is not to be believed; Failure."""
        if not request.path.startswith(self._sold) and self._is_open(request):
            request.actor = ANYBODY
            return await answer(self.open_to_all, request, admit, incoming)
        at, mark = self.holders.moment(request.turn)
        opened = self.admission.ready(request.headers["authorization"], at, mark)
        if opened is None:
            opened = await self.admission.open(request, at)
        request.actor, grant = opened.actor, opened.grant
        if opened.limited:
            stop = self.holders.take(grant, at)
            if stop is not None:
                return self._stopped(opened, request, at, stop)
        goes_through = grant.endpoint and is_through(request)
        passed = Passed(self.holders, grant, opened.limited) if goes_through else None
        try:
            if passed is None:
                response = await answer(opened.room, request, admit, incoming)
            else:
                response = await self.through.answer(grant, request, incoming, passed)
        except BaseException as failure:
            status = failure.response.status if isinstance(failure, Failure) else 499
            self._not_counted(opened, request, at, status, passed)
            raise
        if response.status >= 400:
            self._not_counted(opened, request, at, response.status, passed)
            return self._with_left(opened, at, response)
        if response.pieces is None or request.method == "HEAD":
            counted = _whole(request, response)
            if opened.limited or passed is not None:
                return self._counted(_Asked(opened, request, at, passed), response, counted)
            self.holders.count(grant, at, request, response.status, counted)
            return response
        return await self._begun(_Asked(opened, request, at, passed), response)

    async def _begun(self, asked: "_Asked", response: Response) -> Response:
        """Count the request of an answer that comes in pieces; they are counted as they come."""
        pieces, begun = response.pieces, self._counted(asked, response, ONE_REQUEST)
        if begun.pieces is not None:
            return replace(begun, pieces=_Metered(self.holders, asked, begun))
        if pieces is not None and isinstance(pieces, Closable):
            await pieces.aclose()
        return begun

    def _counted(self, asked: "_Asked", response: Response, counted: Counts) -> Response:
        """Count an answer that is ready, and say what is left; or refuse it where that is too little."""
        opened, request, at, passed = asked
        if not opened.limited:
            whole = passed.counted_with(counted) if passed is not None else counted
            self.holders.count(opened.grant, at, request, response.status, whole)
            return response
        stop = self.holders.settle(opened.grant, counted, at)
        if stop is not None:
            self.holders.give_back(opened.grant, passed.size if passed is not None else 0)
            return self._stopped(opened, request, at, stop)
        whole = passed.counted_with(counted) if passed is not None else counted
        self.holders.note(opened.grant, at, request, response.status, whole)
        return self._with_left(opened, at, response)

    def _not_counted(
        self, opened: Opened, request: Request, at: Instant, status: int, passed: Passed | None
    ) -> None:
        if opened.limited:
            self.holders.give_back(opened.grant, passed.size if passed is not None else 0)
        self.holders.note(opened.grant, at, request, status, NOTHING)

    def _stopped(self, opened: Opened, request: Request, at: Instant, stop: Stop) -> Response:
        problem = Problem(TooManyRequests, stop.sentence, {"retry-after": str(stop.wait_s)})
        response = opened.room.render(request)(problem, request)
        self.holders.note(opened.grant, at, request, response.status, NOTHING)
        return self._with_left(opened, at, response)

    def _with_left(self, opened: Opened, at: Instant, response: Response) -> Response:
        if not opened.limited:
            return response
        headers = {**response.headers, **self.holders.left(opened.grant, at)}
        return Response(response.status, headers, response.body, response.pieces, response.tally)

    def _is_open(self, request: Request) -> bool:
        """Whether the path is one that needs no rights."""
        try:
            endpoint, _ = self.open_to_all.find(request)
        except Problem:
            return False
        return endpoint.needs == "nothing"


class _Asked(NamedTuple):
    """One request that was let in, and what of its body passes on to an outside service, if it goes there."""

    opened: Opened
    request: Request
    at: Instant
    passed: Passed | None


class _Metered:
    """The pieces of an answer, each one noted before it goes out. A spent quota breaks the answer off."""

    def __init__(self, holders: ProductHolders, asked: _Asked, response: Response) -> None:
        assert response.pieces is not None
        self._holders, self._grant, self._request = holders, asked.opened.grant, asked.request
        self._passed = asked.passed
        self._pieces, self._status = response.pieces, response.status
        self._tally, self._seen = response.tally or NO_TALLY, 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await anext(self._pieces)
        counted = (0, self._tally.entities - self._seen, len(piece), 0)
        self._seen = self._tally.entities
        at = self._holders.now()
        stop = self._holders.settle(self._grant, counted, at)
        if stop is not None:
            raise Problem(TooManyRequests, stop.sentence)
        whole = self._passed.counted_with(counted) if self._passed is not None else counted
        self._holders.note(self._grant, at, self._request, self._status, whole)
        return piece

    async def aclose(self) -> None:
        if isinstance(self._pieces, Closable):
            await self._pieces.aclose()


def _whole(request: Request, response: Response) -> Counts:
    if request.method == "HEAD":
        return ONE_REQUEST
    tally = response.tally
    return (1, tally.entities if tally is not None else 0, len(response.body), 0)
