"""The history of an entity on its page: what changes left and what was provided, cut alike, in so many points."""

import re
from collections.abc import Iterator
from random import Random

import pytest
from tests.portal.node import Node, make_node

from beffroi.broker.operations.entities import retrieve_entity
from beffroi.broker.operations.provision import (
    InstanceNamed,
    delete_attribute,
    delete_instance,
    modify_instance,
    provide_evolution,
)
from beffroi.broker.operations.recent import MOST_PARTS, MOST_TRACES, Recent, recent_past
from beffroi.broker.operations.shelving import change_provided
from beffroi.broker.operations.temporal import retrieve_evolution
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.entity.entity import Instance
from beffroi.broker.rules.provided.provided import without_instance
from beffroi.broker.rules.provided.shelf import MOST_IN_PART, Shelf
from beffroi.broker.rules.provided.temporal_entity import Given, read_temporal_entity
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.temporal.evolution import Event, instance_id
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.rules.temporal.window import Placed
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.portal.reading.drawing import drawn
from beffroi.portal.reading.series import (
    MOST_POINTS,
    Point,
    Series,
    is_number,
    series_of,
    thinned,
)

METER = "urn:ngsi-ld:Meter:1"
ENERGY = CORE.expand("energy")
OLD = Instant("2023-01-01T00:00:00.000000Z")
LIVE = Instant("2026-11-22T12:00:00.000000Z")
DAY_S = 86_400.0


@pytest.fixture
def node() -> Iterator[Node]:
    with make_node(entities=[]) as made:
        yield made


def reading(value: Json, at: str, **more: Json) -> JsonObject:
    return {"type": "Property", "value": value, "observedAt": at, **more}


def live(node: Node, values: list[float], **more: Json) -> None:
    """So many changes, a minute apart."""
    first = {"energy": reading(values[0], LIVE), **more}
    node.add({"id": METER, "type": "Meter", **first})
    for minute, value in enumerate(values[1:], 1):
        node.merge(METER, {"energy": reading(value, plus_seconds(LIVE, 60 * minute))})


def provide(
    node: Node, values: list[Json], name: str = "energy", step_s: float = DAY_S, **more: Json
) -> None:
    """Values that were measured one after the other long ago."""
    for at in range(0, len(values), 10_000):
        piece = enumerate(values[at : at + 10_000], at)
        given: list[Json] = [reading(value, plus_seconds(OLD, step_s * n), **more) for n, value in piece]
        body: JsonObject = {"id": METER, "type": "Meter", name: given}
        node.run(provide_evolution(node.portal.broker, "", read_temporal_entity(body, CORE)))


def page(node: Node, query: str = "") -> str:
    return node.text(f"/en/entities/{METER}{query}")


def recent_of(node: Node) -> Recent:
    broker = node.portal.broker
    entity = node.run(retrieve_entity(broker, "", METER))
    found: Recent = node.run(recent_past(broker, "", entity, is_number))
    return found


def table(text: str) -> list[float]:
    """The numbers of the first table of a chart, oldest first."""
    (body,) = re.findall(r"<beffroi-chart.*?</beffroi-chart>", text, re.DOTALL)[:1] or [""]
    return [float(value) for value in re.findall(r'<data value="([^"]+)">', body)][::-1]


def named(node: Node, value: object) -> InstanceNamed:
    """The instance of the past that has this value."""
    asked = TemporalView(View())
    answer = node.run(retrieve_evolution(node.portal.broker, "", METER, TemporalQuery(), asked))
    (event,) = [each.event for each in answer.evolved[0].placed if each.event.instance.get("value") == value]
    return InstanceNamed("", METER, ENERGY, instance_id(METER, event))


def told(node: Node) -> list[float]:
    """What the temporal API shows."""
    asked = TemporalView(View())
    answer = node.run(retrieve_evolution(node.portal.broker, "", METER, TemporalQuery(), asked))
    return [float(str(each.event.instance.get("value"))) for each in answer.evolved[0].placed]


def test_the_page_shows_what_was_provided_and_what_changes_left_in_the_order_of_time(node: Node) -> None:
    live(node, [10, 11, 12])
    provide(node, [3, 1, 2])
    assert table(page(node)) == [3, 1, 2, 10, 11, 12]
    assert table(page(node)) == told(node)


def test_instances_that_were_deleted_or_corrected_are_gone_from_the_page(node: Node) -> None:
    live(node, [10, 11, 12])
    provide(node, [1, 2, 3])
    broker = node.portal.broker
    node.run(delete_instance(broker, named(node, 2)))
    node.run(delete_instance(broker, named(node, 11)))
    corrected = Given(Instance(type="Property", value=30, observedAt=plus_seconds(OLD, 2 * DAY_S)))
    node.run(modify_instance(broker, named(node, 3), corrected))
    assert table(page(node)) == [1, 30, 10, 12] == told(node)


def test_what_is_hidden_and_not_erased_yet_is_not_shown(node: Node) -> None:
    live(node, [10, 11, 12])
    id = named(node, 11).id

    def hide(shelf: Shelf) -> None:
        shelf.provided = without_instance(shelf.provided, id, LIVE)

    node.run(change_provided(node.portal.broker, "", METER, hide))
    assert table(page(node)) == [10, 12]


def test_the_past_of_an_attribute_that_was_deleted_is_gone_from_the_page(node: Node) -> None:
    live(node, [10, 11, 12])
    provide(node, [1, 2, 3])
    node.run(delete_attribute(node.portal.broker, "", METER, ENERGY, ""))
    assert table(page(node)) == []


def test_two_datasets_are_two_charts(node: Node) -> None:
    live(node, [10, 11])
    provide(node, [1, 2], datasetId="urn:d:estimated")
    text = page(node)
    assert text.count("<beffroi-chart") == 2
    assert "urn:d:estimated" in text


def test_texts_and_deletions_are_no_points(node: Node) -> None:
    live(node, [10, 11])
    provide(node, ["full", 5, True])
    assert table(page(node)) == [5, 10, 11]


def test_who_looks_at_the_last_hour_sees_the_live_changes_alone(node: Node) -> None:
    live(node, [10, 11, 12])
    provide(node, [1, 2, 3])
    text = page(node)
    offered: list[str] = re.findall(r"\?period=(\w+)", text)
    assert offered == ["year", "month", "week", "day", "hour"]
    assert table(page(node, "?period=hour")) == [10, 11, 12]
    assert 'period=hour#history-title" aria-current="true"' in page(node, "?period=hour")
    assert table(page(node, "?period=century")) == table(text)


def test_a_page_without_an_imported_past_offers_no_longer_time_than_there_is(node: Node) -> None:
    live(node, [10, 11, 12])
    assert "?period=" not in page(node)


def test_of_a_long_import_the_newest_parts_are_read_and_the_page_says_so(node: Node) -> None:
    live(node, [0, 1])
    provide(node, [float(n % 7) for n in range((MOST_PARTS + 30) * MOST_IN_PART)], step_s=3_600.0)
    recent = recent_of(node)
    stated = [each.event for each in recent.placed if each.event.id]
    assert not recent.is_whole
    assert len(stated) <= MOST_PARTS * MOST_IN_PART
    last = plus_seconds(OLD, 3_600.0 * ((MOST_PARTS + 30) * MOST_IN_PART - 1))
    assert max(str(event.instance.get("observedAt")) for event in stated) == last
    text = page(node)
    assert "The charts have the newest values" in text
    assert len(table(text)) <= MOST_POINTS


def test_attributes_share_the_parts_that_are_read(node: Node) -> None:
    live(node, [0, 1])
    for name in ("a", "b", "c", "d"):
        provide(node, [float(n % 5) for n in range(20 * MOST_IN_PART)], name=name)
    recent = recent_of(node)
    counts = {
        name: sum(each.event.name == name for each in recent.placed) for name in map(CORE.expand, "abcd")
    }
    assert len(set(counts.values())) == 1
    assert sum(counts.values()) <= MOST_PARTS * MOST_IN_PART


def test_where_older_changes_were_not_read_the_line_is_broken(node: Node) -> None:
    live(node, [float(n % 9) for n in range(2 * MOST_TRACES)])
    provide(node, [100, 101, 102])
    text = page(node)
    assert table(text)[:3] == [100, 101, 102]
    assert text.count("not read here") == 1
    path = re.search(r'<path d="([^"]+)"', text)
    assert path
    assert path[1].count("M") == 2
    assert "The charts have the newest values" in text


def placed(value: float, moment: Instant, at: Instant) -> Placed:
    return Placed(moment, Event("n", Instance(type="Property", value=value, observedAt=moment), at))


def stated(value: float, moment: Instant) -> Placed:
    return Placed(moment, placed(value, moment, LIVE).event._replace(id="urn:i:1"))


def test_the_line_breaks_before_what_was_observed_and_read_however_late_it_was_written() -> None:
    late = plus_seconds(LIVE, 7_200)
    written = [stated(1, OLD), placed(2, LIVE, late), placed(3, plus_seconds(LIVE, 60), late)]
    (series,) = series_of(written, plus_seconds(LIVE, 3_600))
    assert (series.broken_at, series.known_since) == (1, LIVE)
    assert series_of(written)[0].broken_at == 0


def test_of_one_moment_the_value_that_was_written_last_is_the_point() -> None:
    later = plus_seconds(LIVE, 1)
    for written in (
        [placed(1, OLD, LIVE), placed(2, OLD, later)],
        [placed(2, OLD, later), placed(1, OLD, LIVE)],
    ):
        (series,) = series_of(written)
        assert list(series.points) == [Point(OLD, 2.0)]


def test_thinning_keeps_the_extremes_and_both_ends() -> None:
    chance = Random(5)
    points = [Point(plus_seconds(OLD, n * 60.0), chance.random()) for n in range(20_000)]
    points[7_777] = Point(points[7_777].at, 9.0)
    points[3_333] = Point(points[3_333].at, -9.0)
    (kept,) = thinned([Series("n", points=points)])
    assert len(kept.points) <= MOST_POINTS
    assert kept.thinned == 20_000 - len(kept.points)
    assert (kept.lowest, kept.highest) == (-9.0, 9.0)
    assert (kept.points[0], kept.points[-1]) == (points[0], points[-1])


def test_years_that_were_imported_keep_their_points_beside_thousands_of_live_ones() -> None:
    years = [Point(plus_seconds(OLD, n * 7 * DAY_S), float(n)) for n in range(150)]
    minutes = [Point(plus_seconds(LIVE, n * 60.0), float(n % 5)) for n in range(3_000)]
    (kept,) = thinned([Series("n", points=[*years, *minutes])])
    assert len([point for point in kept.points if point.at < LIVE]) == 150
    assert len(kept.points) <= MOST_POINTS


def test_a_line_that_is_broken_begins_anew() -> None:
    points = [Point(plus_seconds(OLD, n * 10.0), float(n)) for n in range(3)]
    assert drawn(points, 2).path == "M0 114H300V60M600 6"
