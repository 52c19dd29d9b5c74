"""What probes come to: counts that sum exactly, breaches with hysteresis, gaps in which nothing is known."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.prices.calendar import Days
from beffroi.market.rules.service_level.probe import Seen, outcomes, probe_document
from beffroi.market.rules.service_level.rollup import Tally, percent_of, summed
from beffroi.market.rules.service_level.series import hours_of
from beffroi.market.rules.service_level.watch import KEPT_HOURS, MOST_PROBES, months_to_settle
from tests.market.service_level.promises import AVAILABLE, COMPLETE, FRESH, START, Watched, down, promise, up

STRICT = {**AVAILABLE, "target": 99.9, "credit": []}


def hours(watched: Watched) -> list[Any]:
    return [hour for level in watched.of("level") for hour in level["hours"].values()]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.5, 300)), min_size=1, max_size=80),
    st.sampled_from(["2026-11-30T22:00:00.000000Z", "2026-11-10T08:00:00.000000Z"]),
)
def test_what_is_rolled_up_is_what_was_counted(answers: list[tuple[bool, float]], since: str) -> None:
    watched, minute, probes = Watched(AVAILABLE), 0.0, list[dict[str, Any]]()
    for answered, apart in answers:
        minute += apart
        probes.append((up if answered else down)(minute, Instant(since)))
    watched.see(probes)
    for month in {str(probe["at"])[:7] for probe in probes}:
        of_month = [probe for probe in probes if str(probe["at"])[:7] == month]
        answers_of_month = sum(probe["status"] == 200 for probe in of_month)
        levels = [level for level in watched.of("level") if level["day"][:7] == month]
        tally = summed(hour for level in levels for hour in level["hours"].values())["availability"]
        assert tally == Tally(answers_of_month, len(of_month) - answers_of_month)
        share = Decimal(100) * answers_of_month / len(of_month)
        percent = percent_of(tally)
        assert percent is not None
        assert share - Decimal("0.0001") < percent <= share
    last = str(probes[-1]["at"])[:7]
    levels = [level for level in watched.of("level") if level["day"][:7] == last]
    assert watched.watch["counts"]["availability"] == [
        *summed(hour for level in levels for hour in level["hours"].values())["availability"]
    ]


def test_a_breach_begins_with_the_first_of_three_that_missed_and_ends_with_the_first_of_three_that_met() -> (
    None
):
    watched = Watched(STRICT)
    assert watched.see([up(0), down(1), down(2)]) == []
    (breach,) = watched.see([down(3)])
    assert (breach["from"], breach["state"], breach["missed"]) == (down(1)["at"], "open", 3)
    assert breach["measured"] == 25
    assert [probe["at"] for probe in breach["evidence"]] == [down(n)["at"] for n in (1, 2, 3)]
    assert watched.see([up(4), up(5), down(6), up(7), up(8)]) == []
    (breach,) = watched.see([up(9)])
    assert (breach["to"], breach["state"], breach["missed"]) == (up(7)["at"], "ended", 4)
    assert len(watched.of("breach")) == 1


def test_an_outage_within_what_is_allowed_is_no_breach_until_it_is_more() -> None:
    watched = Watched({**AVAILABLE, "target": 90, "credit": []})
    watched.see(up(n) for n in range(90))
    assert watched.see(down(n) for n in range(90, 100)) == []
    (breach,) = watched.see([down(100)])
    assert breach["from"] == down(90)["at"]


def test_answers_that_come_and_go_open_no_breach() -> None:
    watched = Watched(STRICT)
    assert watched.see(probe for n in range(0, 60, 3) for probe in (down(n), down(n + 1), up(n + 2))) == []


def test_the_evidence_is_the_first_and_the_last_probes() -> None:
    watched = Watched(STRICT)
    watched.see(down(n) for n in range(50))
    (breach,) = watched.of("breach")
    assert breach["missed"] == 50
    assert [p["at"] for p in breach["evidence"]] == [down(n)["at"] for n in (*range(10), *range(40, 50))]


def test_maintenance_counts_neither_way_and_breaks_no_run() -> None:
    window = {"startDateTime": "2026-11-10T08:02:00Z", "endDateTime": "2026-11-10T08:30:00Z"}
    watched = Watched(STRICT, maintenance=[window])
    kept = [
        probe_document(Seen(Instant(p["at"]), 0, 5, "Down."), watched.subject.promise, str)
        for p in map(down, range(31))
    ]
    (breach,) = watched.see(kept)
    assert breach["missed"] == 3
    assert (breach["from"], kept[2]["maintenance"]) == (down(0)["at"], True)
    assert summed(hours(watched)) == {"availability": Tally(0, 3)}
    assert sum(int(str(hour["maintenance"])) for hour in hours(watched)) == 28


def test_a_gap_is_unknown_and_ends_what_was_open() -> None:
    watched = Watched(STRICT)
    watched.see([down(0), down(1), down(2)])
    (breach,) = watched.see([down(60)])
    assert (breach["state"], breach["to"], breach["ended"]) == (
        "ended", down(2)["at"], "Nobody watched after this.",
    )  # fmt: skip
    assert watched.missed_of("availability") == 1
    assert summed(hours(watched)) == {"availability": Tally(0, 4)}
    levels = {date(2026, 11, 10): watched.of("level")[0]}
    found = hours_of(
        Days(date(2026, 11, 10), date(2026, 11, 10)), levels, Instant("2026-11-10T09:30:00.000000Z")
    )
    assert [hour["unknownSeconds"] for hour in found[7:]] == [3600, 3600 - 180, 1800 - 60]


def test_a_clock_that_goes_back_a_little_is_waited_for() -> None:
    watched = Watched(STRICT)
    watched.see([up(0), up(10)])
    before = dict(watched.records)
    assert watched.see([down(5), down(10), down(-40)]) == []
    assert watched.records == before
    watched.see([up(11)])
    assert summed(hours(watched)) == {"availability": Tally(3, 0)}


def test_a_clock_that_was_far_ahead_is_left_behind() -> None:
    watched = Watched(STRICT)
    ahead = Instant("2031-01-01T00:00:00.000000Z")
    watched.see([down(0), down(1), up(0, ahead), down(2), down(3)])
    assert watched.see([down(4)])[0]["from"] == down(2)["at"]
    assert watched.watch["month"] == "2026-11"
    assert watched.watch["oldest"] == START[:13]
    assert list(months_to_settle(watched.watch, down(5)["at"])) == []


def test_a_month_begins_at_nothing_and_the_one_before_waits_to_be_settled() -> None:
    watched = Watched(STRICT)
    since = Instant("2026-11-30T23:55:00.000000Z")
    turned = watched.see(down(n, since) for n in range(10))
    assert [(b["state"], b["from"]) for b in turned] == [
        ("open", down(0, since)["at"]), ("ended", down(0, since)["at"]), ("open", down(5, since)["at"]),
    ]  # fmt: skip
    assert turned[1]["ended"] == "The month is over."
    assert watched.watch["counts"] == {"availability": [0, 5]}
    assert list(months_to_settle(watched.watch, Instant("2026-12-01T00:05:00.000000Z"))) == ["2026-11"]


def test_probes_go_and_their_hours_stay() -> None:
    watched = Watched(AVAILABLE, interval=3600)
    watched.see(up(60 * n) for n in range(200))
    assert len(watched.of("probe")) == KEPT_HOURS + 1
    assert len(hours(watched)) == 200
    quick = Watched(AVAILABLE, interval=1)
    quick.see(up(n / 60) for n in range(MOST_PROBES + 50))
    assert len(quick.of("probe")[0]["probes"]) == MOST_PROBES
    assert summed(hours(quick)) == {"availability": Tally(MOST_PROBES + 50, 0)}


ENTITY: JsonObject = {"id": "a", "type": "T", "free": {"value": 1}, "location": {"value": {}}}


@pytest.mark.parametrize(
    ("seconds", "found"), [(600, (1, 0, True)), (601, (0, 1, False)), (-200, (1, 0, True))]
)
def test_freshness_is_the_age_of_the_newest_observation(seconds: int, found: tuple[int, int, bool]) -> None:
    newest = plus_seconds(START, -seconds)
    asked = promise(FRESH)
    probe = probe_document(Seen(START, 200, 1, newest=newest), asked, str)
    assert outcomes(probe, asked) == {"freshness": found}


def test_completeness_counts_entities_that_have_all_attributes() -> None:
    asked = promise(COMPLETE)
    without = {name: value for name, value in ENTITY.items() if name != "free"}
    probe = probe_document(Seen(START, 200, 1, entities=[ENTITY] * 19 + [without]), asked, str)
    assert outcomes(probe, asked) == {"completeness": (19, 1, True)}
    assert probe["lacking"] == {"free": 1}
    probe = probe_document(Seen(START, 200, 1, entities=[ENTITY, without]), asked, str)
    assert outcomes(probe, asked) == {"completeness": (1, 1, False)}
    assert outcomes(probe_document(Seen(START, 200, 1, entities=[]), asked, str), asked) == {}
    assert outcomes(probe_document(Seen(START, 200, 1), asked, str), asked) == {"completeness": (0, 1, False)}


def test_an_outage_is_missed_once_and_not_three_times() -> None:
    asked = promise(AVAILABLE, FRESH, COMPLETE)
    assert set(outcomes(probe_document(Seen(START, 503, 1), asked, str), asked)) == {"availability"}
