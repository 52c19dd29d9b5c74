"""Servers that misbehave on purpose, one function each, and canaries that must never be called."""

import asyncio
import gzip
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Behaviour = Callable[[bytes, Reader, Writer], Awaitable[None]]


@asynccontextmanager
async def listening(behaviour: Behaviour) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server on loopback; gives its address and the requests (head and body) that it has seen."""
    seen = list[bytes]()

    async def serve(reader: Reader, writer: Writer) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: *(\d+)", head)
                length = int(found[1]) if found else 0
                seen.append(head + await reader.readexactly(length))
                await behaviour(seen[-1], reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", seen
    finally:
        server.close()


def answering(status: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Behaviour:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines):
        lines.append(f"Content-Length: {len(body)}")
    message = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def behave(_: bytes, __: Reader, writer: Writer) -> None:
        writer.write(message)
        await writer.drain()

    return behave


async def hangs(_: bytes, reader: Reader, __: Writer) -> None:
    await reader.read()


async def drips(_: bytes, __: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def drips_headers(_: bytes, __: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while True:
        writer.write(b"X-%d: y\r\n" % number)
        await writer.drain()
        number += 1
        await asyncio.sleep(0.05)


async def resets(_: bytes, __: Reader, writer: Writer) -> None:
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.abort()


async def endless(_: bytes, __: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def babbles(_: bytes, __: Reader, writer: Writer) -> None:
    writer.write(b"220 mail.example.org ESMTP\r\n\r\n")
    await writer.drain()


def bomb(size: int = 200_000_000) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(1_000_000)
    return b"".join(packer.compress(piece) for _ in range(size // len(piece))) + packer.flush()


def packed(body: bytes) -> bytes:
    return gzip.compress(body)
