"""Where the firm's own program hears of changes: an address on loopback that takes notifications."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from aiohttp import web

from beffroi.demo.talk import Unexpected
from beffroi.kernel.json import JsonObject, decode

HOST = "127.0.0.1"
KEPT = 100


@dataclass(slots=True)
class Mailbox:
    """Notifications that came in, the newest KEPT of them; `address` is where they are sent."""

    address: str = ""
    received: list[JsonObject] = field(default_factory=list[JsonObject])
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def first(self, seconds: float) -> JsonObject:
        """The first notification, as soon as there is one. Raises Unexpected after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError as failure:
            raise Unexpected(f"No notification came within {seconds:g} s.") from failure
        return self.received[0]

    async def take(self, request: web.Request) -> web.Response:
        """Take one notification."""
        self.received = [*self.received, cast("JsonObject", decode(await request.read()))][:KEPT]
        self._arrived.set()
        return web.Response(status=204)


@asynccontextmanager
async def open_mailbox() -> AsyncGenerator[Mailbox, None]:
    """A mailbox at a free port, until the block ends."""
    mailbox = Mailbox()
    application = web.Application()
    application.router.add_post("/", mailbox.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        mailbox.address = f"http://{HOST}:{runner.addresses[0][1]}/"
        yield mailbox
    finally:
        await runner.cleanup()
