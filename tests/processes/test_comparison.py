"""A city is compared only if it wants to be, by what is measured, anew each day."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.network.city import BASE, City, city_of

from beffroi.app.opening import ALL_INDEXERS
from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.entities import create_entity
from beffroi.broker.operations.services import Broker
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.network.rules.exchange.figures import Measured, figures, ranked
from beffroi.outbound import Client, Policy
from beffroi.processes.comparison import Comparer
from beffroi.processes.kept_checks import CHECK, Listed, list_key, list_of
from beffroi.store.port import Indexer, Store
from beffroi.web.message import LOCAL

TYPE = "https://uri.etsi.org/ngsi-ld/default-context/Lamp"


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return ALL_INDEXERS


@pytest.fixture
def city(store: Store, run: Run) -> City:
    return city_of(store, run)


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def comparer(store: Store, run: Run, city: City, asked: list[str]) -> Comparer:
    async def check(url: str) -> str:
        asked.append(url)
        return "check"

    async def make() -> Comparer:
        async with Client(Policy()) as client:
            broker = Broker(store, Contexts(store, client, {}), city.clock, city.network.new_id)
            for n in range(3):
                await create_entity(broker, "", {"id": f"urn:x:{n}", "type": [TYPE], "attrs": {}})
        return Comparer(broker, city.network, BASE, check)

    return run(make())


def keep_check(city: City, url: str, passed: int) -> None:
    body = {
        "state": "done",
        "finished": "2026-11-20T10:00:00Z",
        "statement": {"passed": passed, "testable": 20},
    }
    changes = (
        Change(Key("", CHECK, "c1"), document_of(body)),  # type: ignore[arg-type]
        Change(list_key(""), document_of(list_of([Listed("c1", url)]))),
    )
    city.run(city.network.store.transact([], lambda _: Commit(changes)))


def shown(city: City) -> list[Any]:
    return list(city.acting("anybody").get("/comparisons", "state=published").json["documents"])


def test_nobody_is_compared_who_did_not_opt_in(city: City, comparer: Comparer) -> None:
    assert city.run(comparer.measure_again()) is False
    assert shown(city) == []


def test_who_opts_in_is_compared_by_measured_figures(
    city: City, comparer: Comparer, asked: list[str]
) -> None:
    keep_check(city, f"{BASE}/ogc", 17)
    city.clock.now = plus_seconds(city.clock.now, 7_200)
    city.run(comparer.opt(LOCAL, compared=True))
    assert shown(city)[0]["content"] == {
        "on": "2026-11-22",
        "figures": {
            "types": 1, "entities": 3, "freshness": 2.0, "passed": 17, "testable": 20, "checked": "2026-11-20",
            "pledges": 0, "kept": 0, "actions": 0, "done": 0,
        },
    }  # fmt: skip
    assert asked == [f"{BASE}/ngsi-ld/v1", f"{BASE}/ogc"]


def test_a_check_that_is_under_way_does_not_hide_the_last_one(city: City, comparer: Comparer) -> None:
    keep_check(city, f"{BASE}/ogc", 17)
    listed = [Listed("c1", f"{BASE}/ogc"), Listed("c2", f"{BASE}/ogc")]
    changes = (
        Change(Key("", CHECK, "c2"), document_of({"state": "running"})),
        Change(list_key(""), document_of(list_of(listed))),
    )
    city.run(city.network.store.transact([], lambda _: Commit(changes)))
    assert city.run(comparer.measured()).passed == 17


def test_checks_of_other_addresses_do_not_count(city: City, comparer: Comparer) -> None:
    keep_check(city, "http://127.0.0.1:10260/ogc", 17)
    assert city.run(comparer.measured()).checked == ""


def test_figures_are_measured_anew_once_a_day_and_the_former_ones_stay(
    city: City, comparer: Comparer
) -> None:
    city.run(comparer.opt(LOCAL, compared=True))
    assert city.run(comparer.measure_again()) is False
    city.clock.now = plus_seconds(city.clock.now, 86_400)
    assert city.run(comparer.measure_again()) is True
    document = shown(city)[0]
    assert (document["version"], document["correction"]) == (2, "Measured again on 2026-11-23.")


def test_the_verdicts_of_a_first_check_are_told_once_it_has_ended(city: City, comparer: Comparer) -> None:
    city.run(comparer.opt(LOCAL, compared=True))
    assert city.run(comparer.measure_again()) is False
    keep_check(city, f"{BASE}/ogc", 17)
    assert city.run(comparer.measure_again()) is True
    assert shown(city)[0]["content"]["figures"]["passed"] == 17
    assert city.run(comparer.measure_again()) is False


def test_who_opts_out_is_not_compared_any_more(city: City, comparer: Comparer) -> None:
    city.run(comparer.opt(LOCAL, compared=True))
    with pytest.raises(Problem, match="compared already"):
        city.run(comparer.opt(LOCAL, compared=True))
    city.run(comparer.opt(LOCAL, compared=False))
    assert shown(city) == []
    with pytest.raises(Problem, match="is not compared"):
        city.run(comparer.opt(LOCAL, compared=False))
    city.run(comparer.opt(LOCAL, compared=True))
    assert len(shown(city)) == 1


def test_the_middle_age_counts_and_an_empty_city_has_none() -> None:
    ages = [Instant(f"2026-11-22T{hour:02}:00:00.000000Z") for hour in (1, 9, 11)]
    now = Instant("2026-11-22T12:00:00.000000Z")
    assert figures(Measured(3, 1, ages), [], now)["figures"]["freshness"] == 3.0  # type: ignore[index,call-overload]
    assert "freshness" not in figures(Measured(0, 0), [], now)["figures"]  # type: ignore[operator]


def test_the_best_proven_city_stands_first() -> None:
    one = {"content": {"figures": {"passed": 9, "testable": 10}}}
    two = {"content": {"figures": {"passed": 19, "testable": 20}}}
    none: dict[str, Any] = {"content": {"figures": {}}}
    gone = {**two, "withdrawn": {}}
    assert ranked([none, one, two, gone]) == [two, one, none]  # type: ignore[list-item]
