"""Checks that the node runs: the newest of each address stay, with the dates on which verdicts changed."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.conftest import Run

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import encode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key
from beffroi.kernel.shown_url import SECRET_NAMES, shown_url
from beffroi.processes.checks import Checker, note_check, run_check, start_check
from beffroi.processes.kept_checks import (
    CHECK,
    MOST_CHANGES,
    MOST_KEPT,
    PACK,
    Listed,
    changes_in,
    changes_key,
    list_key,
    listed_in,
    with_check,
    with_outcomes,
)
from beffroi.proof.exchange import Answer, Fetch
from beffroi.proof.keys import SECRET_NAMES as SENT_AND_NOT_KEPT
from beffroi.store.port import Find, Store

URL, OTHER = "https://a.example/ogc", "https://b.example/ogc"
JSON = (("content-type", "application/json"),)


class Town:
    """A node that checks; what the checked server answers can be changed."""

    def __init__(self, store: Store, most: int) -> None:
        self.ids, self.seconds, self.well = 0, 0, True
        self.checker = Checker(store, self._open, self._now, self._new_id, most)

    async def check(self, url: str) -> str:
        check_id = await note_check(self.checker, "", url)
        await run_check(self.checker, "", check_id, url)
        return check_id

    def _now(self) -> Instant:
        self.seconds += 1
        return plus_seconds(Instant("2026-11-22T10:00:00.000000Z"), self.seconds)

    def _new_id(self) -> str:
        self.ids += 1
        return f"urn:x:{self.ids}"

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[Fetch]:
        yield self._fetch

    async def _fetch(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        """A landing page of OGC API Features and its collections, which fail when the town is not well."""
        assert method in {"GET", "HEAD"}
        path = url.partition("?")[0].removeprefix(URL).removeprefix(OTHER).strip("/")
        if path == "collections" and not self.well:
            return Answer(500)
        links = [
            {"rel": rel, "href": f"{url}/{rel}", "type": "application/json"}
            for rel in ("self", "conformance")
        ]
        links.append({"rel": "data", "href": f"{URL}/collections", "type": "application/json"})
        pages: dict[str, Any] = {
            "": {"title": "T", "links": links},
            "collections": {"collections": [{"id": "c", "title": "C", "links": []}], "links": links},
            "conformance": {"conformsTo": ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"]},
        }
        if path not in pages:
            return Answer(404, JSON, b"{}")
        return Answer(200, JSON, encode(pages[path]))


def ids(run: Run, store: Store, kind: str) -> set[str]:
    return {record.key.id for record in run(store.find(Find("", kind, limit=None))).records}


def test_the_newest_checks_of_each_address_stay_with_their_evidence(run: Run, store: Store) -> None:
    town = Town(store, most=2)
    first = run(town.check(OTHER))
    mine = [run(town.check(URL)) for _ in range(4)]
    kept = {first, *mine[2:]}
    assert ids(run, store, CHECK) == ids(run, store, PACK) == kept
    listed = listed_in(run(store.read([list_key("")]))[list_key("")].body)
    assert [each.id for each in listed] == [first, *mine[2:]]


def test_the_dates_on_which_verdicts_changed_outlive_the_checks(run: Run, store: Store) -> None:
    town = Town(store, most=1)
    run(town.check(URL))
    town.well = False
    run(town.check(URL))
    run(town.check(URL))
    key = changes_key("", URL)
    changes = changes_in(run(store.read([key]))[key].body)
    moved = {name: [each.outcome for each in told] for name, told in changes.items() if len(told) > 1}
    assert moved
    assert all(len(told) == 2 for told in moved.values())
    assert len(ids(run, store, CHECK)) == 1


def test_a_check_that_went_while_it_ran_stays_away(run: Run, store: Store) -> None:
    town = Town(store, most=1)
    old = run(note_check(town.checker, "", URL))
    new = run(note_check(town.checker, "", URL))
    run(run_check(town.checker, "", old, URL))
    run(run_check(town.checker, "", new, URL))
    assert ids(run, store, CHECK) == ids(run, store, PACK) == {new}


def test_many_addresses_do_not_make_many_checks() -> None:
    checks, gone = list[Listed](), list[Listed]()
    for n in range(MOST_KEPT + 3):
        checks, gone = with_check(checks, Listed(str(n), f"u{n}"), 20)
    assert (len(checks), checks[0].id, [each.id for each in gone]) == (MOST_KEPT, "3", ["2"])


def test_a_verdict_that_wavers_is_kept_to_a_bound() -> None:
    body: Any = {}
    for n in range(MOST_CHANGES + 5):
        body = with_outcomes(body, "u", f"{n:04}", [("C1", "PASS" if n % 2 else "FAIL")])
    assert len(changes_in(body)["C1"]) == MOST_CHANGES


def test_what_is_no_address_is_not_checked(run: Run, store: Store) -> None:
    with pytest.raises(Problem, match="does not begin with"):
        run(start_check(Town(store, most=1).checker, "", "file:///etc/passwd"))
    assert run(store.read([Key("", CHECK, "urn:x:1")])) == {}


@pytest.mark.parametrize("url", ["http://bob:hunter2@host/", "https://bob@host", "http://:hunter2@host/"])
def test_an_address_with_a_password_is_not_kept(run: Run, store: Store, url: str) -> None:
    town = Town(store, most=1)
    for begin in (start_check, note_check):
        with pytest.raises(Problem, match="user or a password") as caught:
            run(begin(town.checker, "", url))
        assert "hunter2" not in caught.value.detail
    assert run(store.read([list_key(""), Key("", CHECK, "urn:x:1")])) == {}
    assert town.checker.queue.empty()


def test_a_key_in_an_address_is_sent_and_kept_nowhere(run: Run, store: Store) -> None:
    town = Town(store, most=2)
    url = f"{URL}?limit=2&apikey=s3cr3t-0815"
    check_id = run(start_check(town.checker, "", url))
    assert town.checker.queue.get_nowait()[2] == url
    keys = [Key("", kind, check_id) for kind in (CHECK, PACK)] + [list_key("")]
    for kept in (2, 3):
        documents = [record.document for record in run(store.read(keys)).values()]
        assert len(documents) == kept
        assert not any(b"s3cr3t" in document for document in documents)
        run(run_check(town.checker, "", check_id, url))
    assert run(store.read([keys[0]]))[keys[0]].body["state"] == "done"


def test_a_key_in_an_address_that_cannot_be_read_is_not_kept_either(run: Run, store: Store) -> None:
    town, url = Town(store, most=1), "http://[::1?token=s3cr3t-0815"
    check_id = run(town.check(url))
    kept = run(store.read([Key("", CHECK, check_id)]))[Key("", CHECK, check_id)]
    assert kept.body["state"] == "failed"
    assert b"s3cr3t" not in kept.document


def test_what_a_check_does_not_keep_a_page_does_not_show() -> None:
    assert SECRET_NAMES == SENT_AND_NOT_KEPT
    for name in SECRET_NAMES:
        loud = name.upper()
        assert shown_url(f"http://a/b?{loud}=s3&limit=1#x") == f"http://a/b?{loud}=***&limit=1#x"
    assert shown_url("http://a/?api%5Fkey=s3") == "http://a/?api%5Fkey=***"
    assert shown_url("http://a/?monkey=s3&keys=4") == "http://a/?monkey=s3&keys=4"
