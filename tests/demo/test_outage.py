"""The demo's outage is shown by a breach, whether the data were in time before it or not."""

from typing import Any

import pytest

from beffroi.demo.trade.outage import shows_outage
from beffroi.kernel.instant import Instant

BEGAN = Instant("2026-11-22T12:00:10.000000Z")


def breach(*seconds: int, objective: str = "freshness") -> Any:
    probes = [{"at": f"2026-11-22T12:00:{each:02}.000000Z"} for each in seconds]
    return {"id": "b", "objective": objective, "from": probes[0]["at"], "evidence": probes}


@pytest.mark.parametrize("seconds", [(11, 12, 13), (2, 3, 4, 11, 12, 13), (9, 10, 11, 12)])
def test_three_probes_since_the_outage_began_show_it(seconds: tuple[int, ...]) -> None:
    found = shows_outage([breach(*seconds)], BEGAN)
    assert found is not None
    assert (len(found.probes), found.since[17:19]) == (len(seconds), f"{seconds[0]:02}")


@pytest.mark.parametrize(
    "breaches",
    [[], [breach(2, 3, 4)], [breach(8, 9, 10, 11)], [breach(11, 12, 13, objective="availability")]],
    ids=["none", "before", "too few since", "another objective"],
)
def test_nothing_else_shows_it(breaches: list[Any]) -> None:
    assert shows_outage(breaches, BEGAN) is None
