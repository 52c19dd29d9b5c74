"""Sound requests with some bytes changed, in pieces of any size: nothing breaks in the server, nothing stays."""

import asyncio
import logging
from random import Random

import pytest

from tests.conftest import Run
from tests.web.edge import Echo, read_all, serving, statuses

SOUND = (
    b"GET /a?b=c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
    b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nT: r\r\n\r\n",
    b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"HEAD /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n",
)
INSERTED = (b"\r\n", b"\n", b" ", b"0", b"Content-Length: 1\r\n", b"\xff", b"Transfer-Encoding: chunked\r\n")


def mutated(random: Random) -> bytes:
    sent = bytearray(b"".join(random.choice(SOUND) for _ in range(random.randint(1, 5))))
    for _ in range(random.choice([0, 1, 1, 2, 5])):
        at = random.randrange(len(sent))
        match random.randrange(3):
            case 0:
                sent[at] = random.choice(b"\r\n\0 :;,0123456789aA\xff%/")
            case 1:
                del sent[at : at + random.randint(1, 4)]
            case _:
                sent[at:at] = random.choice(INSERTED)
    return bytes(sent)


@pytest.mark.parametrize("seed", range(4))
def test_no_bytes_break_the_server(run: Run, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    random = Random(seed)

    async def scenario() -> None:
        broken: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
        async with serving(Echo()) as edge:

            async def talk() -> None:
                sent = mutated(random)
                async with edge.connected() as (reader, writer):
                    while sent:
                        size = random.choice([1, 7, 40, 5_000])
                        writer.write(sent[:size])
                        sent = sent[size:]
                        await asyncio.sleep(0)
                    if random.random() < 0.9:
                        received = await read_all(reader)
                        assert {100, 200, 400, 403, 408, 417} >= set(statuses(received))

            await asyncio.gather(*(talk() for _ in range(100)))
            await edge.is_empty()
            assert edge.server.holding._now == 0
        assert broken == []

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert caplog.records == []
