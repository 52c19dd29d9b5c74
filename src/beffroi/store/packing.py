"""Documents and traces as databases hold them: long ones packed with LZ4.

The JSON of an entity says the same names and moments again and again, so that it takes a fifth of its length:
that much less is written to the log, copied into the database and read again (`docs/adr/0001`).
"""

from collections.abc import Callable
from typing import cast

from lz4 import block

from beffroi.kernel.record import Key, damaged

LONG = 512
"""Bytes; what is shorter is held as it is."""
_PACKED = b"\x01"
"""With this byte no JSON begins (RFC 8259, section 2)."""

_MOST_SHRUNK = 256
"""A text is at most so many times as long as what LZ4 makes of it."""
_SIZE_BYTES = 4

_compress = cast("Callable[[bytes], bytes]", block.compress)  # pyright: ignore[reportUnknownMemberType]
_Unfit = cast("type[Exception]", block.LZ4BlockError)  # pyright: ignore[reportUnknownMemberType]
_decompress = cast("Callable[[bytes], bytes]", block.decompress)  # pyright: ignore[reportUnknownMemberType]


def packed(text: bytes) -> bytes:
    """JSON as it is to be stored.

    >>> packed(b'{"id":"urn:a:1"}')
    b'{"id":"urn:a:1"}'
    """
    return _PACKED + _compress(text) if len(text) >= LONG else text


def unpacked(stored: bytes, key: Key) -> bytes:
    """The JSON again. Raises Problem(InternalError), which names the record, for what does not unpack.

    >>> unpacked(packed(b'[' + b'1,' * 1000 + b'1]'), Key("", "thing", "a"))[:6]
    b'[1,1,1'
    """
    if stored[:1] != _PACKED:
        return stored
    # a length that cannot be would be taken from memory before it is found to be wrong
    if int.from_bytes(stored[1 : 1 + _SIZE_BYTES], "little") > _MOST_SHRUNK * len(stored):
        raise damaged(key, "it does not unpack to the length that it says")
    try:
        return _decompress(stored[1:])
    except (_Unfit, ValueError) as failure:
        raise damaged(key, "it does not unpack") from failure
