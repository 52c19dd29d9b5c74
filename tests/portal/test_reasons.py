"""What a schema, or the table of a strategy, refuses in a document is said in French, member by member."""

import pytest

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.schema import (
    DATE,
    FLAG,
    LINE,
    MOMENT,
    NUMBER,
    URL,
    Schema,
    list_of,
    object_of,
    one_of,
)
from beffroi.network.rules.strategy.table import read_lines
from beffroi.portal.words.refusals import said_in

WRONG: tuple[tuple[JsonObject, Json, str], ...] = (
    (LINE, "", "il faut l’indiquer"),
    (LINE, 5, "il faut un texte, et non 5"),
    (LINE, "a\nb", "«\xa0a\\nb\xa0» doit tenir sur une seule ligne"),
    ({"maxLength": 3}, "abcd", "il faut au plus 3 caractères, et non «\xa0abcd\xa0»"),
    ({"maxLength": 1}, "ab", "il faut au plus 1 caractère, et non «\xa0ab\xa0»"),
    ({"minLength": 20}, "short; it is", "il faut au moins 20 caractères, et non «\xa0short; it is\xa0»"),
    ({"minLength": 20}, "", "il faut au moins 20 caractères"),
    (URL, "lille.example", "l’adresse «\xa0lille.example\xa0» ne commence pas par http:// ou https://"),
    ({"pattern": "^[A-Z]{3}$"}, "euro", "«\xa0euro\xa0» n’a pas la forme attendue\xa0: ^[A-Z]{3}$"),
    ({"pattern": "^[A-Z]{3}$"}, "", "il faut l’indiquer (forme attendue\xa0: ^[A-Z]{3}$)"),
    (DATE, "tomorrow", "«\xa0tomorrow\xa0» n’est pas une date (année-mois-jour)"),
    (DATE, "", "il faut une date (année-mois-jour)"),
    (MOMENT, "noon", "«\xa0noon\xa0» n’est pas une date avec l’heure et le fuseau"),
    (one_of("planned", "done"), "never", "«\xa0never\xa0» ne fait pas partie de\xa0: prévu, fait"),
    (one_of("planned", "done"), "", "il faut choisir parmi\xa0: prévu, fait"),
    (one_of("a", "b", "c", "d", "e"), "x", "«\xa0x\xa0» ne fait pas partie de\xa0: a, b, 3\xa0autres"),
    ({"const": "Point"}, "Line", "il faut «\xa0Point\xa0»"),
    ({"minimum": 1}, 0, "0 est plus petit que le minimum, 1"),
    ({"maximum": 10}, 11, "11 est plus grand que le maximum, 10"),
    ({"exclusiveMinimum": 0}, 0, "0 doit être plus grand que 0"),
    (NUMBER, "x", "il faut un nombre, et non «\xa0x\xa0»"),
    ({"type": "integer"}, 1.5, "il faut un nombre entier, et non 1.5"),
    (FLAG, "yes", "il faut vrai ou faux (true, false), et non «\xa0yes\xa0»"),
    (list_of(LINE, 5, 1), [], "la liste est vide"),
    (list_of(NUMBER, 2, 2), [1], "la liste [1] a moins de 2 éléments"),
    (list_of(NUMBER, 2, 2), [1, 2, 3], "la liste [1,2,3] a plus de 2 éléments"),
    ({"uniqueItems": True}, [1, 1], "la liste [1,1] a deux fois le même élément"),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, '{"a":1,"b":2} a plus de 1 membre'),
    ({"type": ["string", "null"]}, 5, "la valeur 5 est d’un autre type que rien (null), un texte"),
)


def refused(schema: Schema, content: Json) -> str:
    with pytest.raises(Problem) as caught:
        schema.check(content, "need")
    return caught.value.detail


@pytest.mark.parametrize(("member", "value", "said"), WRONG)
def test_what_the_validator_refuses_has_a_french_form(member: JsonObject, value: Json, said: str) -> None:
    detail = refused(Schema(object_of(title=member)), {"title": value})
    start = "Ce document (besoin) n’est pas correct\xa0: «\xa0titre\xa0»\xa0: "
    french = said_in("fr", detail)
    assert french is not None
    assert french.startswith(start)
    assert said in french


def test_members_that_lack_and_that_are_too_many_are_named() -> None:
    schema = Schema(object_of("title domain", title=LINE, domain=LINE))
    assert said_in("fr", refused(schema, {"x": 1})) is not None
    french = said_in("fr", refused(schema, {"title": "x"}))
    assert french == "Ce document (besoin) n’est pas correct\xa0: il manque «\xa0domaine\xa0»."
    more = said_in("fr", refused(schema, {"title": "x", "domain": "y", "strange": 1}))
    assert more is not None
    assert "'strange'" in more


def test_several_reasons_are_said_one_after_the_other() -> None:
    schema = Schema(object_of(criteria=list_of(object_of(weight=NUMBER), 5), title=LINE))
    french = said_in("fr", refused(schema, {"criteria": [{"weight": "a; b"}], "title": ""}))
    assert french == (
        "Ce document (besoin) n’est pas correct\xa0: «\xa0critères › 1 › poids\xa0»\xa0: il faut un nombre, "
        "et non «\xa0a; b\xa0»\xa0; «\xa0titre\xa0»\xa0: il faut l’indiquer."
    )


def test_a_long_value_is_cut_and_what_is_wrong_with_it_stays() -> None:
    detail = refused(Schema(object_of(title=LINE)), {"title": "x" * 1_000})
    assert detail.endswith("is longer than 300 characters.")
    assert len(detail) < 400
    french = said_in("fr", detail)
    assert french is not None
    assert "il faut au plus 300 caractères" in french


def test_a_reason_that_is_not_known_leaves_the_whole_sentence_as_it_is() -> None:
    assert said_in("fr", "The need is not right: 'title': something new; 'domain': 5 was expected.") is None
    many = "; ".join(["5 was expected"] * 60)
    assert said_in("fr", f"The need is not right: {many}.") is None


def test_lines_of_a_table_are_refused_in_french() -> None:
    rows: list[JsonObject] = [
        {"pledge": "", "action": "A", "begins": "juin", "target": "x", "stage": "?", "number": "deux"},
        {"pledge": "P", "action": "A", "begins": "", "target": "", "stage": "stopped", "number": ""},
    ]
    with pytest.raises(Problem) as caught:
        read_lines(rows)
    french = said_in("fr", caught.value.detail)
    assert french is not None
    for said in (
        "la ligne 2 ne nomme pas d’engagement", "ligne 2\xa0: «\xa0juin\xa0» n’est pas une date («\xa0début\xa0»)",
        "«\xa0x\xa0» n’est pas un nombre («\xa0cible\xa0»)", "«\xa0?\xa0» n’est pas un avancement",
        "«\xa0deux\xa0» n’est pas un nombre entier", "ligne 3\xa0: l’action est arrêtée",
    ):  # fmt: skip
        assert said in french


def test_more_lines_than_are_told_are_counted() -> None:
    rows: list[JsonObject] = [{"pledge": "P", "begins": "juin"}] * 40
    with pytest.raises(Problem) as caught:
        read_lines(rows)
    french = said_in("fr", caught.value.detail)
    assert french is not None
    assert french.endswith("autres.")
