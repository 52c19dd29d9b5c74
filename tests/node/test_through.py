"""An outside service behind the gate: asked for its buyers, with nothing of theirs, and counted."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.node.buying import Fair, a_fair, spec_characteristic

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Service:
    """A small HTTP server that keeps what it was asked and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.headers, self.body = 200, "", b'{"stops": 3}'
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
        )
        self.asked.append(head + (await reader.readexactly(length)).decode())
        answer = (
            f"HTTP/1.1 {self.status} X\r\ncontent-type: application/json\r\nset-cookie: a=b\r\n{self.headers}"
            f"content-length: {len(self.body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(answer.encode() + self.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def a_service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    async with server:
        yield service


async def bought(fair: Fair, service: Service, **more: Any) -> tuple[dict[str, Any], str]:
    """A product that is reached through the node, and a token for it."""
    said = {"endpointUrl": f"http://127.0.0.1:{service.port}/v1", "access": "gate", **more}
    listed = [spec_characteristic(name, value) for name, value in said.items()]
    specification = await fair.make(
        "productSpecification", {"name": "Stops", "productSpecCharacteristic": listed}
    )
    offering = await fair.make(
        "productOffering",
        {
            "name": "Stops",
            "lifecycleStatus": "Active",
            "productSpecification": {"id": specification["id"]},
            "relatedParty": [{"id": fair.city, "role": "seller"}],
        },
    )
    product = await fair.bought(offering["id"])
    return product, await fair.token(product)


def scenario(run: Run, steps: Callable[[Fair, Service], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_service() as service, a_fair() as fair:
            await steps(fair, service)

    run(live())


def test_a_service_is_asked_through_the_gate_and_counted(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        said = {each["name"]: each["value"] for each in product["productCharacteristic"]}
        assert said["accessUrl"].endswith(f"/through/{product['id']}")
        answer = await fair.through(token, f"/through/{product['id']}/stops/a%20b?near=3,50")
        assert (answer.status, json.loads(answer.body)) == (200, {"stops": 3})
        assert "set-cookie" not in answer.headers
        (asked,) = service.asked
        assert asked.startswith("GET /v1/stops/a%20b?near=3,50 HTTP/1.1\r\n")
        assert token not in asked
        await fair.node.gate.holders.fold()
        (row,) = await fair.list("usage")
        counted = {each["name"]: each["value"] for each in row["usageCharacteristic"]}
        assert (counted["requests"], counted["bytes"]) == (1, len(service.body))
        assert (
            await fair.patch("product", product["id"], {"status": "suspended"}, fair.provider)
        ).status == 200
        assert (await fair.through(token, f"/through/{product['id']}/stops")).status == 401
        assert len(service.asked) == 1

    scenario(run, steps)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/through/other/stops", 404),
        ("POST", "/through/{id}/stops", 405),
        ("DELETE", "/through/{id}/stops", 405),
        ("GET", "/through/{id}/../secret", 400),
        ("GET", "/ngsi-ld/v1/entities?type=Room", 200),
        ("GET", "/through/{id}", 200),
    ],
)
def test_what_was_not_bought_of_a_service_is_not_asked(run: Run, method: str, path: str, status: int) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        answer = await fair.through(
            token, path.replace("{id}", product["id"]), method, {} if method == "POST" else None
        )
        assert answer.status == status, answer.body
        assert len(service.asked) == (path == "/through/{id}" and status == 200)
        if path.startswith("/ngsi"):
            assert answer.body == b"[]"

    scenario(run, steps)


def test_a_service_may_be_posted_to_where_that_was_bought(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service, methods=["POST"])
        answer = await fair.through(token, f"/through/{product['id']}/plan", "POST", {"to": "a"})
        assert answer.status == 200
        assert service.asked[0].endswith('{"to": "a"}')

    scenario(run, steps)


def test_a_service_that_fails_costs_nothing_and_leads_nowhere(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        quota = {"metric": "requests", "amount": 1, "period": "day"}
        product, token = await bought(fair, service, quota=quota)
        path = f"/through/{product['id']}/stops"
        service.status = 500
        assert (await fair.through(token, path)).status == 500
        service.status, service.headers = 302, "location: http://169.254.169.254/\r\n"
        answer = await fair.through(token, path)
        assert (answer.status, b"leads elsewhere" in answer.body) == (503, True)
        service.status, service.headers = 200, ""
        assert (await fair.through(token, path)).status == 200
        assert (await fair.through(token, path)).status == 429

    scenario(run, steps)
