"""Ratings only from who holds the product; one for each party and product."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.operations.product_rating import rate, ratings, take_back
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.audit.entry import IN_PORTAL
from beffroi.web.message import LOCAL, Actor
from tests.market.prices import monthly
from tests.market.shop import everything, market, opened, product, put

RIGHTS = frozenset({"read", "trade"})
FIRM, SCHOOL, CITY = (Actor(name, RIGHTS, party=name) for name in ("firm", "school", "city"))


def play(scenario: Callable[[Market], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await opened()
        try:
            sold: JsonObject = {"productOffering": {"id": "o"}}
            await put(
                store, "tmf:productOffering", {"id": "o", "name": "Bikes"}, {"id": "other", "name": "B"}
            )
            await put(
                store, "tmf:product", {**product("a", monthly(30)), **sold},
                {**product("b", monthly(30), buyer="school"), **sold, "status": "terminated"},
                {**product("c", monthly(30)), **sold, "status": "pendingActive"},
            )  # fmt: skip
            await scenario(market(store))
        finally:
            await store.close()

    asyncio.run(run())


def test_holders_of_products_that_run_or_ran_rate_them() -> None:
    async def scenario(shop: Market) -> None:
        await rate(shop, "a", {"stars": 5, "words": " Fresh. "}, Asker(FIRM))
        await rate(shop, "b", {"stars": 2}, Asker(SCHOOL))
        found = await ratings(shop, "o", CITY)
        assert (found.count, found.average) == (2, 3.5)
        assert {(each["stars"], each["words"]) for each in found.newest} == {(5, "Fresh."), (2, "")}
        assert all("party" not in each for each in found.newest)
        assert (await ratings(shop, "other", CITY)).document() == {"count": 0, "average": None, "rating": []}

    play(scenario)


def test_a_rating_is_changed_and_taken_back() -> None:
    async def scenario(shop: Market) -> None:
        await rate(shop, "a", {"stars": 5}, Asker(FIRM))
        await rate(shop, "a", {"stars": 1}, Asker(FIRM, "It went down."))
        assert (await ratings(shop, "o", FIRM)).average == 1
        await take_back(shop, "a", Asker(FIRM, "", IN_PORTAL))
        assert (await ratings(shop, "o", FIRM)).count == 0
        with pytest.raises(Problem, match="no rating of yours"):
            await take_back(shop, "a", Asker(FIRM))
        entries = [e for e in await everything(shop.store, "audit") if e["resource"] == "rating"]
        assert [(e["what"], e["reason"]) for e in entries] == [
            ("create", ""), ("change", "It went down."), ("delete", "In the portal."),
        ]  # fmt: skip

    play(scenario)


def test_who_sells_a_product_to_itself_does_not_rate_it() -> None:
    async def scenario(shop: Market) -> None:
        own: JsonObject = {"productOffering": {"id": "o"}}
        await put(shop.store, "tmf:product", {**product("own", monthly(30), buyer="city"), **own})
        with pytest.raises(Problem, match="Who sells the product 'own' does not rate it") as refused:
            await rate(shop, "own", {"stars": 5}, Asker(CITY))
        assert refused.value.kind is Forbidden
        assert (await ratings(shop, "o", CITY)).count == 0

    play(scenario)


@pytest.mark.parametrize(
    ("actor", "id", "given", "said"),
    [
        (SCHOOL, "a", {"stars": 5}, "There is no product 'a'"),
        (FIRM, "none", {"stars": 5}, "There is no product 'none'"),
        (CITY, "a", {"stars": 5}, "Only who holds the product"),
        (LOCAL, "a", {"stars": 5}, "Only who holds the product"),
        (FIRM, "c", {"stars": 5}, "is pendingActive and was never used"),
        (FIRM, "a", {}, "'stars' is None"),
        (FIRM, "a", {"stars": 0}, "'stars' is 0"),
        (FIRM, "a", {"stars": 6}, "'stars' is 6"),
        (FIRM, "a", {"stars": True}, "'stars' is True"),
        (FIRM, "a", {"stars": 4.5}, "'stars' is 4.5"),
        (FIRM, "a", {"stars": 4, "words": "x" * 1_001}, "at most 1000"),
        (FIRM, "a", {"stars": 4, "words": "\x1b[1m"}, "cannot be shown"),
        (FIRM, "a", {"stars": 4, "party": "school"}, "and no 'party'"),
    ],
)
def test_what_is_no_rating_is_refused_and_changes_nothing(
    actor: Actor, id: str, given: Any, said: str
) -> None:
    async def scenario(shop: Market) -> None:
        with pytest.raises(Problem, match=said):
            await rate(shop, id, given, Asker(actor))
        assert await everything(shop.store, "rating") == []

    play(scenario)
