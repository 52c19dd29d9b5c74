"""What the gate writes down of refusals, what a spent quota does to a long answer, and what ended products leave."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from beffroi.app.opening import open_node
from beffroi.app.serving import free_port, listening
from beffroi.app.world import now
from beffroi.config import Settings
from beffroi.kernel.json import decode_object
from beffroi.processes.ended_products import remove_listeners
from beffroi.processes.metering import forget_lines
from beffroi.store.journal import Place
from beffroi.store.port import Find
from tests.conftest import Run
from tests.node.gate import PRODUCT, ROOMS, City, a_city, said, scenario


def lines(city: City) -> list[Any]:
    holders = city.node.gate.holders
    holders.lines.flush()
    return [decode_object(line) for line in holders.journal.read(Place()).lines]


def test_a_refused_token_is_noted_and_counts_nothing(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(purpose=["research"])
        assert (await city.ask("GET", ROOMS, token="a.b.c")).status == 401
        await city.product(purpose=["planning"])
        assert (await city.ask("GET", ROOMS, token=token)).status == 403
        await city.product("suspended")
        assert (await city.ask("GET", ROOMS, token=token)).status == 401
        noted = [(line["p"], line["s"]) for line in lines(city)]
        assert noted == [("", 401), (PRODUCT, 403), (PRODUCT, 401)]
        assert all("r" not in line for line in lines(city))
        assert await city.node.gate.holders.fold() == 0

    scenario(run, steps)


def test_refusals_do_not_fill_the_journal(run: Run) -> None:
    async def steps(city: City) -> None:
        begun = now()
        for _ in range(200):
            await city.ask("GET", ROOMS, token="a.b.c")
        seconds = int(float(now()[17:26]) - float(begun[17:26])) % 60 + 2
        assert 0 < len(lines(city)) <= 10 * seconds

    scenario(run, steps)


def test_what_is_used_counts_also_in_a_journal_that_begins_anew(run: Run, tmp_path: Path) -> None:
    """After the folder was lost, or with the node begun in another working directory on PostgreSQL."""

    async def live() -> None:
        def settings(folder: str) -> Settings:
            return Settings(data=f"sqlite:{tmp_path / 'city.db'}", journal=tmp_path / folder)

        for folder in ("one", "one", "other", "one"):
            async with open_node(settings(folder)) as node:
                city = City(node)
                token = await city.bought()
                for _ in range(2):
                    assert (await city.ask("GET", "/ngsi-ld/v1/types", token=token)).status == 200
                assert await node.gate.holders.fold() == 1
        async with open_node(settings("one")) as node:
            rows: list[Any] = [row.body for row in (await node.store.find(Find("", "tmf:usage"))).records]
            assert max(row["meter"]["total"]["requests"] for row in rows) == 8

    run(live())


def test_what_was_folded_long_ago_is_forgotten(run: Run, tmp_path: Path) -> None:
    async def live() -> None:
        settings = Settings(data=f"sqlite:{tmp_path / 'city.db'}", keep_journal=0)
        for _ in range(3):
            async with open_node(settings) as node:
                city = City(node)
                token = await city.bought()
                assert (await city.ask("GET", "/ngsi-ld/v1/types", token=token)).status == 200
                await node.gate.holders.fold()
        async with open_node(settings) as node:
            journal, store, city = node.gate.holders.journal, node.store, City(node)
            later = replace_year(now(), 10)
            assert await forget_lines(store, journal, 20 * 365, later) == 0
            assert await forget_lines(store, journal, 365, later) == 2
            assert len(list((tmp_path / "journal").glob("*.journal"))) == 1, "where the folding goes on stays"
            token = await city.bought()
            assert (await city.ask("GET", "/ngsi-ld/v1/types", token=token)).status == 200
            assert await node.gate.holders.fold() == 1, "numbers of segments go on growing"

    def replace_year(moment: str, years: int) -> Any:
        return f"{int(moment[:4]) + years}-01-01T00:00:00.000000Z"

    run(live())


def test_a_quota_that_ends_in_a_long_answer_cuts_the_connection(run: Run) -> None:
    async def live() -> None:
        async with a_city(Settings(port=free_port("127.0.0.1"))) as city:
            for number in range(100, 1_300):
                await city.add("Room", number, 3.5)
            held = await city.buy(quota={"metric": "entities", "amount": 700, "period": "day"})
            async with listening(city.node) as address:
                host, _, port = address.removeprefix("http://").partition(":")
                token = await city.token(held)
                reader, writer = await asyncio.open_connection(host, int(port))
                path = "/ogc/collections/Room/items?limit=1100"
                head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
                writer.write(head.encode())
                answer = b""
                with suppress(ConnectionResetError):
                    while piece := await reader.read(65_536):
                        answer += piece
                writer.close()
                assert answer.startswith(b"HTTP/1.1 200 ")
                assert b"transfer-encoding: chunked" in answer.lower()
                assert not answer.endswith(b"0\r\n\r\n"), "what breaks off must not look whole"
                shown = answer.count(b'"type":"Feature"')
                assert shown <= 700
                counted = await totals(city)
                assert counted["requests"] == 1
                assert 0 < counted["entities"] <= 700

    async def totals(city: City) -> Any:
        await city.node.gate.holders.fold()
        found = await city.node.store.find(Find("", "tmf:usage", limit=None))
        return found.records[-1].body["meter"]["total"]  # type: ignore[index,call-overload]

    run(live())


def test_a_product_that_has_ended_keeps_no_subscriptions(run: Run) -> None:
    subscription = {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }

    async def steps(city: City) -> None:
        token = await city.bought(live=True)
        path = "/ngsi-ld/v1/subscriptions"
        assert (await city.ask("POST", path, subscription, token)).status == 201
        assert (await city.ask("POST", path, subscription)).status == 201
        for status in ("active", "suspended"):
            await city.product(status, live=True)
            assert await remove_listeners(city.node.broker) == 0
        await city.product("terminated", live=True)
        assert await remove_listeners(city.node.broker) == 1
        assert await remove_listeners(city.node.broker) == 0
        (left,) = said(await city.ask("GET", path))
        assert left["entities"] == [{"type": "Room"}]

    scenario(run, steps)
