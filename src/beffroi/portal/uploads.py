"""Files in a form: read multipart/form-data (RFC 7578), of one level and with few parts."""

import re
from collections.abc import Mapping
from typing import Final

from beffroi.kernel.problem import InvalidRequest, Problem

MOST_PARTS: Final = 40
_BOUNDARY: Final = re.compile(r'^multipart/form-data\s*;\s*boundary="?([^";\s]{1,70})"?\s*$', re.IGNORECASE)
_NAME: Final = re.compile(rb'(?:^|[;\s])name="([^"\r\n]{1,100})"', re.IGNORECASE)


def fields_of(media: str, body: bytes) -> Mapping[str, bytes]:
    """The fields of a form by their names, files as their bytes; of a name given twice the last.

    >>> fields_of("multipart/form-data; boundary=x",
    ...     b'--x\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n1\\r\\n--x--\\r\\n')
    {'a': b'1'}

    Raises Problem(InvalidRequest).
    """
    found = _BOUNDARY.match(media)
    if found is None:
        raise Problem(InvalidRequest, f"The form is of the type '{media[:100]}', not multipart/form-data.")
    mark = b"\r\n--" + found[1].encode("ascii", "replace")
    pieces = (b"\r\n" + body).split(mark, MOST_PARTS + 1)
    if len(pieces) > MOST_PARTS + 1:
        raise Problem(InvalidRequest, f"The form has more than {MOST_PARTS} parts.")
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Problem(InvalidRequest, "The form does not end where it says: a part of it is missing.")
    return dict(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> tuple[str, bytes]:
    head, gap, content = piece.partition(b"\r\n\r\n")
    name = _NAME.search(head[:2_000])
    if not gap or name is None:
        raise Problem(InvalidRequest, "A part of the form has no name.")
    return name[1].decode("utf-8", "replace"), content
