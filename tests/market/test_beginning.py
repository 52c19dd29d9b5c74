"""What a node writes once: the specification that usage rows name."""

from beffroi.market.operations.beginning import begin
from beffroi.market.rules.access.usage_chain import METRICS, SPECIFICATION
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import START, seller_of
from tests.market.shop import everything, put, usage


def test_the_specification_of_usage_is_published_once(store: Store, run: Run) -> None:
    seller = seller_of(store, run)
    run(begin(seller.market))
    found = seller.get("usageSpecification", SPECIFICATION)
    assert [each["name"] for each in found.json["specCharacteristic"]] == list(METRICS)
    seller.clock.to("2027-01-01T00:00:00+00:00")
    run(begin(seller.market))
    assert seller.get("usageSpecification", SPECIFICATION).json == found.json
    entries = run(everything(store, "audit"))
    assert [(entry["actor"], entry["time"]) for entry in entries] == [("node", START)] * 2
    assert {entry["id"] for entry in entries} == {SPECIFICATION, "reported-usage"}


def test_what_an_operator_made_of_it_stays(store: Store, run: Run) -> None:
    seller = seller_of(store, run)
    run(begin(seller.market))
    assert seller.patch("usageSpecification", SPECIFICATION, {"description": "Ours"}).status == 200
    run(begin(seller.market))
    assert seller.get("usageSpecification", SPECIFICATION).json["description"] == "Ours"


def test_a_usage_row_names_a_specification_that_exists(store: Store, run: Run) -> None:
    seller = seller_of(store, run)
    run(begin(seller.market))
    run(put(store, "tmf:usage", *usage("a", [{"requests": 1}])))
    (row,) = seller.list("usage").json
    assert seller.get("usageSpecification", row["usageSpecification"]["id"]).status == 200
