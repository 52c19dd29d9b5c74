"""A head that comes again: what differs from the last request of its connection in method, target and length
alone is not parsed again.

Most clients keep their connection and send the same fields with each request. What llhttp and `head.py` have
accepted once means the same when the same bytes follow a request line that nobody can read in two ways.
"""

import re
from typing import Final

from beffroi.web.head import Head, decoded
from beffroi.web.message import Request

_LINE: Final = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE) (/[A-Za-z0-9/:._~%?=&;,@!$'()*+-]*) HTTP/1\.1\r\n"
)
"""A request line (RFC 9112, section 3) whose target is a path with characters that URLs have (RFC 3986)."""
_TARGET: Final = re.compile(rb"(?:\r?\n)*[A-Z]+ ([!-~]+)")
"""What begins like a request line, up to what no target may hold."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
_END: Final = b"\r\n\r\n"


class Again:
    """The fields of the last request of a connection as they came, up to the digits of its length and behind
    them (`after` is empty where no length was said), and what was read of them."""

    __slots__ = ("_after", "_base", "_before", "_headers", "_unreadable")

    def __init__(self, before: bytes, after: bytes, request: Request) -> None:
        self._before, self._after = before, after
        self._headers, self._unreadable, self._base = request.headers, request.unreadable, request.base

    def read(self, data: bytes, most_target: int) -> tuple[Head, bytes] | None:
        """The head and the body of one whole message that has the same fields; None for any other bytes.
        Raises Refused where the path is no text."""
        line = _LINE.match(data)
        if line is None or not data.startswith(self._before, line.end()):
            return None
        at, length, headers = line.end() + len(self._before), 0, self._headers
        if self._after:
            end = data.find(b"\r", at, at + 10)
            if end < 0:
                return None
            digits = data[at:end]
            if not digits.isdigit() or not data.startswith(self._after, end):
                return None
            at, length = end + len(self._after), int(digits)
            headers = {**headers, "content-length": digits.decode("ascii")}
        target = line[2]
        if at + length != len(data) or len(target) > most_target:
            return None
        raw, _, query = target.decode("ascii").partition("?")
        path = decoded(raw) if "%" in raw else raw
        method, unreadable = line[1].decode("ascii"), self._unreadable
        request = Request(method, path, query, headers, base=self._base, unreadable=unreadable, raw_path=raw)
        return Head(request, length, expects=False), data[at:]


def target_in(data: bytes) -> bytes:
    """As much of the target as can be read of bytes that begin with a request line; empty for others.

    >>> target_in(b"GET /caf\\xc3\\xa9 HTTP/1.1")
    b'/caf'
    """
    line = _TARGET.match(data)
    return line[1] if line else b""


def seen(data: bytes, request: Request, length: int) -> Again | None:
    """What to remember of bytes that were parsed as one message with a body of this length, on a connection
    that is kept; None where they are more or less than that, or come in chunks."""
    line, end = _LINE.match(data), data.find(_END) + len(_END)
    if line is None or end + length != len(data):
        return None
    fields = data[line.end() - 2 : end]
    said = _LENGTH.search(fields)
    if said is None:
        return Again(fields[2:], b"", request) if "content-length" not in request.headers else None
    return Again(fields[2 : said.start(1)], fields[said.end(1) :], request)
