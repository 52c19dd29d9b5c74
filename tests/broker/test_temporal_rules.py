"""Durations, aggregates and windows of the past as values (clauses 4.5.19.1, 6.3.10)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from beffroi.broker.rules.entity.entity import Instance
from beffroi.broker.rules.temporal.aggregation import aggregate, sort_of
from beffroi.broker.rules.temporal.duration import Duration, parse_duration, period_of
from beffroi.broker.rules.temporal.evolution import Event
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.window import Window
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from tests.broker.client import Client, client_of
from tests.broker.test_temporal import ALL, PAST, ROOM, hour, made, measure, values_of

ZERO = Instant("2026-01-31T00:00:00.000000Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT0S", (0, 0)), ("P0D", (0, 0)), ("PT1H", (0, 3600)), ("P1W", (0, 604_800)), ("P1M", (1, 0)),
        ("PT1M", (0, 60)), ("P3Y6M4DT12H30M5S", (42, 4 * 86_400 + 45_005)), ("PT0.5S", (0, 0.5)),
    ],
)  # fmt: skip
def test_durations_are_those_of_iso_8601(text: str, expected: tuple[int, float]) -> None:
    assert parse_duration(text) == Duration(*expected)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1H", "P1H", "PT1D", "P-1D", "P1WT1H", "P1.5D", "P0001-01-01T00:00:00", "P1D "]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_duration(text)
    assert refused.value.kind is BadRequestData


def test_a_month_is_as_long_as_it_is() -> None:
    month = parse_duration("P1M")
    march = Instant("2026-03-30T00:00:00.000000Z")
    assert period_of(march, ZERO, month) == (
        "2026-02-28T00:00:00.000000Z",
        "2026-03-31T00:00:00.000000Z",
    )
    assert period_of(ZERO, Instant("9999-12-01T00:00:00.000000Z"), parse_duration("P100D"))


def test_the_last_moment_of_all_lies_in_a_period_that_ends_with_it() -> None:
    last = Instant("9999-12-31T23:59:59.999999Z")
    for text in ("P1Y", "P1D", "PT7S", "P9999Y"):
        begin, end = period_of(last, ZERO, parse_duration(text))
        assert begin <= last == end


@given(
    st.floats(-1e8, 1e8),
    st.tuples(st.integers(0, 30), st.floats(0, 1e7)).filter(lambda d: d[0] > 0 or d[1] > 0.01),
)
def test_a_moment_lies_in_its_period(offset: float, length: tuple[int, float]) -> None:
    moment, duration = plus_seconds(ZERO, offset), Duration(*length)
    begin, end = period_of(moment, ZERO, duration)
    assert begin <= moment < end
    if not duration.months:
        assert abs(seconds_between(begin, end) - duration.seconds) < 1e-5


@pytest.mark.parametrize(
    ("value", "sort", "figures"),
    [
        ([1, 3], "number", {"avg": 2, "sum": 4, "sumsq": 10, "stddev": 1, "min": 1, "max": 3}),
        ([True, False], "boolean", {"avg": 0.5, "sum": 1, "max": 1, "min": 0}),
        (["b", "a", "b"], "text", {"min": "a", "max": "b", "distinctCount": 2, "totalCount": 3}),
        ([[1], [1, 2, 3]], "array", {"avg": 2, "sum": 4, "min": 1, "max": 3}),
        ([{"a": 1}, {"a": 1}], "object", {"distinctCount": 1, "totalCount": 2}),
        (["2026-01-01T02:00:00+02:00", "2026-01-01T00:30:00Z"], "moment", {"max": "2026-01-01T00:30:00Z"}),
        (["13:00:00Z", "15:00:00Z"], "time", {"avg": "14:00:00Z", "min": "13:00:00Z"}),
        (["13:00:00-02:00", "14:00:00"], "time", {"max": "15:00:00Z", "min": "14:00:00Z"}),
        ([2**53 + 1, 1], "number", {"max": 2**53 + 1, "min": 1}),
    ],
)
def test_each_method_means_what_the_tables_say(value: Any, sort: Any, figures: dict[str, Any]) -> None:
    assert {method: aggregate(method, sort, value) for method in figures} == figures


def test_values_say_themselves_what_they_are() -> None:
    typed: JsonObject = {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}
    assert sort_of(Instance(type="Property", value=typed)) == "moment"
    assert sort_of(Instance(type="Property", value="13:00:00", valueType="Time")) == "time"
    assert sort_of(Instance(type="Property", value="25:99:99", valueType="Time")) == "text"
    assert sort_of(Instance(type="Property", value=True)) == "boolean"
    assert sort_of(Instance(type="Relationship", object="urn:x:1")) == "uri"
    assert sort_of(Instance(type="ListProperty", valueList=[1])) == "array"


def test_what_cannot_be_aggregated_is_left_out_unless_it_was_named(node: Client) -> None:
    made(node, 20, 22, name="Hall", owner={"object": "urn:x:1"})
    asked = f"{PAST}?format=aggregatedValues&aggrMethods=avg,totalCount"
    got = node.get(asked).json
    assert got["temperature"]["avg"][0][:2] == [21, hour(0)]
    assert set(got["name"]) == {"type", "totalCount"}
    assert set(got["owner"]) == {"type", "totalCount"}
    assert node.get(f"{asked}&attrs=temperature").json["temperature"]["avg"] == [[21, hour(0), hour(1)]]
    refused = node.get(f"{asked}&attrs=owner")
    assert (refused.status, refused.json["type"].rpartition("/")[2]) == (400, "InvalidRequest")
    only = node.get(f"{PAST}?format=aggregatedValues&aggrMethods=avg").json
    assert "name" not in only


def test_a_value_that_nothing_can_be_made_of_spoils_no_other_answer(node: Client) -> None:
    made(node, 20, 22, noon={"value": "high", "valueType": "Time"}, huge=1e300)
    asked = f"{PAST}?format=aggregatedValues&aggrMethods=avg,sumsq,totalCount"
    got = node.get(asked).json
    assert got["temperature"]["avg"][0][0] == 21
    assert (set(got["noon"]), set(got["huge"])) == ({"type", "totalCount"}, {"type", "avg", "totalCount"})
    assert node.get(f"{asked}&attrs=huge").status == 400


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), max_size=80),
    st.integers(2, 20),
    st.integers(0, 9),
)
def test_a_window_keeps_what_sorting_everything_would(
    told: list[tuple[int, str]], most: int, last: int
) -> None:
    events = [
        Event(name, Instance(type="Property", value=n), plus_seconds(ZERO, moment + n / 1000))
        for n, (moment, name) in enumerate(told)
    ]
    query = TemporalQuery(of="modifiedAt", named=True, last=last)
    window = Window(query, most)
    for event in events:
        window.take([event])
    ordered = sorted(events, key=lambda event: event.at, reverse=bool(last))
    if last:
        ordered = [
            e for i, e in enumerate(ordered) if sum(o.name == e.name for o in ordered[: i + 1]) <= last
        ]
    expected = ordered[:most] if not last else ordered[:most][::-1]
    assert [placed.event for placed in window.placed()] == expected
    assert window.is_cut == (len(ordered) > most)


@pytest.mark.parametrize("size", [0, 1_000])
def test_a_moment_that_is_not_torn_apart_is_not_sorted_again_for_each_instance(size: int) -> None:
    class Counted(Window):
        prunes = 0

        @override
        def _prune(self) -> None:
            Counted.prunes += 1
            super()._prune()

    window = Counted(TemporalQuery(of="modifiedAt", named=True), 100, 100_000)
    for n in range(990):
        window.take([Event(f"p{n}", Instance(type="Property", value=n), ZERO, size=size)])
    assert len(window.placed()) == 990
    assert Counted.prunes < 20


def test_a_forecast_is_found_for_the_time_that_it_is_for(node: Client) -> None:
    made(node, 20)
    for days in (10, 1, 14):
        measure(node, days, f"2026-12-{days:02}T00:00:00Z")
    for n in range(30):
        measure(node, 0, f"2026-12-01T{n // 60:02}:{n % 60:02}:00Z")
    for _ in range(40):
        node.patch(f"/entities/{ROOM}/attrs", {"name": "x"})
    got = node.get(f"{PAST}?attrs=temperature&timerel=after&timeAt=2026-12-05T00:00:00Z").json
    assert values_of(got) == [10, 14]
    late = node.get(f"{PAST}?attrs=temperature&timerel=before&timeAt={hour(1)}").json
    assert values_of(late) == [20]


def test_a_question_that_goes_through_too_much_is_refused_or_cut(node: Client) -> None:
    made(node, *range(20))
    for n in range(20, 90):
        measure(node, n, f"2026-03-02T{n // 60:02}:{n % 60:02}:00Z")
    hurried = client_of(replace(node.broker, most_changes=60), node.run)
    refused = hurried.get(f"/temporal/entities?type=Room&{ALL}")
    assert (refused.status, refused.json["type"].rpartition("/")[2]) == (403, "TooComplexQuery")
    assert "60 changes" in refused.json["detail"]
    cut = hurried.get(f"{PAST}?timeproperty=modifiedAt&lastN=500")
    assert cut.status == 206
    assert values_of(cut.json) == list(range(90 - len(cut.json["temperature"]), 90))
    assert hurried.get(f"{PAST}?timeproperty=modifiedAt&lastN=2&attrs=temperature").status == 200
    assert node.get(f"{PAST}?timeproperty=modifiedAt&lastN=500").status == 200


def test_a_change_to_many_attributes_counts_its_bytes_once(memory_node: Client) -> None:
    names = [f"p{n}" for n in range(200)]
    assert memory_node.post("/entities", {"id": ROOM, "type": "Room"}).status == 201
    for turn in range(40):
        body = {name: {"type": "Property", "value": turn, "observedAt": hour(turn % 24)} for name in names}
        assert memory_node.post(f"/entities/{ROOM}/attrs", body).status == 204
    got = memory_node.get(f"{PAST}?format=aggregatedValues&aggrMethods=totalCount")
    assert got.status == 200
    assert {got.json[name]["totalCount"][0][0] for name in names} == {40}
    assert memory_node.get(f"{PAST}?lastN=1").status == 200
