"""An indicator is computed from the city's own data, and its reading says from what and when."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.network.city import city_of

from beffroi.app.opening import ALL_INDEXERS
from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.entities import create_entity
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.entity.entity import Instance
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.network.operations.documents import create
from beffroi.network.rules.document import draft
from beffroi.network.rules.strategy.kinds import INDICATOR, READING
from beffroi.outbound import Client, Policy
from beffroi.processes.indicators import Measurer, measure_due
from beffroi.store.port import Indexer, Store
from beffroi.web.message import LOCAL

NGSI = "https://uri.etsi.org/ngsi-ld/default-context/"


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return ALL_INDEXERS


@pytest.fixture
def measurer(store: Store, run: Run) -> Measurer:
    """Three lamps: 40 W, 60 W and one whose power nobody knows; two of them are lit."""
    city = city_of(store, run)

    async def make() -> Measurer:
        async with Client(Policy()) as client:
            broker = Broker(store, Contexts(store, client, {}), city.clock, city.network.new_id)
            for n, (power, lit) in enumerate(((40, True), (60.5, True), (None, False))):
                attrs: dict[str, list[Instance]] = {NGSI + "lit": [{"type": "Property", "value": lit}]}
                if power is not None:
                    moment = f"2026-11-2{n}T10:00:00Z"
                    attrs[NGSI + "power"] = [{"type": "Property", "value": power, "observedAt": moment}]
                await create_entity(broker, "", {"id": f"urn:x:{n}", "type": [NGSI + "Lamp"], "attrs": attrs})
        return Measurer(broker, CORE, city.network)

    return run(make())


def indicator(run: Run, measurer: Measurer, **measure: str) -> Any:
    content: JsonObject = {"shows": "did:web:x/pledges/1", "title": "Lamps", "language": "en", "unit": "WTT"}
    body: JsonObject = {**content, "measure": {"type": "Lamp", **measure}}
    return run(create(measurer.network, INDICATOR, body, LOCAL, publish=True))


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ({"aggregate": "count"}, "3"),
        ({"aggregate": "count", "q": "lit==true"}, "2"),
        ({"aggregate": "sum", "attribute": "power"}, "100.5"),
        ({"aggregate": "mean", "attribute": "power"}, "50.25"),
        ({"aggregate": "minimum", "attribute": "power"}, "40"),
        ({"aggregate": "maximum", "attribute": "power", "q": "power<50"}, "40"),
        ({"aggregate": "share", "condition": "lit==true"}, "0.666666667"),
        ({"aggregate": "share", "condition": "power>50", "q": "lit==true"}, "0.5"),
    ],
)
def test_an_aggregate_is_that_of_the_entities_that_match(
    run: Run, measurer: Measurer, measure: dict[str, str], value: str
) -> None:
    made: dict[str, Any] = run(measurer.measure(indicator(run, measurer, **measure), LOCAL))
    assert (made["content"]["value"], made["state"]) == (value, "published")


def test_a_reading_names_its_query_its_date_and_how_old_the_values_are(run: Run, measurer: Measurer) -> None:
    made: dict[str, Any] = run(
        measurer.measure(indicator(run, measurer, aggregate="mean", attribute="power"), LOCAL)
    )
    assert made["content"]["at"] == measurer.network.now()
    assert made["content"]["source"] == {
        "how": "computed",
        "query": "mean of /ngsi-ld/v1/entities?type=Lamp",
        "entities": 3,
        "note": "attribute power",
        "values": 2,
        "oldest": "2026-11-20T10:00:00.000000Z",
        "newest": "2026-11-21T10:00:00.000000Z",
    }


@pytest.mark.parametrize(
    ("measure", "part"),
    [
        ({"aggregate": "mean", "attribute": "colour"}, "nothing to compute the mean of"),
        ({"aggregate": "count", "q": "power>>"}, "q is not valid"),
    ],
)
def test_what_cannot_be_computed_is_no_reading(
    run: Run, measurer: Measurer, measure: dict[str, str], part: str
) -> None:
    with pytest.raises(Problem, match=part):
        run(measurer.measure(indicator(run, measurer, **measure), LOCAL))


def test_an_indicator_is_measured_once_a_day(run: Run, measurer: Measurer) -> None:
    indicator(run, measurer, aggregate="count")
    clock: Any = measurer.network.now
    counts = [run(measure_due(measurer)) for _ in range(2)]
    clock.now = plus_seconds(Instant(clock.now), 90_000)
    assert [*counts, run(measure_due(measurer))] == [1, 0, 1]


def test_what_another_node_says_of_an_indicator_does_not_keep_it_from_being_measured(
    run: Run, measurer: Measurer
) -> None:
    made, foreign = indicator(run, measurer, aggregate="count"), "did:web:other.example"
    id, at = READING.id_of(foreign, "1"), Instant("2026-11-22T12:00:00.000000Z")
    content = {
        "indicator": made["id"],
        "value": "1",
        "at": "9998-01-01T00:00:00Z",
        "source": {"how": "typed"},
    }
    said = {**draft(READING, id, foreign, content, "", at), "state": "published", "published": at}
    change = Change(READING.key(id), document_of(said))
    run(measurer.network.store.transact([], lambda _: Commit((change,))))
    assert run(measure_due(measurer)) == 1
