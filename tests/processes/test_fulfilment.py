"""The steps from an order to access: each safe to repeat, each going on where the one before stopped."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.market.seller import BASE, Clock, Ids

from beffroi.courier.outcome import Done
from beffroi.kernel.instant import NO_INSTANT
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.market.operations.approving import approve, refuse
from beffroi.market.operations.inventory import resume, suspend, terminate
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.operations.writing import Asker, create, remove
from beffroi.market.rules.apis import RESOURCES
from beffroi.processes.fulfilment import Fulfilment, go_on, step
from beffroi.store.port import Find, Indexer, Pending, Store
from beffroi.web.message import LOCAL, Actor

OPERATOR = Asker(LOCAL)
STEPS = 5


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


@pytest.fixture
def market(store: Store) -> Market:
    return Market(store, Clock(), Ids(), BASE, allow_private=True)


async def put(market: Market, name: str, body: JsonObject) -> str:
    return str((await create(market, RESOURCES[name], body, OPERATOR))["id"])


async def sold(market: Market, **more: Any) -> tuple[str, str, str]:
    """An offering, its provider and a buyer."""
    city = await put(market, "organization", {"tradingName": "The city"})
    firm = await put(market, "organization", {"tradingName": "The firm"})
    said: JsonObject = {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["Room"]}]}
    specification = await put(
        market, "productSpecification", {"name": "Rooms", "productSpecCharacteristic": [said]}
    )
    body: JsonObject = {
        "name": "Rooms",
        "lifecycleStatus": "Active",
        "productSpecification": {"id": specification},
        "relatedParty": [{"id": city, "role": "seller"}],
        **more,
    }
    return await put(market, "productOffering", body), city, firm


def trader(party: str) -> Asker:
    return Asker(Actor(f"clerk of {party}", frozenset({"read", "trade"}), party=party))


async def ordered(market: Market, offering: str, firm: str, items: int = 1) -> str:
    listed: list[Json] = [
        {"id": str(n), "action": "add", "productOffering": {"id": offering}} for n in range(items)
    ]
    body: JsonObject = {"productOrderItem": [*listed]}
    return str((await create(market, RESOURCES["productOrder"], body, trader(firm)))["id"])


async def stored(market: Market, name: str) -> list[JsonObject]:
    found = await market.store.find(Find("", name, limit=None))
    return [record.body for record in found.records]


async def the(market: Market, order: str) -> Any:
    key = RESOURCES["productOrder"].key(order)
    return (await market.store.read([key]))[key].body


def row(order: str, attempts: int = 0) -> Pending:
    return Pending(1, f"fulfil:{order}", encode({"order": order}), NO_INSTANT, attempts)


@pytest.mark.parametrize("done", range(STEPS + 1))
def test_after_any_step_the_order_goes_on_where_it_stopped(run: Run, market: Market, done: int) -> None:
    async def steps() -> None:
        offering, _, firm = await sold(market)
        order = await ordered(market, offering, firm, items=2)
        for _ in range(done):
            assert await step(market, order)
        again = Fulfilment(Market(market.store, market.now, market.new_id, BASE))
        for _ in range(2):  # the row comes again after a crash before it was settled
            assert await again.fulfil([row(order)]) == Done()
        found = await the(market, order)
        assert [item["state"] for item in found["productOrderItem"]] == ["completed"] * 2
        assert found["state"] == "completed"
        assert len(found["agreement"]) == 2
        for kind in ("tmf:agreement", "tmf:product", "tmf:service", "credential"):
            assert len(await stored(market, kind)) == 2, kind

    run(steps())


def test_an_order_has_so_many_steps(run: Run, market: Market) -> None:
    async def steps() -> None:
        offering, _, firm = await sold(market)
        order = await ordered(market, offering, firm)
        assert [await step(market, order) for _ in range(STEPS + 1)] == [True] * STEPS + [False]

    run(steps())


def test_what_crashes_again_and_again_fails_the_order_in_words(run: Run, market: Market) -> None:
    async def steps() -> None:
        offering, _, firm = await sold(market)
        order = await ordered(market, offering, firm)
        assert await step(market, order)
        broken = await the(market, order)
        broken["productOrderItem"][0]["product"] = 7
        change = Change(RESOURCES["productOrder"].key(order), document_of(broken))
        await market.store.transact([], lambda _: Commit((change,)))
        fulfilment = Fulfilment(market)
        for attempts in range(2):
            with pytest.raises(AttributeError):
                await fulfilment.fulfil([row(order, attempts)])
        assert await fulfilment.fulfil([row(order, 2)]) == Done()
        found = await the(market, order)
        assert (found["state"], found["note"][0]["author"]) == ("failed", "node")
        assert "The node failed at it" in found["note"][0]["text"]

    run(steps())


def test_an_order_waits_for_its_provider_who_refuses_in_words(run: Run, market: Market) -> None:
    async def steps() -> None:
        offering, city, firm = await sold(market, approval="manual", orderLimit={"total": 1})
        order = await ordered(market, offering, firm)
        await go_on(market, order)
        assert (await the(market, order))["state"] == "pending"
        with pytest.raises(Problem, match="sold out"):
            await ordered(market, offering, firm)
        with pytest.raises(Problem, match="does not sell"):
            await approve(market, order, trader(firm))
        with pytest.raises(Problem, match="with a reason"):
            await refuse(market, order, " ", trader(city))
        await refuse(market, order, "We know no such firm.", trader(city))
        await go_on(market, order)
        found = await the(market, order)
        assert (found["state"], found["productOrderItem"][0]["state"]) == ("rejected", "rejected")
        assert "We know no such firm." in found["note"][0]["text"]
        assert await stored(market, "tmf:product") == []
        other = await ordered(market, offering, firm)
        await go_on(market, other)
        await approve(market, other, trader(city))
        await go_on(market, other)
        assert (await the(market, other))["state"] == "completed"
        with pytest.raises(Problem, match="Nothing in the order"):
            await approve(market, other, trader(city))

    run(steps())


def test_a_provider_suspends_resumes_and_ends_with_a_reason(run: Run, market: Market) -> None:
    async def steps() -> None:
        offering, city, firm = await sold(market)
        await go_on(market, await ordered(market, offering, firm))
        (product,) = await stored(market, "tmf:product")
        id = str(product["id"])
        with pytest.raises(Problem, match="with a reason"):
            await suspend(market, id, "", trader(city))
        with pytest.raises(Problem, match="does not sell"):
            await suspend(market, id, "No", trader(firm))
        await suspend(market, id, "The bill is open.", trader(city))
        await resume(market, id, "It was paid.", trader(city))
        ended: dict[str, Any] = await terminate(market, id, "The source is gone.", trader(city))
        (pause,) = ended["suspension"]
        assert set(pause) == {"startDateTime", "endDateTime", "by", "reason"}
        (credential,) = await stored(market, "credential")
        assert credential["state"] == "revoked"
        (service,) = await stored(market, "tmf:service")
        assert service["state"] == "terminated"
        reasons = [entry["reason"] for entry in await stored(market, "audit") if entry["id"] == id]
        assert {"The bill is open.", "It was paid.", "The source is gone."} <= set(reasons)

    run(steps())


def test_the_key_of_a_record_is_no_secret(run: Run, market: Market) -> None:
    async def steps() -> None:
        offering, _, firm = await sold(market)
        await go_on(market, await ordered(market, offering, firm))
        (credential,) = await stored(market, "credential")
        assert credential["secretHash"] == "", "nothing opens it before its holder has asked for a secret"
        assert str(credential["client"]).startswith("cli_")

    run(steps())


def test_a_product_that_an_order_made_stays_when_it_has_ended(run: Run, market: Market) -> None:
    async def steps() -> None:
        offering, _, firm = await sold(market)
        order = await ordered(market, offering, firm)
        await go_on(market, order)
        (product,) = await stored(market, "tmf:product")
        id = str(product["id"])
        await terminate(market, id, "The source is gone.", OPERATOR)
        with pytest.raises(Problem, match=f"is named by the productOrder '{order}'"):
            await remove(market, RESOURCES["product"], id, OPERATOR)
        gone = Change(RESOURCES["productOrder"].key(order), None)  # an earlier version removed orders
        await market.store.transact([gone.key], lambda _: Commit((gone,)))
        with pytest.raises(Problem, match=r"came of an order; its agreement, .* name it\. It stays\."):
            await remove(market, RESOURCES["product"], id, OPERATOR)
        assert len(await stored(market, "tmf:product")) == 1

    run(steps())


def test_an_operator_removes_what_was_written_by_hand_and_never_billed(run: Run, market: Market) -> None:
    async def steps() -> None:
        by_hand: JsonObject = {"name": "By hand", "status": "active"}
        billed, other = [await put(market, "product", by_hand) for _ in range(2)]
        for id in (billed, other):
            await terminate(market, id, "Written by mistake.", OPERATOR)
        line: JsonObject = {"id": "line", "product": {"id": billed}, "isBilled": True}
        key = RESOURCES["appliedCustomerBillingRate"].key("line")
        await market.store.transact([], lambda _: Commit((Change(key, document_of(line)),)))
        await remove(market, RESOURCES["product"], other, OPERATOR)
        with pytest.raises(Problem, match="is named by the appliedCustomerBillingRate 'line'"):
            await remove(market, RESOURCES["product"], billed, OPERATOR)

    run(steps())
