"""Which traces a commit tells anew: those that still say what they said, packed or not."""

from collections.abc import Iterable, Mapping

from beffroi.kernel.record import Key, Retold
from beffroi.store.packing import packed, unpacked


def told_anew(retold: Iterable[Retold], stored: Mapping[int, bytes]) -> dict[int, bytes]:
    """What is to be stored in the place of what is `stored`, by the number of the trace.

    >>> told_anew([Retold(1, b"{}", b"[]"), Retold(2, b"?", b"[]")], {1: b"{}", 2: b"{}"})
    {1: b'[]'}
    """
    said = {number: unpacked(body, Key("", "trace", str(number))) for number, body in stored.items()}
    now: dict[int, bytes] = {}
    for number, was, body in retold:
        if body is not None and said.get(number) == was:
            now[number] = said[number] = body
    return {number: packed(body) for number, body in now.items()}
