"""Many connections that open at once are taken together, not one in each turn of the event loop."""

import asyncio
import socket

from beffroi.web.body import Incoming
from beffroi.web.message import Request, Response
from beffroi.web.server import HttpServer
from tests.conftest import Run

MANY = 64


def test_connections_that_open_at_once_are_taken_in_few_turns(
    run: Run,
) -> None:
    async def story() -> None:
        turns, answered_in = 0, list[int]()

        async def answer(_: Request, __: Incoming) -> Response:
            answered_in.append(turns)
            return Response(200)

        listening = socket.create_server(("127.0.0.1", 0), backlog=MANY)
        clients = [socket.create_connection(listening.getsockname()) for _ in range(MANY)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            server = HttpServer(answer, tasks.create_task)
            await server.open(listening)
            while len(answered_in) < MANY:
                turns += 1
                await asyncio.sleep(0)
            server.stop()
            await server.ended()
        for client in clients:
            client.close()
        assert answered_in[-1] - answered_in[0] < MANY // 2

    run(story())
