"""Usage rows: a chain that shows every change of what was counted."""

import hashlib
import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.rules.access.usage_chain import METRICS, next_row, totals_in, verify

START = Instant("2026-11-01T00:00:00.000000Z")
COUNTS = st.fixed_dictionaries({metric: st.integers(0, 10**9) for metric in METRICS})


def chain(counts: list[dict[str, int]], product: str = "urn:uuid:1") -> list[JsonObject]:
    rows: list[JsonObject] = []
    for hour, counted in enumerate(counts):
        since = plus_seconds(START, hour * 3600)
        rows.append(next_row(product, rows[-1] if rows else None, since, plus_seconds(since, 3600), counted))
    return rows


ROWS: list[dict[str, Any]] = chain(
    [{"requests": n, "entities": 10 * n, "bytes": 1000 * n, "notifications": 1} for n in range(1, 6)]
)


@given(st.lists(COUNTS, max_size=8))
def test_rows_made_one_after_another_are_a_chain(counts: list[dict[str, int]]) -> None:
    rows = chain(counts)
    assert verify(rows) is None
    assert not rows or totals_in(rows[-1]) == {m: sum(c[m] for c in counts) for m in METRICS}


def test_another_program_finds_the_same_hash() -> None:
    """With the standard library alone, as a buyer would."""
    meter = {name: value for name, value in ROWS[2]["meter"].items() if name != "hash"}
    text = json.dumps(meter, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == ROWS[2]["meter"]["hash"]
    assert meter["previous"] == ROWS[1]["meter"]["hash"]


@pytest.mark.parametrize("metric", METRICS)
@given(at=st.integers(0, 4), more=st.integers(1, 1000))
def test_a_count_that_was_changed_is_found_where_it_is(metric: str, at: int, more: int) -> None:
    rows = deepcopy(ROWS)
    rows[at]["meter"][metric] += more
    found = verify(rows)
    assert found is not None
    assert (found.at, found.number) == (at, at + 1)
    assert "changed" in found.reason


def test_a_row_sealed_anew_breaks_the_chain_after_it() -> None:
    rows = deepcopy(ROWS)
    since, until = (Instant(str(rows[1]["meter"][name])) for name in ("from", "to"))
    rows[1] = next_row("urn:uuid:1", rows[0], since, until, {"requests": 9})
    found = verify(rows)
    assert found is not None
    assert found.at == 2
    assert "hash of the row before" in found.reason


@pytest.mark.parametrize(("gone", "at"), [(0, 0), (1, 1), (3, 3)])
def test_a_row_that_was_taken_out_is_missed(gone: int, at: int) -> None:
    rows = ROWS[:gone] + ROWS[gone + 1 :]
    found = verify(rows)
    assert found is not None
    assert found.at == at
    assert "missing" in found.reason


def test_a_piece_of_a_chain_can_be_judged_by_itself() -> None:
    assert verify(ROWS[2:], whole=False) is None
    assert verify(ROWS[2:]) is not None
    assert verify([ROWS[2], ROWS[4]], whole=False) is not None


def test_rows_of_two_products_are_no_chain() -> None:
    other = chain([{"requests": 1}] * 2, "urn:uuid:2")
    found = verify([ROWS[0], other[1]])
    assert found is not None
    assert "another product" in found.reason


def test_what_a_tmf_reader_sees_has_to_be_what_was_sealed() -> None:
    rows = deepcopy(ROWS)
    rows[0]["usageCharacteristic"][0]["value"] = 0
    found = verify(rows)
    assert found is not None
    assert "characteristics" in found.reason


def test_the_state_of_a_row_may_change_without_breaking_its_seal() -> None:
    rows = deepcopy(ROWS)
    rows[3]["status"] = "billed"
    assert verify(rows) is None


@pytest.mark.parametrize(
    ("broken", "word"),
    [({"number": True}, "number"), ({"total": None}, "totals"), ({"requests": -1}, "requests"),
     ({"bytes": 1.5}, "bytes"), ({"from": "yesterday"}, "period"), ({"previous": None}, "hash before"),
     ({"to": "2026-10-01T00:00:00.000000Z"}, "period")],
)  # fmt: skip
def test_what_is_no_row_is_said_so(broken: dict[str, object], word: str) -> None:
    rows = deepcopy(ROWS)
    rows[0]["meter"].update(broken)
    found = verify(rows)
    assert found is not None
    assert word in found.reason


def test_usage_that_cannot_be_is_refused() -> None:
    hour = plus_seconds(START, 3600)
    with pytest.raises(Problem, match="requests"):
        next_row("p", None, START, hour, {"requests": -1})
    with pytest.raises(Problem, match="period"):
        next_row("p", None, hour, START, {})
    with pytest.raises(Problem, match="before the row before it ends"):
        next_row("urn:uuid:1", ROWS[0], START, hour, {})
