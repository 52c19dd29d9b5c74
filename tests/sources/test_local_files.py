"""Files on the node's own disk: only those that an operator added, each alone; and mappings of a folder."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from beffroi.kernel.problem import Problem
from beffroi.sources.operations.catalogue import read_mapping, shipped, with_own
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.fetching import Fetched, World
from beffroi.sources.operations.local_files import with_files
from beffroi.sources.operations.trial import try_source
from beffroi.sources.rules.source import Source, source_of
from tests.conftest import Run
from tests.sources.fakes import NOT_FOUND, Web, data

TABLE = "id_pdc_itinerance;etat_pdc;occupation_pdc;horodatage\nFRXXXE1;en_service;libre;2024-10-17T12:00:00+02:00\n"


def world(web: Web | None = None) -> World:
    web = web or Web(lambda _url, _headers: NOT_FOUND)
    return World(with_files(web), web.world().now, lambda: 0.0, web.pause)


def file_source(url: str) -> Source:
    return source_of({"name": "c", "url": url, "family": "file", "dataset": "c", "mapping": "m"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_file_is_a_source(run: Run, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "bornes été.csv").write_bytes(TABLE.encode(encoding))
    url = (tmp_path / "bornes été.csv").as_uri()
    found = run(discover(url, world(), list(shipped().mappings.values())))
    assert (found.family, found.offered[0].proposals[0].mapping) == ("file", "irve-dynamic")


def test_what_is_no_file_of_this_machine_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(TABLE)
    (tmp_path / "link.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "circle.csv").symlink_to(tmp_path / "circle.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    for url, why in (
        ((tmp_path / "link.csv").as_uri(), "a link"),
        ((tmp_path / "folder/secret.csv").as_uri(), "a link"),
        ((tmp_path / "pipe.csv").as_uri(), "is no file"),
        (tmp_path.as_uri(), "is no file"),
        ("file://h/x", "does not lie on this machine"),
        ((tmp_path / "none.csv").as_uri(), "cannot be read"),
        ((tmp_path / "circle.csv").as_uri(), "leads nowhere"),
        (tmp_path.as_uri() + "/a%00b.csv", "leads nowhere"),
    ):
        with pytest.raises(Problem, match=why):
            run(discover(url, world(), []))


def test_nothing_that_a_source_says_leads_to_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('[{"id": "s"}]')
    secret = (tmp_path / "secret.json").as_uri()
    page = data({"records": [{"id": "1"}], "links": [{"rel": "next", "href": secret}]})
    (tmp_path / "page.json").write_bytes(page.body)
    mapping = read_mapping('name="m"\ntitle="T"\ntype="Thing"\nid="id"\n[attributes]\na={field="id"}\n')
    for url in ("https://a.example/page.json", (tmp_path / "page.json").as_uri()):
        with pytest.raises(Problem, match="leads to the file"):
            run(try_source(world(Web(lambda _url, _headers: page)), file_source(url), mapping))


def test_an_unchanged_file_is_not_read_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TABLE)
    files, url = with_files(Web(lambda _url, _headers: NOT_FOUND)), (tmp_path / "a.csv").as_uri()

    async def fetch(headers: Mapping[str, str]) -> Fetched:
        return await files(url, headers)

    tag = run(fetch({})).headers["etag"]
    assert run(fetch({"if-none-match": tag})).status == 304
    (tmp_path / "a.csv").write_text(TABLE + TABLE)
    assert run(fetch({"if-none-match": tag})).status == 200


def test_a_city_adds_mappings_of_its_own(tmp_path: Path) -> None:
    text = 'name = "{}"\ntitle = "T"\ntype = "Thing"\nid = "id"\n[attributes]\na = {{ field = "a" }}\n'
    (tmp_path / "own.toml").write_text(text.format("own"))
    (tmp_path / "other.toml").write_text(text.format("lille-weather"))
    catalogue = with_own(shipped(), tmp_path)
    assert len(catalogue.mappings) == len(shipped().mappings) + 1
    assert catalogue.find("lille-weather").type == "Thing"
    assert shipped().find("lille-weather").type == "WeatherObserved"


def test_a_mapping_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    text = 'name = "own"\ntitle = "T"\ntype = "Thing"\nid = "id"\n[attributes]\na = { field = "a" }\n'
    (tmp_path / "a.toml").write_text(text)
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(Problem, match="are called 'own'"):
        with_own(shipped(), tmp_path)
    (tmp_path / "b.toml").write_bytes("name = 'é'".encode("latin-1"))
    with pytest.raises(Problem, match=r"b\.toml' is not written in UTF-8"):
        with_own(shipped(), tmp_path)
    (tmp_path / "b.toml").write_text("name = ")
    with pytest.raises(Problem, match=r"b\.toml' cannot be used\. The mapping is not TOML"):
        with_own(shipped(), tmp_path)
