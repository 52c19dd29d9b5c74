"""How long after a change its notification arrives."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bench.entities import ID, ROOT
from bench.load import Measured, load, request


class Receiver:
    """Notes when each numbered change arrives."""

    def __init__(self) -> None:
        self.arrived: dict[int, float] = {}
        self.changed = asyncio.Event()

    async def take(self, asked: web.Request) -> web.Response:
        moment = time.perf_counter()
        for found in (await asked.json())["data"]:
            self.arrived.setdefault(found["level"]["value"], moment)
        self.changed.set()
        return web.Response(status=204)


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, int]]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield receiver, runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def notification_delay(port: int, count: int, connections: int) -> Measured:
    """Delay from sending a PATCH to its notification, `connections` changes on their way at a time."""
    async with receiving() as (receiver, receiver_port):
        subscription = {
            "id": "urn:ngsi-ld:Subscription:bench",
            "type": "Subscription",
            "entities": [{"type": "Vehicle"}],
            "watchedAttributes": ["level"],
            "notification": {
                "attributes": ["level"],
                "endpoint": {"uri": f"http://127.0.0.1:{receiver_port}/", "accept": "application/json"},
            },
        }
        await _once(port, "POST", "/ngsi-ld/v1/subscriptions", json.dumps(subscription).encode())
        first = time.time_ns() // 1_000_000  # no value twice: what is not changed is not notified
        sent: dict[int, float] = {}
        turns = asyncio.Semaphore(connections)

        async def change(number: int) -> None:
            async with turns:
                sent[first + number] = time.perf_counter()
                path = f"{ROOT}/{ID.format(number % 1000)}/attrs/level"
                await _once(port, "PATCH", path, b'{"value": %d}' % (first + number))
                while first + number not in receiver.arrived:
                    receiver.changed.clear()
                    await asyncio.wait_for(receiver.changed.wait(), 30)

        begin = time.perf_counter()
        await asyncio.gather(*(change(number) for number in range(count)))
        seconds = time.perf_counter() - begin
        await _once(port, "DELETE", "/ngsi-ld/v1/subscriptions/urn:ngsi-ld:Subscription:bench", b"")
    delays = sorted(receiver.arrived[number] - moment for number, moment in sent.items())
    return Measured(count, seconds, delays, 0)


async def _once(port: int, method: str, path: str, body: bytes) -> None:
    measured = await load(port, iter([request(method, path, body)]), 1)
    if measured.failed:
        raise RuntimeError(f"{method} {path} was refused")
