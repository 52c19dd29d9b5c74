"""Read a body piece by piece, decompress it, and stop at a limit (RFC 9110, section 8.4.1)."""

import zlib
from collections.abc import AsyncIterable

from beffroi.outbound.policy import CutShort, Failed, TooLarge

ACCEPTED = "gzip, deflate"
AUTOMATIC = zlib.MAX_WBITS | 32


async def read_body(pieces: AsyncIterable[bytes], encoding: str, most_bytes: int) -> bytes:
    """The whole body decompressed. Raises TooLarge beyond `most_bytes`, without unpacking the rest,
    CutShort, and Failed for what does not unpack."""
    match encoding.strip().lower():
        case "" | "identity":
            return await _read_plain(pieces, most_bytes)
        case "gzip" | "x-gzip" | "deflate":
            return await _read_packed(pieces, most_bytes)
        case other:
            raise Failed(f"The answer has the content encoding '{other[:50]}', which was not asked for.")


async def _read_plain(pieces: AsyncIterable[bytes], most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        _check_size(len(body), most_bytes)
    return bytes(body)


async def _read_packed(pieces: AsyncIterable[bytes], most_bytes: int) -> bytes:
    body, unpacker, first = bytearray(), zlib.decompressobj(AUTOMATIC), True
    try:
        async for piece in pieces:
            if first and not _has_header(piece):
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            first = False
            rest = piece
            while rest:
                if unpacker.eof:  # a gzip body may have several members
                    unpacker = zlib.decompressobj(AUTOMATIC)
                body += unpacker.decompress(rest, most_bytes + 1 - len(body))
                _check_size(len(body), most_bytes)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
    except zlib.error as failure:
        raise Failed(f"The answer cannot be decompressed: {failure}.") from failure
    if not first and not unpacker.eof:
        raise CutShort("The answer ends in the middle of its compressed body.")
    return bytes(body)


def _has_header(piece: bytes) -> bool:
    """Whether a gzip or zlib header stands here; some servers send `deflate` without one."""
    if piece[:2] == b"\x1f\x8b" or len(piece) < 2:
        return True
    return piece[0] & 0x0F == 8 and int.from_bytes(piece[:2], "big") % 31 == 0


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise TooLarge(f"The answer is larger than {most_bytes} bytes.")
