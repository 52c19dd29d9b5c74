"""Usage that a provider reports of what no gate measures: its word, sealed, seen by both, billed once."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from beffroi.kernel.problem import Problem
from beffroi.market.operations.billing import bill_month, bill_now
from beffroi.market.operations.reporting import report
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.access.usage_chain import verify
from beffroi.store.port import Indexer, Store
from beffroi.web.message import Request
from tests.conftest import Run
from tests.got import Got
from tests.market.prices import tiered
from tests.market.seller import INDEXERS_OF_MARKET, PATCH, Seller, seller_of
from tests.market.shop import everything, product, put

HANDED = {"endpointUrl": "https://a.example/", "access": "webhook", "credentialsUrl": "https://a.example/k"}
GATE = {"endpointUrl": "https://a.example/", "access": "gate"}


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS_OF_MARKET


@pytest.fixture
def operator(store: Store, run: Run) -> Seller:
    seller = seller_of(store, run)
    run(put(store, "tmf:product", of("p", HANDED), of("gated", GATE), of("other", HANDED, seller="rival")))
    return seller


@pytest.fixture
def city(operator: Seller) -> Seller:
    return operator.acting("cleo", "trade", party="city", roles=("provider",))


@pytest.fixture
def firm(operator: Seller) -> Seller:
    return operator.acting("ana", "trade", party="firm", roles=("buyer",))


def of(id: str, said: dict[str, str], **more: Any) -> Any:
    listed = [{"name": name, "value": value} for name, value in said.items()]
    return product(id, tiered((None, 2), amount=1), productCharacteristic=listed, **more)


def told(
    since: str = "2026-11-20", until: str = "2026-11-21", id: str = "p", **counts: Any
) -> dict[str, Any]:
    """A report; the clock of these tests says 22 November 2026, 10:00."""
    return {
        "@type": "ReportedUsage",
        "product": {"id": id},
        "period": {"startDateTime": f"{since}T00:00:00Z", "endDateTime": f"{until}T00:00:00Z"},
        "usageCharacteristic": [{"name": k, "value": v} for k, v in (counts or {"requests": 500}).items()],
    }


def rows(seller: Seller) -> list[Any]:
    found: list[Any] = seller.list("usage").json
    return sorted(found, key=lambda row: row["meter"]["number"])


def test_a_report_is_a_row_of_the_chain_that_says_whose_word_it_is(
    city: Seller, firm: Seller, operator: Seller
) -> None:
    made = city.post("usage", told())
    assert made.status == 201, made.text
    assert made.json["@type"] == "ReportedUsage"
    assert made.json["meter"]["reportedBy"] == "city"
    assert made.json["usageSpecification"]["id"] == "reported-usage"
    assert city.post("usage", told("2026-11-21", "2026-11-22", requests=3, bytes=9)).status == 201
    for reader in (city, firm, operator):
        assert [row["meter"]["requests"] for row in rows(reader)] == [500, 3]
    assert rows(operator.acting("bob", "trade", party="else")) == []
    assert verify(rows(firm)) is None
    first, second = rows(firm)
    first["meter"].pop("reportedBy")
    found = verify([first, second])
    assert found is not None
    assert "was changed" in found.reason
    entries = operator.run(everything(operator.market.store, "audit"))
    assert [entry["actor"] for entry in entries if entry["resource"] == "usage"] == ["cleo", "cleo"]


def test_what_was_reported_counts_against_this_month_and_this_day(city: Seller) -> None:
    city.clock.to("2026-11-22T23:00:00+00:00")
    city.post("usage", told("2026-11-20", "2026-11-21", requests=500))
    today = told(requests=7)
    today["period"] = {"startDateTime": "2026-11-22T01:00:00Z", "endDateTime": "2026-11-22T02:00:00Z"}
    assert city.post("usage", today).status == 201
    asked = {"searchCriteria": {"product": [{"id": "p"}]}}
    (consumption,) = city.make("queryUsageConsumption", asked)["usageConsumption"]
    counters = {each["id"]: each["bucketCounter"][0] for each in consumption["bucketRefOrValue"]}
    assert counters["p:requests:month"]["value"]["amount"] == 507


def test_a_report_that_comes_again_is_one_row_with_and_without_a_key(city: Seller) -> None:
    first = city.post("usage", told())
    again = city.post("usage", told())
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    keyed = city.post("usage", told("2026-11-21", "2026-11-22"), **{"idempotency-key": "k"})
    other = city.post("usage", told("2026-11-21", "2026-11-22", requests=1), **{"idempotency-key": "k"})
    assert (keyed.status, other.status) == (201, 409)
    assert city.post("usage", told("2026-11-21", "2026-11-22", requests=1)).status == 409
    assert len(rows(city)) == 2


def test_the_totals_of_a_product_stay_numbers_that_every_reader_keeps(city: Seller) -> None:
    days = [(f"2026-11-{day:02}", f"2026-11-{day + 1:02}") for day in range(10, 20)]
    answers = [city.post("usage", told(*day, bytes=10**15)) for day in days]
    assert [answer.status for answer in answers] == [201] * 9 + [409]
    assert "10000000000000000 bytes in all" in answers[-1].json["message"]
    assert verify(rows(city)) is None


def test_reports_that_race_are_one_row_each(city: Seller) -> None:
    days = [(f"2026-11-{day:02}", f"2026-11-{day + 1:02}") for day in range(10, 15)]
    asker = Asker(city.actor)

    async def all_at_once() -> list[object]:
        sent = [told(*day) for day in days for _ in range(4)]
        return list(
            await asyncio.gather(*(report(city.market, one, asker) for one in sent), return_exceptions=True)
        )

    answers = city.run(all_at_once())
    kept = rows(city)
    assert len(kept) == len({one["id"] for one in answers if isinstance(one, dict)})
    assert all(isinstance(one, (dict, Problem)) for one in answers)
    assert verify(kept) is None


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "negative": (told(requests=-1), 400, "no whole number"),
    "fraction": (told(requests=1.5), 400, "whole number"),
    "true": (told(requests=True), 400, "whole number"),
    "too many": (told(requests=10**12 + 1), 400, "no whole number"),
    "unknown metric": (told(minutes=5), 400, "a name of requests"),
    "nothing": ({**told(), "usageCharacteristic": []}, 400, "says nothing"),
    "twice": ({**told(), "usageCharacteristic": [{"name": "bytes", "value": 1}] * 2}, 400, "twice"),
    "no product": ({**told(), "product": "p"}, 400, "names no product"),
    "no such product": (told(id="none"), 400, "does not exist"),
    "another's product": (told(id="other"), 400, "does not exist"),
    "measured product": (told(id="gated"), 409, "is measured by the gate"),
    "no period": ({**told(), "period": None}, 400, "no object with startDateTime"),
    "no zone": (
        {**told(), "period": {"startDateTime": "2026-11-20", "endDateTime": "2026-11-21"}}, 400, "no date-time"
    ),
    "backwards": (told("2026-11-21", "2026-11-20"), 400, "not after its beginning"),
    "two months": (told("2026-10-31", "2026-11-02"), 400, "more than one calendar month"),
    "future": (told("2026-11-22", "2026-11-23"), 400, "in the future"),
    "before the product": (told("2026-09-29", "2026-09-30"), 400, "before the product did"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_reported_is_refused_and_leaves_nothing(city: Seller, name: str) -> None:
    given, status, words = REFUSED[name]
    refused = city.post("usage", given)
    assert refused.status == status, refused.text
    assert words in refused.json["message"]
    assert rows(city) == []


def test_only_who_sells_reports(city: Seller, firm: Seller, operator: Seller) -> None:
    refused = firm.post("usage", told())
    assert (refused.status, "sold by somebody else" in refused.json["message"]) == (403, True)
    assert city.post("usage", {"usageType": "x", "status": "received"}).status == 403
    assert operator.post("usage", told()).json["meter"]["reportedBy"] == "city"
    (row,) = rows(city)
    assert row["meter"]["number"] == 1


def test_what_was_told_before_does_not_change(city: Seller) -> None:
    city.post("usage", told())
    late = city.post("usage", told("2026-11-10", "2026-11-11"))
    assert (late.status, "does not follow it" in late.json["message"]) == (409, True)


def test_an_ended_product_is_reported_up_to_its_end(city: Seller) -> None:
    ended = of("p", HANDED, terminationDate="2026-11-21T00:00:00Z") | {"status": "terminated"}
    city.run(put(city.market.store, "tmf:product", ended))
    assert city.post("usage", told("2026-11-20", "2026-11-21")).status == 201
    refused = city.post("usage", told("2026-11-21", "2026-11-22"))
    assert (refused.status, "after the product did" in refused.json["message"]) == (400, True)


def test_reports_are_billed_by_usage_prices_and_late_ones_refused(city: Seller) -> None:
    store = city.market.store
    assert city.post("usage", told(requests=500)).status == 201
    city.clock.to("2026-12-02T10:00:00+00:00")
    city.run(bill_month(city.market, "2026-11"))
    (bill,) = city.run(everything(store, "tmf:customerBill"))
    assert bill["taxExcludedAmount"]["value"] == 1000.0
    assert [row["status"] for row in rows(city)] == ["billed"]
    late = city.post("usage", told("2026-11-25", "2026-11-26"))
    assert (late.status, "is billed for 2026-11" in late.json["message"]) == (409, True)
    assert city.post("usage", told()).json["status"] == "billed"
    assert city.post("usage", told("2026-12-01", "2026-12-02")).status == 201


def test_what_follows_a_bill_on_demand_is_still_reported(city: Seller) -> None:
    city.post("usage", told("2026-11-20", "2026-11-21", requests=5))
    city.run(bill_now(city.market, "firm", ""))
    assert city.post("usage", told("2026-11-21", "2026-11-22")).status == 409
    city.clock.to("2026-11-24T10:00:00+00:00")
    assert city.post("usage", told("2026-11-23", "2026-11-24", requests=3)).status == 201
    city.clock.to("2026-12-02T10:00:00+00:00")
    city.run(bill_month(city.market, "2026-11"))
    bills: list[Any] = city.run(everything(city.market.store, "tmf:customerBill"))
    assert sorted(bill["taxExcludedAmount"]["value"] for bill in bills) == [6.0, 10.0]


def test_a_report_between_rating_and_bill_is_billed_or_refused_and_never_lost(city: Seller) -> None:
    city.post("usage", told("2026-11-01", "2026-11-02", requests=5))
    city.clock.to("2026-12-02T10:00:00+00:00")

    async def at_once() -> list[object]:
        sent = [told(f"2026-11-{day:02}", f"2026-11-{day + 1:02}", requests=1) for day in range(2, 20)]

        async def reports() -> list[object]:
            return [await attempted(city, one) for one in sent]

        got, _ = await asyncio.gather(reports(), bill_month(city.market, "2026-11"))
        return got

    answers = city.run(at_once())
    city.run(bill_month(city.market, "2026-11"))
    taken = sum(isinstance(one, dict) for one in answers)
    bills: list[Any] = city.run(everything(city.market.store, "tmf:customerBill"))
    assert sum(bill["taxExcludedAmount"]["value"] for bill in bills) == 2.0 * (5 + taken)
    assert {row["status"] for row in rows(city)} == {"billed"}


async def attempted(seller: Seller, given: dict[str, Any]) -> object:
    try:
        return await report(seller.market, given, Asker(seller.actor))
    except Problem as problem:
        return problem


def test_who_reports_brings_no_meter(city: Seller) -> None:
    refused = city.post("usage", {**told(), "meter": {"product": "p", "number": 1}})
    assert (refused.status, "is written by the node" in refused.json["message"]) == (400, True)
    assert rows(city) == []


SEALED: list[Any] = [
    {"meter": {"requests": 0}},
    {"meter": {"requests": True}, "status": "rejected"},
    {"meter": {"extra": 7}},
    {"meter": None},
    {"usageCharacteristic": []},
    {"usageDate": "2020-01-01T00:00:00Z"},
    {"relatedParty": [{"id": "firm"}]},
    {"status": "rejected", "meter": {"bytes": 1}},
]


@pytest.mark.parametrize("body", SEALED)
def test_an_operator_does_not_change_what_is_sealed(body: Any, city: Seller, operator: Seller) -> None:
    firm = operator.make("organization", {"tradingName": "Another"})["id"]
    row = city.post("usage", told(requests=1)).json
    if "relatedParty" in body:
        body = {"relatedParty": [{"id": firm, "@referredType": "Organization"}]}
    refused = operator.patch("usage", row["id"], body)
    assert (refused.status, "is sealed; its" in refused.json["message"]) == (409, True), refused.text
    assert operator.get("usage", row["id"]).json == row
    assert verify(rows(city)) is None


def test_a_json_patch_does_not_reach_into_the_meter(city: Seller, operator: Seller) -> None:
    row = city.post("usage", told()).json
    to_zero = [{"op": "replace", "path": "/meter/requests", "value": 0}]
    assert operator.patch("usage", row["id"], to_zero, PATCH).status == 409
    assert operator.get("usage", row["id"]).json == row


def test_a_sealed_row_is_rejected_and_not_removed(city: Seller, operator: Seller) -> None:
    row = city.post("usage", told()).json
    assert operator.delete("usage", row["id"]).status == 409
    assert operator.patch("usage", row["id"], {"status": "rejected"}).json["status"] == "rejected"
    refused = operator.delete("usage", row["id"])
    assert (refused.status, "stays" in refused.json["message"]) == (409, True)
    assert verify(rows(city)) is None


def test_an_operator_seals_no_usage_of_its_own(operator: Seller) -> None:
    meter = {"product": "p", "number": 1, "requests": 5}
    assert operator.post("usage", {"usageType": "x", "meter": meter}).status == 400
    other = operator.make("usage", {"usageType": "x"})["id"]
    assert operator.patch("usage", other, {"meter": meter}).status == 409
    assert operator.patch("usage", other, {"usageType": "y"}).status == 200
    assert operator.delete("usage", other).status == 204


def test_nobody_but_an_operator_changes_what_was_reported(city: Seller) -> None:
    got: Got = city.post("usage", told())
    needs = {
        method: city.table.find(_request(method, got.json["id"]))[0].needs for method in ("PATCH", "DELETE")
    }
    assert needs == {"PATCH": "operate", "DELETE": "operate"}


def _request(method: str, id: str) -> Any:
    return Request(method, f"/tmf-api/usageManagement/v4/usage/{id}")
