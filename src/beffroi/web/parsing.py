"""Cut what comes in on one connection into requests: llhttp reads, our limits and section 6.3 decide."""

from collections import deque
from typing import Final, NamedTuple, TypeAlias

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserInvalidURLError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from beffroi.kernel.problem import HeaderTooLarge, InvalidRequest, RequestTimeout, TargetTooLong
from beffroi.web.again import Again, seen, target_in
from beffroi.web.body import Body, Holding, Sender
from beffroi.web.head import CHUNKED, Field, Headers, read_head
from beffroi.web.limits import Limits
from beffroi.web.message import Request
from beffroi.web.refused import Refused

SLICE: Final = 2 * 1024
"""Bytes parsed at a time: so many small requests at most are made of one read before anybody waits."""
MOST_WAITING: Final = 4
"""Requests that may wait on one connection before no more are read from it."""
VERSIONS: Final = frozenset({"1.0", "1.1"})


class Exchange(NamedTuple):
    """One request and how it is answered: `keeps` says that the client wants to ask more afterwards."""

    request: Request
    body: Body
    version: str
    keeps: bool


Received: TypeAlias = Exchange | Refused


class Parser:
    """`feed` bytes and find requests in `received`, in order; after `closed` nothing is read any more."""

    __slots__ = (
        "_again",
        "_base",
        "_body",
        "_fields",
        "_head_bytes",
        "_headers",
        "_holding",
        "_ignored",
        "_keeps",
        "_limits",
        "_llhttp",
        "_regained",
        "_sender",
        "_target",
        "closed",
        "is_in_head",
        "received",
    )

    def __init__(self, base: str, limits: Limits, holding: Holding, sender: Sender) -> None:
        self._base, self._limits, self._holding, self._sender = base, limits, holding, sender
        self._llhttp: HttpRequestParser | None = HttpRequestParser(self)
        self._target = b""
        self._fields: list[Field] = []
        self._headers = Headers()
        self._head_bytes = 0
        self._body: Body | None = None
        self._again: Again | None = None
        self._ignored = self._regained = False
        self._keeps = True
        self.is_in_head = self.closed = False
        self.received: deque[Received] = deque()

    @property
    def is_full(self) -> bool:
        """True if nothing more may be parsed for the moment."""
        body = self._body
        return len(self.received) >= MOST_WAITING or (body is not None and body.is_ahead)

    @property
    def step(self) -> int:
        """How many bytes may be parsed at once: all of a body's, and little of what may be requests."""
        body = self._body
        return SLICE if body is None or body.ended else max(SLICE, body.announced - body.came)

    def feed(self, data: bytes) -> None:
        """Parse these bytes."""
        if self._llhttp is None or self._is_again(data):
            return
        waiting = len(self.received)
        is_between = not self.is_in_head and (self._body is None or self._body.ended)
        self._parse(self._llhttp, data)
        if is_between and len(self.received) == waiting + 1:
            last = self.received[-1]
            if isinstance(last, Refused):
                last.target = last.target or target_in(data)
            elif not self.closed:
                self._again = seen(data, last.request, last.body.announced)

    def _is_again(self, data: bytes) -> bool:
        """Whether this is a message with the head of the one before, which then is received."""
        again, self._again = self._again, None
        if again is None:
            return False
        try:
            found = again.read(data, self._limits.most_target)
        except Refused as refused:
            self._refuse(refused)
            return True
        if found is None:
            return False
        self._again, (head, content) = again, found
        body = self._body = Body(head, self._limits, self._holding, self._sender)
        self.received.append(Exchange(head.request, body, "1.1", keeps=True))
        if content:
            body.put(content)
        body.end()
        return True

    def _parse(self, llhttp: HttpRequestParser, data: bytes) -> None:
        body = self._body
        if body is not None and body.announced == CHUNKED and not body.ended:
            body.framed(len(data))
        parsed = len(data)
        try:
            llhttp.feed_data(data)
        except HttpParserUpgrade as upgrade:
            parsed = upgrade.args[0]
        except HttpParserCallbackError as failure:
            reason = failure.__context__
            if not isinstance(reason, Refused):
                raise
            self._refuse(reason)
        except HttpParserError as failure:
            self._refuse(Refused(InvalidRequest, _sentence(failure)))
        if self.is_in_head:
            self._bound_head(len(data))
        if self._regained:
            self._regain()
        if parsed < len(data):
            self.feed(data[parsed:])

    def end(self) -> None:
        """The client sends no more."""
        if self._body is not None and not self._body.ended:
            self._body.cut()
        elif self.is_in_head:
            self._refuse(Refused(InvalidRequest, "The request ends before its head does."))
        self.close()

    def late(self) -> None:
        """The head has not come in time."""
        self._refuse(Refused(RequestTimeout, "The head of the request has not come in time."))

    def close(self) -> None:
        """Read no more."""
        self.closed = True
        self._llhttp = None

    def on_message_begin(self) -> None:
        if self._ignored:
            return
        self._target, self._fields, self._head_bytes = b"", [], 0
        self.is_in_head = True

    def on_url(self, piece: bytes) -> None:
        self._target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.is_in_head:  # trailers are not kept
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        llhttp = self._llhttp
        if self._ignored or llhttp is None:
            return
        self.is_in_head = False
        method, version = llhttp.get_method().decode("ascii"), llhttp.get_http_version()
        if version not in VERSIONS:
            raise Refused(InvalidRequest, f"The version HTTP/{version} is not spoken here.")
        if method == "CONNECT":
            raise Refused(InvalidRequest, "This is no proxy.")
        if len(self._target) > self._limits.most_target or len(self._fields) > self._limits.most_fields:
            raise self._too_large_head()
        target = self._target.decode("ascii")
        head = read_head(method, target, version, self._fields, self._base, self._headers)
        self._body = Body(head, self._limits, self._holding, self._sender)
        self._regained = llhttp.should_upgrade() and head.length != 0
        self._keeps = llhttp.should_keep_alive()
        self.received.append(Exchange(head.request, self._body, version, self._keeps))

    def on_body(self, piece: bytes) -> None:
        if self._body is not None:
            self._body.put(piece)

    def on_message_complete(self) -> None:
        if self._regained or self._body is None:
            return
        self._body.end()
        if not self._keeps:
            self.close()

    def _regain(self) -> None:
        """Go on as if nobody had asked for another protocol (RFC 9110, section 7.8).

        llhttp takes what follows such a head for the other protocol. The body gets a new parser, which is
        told in a head of our own how long it is.
        """
        if self._body is None or self.closed:
            return
        length = self._body.announced
        framing = b"transfer-encoding: chunked" if length == CHUNKED else b"content-length: %d" % length
        self._llhttp = HttpRequestParser(self)
        self._ignored = True
        self._llhttp.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n\r\n")
        self._ignored = self._regained = False

    def _bound_head(self, size: int) -> None:
        self._head_bytes += size
        most = self._limits
        if (
            self._head_bytes > most.most_head + len(self._target)
            or len(self._target) > most.most_target
            or len(self._fields) > most.most_fields
        ):
            self._refuse(self._too_large_head())

    def _too_large_head(self) -> Refused:
        most = self._limits
        if len(self._target) > most.most_target:
            return Refused(TargetTooLong, f"The request target is longer than {most.most_target} bytes.")
        return Refused(
            HeaderTooLarge, f"The header has more than {most.most_fields} fields or {most.most_head} bytes."
        )

    def _refuse(self, refused: Refused) -> None:
        if self.closed:
            return
        self.is_in_head = False
        self.close()
        refused.target = refused.target or self._target
        if self._body is not None and not self._body.ended:
            self._body.fail(refused.problem)
        else:
            self.received.append(refused)


def _sentence(failure: HttpParserError) -> str:
    match failure:
        case HttpParserInvalidMethodError():
            return "The request line does not begin with a method that is known here."
        case HttpParserInvalidURLError():
            return "The request target holds what no URL may hold."
        case _:
            return f"The request cannot be read: {failure}."
