"""What the gate counts in a whole node, and the quotas and rates that it keeps."""

import asyncio
from pathlib import Path
from typing import Any

from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.market.rules.access.usage_chain import verify
from beffroi.store.port import Find
from tests.conftest import Run
from tests.node.gate import PRODUCT, ROOMS, City, a_city, said, scenario


def test_a_spent_quota_says_until_when(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "requests", "amount": 2, "period": "month"})
        first = await city.ask("GET", ROOMS, token=token)
        assert first.headers["ratelimit-policy"] == '"requests-month";q=2;w=2678400'
        assert first.headers["ratelimit"].startswith('"requests-month";r=1;t=')
        assert (await city.ask("GET", "/ngsi-ld/v1/entities/urn:x:none", token=token)).status == 404
        assert (await city.ask("GET", ROOMS, token=token)).status == 200, (
            "what was not answered is not counted"
        )
        refused = await city.ask("GET", ROOMS, token=token)
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) > 0
        assert b"is spent until 2" in refused.body
        assert b"co2" not in refused.body
        ogc = await city.ask("GET", "/ogc/collections", token=token)
        assert (ogc.status, ogc.headers["content-type"]) == (429, "application/problem+json")

    scenario(run, steps)


def test_of_two_requests_for_the_last_unit_one_passes(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "requests", "amount": 5, "period": "day"})
        answers = await asyncio.gather(*(city.ask("GET", ROOMS, token=token) for _ in range(12)))
        assert sorted(each.status for each in answers) == [200] * 5 + [429] * 7

    scenario(run, steps)


def test_an_answer_that_is_more_than_is_left_is_refused(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "entities", "amount": 4, "period": "day"})
        assert (await city.ask("GET", ROOMS, token=token)).status == 200
        refused = await city.ask("GET", ROOMS, token=token)
        assert (refused.status, b"Only 1 are left" in refused.body) == (429, True)
        assert (await city.ask("GET", ROOMS + "&limit=1", token=token)).status == 200

    scenario(run, steps)


def test_a_rate_is_kept(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(rateLimit=2)
        answers = [await city.ask("GET", ROOMS, token=token) for _ in range(20)]
        refused = [each for each in answers if each.status == 429]
        assert len(refused) >= 10
        assert refused[0].headers["retry-after"] == "1"
        assert answers[0].headers["ratelimit-policy"] == '"rate";q=2;w=1'

    scenario(run, steps)


async def usage(city: City) -> list[Any]:
    await city.node.gate.holders.fold()
    found = await city.node.store.find(Find("", "tmf:usage", limit=None))
    return [record.body for record in found.records]


def test_every_answer_is_counted_once(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        answers = [
            await city.ask("GET", ROOMS, token=token),
            await city.ask("GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1", token=token),
            await city.ask("GET", "/ogc/collections/Room/items", token=token),
            await city.ask("GET", "/ogc/collections/Room/items/urn:ngsi-ld:Room:1", token=token),
            await city.ask("GET", "/ngsi-ld/v1/types", token=token),
            await city.ask("GET", ROOMS, token=token, headers={"accept": "application/geo+json"}),
        ]
        assert {each.status for each in answers} == {200}
        await city.ask("GET", "/ngsi-ld/v1/entities/urn:x:none", token=token)
        rows = await usage(city)
        assert verify(rows) is None
        total = rows[-1]["meter"]["total"]
        size = sum(len(each.body) for each in answers)
        assert total == {"requests": 6, "entities": 11, "bytes": size, "notifications": 0}
        assert len(await usage(city)) == len(rows), "nothing is folded twice"

    scenario(run, steps)


def test_long_answers_are_counted_piece_by_piece(run: Run) -> None:
    async def steps(city: City) -> None:
        for number in range(100, 1_300):
            await city.add("Room", number, 3.5)
        token = await city.bought()
        response = await city.ask("GET", "/ogc/collections/Room/items?limit=1100", token=token)
        assert response.pieces is not None
        size = sum([len(piece) async for piece in response.pieces])
        total = (await usage(city))[-1]["meter"]["total"]
        assert total == {"requests": 1, "entities": 1_100, "bytes": size, "notifications": 0}

    scenario(run, steps)


def test_quotas_go_on_after_a_restart(run: Run, tmp_path: Path) -> None:
    async def live() -> None:
        settings = Settings(data=f"sqlite:{tmp_path / 'city.db'}")
        async with a_city(settings) as city:
            token = await city.bought(quota={"metric": "requests", "amount": 3, "period": "day"})
            for _ in range(2):
                assert (await city.ask("GET", ROOMS, token=token)).status == 200
        async with open_node(settings) as node:
            again = City(node)
            statuses = [(await again.ask("GET", ROOMS, token=token)).status for _ in range(2)]
            assert statuses == [200, 429]

    run(live())


def test_a_query_of_consumption_counts_what_was_answered_a_moment_ago(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "requests", "amount": 10, "period": "month"})
        path = "/tmf-api/usageConsumption/v4/queryUsageConsumption"
        for used in range(1, 4):
            assert (await city.ask("GET", ROOMS, token=token)).status == 200
            answer = await city.ask("POST", path, {"searchCriteria": {"product": [{"id": PRODUCT}]}})
            (bucket,) = [
                bucket
                for bucket in said(answer)["usageConsumption"][0]["bucketRefOrValue"]
                if bucket["usageType"] == "requests"
            ]
            assert bucket["remainingValue"]["amount"] == 10 - used

    scenario(run, steps)
