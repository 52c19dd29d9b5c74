"""What an offering claims must stand in the newest verdicts of its endpoint."""

import pytest

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.rules.access.grants import CHARACTERISTICS
from beffroi.market.rules.offers.publishing import Verdicts, check_proved, claimed, verdicts_of
from beffroi.market.rules.offers.saleable import DATA, SERVICE

AT = Instant("2026-11-22T12:00:00.000000Z")
CHECKED = Verdicts(
    "https://a.example",
    AT,
    {"MIM1.R1": ("PASS", "x"), "MIM1.R2": ("FAIL", "No type is answered."), "MIM1.R3": ("INCONCLUSIVE", "")},
)


def test_an_offering_that_claims_nothing_may_be_published() -> None:
    check_proved((), "", None)


def test_an_offering_whose_claims_passed_may_be_published() -> None:
    check_proved(("MIM1.R1",), "https://a.example", CHECKED)


def test_the_refusal_names_the_failing_verdicts_and_why() -> None:
    with pytest.raises(Problem) as refused:
        check_proved(("MIM1.R1", "MIM1.R2", "MIM1.R3", "MIM1.R4"), "https://a.example", CHECKED)
    refusal = refused.value.detail
    assert "MIM1.R2: FAIL (No type is answered)" in refusal
    assert "MIM1.R3: INCONCLUSIVE;" in refusal
    assert "MIM1.R4: not judged." in refusal
    assert "MIM1.R1" not in refusal
    assert "2026-11-22T12:00:00Z" in refusal


def test_an_endpoint_that_was_never_checked_or_is_not_there_passes_nothing() -> None:
    with pytest.raises(Problem, match="never checked"):
        check_proved(("MIM1.R1",), "https://a.example", None)
    with pytest.raises(Problem, match="no endpoint"):
        check_proved(("MIM1.R1",), "", CHECKED)


def test_verdicts_are_read_from_a_kept_check() -> None:
    check: JsonObject = {
        "url": "https://a.example", "state": "done", "finished": "2026-11-22T12:00:00+00:00",
        "verdicts": [{"requirement": "MIM1.R2", "outcome": "FAIL", "reason": {"en": "No type is answered.", "fr": "…"}}],
    }  # fmt: skip
    read = verdicts_of(check)
    assert read == Verdicts("https://a.example", AT, {"MIM1.R2": ("FAIL", "No type is answered.")})
    assert verdicts_of({**check, "state": "running"}) is None


def test_claims_of_an_offering_stand_before_those_of_its_specification() -> None:
    def characteristic(*ids: str) -> list:  # type: ignore[type-arg]
        return [{"name": "mimRequirements", "productSpecCharacteristicValue": [{"value": list(ids)}]}]

    specification: JsonObject = {"productSpecCharacteristic": characteristic("MIM1.R1")}
    assert claimed({}, specification) == ("MIM1.R1",)
    assert claimed({"prodSpecCharValueUse": characteristic("MIM1.R2", "MIM1.R2")}, specification) == (
        "MIM1.R2",
    )
    assert claimed({}, None) == ()


def test_what_is_sold_is_described_by_the_names_that_the_gate_reads() -> None:
    assert set(DATA) <= set(CHARACTERISTICS)
    assert set(CHARACTERISTICS) - set(DATA) <= set(SERVICE)
