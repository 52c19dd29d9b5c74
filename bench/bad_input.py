"""`python -m bench.bad_input`: processor time until bad input is refused, the quickest of five tries each.

A node in memory is asked without HTTP: with the bad bodies that the tests refuse, and with hostile questions.
The aim is 100 ms.
"""

import time
from urllib.parse import quote

from rich.console import Console
from rich.table import Table
from tests.broker.bad_bodies import BATCHES, BODIES

from beffroi.app.loop import run
from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.json import encode
from beffroi.web.message import Request
from bench.entities import ROOT

TRIES = 5
AIM_MS = 100
SHOWN = 12
HOSTILE = ('"', "\\", "(", "a{", "a[", "a;", "a==1,", "a~=(", " ", "9")
PATTERNS = ("(a+)+$", "((((a{100}){100}){100}){100}){100}", "a" * 1001)
LARGE_PATTERNS = (
    "(a?){50}" * 30 + "b",
    "(x*a.{1,900}x*)b",
    "(a?){50}" * 24 + "b",
    "(a?){25}b",
    ".*a.*b",
    ".*ab.*",
)
"""Each is costly, or ordinary, for texts of some length."""

LONG_TEXTS = {"Verse": 3_000, "Page": 20_000, "Book": 200_000, "Shelf": 4_000_000}
"""Characters, by the type of the entity that has such a name."""


def requests() -> dict[str, Request]:
    """The requests by what is wrong with them."""
    found = {what: _posted(body) for what, body in BODIES.items()}
    for what, (operation, body) in BATCHES.items():
        found[f"batch {operation}: {what}"] = _posted(body, f"/ngsi-ld/v1/entityOperations/{operation}")
    for part in HOSTILE:
        found[f"q of 16,384 {part!r}"] = _question("q", (part * 16_384)[:16_384])
    for pattern in PATTERNS:
        found[f"q with the pattern {pattern[:40]}"] = _question("q", f"name~={pattern}")
        found[f"idPattern {pattern[:40]}"] = _question("idPattern", pattern)
    for kind, length in LONG_TEXTS.items():
        for pattern in LARGE_PATTERNS:
            found[f"{pattern[:16]}… ({len(pattern)}) on {length:,}"] = _question(
                "q", f'name~="{pattern}"', kind
            )
    return found


def _posted(body: bytes, path: str = ROOT) -> Request:
    headers = {"host": "127.0.0.1", "content-type": "application/json", "content-length": str(len(body))}
    return Request("POST", path, "", headers, body)


def _question(name: str, text: str, kind: str = "Room") -> Request:
    return Request("GET", ROOT, f"type={kind}&{name}={quote(text, safe='')}", {"host": "127.0.0.1"})


async def measure() -> dict[str, tuple[int, float]]:
    """Status and milliseconds of each."""
    async with open_node(Settings(data="memory:")) as node:
        for kind, length in {"Room": 5_000, **LONG_TEXTS}.items():
            entity = {"id": f"urn:x:{kind}", "type": kind, "name": "a" * length + "!"}
            made = await node.answer(_posted(encode(entity)))
            assert made.status == 201, made.body
        return {what: await _quickest(node, request) for what, request in requests().items()}


async def _quickest(node: Node, request: Request) -> tuple[int, float]:
    tries: list[float] = []
    status = 0
    for _ in range(TRIES):
        begun = time.process_time()
        again = Request(request.method, request.path, request.query, {**request.headers}, request.body)
        status = (await node.answer(again)).status
        tries.append(1e3 * (time.process_time() - begun))
    return status, min(tries)


def main() -> None:
    """Measure and print the slowest."""
    measured = run(measure())
    table = Table("what is wrong", "status", "ms of processor time")
    slowest = sorted(measured.items(), key=lambda each: -each[1][1])
    for what, (status, milliseconds) in slowest[:SHOWN]:
        table.add_row(what, str(status), f"{milliseconds:,.1f}")
    console = Console(width=100)
    console.print(table)
    over = sum(milliseconds > AIM_MS for _, milliseconds in measured.values())
    console.print(f"{len(measured)} kinds of bad input, {over} of them over {AIM_MS} ms.")


if __name__ == "__main__":
    main()
