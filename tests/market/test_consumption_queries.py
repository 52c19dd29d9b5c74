"""What products have used of their quotas is told to both of their parties, and to nobody else (TMF677)."""

from typing import Any

import pytest

from beffroi.kernel.record import Change, Commit, document_of
from beffroi.market.rules.access.meter import meter_key
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import Seller, organization, seller_of

TODAY = {
    "day": "2026-11-22",
    "month": "2026-11",
    "byDay": {"requests": 30},
    "byMonth": {"requests": 900, "bytes": 5_000},
}


class Sold:
    """One product with quotas, its buyer, its seller, and a firm that has nothing to do with it."""

    def __init__(self, all: Seller) -> None:
        self.all = all
        kite, heron, crane = (organization(all, name) for name in ("Kite", "Heron", "Crane"))
        self.buyer = all.acting("buyer", "read", "trade", party=kite)
        self.seller = all.acting("seller", "read", "trade", party=heron)
        self.other = all.acting("other", "read", "trade", party=crane)
        quotas = [
            {"metric": "requests", "amount": 100, "period": "day"},
            {"metric": "requests", "amount": 900, "period": "month"},
        ]
        self.product = all.make(
            "product",
            {
                "name": "Bikes",
                "status": "active",
                "relatedParty": [{"id": kite, "role": "buyer"}, {"id": heron, "role": "seller"}],
                "productCharacteristic": [
                    {"name": "entityTypes", "value": ["Bike"]},
                    {"name": "quota", "value": quotas},
                ],
            },
        )["id"]
        self.count(TODAY)

    def count(self, meter: Any) -> None:
        change = Change(meter_key(self.product), document_of(meter))
        self.all.run(self.all.market.store.transact([], lambda _: Commit((change,))))

    def query(self, *products: str) -> Any:
        return {"searchCriteria": {"product": [{"id": each} for each in products or (self.product,)]}}


@pytest.fixture
def sold(store: Store, run: Run) -> Sold:
    return Sold(seller_of(store, run))


def buckets(answer: Any) -> dict[str, Any]:
    (told,) = answer["usageConsumption"]
    return {bucket["id"].partition(":")[2]: bucket for bucket in told["bucketRefOrValue"]}


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_both_parties_read_what_is_left(who: str, sold: Sold) -> None:
    asker: Seller = getattr(sold, who)
    answer = asker.make("queryUsageConsumption", sold.query())
    found = buckets(answer)
    assert found["requests:day"]["remainingValue"] == {"amount": 70, "units": "request"}
    assert found["requests:month"]["status"] == "used up"
    assert found["bytes:month"]["bucketCounter"][0]["value"] == {"amount": 5_000, "units": "byte"}
    assert asker.get("queryUsageConsumption", answer["id"]).json == answer
    assert sold.other.get("queryUsageConsumption", answer["id"]).status == 404


def test_a_new_day_and_a_new_month_begin_at_zero(sold: Sold) -> None:
    sold.all.clock.to("2026-11-23T00:00:00+00:00")
    found = buckets(sold.buyer.make("queryUsageConsumption", sold.query()))
    assert found["requests:day"]["remainingValue"]["amount"] == 100
    assert found["requests:month"]["remainingValue"]["amount"] == 0
    sold.all.clock.to("2026-12-01T00:00:00+00:00")
    found = buckets(sold.buyer.make("queryUsageConsumption", sold.query()))
    assert found["requests:month"]["remainingValue"]["amount"] == 900


def test_a_product_that_is_not_there_and_one_of_others_are_refused_alike(sold: Sold) -> None:
    unknown = sold.other.post("queryUsageConsumption", sold.query("nothing"))
    foreign = sold.other.post("queryUsageConsumption", sold.query())
    assert (unknown.status, foreign.status) == (400, 400)
    assert unknown.json["message"].replace("nothing", sold.product) == foreign.json["message"]
    assert sold.all.list("queryUsageConsumption").json == []


@pytest.mark.parametrize("product", [[{"name": "Bikes"}], ["x"], "x", [{"id": 7}], [{"id": ""}]])
def test_what_names_no_product_is_refused(product: object, sold: Sold) -> None:
    got = sold.buyer.post("queryUsageConsumption", {"searchCriteria": {"product": product}})
    assert (got.status, "searchCriteria.product" in got.json["message"]) == (400, True)


def test_a_query_is_not_asked_for_more_products_than_it_may_name(sold: Sold) -> None:
    got = sold.buyer.post("queryUsageConsumption", sold.query(*(f"p{n}" for n in range(51))))
    assert (got.status, "51 products" in got.json["message"]) == (413, True)


def test_nobody_writes_the_answer_but_the_node(sold: Sold) -> None:
    got = sold.buyer.post("queryUsageConsumption", {**sold.query(), "usageConsumption": []})
    assert got.status == 400
