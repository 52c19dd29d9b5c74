"""`beffroi source change` and `beffroi harvest`: a source with exchanged axes, from its stop to its places."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A data folder with one source, a file whose longitudes are latitudes."""
    rows = [
        {"@id": str(n), "nom": f"S {n}", "etat": "EN SERVICE", "nb_places_dispo": 3, "nb_velos_dispo": 2,
         "x": 50.63, "y": 3.06, "date_modification": "2022-11-29T10:47:16Z"}
        for n in range(1, 21)
    ]  # fmt: skip
    (tmp_path / "velos.json").write_text(json.dumps({"records": rows}))
    told = _run(tmp_path, "source", "add", str(tmp_path / "velos.json"), "--mapping", "lille-bike-stations")
    assert "1 added" in told
    return tmp_path


def _run(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(PROGRAM, [*words, "--data", str(folder / "data")], env={"COLUMNS": "400"})
    assert done.exit_code == code, done.output
    return done.output


def _refusal(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(PROGRAM, [*words, "--data", str(folder / "data")])
    assert isinstance(done.exception, Problem), done.output
    return done.exception.detail


def test_a_stop_says_what_to_do_and_that_does_it(city: Path) -> None:
    stopped = _run(city, "harvest", code=1)
    assert "in Europe only the other way round" in stopped
    assert "beffroi source change velos --axes swapped" in stopped
    _run(city, "source", "change", "velos", "--axes", "swapped", "--area", "2.9,50.5,3.2,50.8")
    told = _run(city, "harvest")
    assert (
        "velos: The longitude and latitude of 20 records stood in each other's place, and were turned."
        in told
    )


def test_the_first_reasons_of_a_refusal_stand_below_the_table(tmp_path: Path) -> None:
    table = "id_pdc_itinerance;etat_pdc;occupation_pdc;horodatage\n"
    row = "en_service;libre;2024-10-17T12:00:00+02:00\n"
    (tmp_path / "bornes.csv").write_text(f"{table}E1;{row};{row}")
    _run(tmp_path, "source", "add", str(tmp_path / "bornes.csv"), "--mapping", "irve-dynamic")
    told = _run(tmp_path, "harvest")
    assert "bornes: 1 × 'None' is not an id." in told


def test_where_nothing_is_known_the_terminal_says_where_the_places_are(city: Path) -> None:
    _run(city, "source", "change", "velos", "--axes", "given")
    told = _run(city, "harvest")
    assert "Nothing says where its places should be" in told
    assert "between longitude 50.63 and 50.63, latitude 3.06 and 3.06" in told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["velos"], "Nothing is to be changed"),
        (["velos", "--axes", "yx"], "one of check, detect, given, swapped"),
        (["velos", "--area", "Lille"], "'Lille' is not four numbers"),
        (["velos", "--area", "0,0,90,90"], "less than 20 wide and high"),
        (["none", "--axes", "given"], "There is no source 'none'"),
    ],
)
def test_what_cannot_be_changed_is_said(city: Path, words: list[str], why: str) -> None:
    done = CliRunner().invoke(PROGRAM, ["source", "change", *words, "--data", str(city / "data")])
    assert done.exit_code != 0
    assert why in f"{done.output}{done.exception}"


def test_what_commands_do_to_a_source_stands_in_the_audit_log(city: Path) -> None:
    _run(city, "source", "change", "velos", "--axes", "swapped")
    _run(city, "source", "remove", "velos")
    lines = [
        line for line in _run(city, "market", "audit", "--resource", "source").splitlines() if "velos" in line
    ]
    assert [next(what for what in ("create", "change", "delete") if what in line) for line in lines] == [
        "create",
        "change",
        "delete",
    ]
    assert all("On the command line." in line for line in lines)
    assert "unchanged and complete" in _run(city, "market", "audit", "--verify")


def test_a_web_page_on_disk_is_told_to_hold_no_table(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><html><body>hello</body></html>")
    assert _refusal(tmp_path, "source", "add", str(page)) == (
        f"The file 'file://{page}' holds no table: neither CSV, GeoJSON nor JSON."
    )


def test_what_is_a_source_already_is_named(city: Path) -> None:
    words = ["source", "add", str(city / "velos.json"), "--mapping", "lille-bike-stations"]
    assert _refusal(city, *words) == "Everything behind this address is a source already: velos."


def test_the_list_says_where_each_source_lies(city: Path) -> None:
    assert f"file://{city / 'velos.json'}" in _run(city, "source", "list")


def test_a_source_that_gives_nothing_leaves_no_full_bar(city: Path) -> None:
    (city / "velos.json").write_text("<!doctype html><html></html>")
    told = _run(city, "harvest", code=1)
    assert "0/?" not in told
    assert "━━━━━━━━━ 0" not in told
    assert "velos: " in told, "why it stopped"
