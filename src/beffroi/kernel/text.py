"""Bytes from outside to text, in whatever encoding an office's program wrote them."""

import re

from beffroi.kernel.problem import Problem, ProblemKind, SourceFailed

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
ALLOWED = {
    "utf-8",
    "utf8",
    "utf-16",
    "iso-8859-1",
    "latin-1",
    "latin1",
    "iso-8859-15",
    "windows-1252",
    "cp1252",
}
_NAMES = {"cp1252": "windows-1252", "utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_-]+)", re.IGNORECASE)
LOOKED_AT = 2_000
"""Bytes that tell whether a text is UTF-16."""


def text_of(body: bytes, content_type: str = "", wrong: ProblemKind = SourceFailed) -> str:
    """Text: by its byte order mark, else UTF-16 or UTF-8 if it is that, else what was declared, else
    windows-1252.

    Raises Problem of the kind `wrong` for bytes that are no character of the encoding.

    >>> text_of("Déchèterie".encode("cp1252")), text_of(b"\\xef\\xbb\\xbfnom")
    ('Déchèterie', 'nom')
    """
    shown = _shown(body)
    text = None if shown else _utf_8(body)
    if text is not None:
        return text
    encoding = shown or _declared(content_type)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as failure:
        line = body.count(b"\n", 0, failure.start) + 1
        raise Problem(
            wrong,
            f"Line {line} of the text holds the byte 0x{body[failure.start]:02X}, "
            f"which is no character of {_NAMES.get(encoding, encoding)}.",
        ) from failure


def beginning_of(body: bytes, size: int) -> str:
    """The text of the first bytes, to look at: what is cut off or broken in it is no matter."""
    first = body[:size]
    shown = _shown(first)
    text = None if shown else _utf_8(first)
    return first.decode(shown or _declared(""), errors="replace") if text is None else text


def _shown(body: bytes) -> str:
    """The encoding that the bytes show by a mark, or by every other byte being NUL: UTF-16 is written without
    a mark, too, and text is mostly ASCII (as RFC 4627, section 3, tells JSON). Empty where they show none."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return encoding
    first = body[:LOOKED_AT]
    half = len(first) / 4  # of the pairs
    even, odd = first[::2].count(0), first[1::2].count(0)
    if even < half < odd:
        return "utf-16-le"
    return "utf-16-be" if odd < half < even else ""


def _utf_8(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _declared(content_type: str) -> str:
    stated = _CHARSET.search(content_type)
    encoding = stated[1].lower() if stated else "cp1252"
    if encoding not in ALLOWED or encoding in ("utf-8", "utf8", "iso-8859-1", "latin-1", "latin1"):
        return "cp1252"  # the web reads latin-1 as windows-1252 (WHATWG Encoding)
    return encoding
