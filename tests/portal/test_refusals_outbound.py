"""Why another server is not reached, or a record not read, is said in French with the cause."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from beffroi.kernel.record import Key, damaged
from beffroi.outbound import Client, Failed, Policy, Refused
from beffroi.portal.words.refusals import cause_in, said_in

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def answers(text: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)
        await writer.drain()
        writer.close()

    return serve


async def failure_of(serve: Serve | None, scheme: str = "http") -> str:
    """Why a server that does so is not reached; None for one that is not there."""
    server = await asyncio.start_server(serve or hangs_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if serve is None:
        server.close()
        await server.wait_closed()
    try:
        async with Client(Policy(allow_private=True)) as client:
            with pytest.raises(Failed) as failed:
                await client.get(f"{scheme}://127.0.0.1:{port}/x")
            return str(failed.value)
    finally:
        server.close()


@pytest.mark.parametrize(
    ("serve", "scheme", "said"),
    [
        (None, "http", "est refusée ou n’aboutit pas"),
        (hangs_up, "http", "a coupé la connexion"),
        (hangs_up, "https", "a coupé la connexion"),
        (answers(b"SMTP hello\r\n\r\n"), "http", "ne se lit pas comme du HTTP"),
        (
            answers(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            "http",
            "s’arrête avant d’être entière",
        ),
        (
            answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
            "http",
            "s’arrête avant d’être entière",
        ),
        (answers(b"HTTP/1.1 200 OK\r\nContent-Le"), "http", "s’arrête avant d’être entière"),
    ],
)
def test_a_server_that_fails_is_told_of_in_french(serve: Serve | None, scheme: str, said: str) -> None:
    english = asyncio.run(failure_of(serve, scheme))
    french = said_in("fr", english)
    assert french is not None, english
    assert said in french, english


def test_a_host_that_leads_to_a_private_address_is_told_of_in_french() -> None:
    async def refusal() -> str:
        async with Client(Policy()) as client:
            with pytest.raises((Refused, Failed)) as refused:
                await client.get("http://127.0.0.1:9/x")
            return str(refused.value)

    assert said_in("fr", asyncio.run(refusal())) == "L’adresse 127.0.0.1 n’est pas publique."
    said = said_in("fr", "The host 'a.example' leads nowhere allowed: The address 10.0.0.1 is not public.")
    assert said == (
        "L’hôte «\xa0a.example\xa0» ne mène nulle part où l’on puisse aller\xa0: "
        "L’adresse 10.0.0.1 n’est pas publique."
    )


def test_a_cause_that_no_table_has_stays_as_it_is() -> None:
    assert cause_in("fr", "[Errno 999] Something new") == "[Errno 999] Something new"
    assert said_in("fr", "'http://a.example/' does not answer: [Errno 999] Something new.") == (
        "«\xa0http://a.example/\xa0» ne répond pas\xa0: [Errno 999] Something new."
    )


def test_what_is_damaged_in_a_database_is_told_in_french() -> None:
    for tenant, where in (("", ""), ("north", ", locataire «\xa0north\xa0»")):
        detail = damaged(Key(tenant, "entity", "urn:a:1"), "it does not unpack").detail
        assert said_in("fr", detail) == (
            f"Ce qui est stocké de «\xa0urn:a:1\xa0» (entity{where}) est endommagé\xa0: "
            "le contenu ne se décompresse pas. Un exploitant remet en place une copie de la base de données."
        )
