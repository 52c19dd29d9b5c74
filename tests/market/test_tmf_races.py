"""What comes at once happens one after another, all or nothing, on every engine."""

import asyncio
from functools import partial
from typing import Any

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.writing import Asker, change, create
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.once import Once, once_key
from beffroi.market.rules.documents.patch import patched
from beffroi.store.port import Find
from beffroi.web.message import LOCAL
from tests.market.seller import Seller, offering, order_of

ASKER = Asker(LOCAL)
CATEGORY, TASK = RESOURCES["category"], RESOURCES["cancelProductOrder"]


def test_no_patch_is_lost(seller: Seller) -> None:
    id = seller.make("category", {"name": "x", "tags": []})["id"]

    def tagged(n: int, body: JsonObject) -> JsonObject:
        return patched(body, [{"op": "add", "path": "/tags/-", "value": n}])

    async def all_at_once() -> list[Any]:
        changes = [change(seller.market, CATEGORY, id, partial(tagged, n), ASKER) for n in range(50)]
        await asyncio.gather(*changes)
        category: dict[str, Any] = await retrieve(seller.market, CATEGORY, id, LOCAL)
        return [*category["tags"]]

    assert sorted(seller.run(all_at_once())) == list(range(50))
    entries = seller.run(seller.market.store.find(Find("", "audit", limit=None))).records
    assert len(entries) == 51


def test_of_two_that_cancel_an_order_in_progress_one_is_told_that_it_is_too_late(seller: Seller) -> None:
    order = seller.make("productOrder", order_of(offering(seller)))
    seller.patch("productOrder", order["id"], {"state": "inProgress"})

    async def all_at_once() -> list[object]:
        given = {"productOrder": {"id": order["id"]}}
        tasks = [create(seller.market, TASK, dict(given), ASKER) for _ in range(5)]
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    answers = seller.run(all_at_once())
    refused = [one for one in answers if isinstance(one, Problem)]
    assert (len(answers) - len(refused), {one.kind.name for one in refused}) == (1, {"Conflict"})
    assert len(seller.list("cancelProductOrder").json) == 1


def test_a_request_sent_ten_times_at_once_is_done_once(seller: Seller) -> None:
    once = Once(once_key("local", CATEGORY.path, "k"), {"name": "x"})

    async def all_at_once() -> list[object]:
        asked = [create(seller.market, CATEGORY, {"name": "x"}, ASKER, once) for _ in range(10)]
        return list(await asyncio.gather(*asked))

    answers = seller.run(all_at_once())
    assert all(answer == answers[0] for answer in answers)
    assert len(seller.list("category").json) == 1


def test_an_offering_that_is_retired_meanwhile_is_not_sold(seller: Seller) -> None:
    id = offering(seller)

    async def all_at_once() -> list[object]:
        orders = [create(seller.market, RESOURCES["productOrder"], order_of(id), ASKER) for _ in range(5)]
        retire = change(
            seller.market,
            RESOURCES["productOffering"],
            id,
            lambda body: {**body, "lifecycleStatus": "Retired"},
            ASKER,
        )
        return list(await asyncio.gather(*orders[:2], retire, *orders[2:], return_exceptions=True))

    answers = seller.run(all_at_once())
    sold = [one for one in answers if isinstance(one, dict) and one["@type"] == "ProductOrder"]
    assert len(seller.list("productOrder").json) == len(sold)
    assert seller.post("productOrder", order_of(id)).status == 409
