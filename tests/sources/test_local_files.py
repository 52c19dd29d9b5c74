"""Files on the node's own disk: only below the folder that the operator named."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from beffroi.kernel.problem import Problem
from beffroi.sources.operations.catalogue import shipped, with_own
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.fetching import World
from beffroi.sources.operations.local_files import with_files
from tests.sources.fakes import NOT_FOUND, Web

Runner = Callable[[Coroutine[Any, Any, Any]], Any]
TABLE = "id_pdc_itinerance;etat_pdc;occupation_pdc;horodatage\nFRXXXE1;en_service;libre;2024-10-17T12:00:00+02:00\n"


def world(folder: Path) -> World:
    web = Web(lambda _url, _headers: NOT_FOUND)
    return World(with_files(web, folder), web.world().now, lambda: 0.0, web.pause)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_file_in_the_folder_is_a_source(run: Runner, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "bornes été.csv").write_bytes(TABLE.encode(encoding))
    found = run(
        discover((tmp_path / "bornes été.csv").as_uri(), world(tmp_path), list(shipped().mappings.values()))
    )
    assert (found.family, found.offered[0].proposals[0].mapping) == ("file", "irve-dynamic")


def test_a_file_elsewhere_is_refused_and_a_link_is_no_way_out(run: Runner, tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "secret.csv"
    inside.mkdir()
    outside.write_text(TABLE)
    (inside / "link.csv").symlink_to(outside)
    for url in (
        outside.as_uri(),
        (inside / "link.csv").as_uri(),
        (inside / "../secret.csv").as_uri(),
        "file://h/x",
    ):
        with pytest.raises(Problem, match="does not lie in the folder"):
            run(discover(url, world(inside), []))


def test_a_file_that_is_not_there_is_said(run: Runner, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        run(discover((tmp_path / "none.csv").as_uri(), world(tmp_path), []))


def test_a_city_adds_mappings_of_its_own(tmp_path: Path) -> None:
    text = 'name = "{}"\ntitle = "T"\ntype = "Thing"\nid = "id"\n[attributes]\na = {{ field = "a" }}\n'
    (tmp_path / "own.toml").write_text(text.format("own"))
    (tmp_path / "other.toml").write_text(text.format("lille-weather"))
    catalogue = with_own(shipped(), tmp_path)
    assert len(catalogue.mappings) == len(shipped().mappings) + 1
    assert catalogue.find("lille-weather").type == "Thing"
    assert shipped().find("lille-weather").type == "WeatherObserved"
