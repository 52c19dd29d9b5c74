"""Nothing of the first city stays in a clone."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.calls import steps
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.clone import SPECIFIC, cloned, specific_values
from beffroi.network.rules.calls.specific import GENERIC
from tests.network.calls.calls import BEFORE, CALL


def source(content: dict[str, Any] = CALL) -> JsonObject:
    return {
        "id": "did:web:bourgneuf.example/calls/1",
        "origin": "did:web:bourgneuf.example",
        "version": 4,
        "content": steps.opened(steps.begun(content), BEFORE),
    }


def text_of(clone: JsonObject) -> str:
    return json.dumps(
        {name: value for name, value in clone.items() if name != "clonedFrom"}, ensure_ascii=False
    )


def test_a_clone_is_a_draft_that_says_where_it_is_from() -> None:
    clone = CALL_KIND.valid(cloned(source()))
    assert clone["stage"] == "draft"
    assert clone["steps"] == []
    assert clone["clonedFrom"] == {
        "call": "did:web:bourgneuf.example/calls/1",
        "version": 4,
        "replaced": ["title", "challenge", "contract"],
    }
    assert clone["criteria"] == CALL["criteria"]
    assert clone["requirements"] == CALL["requirements"]
    assert set(SPECIFIC) & set(clone) == {"steps", "clonedFrom"}


def test_names_contacts_dates_and_amounts_in_texts_are_replaced() -> None:
    clone = cloned(source())
    assert clone["title"] == "Stationnement : voir les places libres de [ville]"
    assert clone["challenge"] == (
        "[ville] et [ville] cherchent un guidage vers les places libres. Écrire à [contact] avant le [date]. Budget : [montant]."
    )
    assert clone["contract"] == "Le prestataire livre à [ville], [ville], contact [ville]."


def test_firms_and_jurors_that_are_known_besides_are_replaced() -> None:
    content = {**CALL, "contract": "Comme chez Parkwise, dit Ana Lopes."}
    assert (
        cloned(source(content), ["Parkwise", "Ana Lopes"])["contract"] == "Comme chez [ville], dit [ville]."
    )


@pytest.mark.parametrize(
    "text",
    ["40 000 EUR 40 000 EUR", "EUR 40 000 EUR 30", "40 k€", "€ 1", "1.000,50 euros", "15 000 – 40 000 EUR"],
)
def test_an_amount_is_replaced_however_it_stands(text: str) -> None:
    clone: dict[str, Any] = cloned(source({**CALL, "contract": f"It costs {text}."}))
    assert not re.search(r"\d", clone["contract"])


KEPT = frozenset(re.findall(r"\w+", text_of(cloned(source())).casefold()))
"""Words of every clone: names of its members, codes such as that of its domain, and words of all calls."""
NAMES = st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), min_size=4, max_size=12).filter(
    # a word such as "data" tells nobody's name and stays, even if a city is called so
    lambda s: s[0].isupper() and s.casefold() not in GENERIC | KEPT
)
WORDS = st.sampled_from([" and ", ", ", " – ", ": ", " (", ") ", "\n", "'s ", " in "])


@settings(deadline=None)
@given(st.data())
def test_no_value_of_a_member_that_is_of_a_city_occurs_in_the_clone(data: st.DataObject) -> None:
    first, second, person, place, street = (data.draw(NAMES) for _ in range(5))
    values = [
        first,
        second,
        person,
        place,
        street,
        f"{first}@{second}.example",
        "https://x.example/" + first,
        "2027-03-01",
        "40 000 EUR",
    ]
    content = {
        **CALL,
        "cities": [
            {
                "id": "did:web:a.example",
                "name": f"Ville de {first}",
                "contact": person,
                "address": f"1 {street}",
            },
            {"id": "did:web:b.example", "name": second},
        ],
        "place": place,
    }
    for name in ("title", "challenge", "contract"):
        mixed = data.draw(
            st.lists(st.sampled_from([*values, *(v.upper() for v in values[:5]), "bins"]), max_size=6)
        )
        content[name] = "Text: " + "".join(value + data.draw(WORDS) for value in mixed).replace("\n", " ")
    content["eligibility"] = [f"A firm of {second}"]
    content["criteria"] = [
        {"id": "fit", "name": f"Fit for {first}", "description": f"In {place}.", "weight": 100}
    ]
    document = source(content)
    clone = CALL_KIND.valid(cloned(document))
    text = text_of(clone).casefold()
    for value in [*specific_values(document), first, second, person, place, street, "40 000"]:
        if value not in {"EUR", "opened"}:
            assert not re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", text), value
