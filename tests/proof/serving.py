"""Put a control server behind a real socket on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from tests.proof.controls import Control, asked


@asynccontextmanager
async def served(control: Control) -> AsyncIterator[str]:
    """The origin under which a control answers while the block runs."""

    async def handle(request: web.Request) -> web.Response:
        origin = f"http://{request.host}"
        answer = control(asked(str(request.url), request.headers, origin))
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async with handling(handle) as origin:
        yield origin


@asynccontextmanager
async def handling(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
