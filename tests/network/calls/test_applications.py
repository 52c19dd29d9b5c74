"""Applications of firms: sealed, replaced, withdrawn, and refused with a sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.calls import application
from tests.network.calls.calls import APPLICATION, DURING, LATER

ROW: JsonObject = {"id": "did:web:a/calls/1/applications/1", "call": "did:web:a/calls/1", "party": "p1"}
CRITERIA = ["quality", "price", "open"]


def first() -> dict[str, Any]:
    return application.applied(None, ROW, APPLICATION, DURING)


def test_a_receipt_says_what_came_when() -> None:
    receipt: dict[str, Any] = application.receipt(first())
    (row,) = receipt["receipts"]
    assert row == {"at": DURING, "sha256": application.fingerprint(APPLICATION), "pack": ""}


def test_the_same_application_again_changes_nothing() -> None:
    stored = first()
    again = {**APPLICATION, "answers": dict(reversed(APPLICATION["answers"].items()))}
    assert application.applied(stored, ROW, again, LATER) is stored
    assert application.replaced(stored, again, LATER) is stored


def test_another_one_of_the_same_firm_replaces_only_when_that_is_asked() -> None:
    other = {**APPLICATION, "summary": "Better."}
    with pytest.raises(Problem, match=f"applied already at {DURING}"):
        application.applied(first(), ROW, other, LATER)
    replaced: dict[str, Any] = application.replaced(first(), other, LATER)
    assert replaced["content"] == other
    assert [row["at"] for row in replaced["receipts"]] == [DURING, LATER]


def test_what_was_withdrawn_is_forgotten_and_can_be_applied_anew() -> None:
    gone: dict[str, Any] = application.withdrawn(first(), LATER)
    assert "content" not in gone
    assert len(gone["receipts"]) == 1
    with pytest.raises(Problem, match=f"withdrawn at {LATER}"):
        application.replaced(gone, APPLICATION, LATER)
    anew: dict[str, Any] = application.applied(gone, ROW, APPLICATION, LATER)
    assert len(anew["receipts"]) == 2


def test_without_an_application_nothing_is_replaced_withdrawn_or_attached() -> None:
    acts: tuple[Callable[[], JsonObject], ...] = (
        lambda: application.replaced(None, APPLICATION, LATER),
        lambda: application.withdrawn(None, LATER),
        lambda: application.with_pack(None, b"x", LATER),
    )
    for act in acts:
        with pytest.raises(Problem, match="no application"):
            act()


def test_a_self_check_is_bound_by_its_hash() -> None:
    stored: dict[str, Any] = application.with_pack(first(), b'{"format": "x"}', LATER)
    assert stored["pack"]["size"] == 15
    assert stored["receipts"][-1]["pack"] == stored["pack"]["sha256"]
    assert application.with_pack(stored, b'{"format": "x"}', LATER) is stored
    with pytest.raises(Problem, match="8000001 bytes; 8000000 are the most"):
        application.with_pack(stored, b" " * 8_000_001, LATER)
    with pytest.raises(Problem, match="empty"):
        application.with_pack(stored, b"", LATER)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answers": {"quality": "x", "price": "x"}}, "no answer to the criterion open"),
        ({"answers": {**APPLICATION["answers"], "beauty": "x"}}, "no criterion beauty"),
        ({"eligible": False}, "'eligible'"),
        ({"price": {"currency": "EUR", "amount": 24000.1}}, "'price.amount'"),
        ({"price": {"currency": "XXX", "amount": "1"}}, "'XXX' is no currency"),
        ({"firm": ""}, "'firm'"),
        ({"jury": "me"}, "jury"),
    ],
)
def test_an_application_that_is_not_right_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        application.check_application({**APPLICATION, **change}, CRITERIA)
