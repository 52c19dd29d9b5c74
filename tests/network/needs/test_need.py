"""What a need may hold, and which needs are shared."""

from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.needs.need import INTEREST_KIND, NEED_KIND
from beffroi.network.rules.needs.sharing import shared_needs
from tests.network.needs.labelled import MEASURED_ON

NEED = MEASURED_ON[0].content
BUDGET: JsonObject = {"currency": "EUR", "from": "10000", "to": "40000.50"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"domain": "parking"}, "'domain'.*parking"),
        ({"title": "x" * 1_000}, "'title'.*is longer than 300 characters"),
        ({"desirability": {"level": 5, "reason": "x"}}, "'desirability.level': 5"),
        ({"feasibility": {"level": 2}}, "'feasibility'.*reason"),
        ({"budget": {**BUDGET, "currency": "FRF"}}, "'FRF' is no currency"),
        ({"budget": {**BUDGET, "to": 40000.5}}, "'budget.to'"),
        ({"budget": {**BUDGET, "to": "9999.99"}}, "from 10000 to 9999.99 EUR"),
        ({"budget": {**BUDGET, "currency": "JPY"}}, "40000.50 has more decimals than JPY"),
        ({"location": {"type": "Point", "coordinates": [50.6, 130]}}, "latitude 130"),
        ({"data": [{"type": "not a type"}]}, "'data.0.type'"),
        ({"colour": "blue"}, "colour"),
        ({"problem": "x" * 5_001}, "problem"),
    ],
)
def test_what_is_not_right_is_refused_with_the_value(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        NEED_KIND.valid({**NEED, **change})


def test_a_whole_need_is_taken() -> None:
    NEED_KIND.valid({**NEED, "budget": BUDGET, "location": {"type": "Point", "coordinates": [3.06, 50.63]}})


def test_an_interest_names_a_need_of_any_node() -> None:
    INTEREST_KIND.valid(
        {
            "need": "did:web:b.example/needs/1",
            "language": "fr",
            "wishes": ["Moins de capteurs"],
            "budget": BUDGET,
        }
    )
    with pytest.raises(Problem, match="'need'"):
        INTEREST_KIND.valid({"need": "https://b.example/needs/1", "language": "fr"})


def need(id: str, origin: str, state: str = "published") -> JsonObject:
    return {"id": id, "origin": origin, "state": state, "content": NEED}


def interest(origin: str, of: str, state: str = "published") -> JsonObject:
    return {"id": f"{origin}/interests/1", "origin": origin, "state": state, "content": {"need": of}}


def test_a_need_is_shared_by_its_author_and_each_other_city_once() -> None:
    (shared,) = shared_needs(
        [need("n", "did:web:a")],
        [
            interest("did:web:b", "n"),
            interest("did:web:b", "n"),
            interest("did:web:a", "n"),
            interest("did:web:c", "n", "withdrawn"),
        ],
    )
    assert shared.cities == ("did:web:a", "did:web:b")
    assert shared.is_shared


def test_a_need_of_one_city_and_one_that_was_withdrawn_are_not_shared() -> None:
    (alone,) = shared_needs(
        [need("n", "did:web:a"), need("m", "did:web:a", "withdrawn")], [interest("did:web:b", "m")]
    )
    assert alone.cities == ("did:web:a",)
    assert not alone.is_shared
