"""A product whose agreed time was over while its node was down: it ends when the node is there again."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from beffroi.app.opening import open_node
from beffroi.app.world import now
from beffroi.config import Settings
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import encode
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.market.rules.apis.tmf637 import PRODUCT
from tests.conftest import Run
from tests.node.buying import Fair, a_fair
from tests.node.test_handover import KEY, credentials, offered, until
from tests.node.test_through import Service, served


@asynccontextmanager
async def begun_again(settings: Settings, before: Fair) -> AsyncIterator[Fair]:
    """The same node with all that it does beside its answers."""
    async with open_node(settings) as node, asyncio.TaskGroup() as group:
        for work in node.work:
            group.create_task(work())
        yield Fair(node, before.city, before.firm)
        node.stop()


async def agreed_until(fair: Fair, product: str, end: Instant) -> None:
    """As if it had been agreed so: over the API nobody changes what was sold."""
    key = PRODUCT.key(product)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        return Commit((Change(key, encode({**stored[key].body, "terminationDate": end})),))

    await fair.node.store.transact([key], decide)


def test_a_product_whose_time_was_over_while_the_node_was_down_ends_with_all_behind_it(
    run: Run, tmp_path: Path
) -> None:
    async def live() -> None:
        settings = Settings(data=f"sqlite:{tmp_path / 'city.db'}", journal=tmp_path / "journal")
        async with served(Service()) as service:
            service.body = json.dumps(KEY).encode()
            async with a_fair(settings) as fair:
                offering = await offered(fair, service)
                one = {"orderLimit": {"total": 1}}
                assert (await fair.patch("productOffering", offering, one)).status == 200
                product = await fair.bought(offering)
                await credentials(fair, product)
                await agreed_until(fair, product["id"], plus_seconds(now(), -1))
                refused = await fair.secret(product)
                assert (refused.status, b"agreed time" in refused.body) == (409, True)
            async with begun_again(settings, fair) as fair:
                told = await until(fair, service, 2)
                assert [each["what"] for each in told] == ["wanted", "ended"]
                assert told[1]["status"] == "terminated"
                assert told[1]["reason"].startswith("Its agreed time ended on ")
                found = await fair.get("product", product["id"])
                assert found["status"] == "terminated"
                realized = found["realizingService"][0]["id"]
                assert (await fair.get("service", realized))["state"] == "terminated"
                assert (await fair.secret(product)).status == 409
                again = await fair.settled(await fair.order(offering))
                assert again["state"] == "completed"

    run(live())
