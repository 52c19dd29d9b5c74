"""A check stops: after 60 requests, after its time, when nobody answers; and it stores no secret."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from tests.proof import controls
from tests.proof.checking import NOON, checked, having, now
from tests.proof.controls import HOST, InProcess, OgcCity

from beffroi.proof import Report, check, replay, report_json
from beffroi.proof.check import MOST_KEPT, MOST_SECONDS, clean_url
from beffroi.proof.exchange import Answer


def test_a_request_over_the_limit_is_not_sent_and_its_verdict_stays_open() -> None:
    """Redirects count: each of them is a request."""
    city = OgcCity()

    def redirecting(request: controls.Asked) -> Answer:
        hops = int(request.query.get("hop", "0"))
        if hops < 3:
            kept = "&".join(f"{k}={v}" for k, v in request.query.items() if k != "hop")
            return controls.answer(302, b"", "text/plain", location=f"{request.path}?{kept}&hop={hops + 1}")
        return city(request)

    report = checked(redirecting)
    assert len(report.recording.exchanges) == 60
    assert report.recording.stopped == "requests"
    assert having(report, "FAIL") == set()
    assert replay(report_json(report)).report == report


def test_a_check_stops_when_its_time_is_over() -> None:
    ticks = count()

    def clock() -> datetime:
        return NOON + timedelta(seconds=next(ticks) * MOST_SECONDS / 10)

    report = asyncio.run(check(f"{HOST}/ogc", fetch=InProcess(OgcCity()), now=clock))
    assert report.recording.stopped == "time"
    assert len(report.recording.exchanges) < 10
    assert having(report, "FAIL") == set()


def test_a_silent_server_is_asked_three_times_only() -> None:
    async def silent(method: str, url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(0, failure="timeout")

    report = asyncio.run(check(HOST, fetch=silent, now=now))
    assert report.recording.stopped == "unreachable"
    assert len(report.recording.exchanges) == 3
    assert report.statement.level == "NONE"


def test_a_large_body_is_cut_and_judged_as_cut() -> None:
    city = OgcCity()

    def large(request: controls.Asked) -> Answer:
        answered = city(request)
        padded = answered.body + b" " * (MOST_KEPT + 1)
        return Answer(answered.status, answered.headers, padded) if "/items" in request.path else answered

    report = checked(large)
    assert all(len(exchange.answer.body) <= MOST_KEPT for exchange in report.recording.exchanges)
    assert having(report, "FAIL") == set()
    assert replay(report_json(report)).differences == ()


def test_progress_hears_of_every_request_in_order() -> None:
    heard: list[int] = []

    async def run() -> Report:
        return await check(
            f"{HOST}/ogc",
            fetch=InProcess(OgcCity()),
            now=now,
            on_progress=lambda number, _: heard.append(number),
        )

    report = asyncio.run(run())
    assert heard == [exchange.number for exchange in report.recording.exchanges]


@pytest.mark.parametrize(
    "url", ["", "ftp://a/b", "file:///etc/passwd", "http://", "http://[::1", "http://a:b@c/"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        clean_url(url)


def test_an_address_without_a_scheme_is_taken_as_https() -> None:
    assert clean_url("data.example/ogc#top") == "https://data.example/ogc"


def test_times_in_the_evidence_are_utc() -> None:
    report = checked(OgcCity())
    assert report.recording.started == "2026-11-22T12:00:00.000Z"
    assert NOON.tzinfo is UTC
