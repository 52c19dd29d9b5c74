"""What of its throughput a node keeps at the gate: the same calls with and without a token, in turns.

The requests are those of the table of speeds, among as many entities. A round is a pair of both, one after
the other, and each is first in every second round; of all rounds the medians count.
"""

import statistics
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench import entities
from bench.load import load

CONNECTIONS = 64


class Kept(NamedTuple):
    """Requests a second without a token and with one, and the share of them that was kept in a round."""

    what: str
    without: float
    bought: float
    share: float


def with_token(requests: Iterable[bytes], token: str) -> Iterator[bytes]:
    """The same requests of somebody who holds a product."""
    shown = f"\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    return iter([shown.join(request.split(b"\r\n\r\n", 1)) for request in requests])


async def kept_at_the_gate(port: int, among: int, token: str, rounds: int) -> list[Kept]:
    """Ask a node that has so many entities; the token opens all of them."""
    return [
        await _kept("retrieve", entities.retrievals(among, 8_000 * rounds), 4_000, port, token),
        await _kept("query of 20", entities.queries(among, 1_000 * rounds), 500, port, token),
    ]


async def _kept(what: str, requests: Iterator[bytes], count: int, port: int, token: str) -> Kept:
    """Send them all, so many at a time, and none of them twice: an answer is remembered."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    asked = list(requests)
    for start in range(0, len(asked), 2 * count):
        is_odd = bool(start // count // 2 % 2)
        for bought, at in ((is_odd, start), (not is_odd, start + count)):
            sent = asked[at : at + count]
            measured = await load(port, with_token(sent, token) if bought else iter(sent), CONNECTIONS)
            assert measured.failed == 0, what
            rates[bought].append(measured.rate)
    shares = [with_one / without for without, with_one in zip(rates[False], rates[True], strict=True)]
    return Kept(what, *(statistics.median(each) for each in (rates[False], rates[True], shares)))


def print_kept(console: Console, kept: list[Kept]) -> None:
    table = Table("throughput at the gate", "a second without a token", "with one", "kept")
    for what, without, bought, share in kept:
        table.add_row(what, f"{without:,.0f}", f"{bought:,.0f}", f"{share:.1%}")
    console.print(table)
