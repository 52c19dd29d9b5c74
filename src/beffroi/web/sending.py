"""Write responses as HTTP/1.1 messages (RFC 9112, sections 4 to 7)."""

from functools import lru_cache
from http import HTTPStatus
from typing import Final

from beffroi.web.message import Response
from beffroi.web.refused import Unsendable

STARTS: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}
LAST_CHUNK: Final = b"0\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
USUAL: Final = frozenset({200, 204})
SHORT: Final = 1_000
"""Characters of a Link that is kept."""
OWN: Final = "ratelimit"
"""A field that no other answer has like this one."""
WITHOUT_CONTENT: Final = frozenset({204, 304})


def head_of(response: Response, date: str, more: tuple[str, ...] = ()) -> bytes:
    """The head of a response, with further header lines; a length is added for a body in one piece.

    >>> head_of(Response(204, {"link": "<a>"}), "Sun, 22 Nov 2026 12:00:00 GMT")
    b'HTTP/1.1 204 No Content\\r\\ndate: Sun, 22 Nov 2026 12:00:00 GMT\\r\\nlink: <a>\\r\\n\\r\\n'
    """
    status, headers = response.status, response.headers
    comes_again = status in USUAL and "set-cookie" not in headers and len(headers.get("link", "")) < SHORT
    if not comes_again:
        text = _said(status, date, tuple(headers.items()))
    elif OWN not in headers:
        text = _said_again(status, date, tuple(headers.items()))
    else:
        text = _said_again(status, date, tuple([field for field in headers.items() if field[0] != OWN]))
        text += _line(OWN, headers[OWN])
    if response.pieces is None and status not in WITHOUT_CONTENT:
        text += b"content-length: %d\r\n" % len(response.body)
    for line in more:
        text += line.encode("ascii") + b"\r\n"
    return text + b"\r\n"


def _said(status: int, date: str, fields: tuple[tuple[str, str], ...]) -> bytes:
    """The status line and these fields."""
    lines = [STARTS.get(status) or f"HTTP/1.1 {status} ", f"date: {date}"]
    lines += [f"{name}: {value}" for name, value in fields]
    text = "\r\n".join(lines)
    breaks = len(lines) - 1
    if text.count("\n") != breaks or text.count("\r") != breaks or "\0" in text:
        raise Unsendable(f"A header of the response {status} holds a line break.")
    try:
        return (text + "\r\n").encode("latin-1")
    except UnicodeEncodeError as failure:
        raise Unsendable(f"A header of the response {status} is not Latin-1.") from failure


_said_again: Final = lru_cache(maxsize=512)(_said)
"""The same for what may be kept: many answers of one second have the same fields."""


def _line(name: str, value: str) -> bytes:
    """One field of a head."""
    if not (value.isascii() and value.isprintable()):
        raise Unsendable(f"The header {name} of the response holds a line break, or is not ASCII.")
    return f"{name}: {value}\r\n".encode("ascii")


def chunk(piece: bytes) -> bytes:
    """One piece of a body of unknown length. An empty one would be the end, so it must not be sent."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)
