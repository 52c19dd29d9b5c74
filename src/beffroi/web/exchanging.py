"""Serve one connection: its requests one after another, each answered before the next is begun."""

import asyncio
import logging
from typing import Final

from beffroi.kernel.problem import InternalError, Problem
from beffroi.web.body import Answer
from beffroi.web.connection import Connection
from beffroi.web.message import Request, Response
from beffroi.web.parsing import Exchange
from beffroi.web.refused import CLOSE, Refused, Unsendable
from beffroi.web.sending import WITHOUT_CONTENT, head_of
from beffroi.web.streaming import send_stream

LOG = logging.getLogger("beffroi")
IN_ONE_WRITE: Final = 64 * 1024
FAILED: Final = Problem(InternalError, "The node failed; its log says where.", CLOSE)


async def serve(connection: Connection, answer: Answer) -> None:
    """Answer until either side has enough. Nothing leaves this function but a cancellation."""
    connection.task = asyncio.current_task()
    try:
        while await _serve_one(connection, answer):
            pass
        connection.close()
    except ConnectionError:
        connection.abort()
    except asyncio.CancelledError:
        connection.abort()
        raise
    except Exception:
        LOG.exception("A connection failed")
        connection.abort()


async def _serve_one(connection: Connection, answer: Answer) -> bool:
    """Answer the next request; False if it was the last one."""
    received = await connection.next()
    if received is None:
        return False
    if isinstance(received, Refused):
        request = received.request
        await _send_whole(connection, request, connection.owner.refuse(received.problem, request))
        await connection.linger()
        return False
    body = received.body
    try:
        keeps = await _send(connection, received, await _answered(connection, answer, received))
    finally:
        body.close()
    if body.ended or (keeps and await connection.drain(body)):
        return keeps
    await connection.linger()
    return False


async def _answered(connection: Connection, answer: Answer, exchange: Exchange) -> Response:
    connection.asked, exchange.request.turn = exchange, connection.owner.turn.current()
    try:
        return await answer(exchange.request, exchange.body)
    except Exception:
        LOG.exception("%s %s failed", exchange.request.method, exchange.request.path)
        return connection.owner.refuse(FAILED, exchange.request)
    finally:
        connection.asked = None


async def _send(connection: Connection, exchange: Exchange, response: Response) -> bool:
    """Send a response; False if nothing may follow it on this connection."""
    keeps = (
        exchange.keeps
        and response.headers.get("connection") != "close"
        and not connection.owner.stopping
        and not exchange.body.expects  # it may send the body or not: the next request cannot be told
    )
    if exchange.version == "1.0":
        keeps = keeps and response.pieces is None  # the end of a stream is that of the connection
    more = _connection_header(exchange, response, keeps)
    if response.pieces is None:
        return await _send_whole(connection, exchange.request, response, more) and keeps
    await send_stream(connection, exchange, response, response.pieces, more)
    return keeps


def _connection_header(exchange: Exchange, response: Response, keeps: bool) -> tuple[str, ...]:  # noqa: FBT001
    if "connection" in response.headers:
        return ()
    if not keeps:
        return ("connection: close",)
    return ("connection: keep-alive",) if exchange.version == "1.0" else ()


async def _send_whole(
    connection: Connection, request: Request, response: Response, more: tuple[str, ...] = ()
) -> bool:
    """Send an answer in one piece; False if it was one that cannot be sent, for which another went out."""
    sent, head = _sendable(connection, request, response, more)
    body = b"" if request.method == "HEAD" or sent.status in WITHOUT_CONTENT else sent.body
    if len(body) <= IN_ONE_WRITE:
        connection.write(head + body)
    else:
        connection.write(head)
        connection.write(body)
    await connection.written()
    return sent is response


def _sendable(
    connection: Connection, request: Request, response: Response, more: tuple[str, ...]
) -> tuple[Response, bytes]:
    """A response with its head; another one in place of one that cannot be sent."""
    try:
        return response, head_of(response, connection.owner.date, more)
    except Unsendable:
        LOG.exception("A response cannot be sent")
        failed = connection.owner.refuse(FAILED, request)
        return failed, head_of(failed, connection.owner.date)
