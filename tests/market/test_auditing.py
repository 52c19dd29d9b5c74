"""The audit log over HTTP: operators and auditors read it, and nobody else."""

import pytest

from beffroi.market.routes.auditing import AUDIT_ROUTES
from beffroi.market.wire.problems import problem_response
from beffroi.store.port import Store
from tests.conftest import Run
from tests.got import Got
from tests.market.seller import Seller, organization, seller_of


@pytest.fixture
def seller(store: Store, run: Run) -> Seller:
    """Two firms made an hour apart, and one of them renamed."""
    found = seller_of(store, run)
    found.table.mount("/market", AUDIT_ROUTES, found.market, problem_response)
    kite = organization(found, "Kite")
    found.clock.to("2026-11-22T11:00:00+00:00")
    organization(found, "Heron")
    clerk = found.acting("clerk", "read", "trade", party=kite)
    assert clerk.patch("organization", kite, {"tradingName": "Red Kite"}).status == 200
    return found


def log(seller: Seller, query: str = "") -> Got:
    return seller.send("GET", "/market/audit", query=query)


def test_an_entry_names_actor_time_document_and_what_was_done(seller: Seller) -> None:
    got = log(seller)
    assert (got.status, got.headers["x-total-count"]) == (200, "3")
    assert [(e["actor"], e["what"]) for e in got.json] == [
        ("local", "create"), ("local", "create"), ("clerk", "change"),
    ]  # fmt: skip
    assert {entry["resource"] for entry in got.json} == {"organization"}
    assert got.json[0]["id"] == got.json[2]["id"] == got.json[2]["party"]


def test_what_is_written_over_the_api_says_so_where_the_document_gives_no_reason(seller: Seller) -> None:
    price = seller.make("productOfferingPrice", {"name": "P"})
    seller.patch("productOfferingPrice", price["id"], {"price": {"unit": "EUR", "value": 3}})
    product = seller.make("product", {"name": "A", "status": "active"})
    told = {"status": "suspended", "statusReason": "Not paid."}
    assert seller.patch("product", product["id"], told).status == 200
    said = [(each["resource"], each["reason"]) for each in log(seller).json]
    assert said[3:] == [
        ("productOfferingPrice", "Over the API."), ("productOfferingPrice", "Over the API."),
        ("product", "Over the API."), ("product", "Not paid."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("actor=clerk", 1), ("actor=local", 2), ("resource=organization", 3), ("resource=quote", 0), ("id=nobody", 0),
        ("since=2026-11-22T11:00:00Z", 2), ("until=2026-11-22T11:00:00Z", 1),
        ("since=2026-11-22T11:00:00Z&actor=local", 1), ("since=2026-11-22T12:00:00%2B01:00", 2),
    ],
)  # fmt: skip
def test_filters_narrow_the_log(query: str, count: int, seller: Seller) -> None:
    got = log(seller, query)
    assert (got.headers["x-total-count"], len(got.json)) == (str(count), count)


def test_the_log_comes_in_pages(seller: Seller) -> None:
    whole = log(seller).json
    pages = [log(seller, f"offset={at}&limit=1") for at in range(4)]
    assert [entry for page in pages for entry in page.json] == whole
    assert [page.status for page in pages] == [206] * 4


def test_only_operators_and_auditors_read_it(seller: Seller) -> None:
    auditor = seller.acting("auditor", "read", roles=("auditor",))
    assert log(auditor).json == log(seller).json
    for other in (seller.acting("clerk", "read", "trade", party="x"), seller.acting("reader", "read")):
        refused = log(other)
        assert (refused.status, "neither operator nor auditor" in refused.json["message"]) == (403, True)


@pytest.mark.parametrize(
    "query", ["who=me", "since=yesterday", "limit=-1", "limit=1001", "offset=x", "limit="]
)
def test_what_cannot_be_meant_is_refused(query: str, seller: Seller) -> None:
    assert log(seller, query).status == 400


def test_nobody_writes_the_log(seller: Seller) -> None:
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        assert seller.send(method, "/market/audit", {}).status == 405
