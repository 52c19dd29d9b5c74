"""Bytes from outside to text, in whatever encoding an office's program wrote them."""

import re

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
_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_-]+)", re.IGNORECASE)


def text_of(body: bytes, content_type: str = "") -> str:
    """Text: by its byte order mark, else UTF-8 if it is that, else what was declared, else windows-1252.

    >>> text_of("Déchèterie".encode("cp1252")), text_of(b"\\xef\\xbb\\xbfnom")
    ('Déchèterie', 'nom')
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _decoded(body, encoding)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        stated = _CHARSET.search(content_type)
        encoding = stated[1].lower() if stated else "cp1252"
        if encoding not in ALLOWED or encoding in ("utf-8", "utf8", "iso-8859-1", "latin-1", "latin1"):
            encoding = "cp1252"  # the web reads latin-1 as windows-1252 (WHATWG Encoding)
        return _decoded(body, encoding)


def _decoded(body: bytes, encoding: str) -> str:
    return body.decode(encoding, errors="replace")
