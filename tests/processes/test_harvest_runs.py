"""Harvest: when a source is read, by whom, and what is kept of its runs."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.conftest import Run as Runner
from tests.processes.city import City, Listing
from tests.sources.fakes import PAGE, Answer, text

from beffroi.kernel.instant import NO_INSTANT, plus_seconds
from beffroi.kernel.problem import Problem
from beffroi.processes.harvest import Progress, harvest
from beffroi.processes.harvest_due import is_due, keep_harvesting, run_due
from beffroi.sources.operations.registry import (
    add_sources,
    change_source,
    find_source,
    list_runs,
    list_sources,
    remove_source,
)
from beffroi.sources.rules.page import Mark, mark_of
from beffroi.sources.rules.run import Run, refusals
from beffroi.sources.rules.source import after_run, asked
from beffroi.store.port import Find, Store


def test_a_source_is_read_by_one_run_at_a_time(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3))
    city.node.busy["", "c"] = Progress("c")
    with pytest.raises(Problem, match="being harvested already"):
        city.harvest()


def test_a_mapping_that_is_not_there_stops_the_run_and_a_source_is_not_found(
    run: Runner, store: Store
) -> None:
    city = City(run, store, Listing(3), mapping="none")
    assert city.harvest().failure == "There is no mapping 'none' on this node."
    assert run(run_due(city.node)) == []
    with pytest.raises(Problem, match="no source 'd'"):
        run(harvest(city.node, "", "d"))


def test_a_source_that_fails_is_asked_more_and_more_rarely(run: Runner, store: Store) -> None:
    city = City(run, store, lambda _url, _headers: PAGE)
    waits = []
    for _ in range(7):
        city.harvest()
        source = run(find_source(store, "", "c"))
        city.web.seconds += 299
        now = city.node.world.now()
        waits.append(is_due(source, now))
        city.web.seconds += source.interval_s * 40
        assert is_due(source, city.node.world.now())
    assert waits == [False] * 7


def test_a_new_source_is_read_soon(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3))
    stop, runs, came = asyncio.Event(), [], asyncio.Event()

    def note(done: Run) -> None:
        runs.append(done.source)
        came.set()

    async def next_run() -> None:
        async with asyncio.timeout(15):  # half as long as the harvester sleeps
            await came.wait()
        came.clear()

    async def tenants() -> list[str]:
        return [""]

    async def scenario() -> None:
        harvesting = asyncio.create_task(keep_harvesting(city.node, stop, tenants, note))
        await next_run()
        await asyncio.sleep(0.1)  # it goes to sleep
        await add_sources(
            store, "", [replace(await find_source(store, "", "c"), name="new", last_at=NO_INSTANT)]
        )
        await next_run()
        stop.set()
        await harvesting

    run(scenario())
    assert runs == ["c", "new"]


def test_a_paused_source_is_left_alone(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3), paused=True)
    assert run(run_due(city.node)) == []


def test_tenants_do_not_meet(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3))
    city.harvest()
    assert run(list_sources(store, "other")) == []
    assert run(run_due(city.node, ["other"])) == []


def test_only_the_last_runs_are_kept(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(1))
    for _ in range(53):
        city.web.seconds += 1
        city.harvest()
    kept = run(list_runs(store, "", "c", limit=None))
    assert len(kept) == 50
    assert str(kept[0]["started"]) > str(kept[-1]["started"])


def test_progress_is_told(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(600, most=300))
    told: list[Progress] = []
    run(harvest(city.node, "", "c", told.append))
    assert [each.read for each in told][-1] == 600
    assert [each.read for each in told] == sorted(each.read for each in told)
    assert told[-1] == Progress("c", 600, None, new=600)


def test_progress_says_what_became_of_the_records(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(600, most=300))
    city.harvest()
    told: list[Progress] = []
    done = run(harvest(city.node, "", "c", told.append)).counts
    last = told[-1]
    assert (last.read, last.new, last.changed, last.same) == (done.read, done.new, done.changed, done.same)
    assert last.same == 600


def test_a_removed_source_leaves_nothing_but_its_entities(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(600, most=300))
    city.harvest()
    run(remove_source(store, "", "c"))
    for kind in ("source", "run", "harvested", "harvested-page"):
        assert run(store.find(Find("", kind, limit=None))).records == []
    assert len(city.sink.entities) == 600


def test_a_run_that_is_asked_for_comes_at_once_and_once(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3), interval=86_400)
    city.harvest()
    assert run(run_due(city.node)) == []
    run(change_source(store, "", "c", lambda it: asked(it, city.node.world.now())))
    assert len(run(run_due(city.node))) == 1
    assert run(run_due(city.node)) == []


def test_what_is_asked_for_during_a_run_is_done_after_it(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3), interval=86_400)
    began = city.node.world.now()
    asked_then = asked(run(find_source(store, "", "c")), plus_seconds(began, 5))
    ended = after_run(asked_then, "c:1", plus_seconds(began, 9), state="completed", began=began)
    assert ended.is_awaited
    assert not after_run(ended, "c:2", plus_seconds(began, 20), state="stopped").is_awaited


WRONG = ";en_service;libre;2024-10-17T12:00:00+02:00\n"
CHARGERS = (
    "id_pdc_itinerance;etat_pdc;occupation_pdc;horodatage\n"
    "FRXXXE1;en_service;libre;2024-10-17T12:00:00+02:00\n"
)


def test_an_unchanged_file_is_reported_with_the_reasons_of_the_run_that_read_it(
    run: Runner, store: Store
) -> None:
    def serve(_: str, headers: Mapping[str, str]) -> Answer:
        if headers.get("if-none-match") == '"1"':
            return Answer(304)
        return Answer(200, {"content-type": "text/csv", "etag": '"1"'}, (CHARGERS + WRONG).encode())

    city = City(run, store, serve, family="file", mapping="irve-dynamic")
    first, *later = [city.harvest() for _ in range(3)]
    assert city.web.statuses == [200, 304, 304]
    assert first.counts.refused == 1
    assert "is not an id" in str(first.details["reasons"])
    for report in later:
        assert (report.counts.same, report.counts.refused) == (1, 1)
        assert report.details["reasons"] == first.details["reasons"]
    assert refusals(later[1], 5) == refusals(first, 5)
    assert refusals(first, 5)[0].startswith("1 × ")


def test_a_mark_that_does_not_say_why_records_were_refused_has_its_page_read_again() -> None:
    mark = Mark('"1"', "", ("a",), 1, 0, 2, reasons=({"reason": "x", "count": 1, "examples": []},))
    assert mark_of(mark.shown()) == mark
    older = {name: value for name, value in mark.shown().items() if name != "reasons"}
    assert mark_of(older) == Mark()


def test_every_record_that_was_read_is_counted_once(run: Runner, store: Store) -> None:
    rows = [f"FRXXXE{n};en_service;libre;2024-10-17T12:00:00+02:00\n" for n in range(1, 301)]
    table = CHARGERS.partition("\n")[0] + "\n" + "".join([*rows, rows[0], rows[1], rows[-1], WRONG])

    def serve(_: str, __: Mapping[str, str]) -> Answer:
        return text(table.encode())

    city = City(run, store, serve, family="file", mapping="irve-dynamic")
    city.harvest()
    city.sink.refuse = {sorted(city.sink.entities)[0]: "It is too large."}
    del city.sink.entities[sorted(city.sink.entities)[0]]
    for _ in range(2):
        counts = city.harvest().counts
        came = counts.new + counts.changed + counts.same + counts.refused + counts.skipped
        assert came + counts.rejected + counts.repeated == counts.read == 304
        assert (counts.rejected, counts.repeated, counts.refused) == (1, 3, 1)
