"""A strategy as a table: what city offices really write is read, and what is wrong is told by line and value."""

import pytest

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.table import rows_of
from beffroi.kernel.text import text_of
from beffroi.network.rules.strategy.table import Line, day, decimal, read_lines

FRENCH = "Engagement;Action;Statut;Début;Échéance;Motif\nOuvrir;Publier les vélos;En cours;01/03/2026;30/06/2026;\n"


def lines(text: str) -> list[Line]:
    return read_lines(rows_of(text, BadRequestData))


def refusal(text: str) -> str:
    with pytest.raises(Problem) as caught:
        lines(text)
    assert caught.value.kind is BadRequestData
    return caught.value.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_ending_of_an_office_gives_the_same_line(
    encoding: str, separator: str, ending: str
) -> None:
    body = FRENCH.replace(";", separator).replace("\n", ending).encode(encoding)
    cells = {
        "pledge": "Ouvrir", "action": "Publier les vélos", "stage": "running",
        "begins": "2026-03-01", "ends": "2026-06-30",
    }  # fmt: skip
    assert lines(text_of(body)) == [Line(2, cells)]


def test_columns_have_english_names_too_and_any_order() -> None:
    found = lines("status,action,pledge\ndone,Publish,Open\n")
    assert found == [Line(2, {"stage": "done", "action": "Publish", "pledge": "Open"})]


def test_an_empty_line_is_no_line_and_does_not_shift_the_numbers() -> None:
    assert [line.number for line in lines("pledge;action\nA;B\n;\nC;D\n")] == [2, 4]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("action\nPublier\n", ["no column 'pledge'"]),
        ("pledge;couleur\nA;rouge\n", ["'couleur'", "not known"]),
        ("pledge;status;statut\nA;done;fait\n", ["'stage'", "twice"]),
        ("pledge;action\n;Publier\n", ["line 2", "no pledge"]),
        ("pledge;ends\nA;31/02/2026\nB;bientôt\n", ["line 2", "31/02/2026", "line 3", "bientôt"]),
        ("pledge;stage\nA;perhaps\n", ["line 2", "perhaps", "planned"]),
        ("pledge;action;stage\nA;B;arrêté\n", ["line 2", "stopped", "no reason"]),
        ("pledge;indicator;value\nA;B;many\n", ["line 2", "many", "value"]),
        ("pledge;number\nA;first\n", ["line 2", "first", "number"]),
        ("pledge;action\n", ["no line"]),
        ("", ["empty"]),
        ("pledge;action\nA;B;C\n", ["Line 2", "3 cells"]),
    ],
)
def test_what_is_wrong_is_told_by_line_and_value(text: str, parts: list[str]) -> None:
    told = refusal(text)
    for part in parts:
        assert part in told


def test_many_wrong_lines_are_told_in_part_and_counted() -> None:
    told = refusal("pledge;ends\n" + "A;soon\n" * 30)
    assert told.count("soon") == 20
    assert "and 10 more" in told


def test_a_table_without_end_is_refused() -> None:
    assert "5,000" in refusal("pledge\n" + "A\n" * 5_001)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-06-30 00:00:00", "2026-06-30"),
        ("3.6.2026", "2026-06-03"),
        ("30-06-26", None),
        ("2026-13-01", None),
    ],
)
def test_dates_are_read_with_the_year_or_the_day_first(text: str, iso: str | None) -> None:
    assert day(text) == iso


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1\u202f250,5", "1250.5"),
        ("1.250,5", "1250.5"),
        ("\u22123", "-3"),
        ("1,5,2", None),
        ("1e5", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: str | None) -> None:
    assert decimal(text) == number
