"""Read the head of a request: the target, the fields, how the body is framed (RFC 9112, sections 3 to 6)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from beffroi.kernel.problem import ExpectationFailed, InvalidRequest
from beffroi.web.message import NONE, Request
from beffroi.web.refused import Refused

Field: TypeAlias = tuple[bytes, bytes]

CHUNKED: Final = -1
FRAMING: Final = frozenset({"connection", "content-length", "expect", "host", "transfer-encoding"})
"""Fields that say what the message is: one that cannot be read makes a request of unknown meaning."""
SINGLE: Final = frozenset({"content-length", "host", "transfer-encoding"})


class Head(NamedTuple):
    """A request without its body; `length` is that of the body in bytes, or CHUNKED."""

    request: Request
    length: int
    expects: bool


class Headers:
    """The fields of one connection's requests by name: read once where the next request has the same ones."""

    __slots__ = ("_fields", "_read")

    def __init__(self) -> None:
        self._fields: Sequence[Field] = ()
        self._read: tuple[Mapping[str, str], frozenset[str]] = ({}, NONE)

    def of(self, fields: Sequence[Field]) -> tuple[Mapping[str, str], frozenset[str]]:
        """The fields, and the names of those that hold what is not ASCII. Raises Refused."""
        if fields != self._fields:
            self._read = _headers(fields)
            self._fields = fields
        return self._read


def read_head(
    method: str, target: str, version: str, fields: Sequence[Field], base: str, known: Headers
) -> Head:
    """The head of one request; `base` is the node's configured address. Raises Refused.

    >>> read_head("GET", "/a%2Fb?x=1", "1.1", [(b"Host", b"city.example")], "", Headers()).request.raw_path
    '/a%2Fb'
    """
    headers, unreadable = known.of(fields)
    authority, raw_path, query = split_target(target)
    if authority:
        headers = {**headers, "host": authority}  # RFC 9112, section 3.2.2: it goes before Host
    elif version == "1.1" and not headers.get("host"):
        raise Refused(InvalidRequest, "The request has no Host.")
    length = _length(headers, version)
    expects = "expect" in headers and _expects(headers["expect"], version)
    path = decoded(raw_path) if "%" in raw_path else raw_path
    base = base or f"http://{headers.get('host', 'localhost')}"
    request = Request(method, path, query, headers, base=base, unreadable=unreadable, raw_path=raw_path)
    return Head(request, length, expects)


def split_target(target: str) -> tuple[str, str, str]:
    """Authority, path and query of a request target; only the absolute form has an authority.

    >>> split_target("http://city.example:80/a?b")
    ('city.example:80', '/a', 'b')
    """
    if "#" in target:
        raise Refused(InvalidRequest, "The request target has a fragment.")
    path, _, query = target.partition("?")
    if path.startswith("/") or path == "*":
        return "", path, query
    scheme, separator, rest = path.partition("://")
    authority, slash, path = rest.partition("/")
    if not separator or not authority or scheme.lower() not in {"http", "https"}:
        raise Refused(
            InvalidRequest, f"The request target '{target[:200]}' is neither a path nor an HTTP URL."
        )
    return authority, slash + path or "/", query


def decoded(raw: str) -> str:
    """Percent-encoded text as text. Raises Refused for what is no UTF-8."""
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError as failure:
        raise Refused(InvalidRequest, "The path is not UTF-8.", raw.encode("ascii")) from failure


def _headers(fields: Sequence[Field]) -> tuple[dict[str, str], frozenset[str]]:
    found: dict[str, str] = {}
    unreadable: set[str] | None = None
    for raw_name, raw_value in fields:
        name = _name(raw_name)
        if not raw_value.isascii():
            unreadable = {name, *(unreadable or ())}
            continue
        value = raw_value.decode("ascii").strip(" \t")
        found[name] = _joined(name, found[name], value) if name in found else value
    if unreadable is None:
        return found, NONE
    for name in unreadable:
        if name in FRAMING:
            raise Refused(InvalidRequest, f"The header '{name}' holds characters that are not ASCII.")
        found.pop(name, None)
    return found, frozenset(unreadable)


@lru_cache(maxsize=1_024)
def _name(raw: bytes) -> str:
    return raw.decode("ascii").lower()


def _joined(name: str, first: str, second: str) -> str:
    if name in SINGLE:
        raise Refused(InvalidRequest, f"The header '{name}' is given more than once.")
    return f"{first}; {second}" if name == "cookie" else f"{first}, {second}"


def _length(headers: Mapping[str, str], version: str) -> int:
    """The length of the body. Two readings of one message would let a second request in (section 6.3)."""
    text = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if text is not None:
            raise Refused(InvalidRequest, "The request has both Content-Length and Transfer-Encoding.")
        if coding.lower() != "chunked" or version != "1.1":
            raise Refused(InvalidRequest, f"The Transfer-Encoding '{coding[:50]}' is not read.")
        return CHUNKED
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refused(InvalidRequest, f"The Content-Length '{text[:50]}' is no number.")
    return int(text)


def _expects(expectation: str, version: str) -> bool:
    """Whether the client waits for leave to send its body (RFC 9110, section 10.1.1)."""
    if expectation.lower() != "100-continue":
        raise Refused(ExpectationFailed, f"The expectation '{expectation[:50]}' is not known.")
    return version == "1.1"
