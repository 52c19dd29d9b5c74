"""What the gate costs: the same calls with and without a token for a product, in one process and over HTTP.

Figures are processor time of the node for one request, in rounds that take turns; of each the quietest
quarter counts, because the machine may have other work.
"""

import gc
import json
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from beffroi.app.loop import run
from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.app.world import new_uuid, now
from beffroi.config import Settings
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.operations.credentials import make_credentials
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.credentials import Credentials
from beffroi.web.message import LOCAL, Request
from bench import servers
from bench.entities import ID, ROOT, entity
from bench.load import load, request

AMONG = 1_000
QUERY = f"{ROOT}?type=Vehicle&limit=20"
AREA = {"type": "Polygon", "coordinates": [[[2.8, 50.4], [3.3, 50.4], [3.3, 50.9], [2.8, 50.9], [2.8, 50.4]]]}
TRIANGLE = {"type": "Polygon", "coordinates": [[[2.0, 50.0], [4.5, 50.0], [3.0, 52.0], [2.0, 50.0]]]}
PRODUCTS: dict[str, dict[str, Any]] = {
    "token": {},
    "token, quota and rate": {
        "quota": {"metric": "requests", "amount": 10**9, "period": "month"},
        "rateLimit": 100_000,
    },
    "token, area (a box)": {"area": AREA},
    "token, area (a triangle)": {"area": TRIANGLE},
}
CONNECTIONS = 16


class Cost(NamedTuple):
    """Microseconds of processor time for one request."""

    what: str
    who: str
    microseconds: float
    ratio: float


async def prepare(settings: Settings) -> dict[str, Credentials]:
    """Fill a node's database with entities and products; the credentials of each product."""
    async with open_node(settings) as node:
        batch = json.dumps([entity(number) for number in range(AMONG)]).encode()
        path = "/ngsi-ld/v1/entityOperations/upsert"
        headers = {"content-type": "application/json", "content-length": str(len(batch))}
        made = await node.answer(Request("POST", path, "", headers, batch))
        assert made.status == 201, made.body
        return {who: await _bought(node, who, said) for who, said in PRODUCTS.items()}


async def _bought(node: Node, who: str, said: dict[str, Any]) -> Credentials:
    product = f"bench-{list(PRODUCTS).index(who)}"
    characteristics = {"entityTypes": ["Vehicle"], **said}
    body = {
        "id": product,
        "status": "active",
        "productCharacteristic": [{"name": name, "value": value} for name, value in characteristics.items()],
    }
    change = Change(Key("", "tmf:product", product), document_of(body))  # type: ignore[arg-type]
    await node.store.transact([], lambda _: Commit((change,)))
    return await make_credentials(Market(node.store, now, new_uuid, ""), product, LOCAL)


async def in_one_process(settings: Settings, held: dict[str, Credentials], rounds: int) -> list[Cost]:
    """Without the HTTP edge: what the node's own code takes."""
    async with open_node(settings) as node:
        tokens = {"": ""} | {who: await _token_inside(node, each) for who, each in held.items()}
        costs: list[Cost] = []
        for what, paths in (("retrieve", _retrievals(500)), ("query of 20", [QUERY] * 100)):
            spent: dict[str, list[float]] = {who: [] for who in tokens}
            for _ in range(rounds):
                for who, token in tokens.items():
                    spent[who].append(await _round(node, paths, token))
            costs += _costs(f"{what}, in one process", spent)
        return costs


async def _round(node: Node, paths: list[str], token: str) -> float:
    """Microseconds of one request."""
    headers = {"host": "127.0.0.1", "accept": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    gc.collect()
    begun = time.process_time()
    for number, path in enumerate(paths, 1):
        route, _, query = path.partition("?")
        response = await node.answer(Request("GET", route, query, {**headers}))
        assert response.status == 200, response.body
        if number % CONNECTIONS == 0:
            node.gate.holders.lines.flush()
    return 1e6 * (time.process_time() - begun) / len(paths)


async def over_http(
    port: int, process: psutil.Process, held: dict[str, Credentials], rounds: int
) -> list[Cost]:
    """With the HTTP edge: what the whole process of the node takes."""
    tokens = {"": ""} | {who: _token_outside(port, each) for who, each in held.items()}
    costs: list[Cost] = []
    for what, paths in (("retrieve", _retrievals(3_000)), ("query of 20", [QUERY] * 1_000)):
        spent: dict[str, list[float]] = {who: [] for who in tokens}
        for _ in range(rounds):
            for who, token in tokens.items():
                before = servers.busy(process)
                measured = await load(port, _requests(paths, token), CONNECTIONS)
                assert measured.failed == 0
                spent[who].append(1e6 * (servers.busy(process) - before) / len(paths))
        costs += _costs(f"{what}, over HTTP", spent)
    return costs


def _costs(what: str, spent: dict[str, list[float]]) -> list[Cost]:
    quiet = {who: statistics.fmean(sorted(each)[: max(len(each) // 4, 1)]) for who, each in spent.items()}
    return [Cost(what, who or "no token", cost, cost / quiet[""]) for who, cost in quiet.items()]


def _retrievals(count: int) -> list[str]:
    chance = random.Random(7)
    return [f"{ROOT}/{ID.format(chance.randrange(AMONG))}" for _ in range(count)]


def _requests(paths: list[str], token: str) -> Iterator[bytes]:
    shown = f"Authorization: Bearer {token}\r\n".encode() if token else b""
    return iter([request("GET", path).replace(b"\r\n\r\n", b"\r\n" + shown + b"\r\n") for path in paths])


async def _token_inside(node: Node, held: Credentials) -> str:
    form = f"grant_type=client_credentials&client_id={held.client}&client_secret={held.secret}".encode()
    headers = {"host": "127.0.0.1", "content-type": "application/x-www-form-urlencoded"}
    response = await node.answer(Request("POST", "/oauth/token", "", headers, form))
    return str(json.loads(response.body)["access_token"])


def _token_outside(port: int, held: Credentials) -> str:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/oauth/token", b"grant_type=client_credentials", method="POST"
    )
    pair = b64encode(f"{held.client}:{held.secret}".encode()).decode()
    asked.add_header("Authorization", f"Basic {pair}")
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return str(json.load(answer)["access_token"])


async def gate_costs(folder: Path, port: int, rounds: int) -> list[Cost]:
    """Everything, on a fresh database in `folder`."""
    settings = Settings(data=f"sqlite:{folder / 'beffroi.db'}", port=port)
    held = await prepare(settings)
    costs = await in_one_process(settings, held, rounds)
    with servers.node(folder, port) as process:
        return costs + await over_http(port, process, held, rounds)


def print_gate(console: Console, costs: list[Cost]) -> None:
    table = Table("the gate", "who asks", "µs of the node", "times without a token")
    for what, who, microseconds, ratio in costs:
        table.add_row(what, who, f"{microseconds:,.1f}", f"{ratio:.2f}")
    console.print(table)


def main() -> None:
    """Only the gate: `python -m bench.gate [rounds]`."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    servers.pin_client()
    port = servers.free_port()
    with tempfile.TemporaryDirectory(prefix="beffroi-gate-") as folder:
        costs = run(gate_costs(Path(folder), port, rounds))
    print_gate(Console(width=100), costs)


if __name__ == "__main__":
    main()
