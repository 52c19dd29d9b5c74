"""Answers in pieces: sent as they come, no faster than the client takes them, until one side has gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeAlias, runtime_checkable

from beffroi.web.connection import Connection
from beffroi.web.message import Response
from beffroi.web.parsing import Exchange
from beffroi.web.sending import LAST_CHUNK, chunk, head_of

Pieces: TypeAlias = AsyncIterator[bytes]

LOG = logging.getLogger("beffroi")


@runtime_checkable
class Closable(Protocol):
    """Pieces that hold something open until they are let go, whether anybody has asked for one or not."""

    async def aclose(self) -> None: ...


async def send_stream(
    connection: Connection, exchange: Exchange, response: Response, pieces: Pieces, more: tuple[str, ...]
) -> None:
    """Send pieces as they come, no faster than the client takes them. What breaks off must not look whole."""
    chunked = exchange.version == "1.1"
    if chunked:
        more = (*more, "transfer-encoding: chunked")
    try:
        connection.write(head_of(response, connection.owner.date, more))
        if exchange.request.method != "HEAD":
            await _pump_until_gone(connection, response, pieces, chunk if chunked else bytes)
            connection.write(LAST_CHUNK if chunked else b"")
    except Exception as failure:
        if not connection.is_lost:
            LOG.exception("The answer to %s %s broke off", exchange.request.method, exchange.request.path)
        raise ConnectionAbortedError from failure
    finally:
        if isinstance(pieces, Closable):
            await pieces.aclose()


async def _pump_until_gone(
    connection: Connection, response: Response, pieces: Pieces, written: Callable[[bytes], bytes]
) -> None:
    """Nobody waits for the next piece when the client has gone."""
    connection.gone = limit = asyncio.timeout(None)
    try:
        async with limit:
            await _pump_until_stopped(connection, response, pieces, written)
    except TimeoutError as failure:
        if not limit.expired():
            raise
        raise ConnectionResetError from failure
    finally:
        connection.gone = None


async def _pump_until_stopped(
    connection: Connection, response: Response, pieces: Pieces, written: Callable[[bytes], bytes]
) -> None:
    """A stream without an end of its own ends soon after the server was asked to stop."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        await _pump(connection, pieces, written)
        return
    owner = connection.owner
    connection.stream = limit = asyncio.timeout(owner.limits.stopping_seconds if owner.stopping else None)
    try:
        async with limit:
            await _pump(connection, pieces, written)
    except TimeoutError:
        if not limit.expired():
            raise
    finally:
        connection.stream = None


async def _pump(connection: Connection, pieces: Pieces, written: Callable[[bytes], bytes]) -> None:
    async for piece in pieces:
        if piece:
            connection.write(written(piece))
            await connection.written()
