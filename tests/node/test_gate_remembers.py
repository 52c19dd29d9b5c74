"""What the gate remembers is never shown to whom it is not for, nor longer than it is true."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from beffroi.app.serving import free_port, listening
from beffroi.app.world import new_uuid, now
from beffroi.config import Settings
from beffroi.kernel.json import decode_object
from beffroi.kernel.problem import Problem, StorageFull
from beffroi.market.operations.credentials import make_credentials
from beffroi.market.operations.keys import rotate
from beffroi.market.operations.services import Market
from beffroi.web.message import LOCAL
from tests.conftest import Run
from tests.node.gate import PRODUCT, ROOMS, SQUARE, City, a_city, opened, said

ROOM = "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1"
TRIANGLE = {"type": "Polygon", "coordinates": [[[3, 50], [4, 50], [3.5, 51], [3, 50]]]}
PATHS = [ROOMS, f"{ROOMS}&count=true", ROOM, "/ogc/collections/Room/items", "/ngsi-ld/v1/entities?attrs=co2"]


@pytest.fixture(params=["memory", "sqlite"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings() if request.param == "memory" else Settings(data=f"sqlite:{tmp_path / 'city.db'}")


def scenario(run: Run, settings: Settings, steps: Callable[[City], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_city(settings) as city:
            await steps(city)

    run(live())


async def shown(city: City, token: str) -> list[bytes]:
    """What every path shows, asked twice: as it is worked out, and as it is remembered."""
    found: list[bytes] = []
    for path in PATHS:
        first, again = [await city.ask("GET", path, token=token) for _ in range(2)]
        assert first.body.split(b'"timeStamp"')[0] == again.body.split(b'"timeStamp"')[0]
        found.append(again.body)
    return found


async def move(city: City, longitude: float) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, 50.5]}}
    answer = await city.ask("PATCH", f"{ROOM}/attrs/location", place)
    assert answer.status == 204


@pytest.mark.parametrize("area", [SQUARE, TRIANGLE])
def test_what_moves_out_of_an_area_is_gone_and_what_moves_in_is_there(
    run: Run, settings: Settings, area: object
) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(area=area, attributes=["co2", "location"])
        for longitude, there in itertools.islice(itertools.cycle([(3.5, True), (8.0, False)]), 6):
            await move(city, longitude)
            assert [b"Room:1" in body for body in await shown(city, token)][:2] == [there] * 2
            assert (await city.ask("GET", ROOM, token=token)).status == (200 if there else 404)
            items = await city.ask("GET", "/ogc/collections/Room/items", token=token)
            assert (b"Room:1" in items.body) is there
            counted = await city.ask("GET", f"{ROOMS}&count=true", token=token)
            assert counted.headers["ngsild-results-count"] == ("2" if there else "1")

    scenario(run, settings, steps)


def test_what_is_deleted_is_gone_and_what_comes_after_it_is_cut_anew(run: Run, settings: Settings) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(area=SQUARE)
        assert b"Room:1" in b"".join(await shown(city, token))
        assert (await city.ask("DELETE", ROOM)).status == 204
        assert (await city.ask("GET", ROOM, token=token)).status == 404
        assert all(b'"urn:ngsi-ld:Room:1"' not in body for body in (await shown(city, token))[:2])
        await city.add("Room", 1, 8.0)
        assert (await city.ask("GET", ROOM, token=token)).status == 404
        await move(city, 3.5)
        assert (await city.ask("GET", ROOM, token=token)).status == 200

    scenario(run, settings, steps)


def test_whole_and_cut_never_change_places(run: Run, settings: Settings) -> None:
    """The same entity is asked for as anybody, with a token for all of it and with tokens for a part."""

    async def steps(city: City) -> None:
        held = await city.buy(entityTypes=["Room"], attributes=["co2", "owner", "location"])
        whole = await city.token(held)
        word = "attribute:https://uri.etsi.org/ngsi-ld/default-context/co2"
        part = await city.token(held, scope=word)
        for _ in range(3):
            for token, names in (
                (part, {"co2"}),
                ("", {"co2", "owner", "location"}),
                (whole, {"co2", "owner"}),
            ):
                body = said(await city.ask("GET", ROOM, token=token))
                assert names <= body.keys()
                assert ("owner" in body) is ("owner" in names)
                (room, *_) = said(await city.ask("GET", ROOMS, token=token))
                assert ("owner" in room) is ("owner" in names)
            assert (await city.ask("GET", ROOM, token=part)).body.count(b"hush") == 0

    scenario(run, settings, steps)


def test_another_token_of_the_same_product_opens_what_its_own_scope_says(
    run: Run, settings: Settings
) -> None:
    async def steps(city: City) -> None:
        held = await city.buy(entityTypes=["Room", "Secret"], attributes=["co2", "owner"])
        both = await city.token(held)
        rooms = await city.token(held, scope="type:https://uri.etsi.org/ngsi-ld/default-context/Room")
        secret = "/ngsi-ld/v1/entities/urn:ngsi-ld:Secret:9"
        for _ in range(3):
            assert (await city.ask("GET", secret, token=both)).status == 200
            assert (await city.ask("GET", secret, token=rooms)).status == 404
            assert b"Secret" not in b"".join(await shown(city, rooms))

    scenario(run, settings, steps)


def test_a_grant_that_changes_is_cut_anew(run: Run, settings: Settings) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(attributes=["co2", "owner"])
        assert b"hush" in (await city.ask("GET", ROOM, token=token)).body
        await city.product(attributes=["co2"])
        assert all(b"hush" not in body for body in await shown(city, token))
        await city.product(attributes=["co2"], area=SQUARE)
        assert (await city.ask("GET", ROOM, token=token)).status == 401, "the token knows of no area"
        token = await city.token(
            await make_credentials(Market(city.node.store, now, new_uuid, ""), PRODUCT, LOCAL)
        )
        assert (await city.ask("GET", ROOM, token=token)).status == 200
        assert (await city.ask("GET", ROOM.replace("1", "0"), token=token)).status == 404

    scenario(run, settings, steps)


def test_suspension_and_deletion_of_a_product_work_on_the_next_request_of_every_token(
    run: Run, settings: Settings
) -> None:
    async def steps(city: City) -> None:
        held = await city.buy()
        tokens = [await city.token(held) for _ in range(3)]
        for status in ("suspended", "active", "terminated", "active"):
            await city.product(status)
            for token in tokens:
                assert (await city.ask("GET", ROOM, token=token)).status == (
                    200 if status == "active" else 401
                )

    scenario(run, settings, steps)


def test_a_header_is_remembered_as_it_came(run: Run, settings: Settings) -> None:
    """Another scheme, another case, a letter more: none of them is the header that was believed."""

    async def steps(city: City) -> None:
        token = await city.bought()
        assert (await city.ask("GET", ROOM, token=token)).status == 200
        for header, status in (
            (f"bearer {token}", 200),
            (f"Bearer  {token}", 200),
            (f"Bearer {token}x", 401),
            (f"Bearer {token[:-1]}", 401),
            (f"Bearer x{token}", 401),
        ):
            answer = await city.ask("GET", ROOM, headers={"authorization": header})
            assert answer.status == status, header

    scenario(run, settings, steps)


def test_after_a_rotation_old_and_new_tokens_open_the_same(run: Run, settings: Settings) -> None:
    async def steps(city: City) -> None:
        held = await city.buy(area=SQUARE)
        old = await city.token(held)
        before = await shown(city, old)
        await rotate(city.node.store, now(), "local", "It is due.")
        new = await city.token(held)
        assert opened(new)[0]["kid"] != opened(old)[0]["kid"]
        await asyncio.sleep(1.1)  # an unknown kid is looked up again after a second
        for token in (new, old):
            assert [b"Room:1" in body for body in await shown(city, token)] == [
                b"Room:1" in body for body in before
            ]

    scenario(run, settings, steps)


async def asked(port: int, token: str, path: str) -> bytes:
    """All that the node sends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def written(folder: Path) -> list[Any]:
    """The lines that are in the files of a journal now."""
    files = sorted(folder.glob("*.journal"))
    return [decode_object(line) for file in files for line in file.read_bytes().splitlines()]


def test_a_line_is_in_the_journal_before_its_answer_leaves(run: Run, tmp_path: Path) -> None:
    async def live() -> None:
        settings = Settings(data=f"sqlite:{tmp_path / 'city.db'}", port=free_port("127.0.0.1"))
        async with a_city(settings) as city:
            for number in range(100, 400):
                await city.add("Room", number, 3.5)
            token = await city.bought()
            async with listening(city.node):
                for number, path in enumerate((ROOM, f"{ROOMS}&limit=300", "/ogc/collections", ROOM), 1):
                    answer = await asked(settings.port, token, path)
                    head, _, body = answer.partition(b"\r\n\r\n")
                    assert head.startswith(b"HTTP/1.1 200 ")
                    lines = written(tmp_path / "journal")
                    assert len(lines) == number
                    assert lines[-1]["b"] == len(body)
                answers = await asyncio.gather(*(asked(settings.port, token, ROOM) for _ in range(20)))
                assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
                assert len(written(tmp_path / "journal")) == 24

    run(live())


@pytest.mark.filterwarnings("ignore")
def test_an_answer_whose_line_cannot_be_written_does_not_leave(run: Run, tmp_path: Path) -> None:
    """The first is cut, since others wait beside it; those that follow are refused in words."""

    class Full:
        """A journal whose disk is full."""

        def append(self, *lines: bytes) -> None:
            assert lines
            raise Problem(StorageFull, "The disk is full.")

    async def live() -> None:
        settings = Settings(data=f"sqlite:{tmp_path / 'city.db'}", port=free_port("127.0.0.1"))
        async with a_city(settings) as city:
            token = await city.bought()
            lines = city.node.gate.holders.lines
            journal: Any = lines.journal
            async with listening(city.node):
                lines.journal = Full()  # type: ignore[assignment]
                assert await asked(settings.port, token, ROOM) == b""
                assert (await asked(settings.port, token, ROOM)).startswith(b"HTTP/1.1 507 ")
                lines.journal = journal
                assert (await asked(settings.port, token, ROOM)).startswith(b"HTTP/1.1 200 ")
                assert len(written(tmp_path / "journal")) == 1

    run(live())
