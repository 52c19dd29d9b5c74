"""A person who ordered, rated and was metered is erased: no document names it any more, and what is signed or
sealed still verifies."""

import asyncio
import json
from dataclasses import replace
from typing import Any, cast

import pytest

from beffroi.app.world import new_uuid, now
from beffroi.broker.operations.lasting_store import LastingStore
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Record, document_of
from beffroi.market.operations.chaining import verify_audit
from beffroi.market.operations.parties import erase_person
from beffroi.market.operations.product_rating import rate, ratings
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.access.usage_chain import next_row, verify
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.bills.erased_name import Erased, names_of, without_name
from beffroi.market.rules.bills.party_form import BILLED
from beffroi.store.memory import MemoryStore
from beffroi.web.message import LOCAL, Actor
from tests.conftest import Run
from tests.node.buying import BASE, Fair, scenario
from tests.node.test_order_agreement import is_signed

NAME = "Zoé Simulée"
PERSON: JsonObject = {"givenName": "Zoé", "familyName": "Simulée", "status": "validated"}


async def by_a_person(fair: Fair) -> tuple[Market, Actor]:
    fair.firm = (await fair.make("individual", PERSON))["id"]
    return Market(fair.node.store, now, new_uuid, BASE), replace(fair.buyer, name=NAME)


def records(fair: Fair) -> list[Record]:
    """Every record there is, of whatever kind."""
    store = fair.node.store
    assert isinstance(store, LastingStore)
    assert isinstance(store._store, MemoryStore)
    return [*store._store._records.values()]


def naming(fair: Fair) -> set[str]:
    """The kinds of records that hold the name."""
    return {record.key.kind for record in records(fair) if NAME.encode() in record.document}


async def gone(fair: Fair, kinds: set[str]) -> None:
    for _ in range(500):
        if naming(fair) <= kinds:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"Still named in {naming(fair)}.")


async def put(fair: Fair, kind: str, body: Any) -> None:
    change = Change(RESOURCES[kind].key(body["id"]), document_of(body))
    await fair.node.store.transact([], lambda _: Commit((change,)))


def test_an_order_keeps_no_name_of_a_person(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        _, actor = await by_a_person(fair)
        buyer = {"id": fair.firm, "role": "buyer", "name": NAME}
        item = {"id": "1", "action": "add", "productOffering": {"id": await fair.offering()}}
        asked = {"productOrderItem": [item], "relatedParty": [buyer]}
        order = await fair.settled(await fair.make("productOrder", asked, replace(actor, name="zoe")))
        assert {"id": fair.firm, "role": "buyer"} in order["relatedParty"]
        assert naming(fair) == set()

    scenario(run, steps)


def test_after_erasure_nothing_that_can_change_holds_the_name(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        market, actor = await by_a_person(fair)
        named = {"id": fair.firm, "role": "buyer", "name": NAME, "@referredType": "Individual"}
        order = await fair.settled(await fair.order(await fair.offering(), actor=actor))
        product = await fair.get("product", order["productOrderItem"][0]["product"]["id"])
        parties: Any = [named, {"id": fair.city, "role": "seller", "name": "The city"}]
        await put(fair, "product", {**product, "relatedParty": parties})
        note = {"author": NAME, "text": f"{NAME} asks for it."}
        await put(fair, "productOrder", {**order, "relatedParty": parties, "note": [note]})
        rows = [next_row(product["id"], None, *HOURS[0], {"requests": 3}, parties)]
        rows.append(next_row(product["id"], rows[0], *HOURS[1], {"requests": 4}, parties))
        for row in rows:
            await put(fair, "usage", row)
        customer = {"name": "Mme Z. S.", "engagedParty": named, "contactMedium": [{"mediumType": "email"}]}
        customer = await fair.make("customer", customer)
        await rate(market, product["id"], {"stars": 4, "words": f"Good, says {NAME}."}, Asker(actor))
        about = {"id": "1", "action": "delete", "product": {"id": product["id"]}}
        await fair.settled(await fair.make("productOrder", {"productOrderItem": [about]}, actor))
        assert {"tmf:productOrder", "tmf:usage", "rating", "tmf:agreement"} <= naming(fair)

        await erase_person(market, actor)
        await gone(fair, {"audit"})  # who acted, sealed by the chain

        found = await fair.get("productOrder", order["id"])
        assert found["placedBy"]["name"] == found["note"][0]["author"] == "erased"
        assert [one["name"] for one in found["relatedParty"]] == ["erased", "The city"]
        found = await fair.get("customer", customer["id"])
        assert (found["name"], "contactMedium" in found) == ("erased", False)
        assert is_signed(await fair.get("agreement", product["agreement"][0]["id"]))
        assert verify([await fair.get("usage", str(row["id"])) for row in rows]) is None
        said = await ratings(market, str(product["productOffering"]["id"]), LOCAL)
        assert [(one["stars"], one["words"]) for one in said.newest] == [(4, "")]
        assert (await verify_audit(fair.node.store)).broken is None

    scenario(run, steps)


def test_the_bills_own_record_keeps_the_name(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        market, actor = await by_a_person(fair)
        bill = {"id": "bill-1", "relatedParty": [{"id": fair.firm, "role": "buyer"}]}
        await put(fair, "customerBill", bill)
        await erase_person(market, actor)
        await gone(fair, {BILLED, "audit"})
        kept = [json.loads(one.document) for one in records(fair) if one.key.kind == BILLED]
        assert [(one["givenName"], one["familyName"]) for one in kept] == [("Zoé", "Simulée")]

    scenario(run, steps)


HOURS = [
    (Instant("2026-11-01T00:00:00.000000Z"), Instant("2026-11-01T01:00:00.000000Z")),
    (Instant("2026-11-01T01:00:00.000000Z"), Instant("2026-11-01T02:00:00.000000Z")),
]


@pytest.mark.parametrize("signed", [True, False])
def test_the_signed_members_of_an_agreement_keep_their_bytes(*, signed: bool) -> None:
    by: list[Any] = [{"actor": "zoe", "party": "7"}]
    if signed:
        by.append({"signatureRepresentation": "e30..simulated", "party": ["city"]})
    named: JsonObject = {"id": "7", "name": NAME}
    agreement: JsonObject = {"id": "a", "name": NAME, "engagedParty": [named], "agreementAuthorization": by}
    after = without_name(RESOURCES["agreement"], agreement, Erased("7", names_of(PERSON)))
    assert (after["engagedParty"] == [named], after["name"] == NAME) == (signed, signed)
    assert cast("Any", after)["agreementAuthorization"][0]["actor"] == "erased"
