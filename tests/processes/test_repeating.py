"""Who repeats checks asks the same host no more often by writing its address otherwise."""

import pytest

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem, TooManyRequests
from beffroi.processes.repeating import MOST_REPEATED, WITHIN_S, Repeats

NOON = Instant("2026-11-22T12:00:00.000000Z")


def test_a_host_is_asked_some_times_whatever_its_address() -> None:
    repeats, written = Repeats(), ("", "/", "/?a=1", "/#b", "/ogc", "/x/../ogc")
    for path in written[:MOST_REPEATED]:
        repeats.take(f"https://city.example{path}", NOON)
    for url in (f"https://City.Example{written[5]}", "https://a@city.example:443/", "http://city.example/"):
        with pytest.raises(Problem) as refused:
            repeats.take(url, NOON)
        assert refused.value.kind is TooManyRequests
    repeats.take("https://town.example/", NOON)
    repeats.take("https://city.example/", plus_seconds(NOON, WITHIN_S + 1))
