"""Foreign bytes: encodings, separators, shapes of lists, and web pages in place of data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.problem import Problem
from beffroi.kernel.table import rows_of
from beffroi.kernel.text import text_of
from beffroi.sources.rules.reading.document import listing_of
from beffroi.sources.rules.reading.feed import stations_of, system_of
from beffroi.sources.rules.reading.text import json_of

TABLE = "id;nom;prix\n1;Déchèterie « Été » – 5 €;1,5\n2;;\n"


@pytest.mark.parametrize(
    ("encoding", "media"),
    [
        ("utf-8", "text/csv"),
        ("utf-8-sig", "text/csv"),
        ("cp1252", "text/csv"),
        ("cp1252", "text/csv; charset=windows-1252"),
        ("cp1252", "text/csv; charset=ISO-8859-1"),
        ("iso-8859-15", "text/csv; charset=iso-8859-15"),
        ("utf-16", "text/csv"),
        ("utf-16-le", "text/csv"),
        ("utf-16-be", "text/csv; charset=utf-16"),
    ],
)
def test_text_is_read_in_its_encoding(encoding: str, media: str) -> None:
    table = TABLE if encoding != "iso-8859-15" else TABLE.replace("–", "-")
    assert text_of(table.encode(encoding), media) == table


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_rfc_4627_json_in_utf_16_without_a_mark_is_told_by_every_other_byte(encoding: str) -> None:
    body = '[{"nom": "Déchèterie", "ville": "Київ"}]'.encode(encoding)
    assert json_of(body, "application/json") == [{"nom": "Déchèterie", "ville": "Київ"}]


def test_a_nul_now_and_then_makes_no_other_encoding() -> None:
    assert text_of(b"id;nom\n1;D\xc3\xa9\x00ch\x00\n") == "id;nom\n1;Dé\x00ch\x00\n"


def test_half_a_character_of_utf_16_without_a_mark_is_told() -> None:
    with pytest.raises(
        Problem, match="Line 2 of the text holds the byte 0x3B, which is no character of utf-16"
    ):
        text_of("id;nom\n1;".encode("utf-16-le")[:-1])


def test_latin_1_that_says_it_is_utf_8_is_read_all_the_same() -> None:
    assert text_of("Déchèterie".encode("latin-1"), "text/csv; charset=utf-8") == "Déchèterie"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_with_any_separator_and_line_end(separator: str, end: str) -> None:
    lines = [["id", "nom, complet; vrai", "x"], ["1", f'a "b"{separator} c', ""], ["2", "deux\nlignes", "3"]]
    text = end.join(
        separator.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line) for line in lines
    )
    assert list(rows_of(text)) == [
        {"id": "1", "nom, complet; vrai": f'a "b"{separator} c', "x": None},
        {"id": "2", "nom, complet; vrai": "deux\nlignes", "x": "3"},
    ]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), min_size=3, max_size=3),
        max_size=5,
    )
)
def test_a_table_written_by_the_book_reads_back(cells: list[list[str]]) -> None:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in cells]
    found = [list(row.values()) for row in rows_of("\n".join(["a,b,c", *lines]))]
    assert found == [[cell or None for cell in line] for line in cells]


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n\n  \n", '\n""\n', "\n\n\r\n"])
def test_a_line_of_nothing_is_no_row(end: str) -> None:
    assert list(rows_of("\na,b\n\n1,2" + end)) == [{"a": "1", "b": "2"}]


def test_a_name_in_the_header_may_have_two_lines() -> None:
    assert list(rows_of('"a\nb";c\n1;2\n')) == [{"a\nb": "1", "c": "2"}]


def test_a_byte_that_is_no_character_is_told_with_its_line() -> None:
    with pytest.raises(
        Problem, match="Line 2 of the text holds the byte 0x81, which is no character of windo"
    ):
        text_of(b"id;nom\n1;\xe9A\x81\x8d\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("a,a\n1,2", "more than once"),
        ("a,b\n1,2,3", "3 cells, and the header 2"),
        (",".join(f"f{n}" for n in range(100_000)), "more than 1000 columns"),
        ("a,b,c\n1,2,3\n4,5", "Line 3 of the table has 2 cells, and the header 3"),
        ("\na,b\n1\n", "Line 3 of the table has 1 cells, and the header 2"),
        ('a,b\n1,2\n3,"x\n4,5\n', "Line 3 of the table opens a quotation mark that is not closed"),
        ('a,b\n"1\n",2\n"3\n","x\n4,5', "Line 5 of the table opens a quotation mark"),
        ('a,b\n1,"', "Line 2 of the table opens a quotation mark"),
        ('"a,b\n1,2\n', "Line 1 of the table opens a quotation mark"),
        ("a,b\n1,x\0y\n", r"Line 2 of the table holds the character U\+0000"),
        ("a,b\n" + "x" * 200_000 + ",1", "broken"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(Problem, match=why):
        list(rows_of(text))


@pytest.mark.parametrize(
    ("document", "count", "total"),
    [
        (
            {
                "type": "FeatureCollection",
                "features": [{"id": 1, "properties": {"a": 2}}],
                "numberMatched": 7,
            },
            1,
            7,
        ),
        ({"records": [{"@id": "1"}]}, 1, None),
        ({"nhits": 251, "records": [{"recordid": "x", "fields": {"a": 1}}]}, 1, 251),
        ({"total_count": 240, "results": [{"a": 1}, {"a": 2}]}, 2, 240),
        ([{"a": 1}], 1, None),
        ({"type": "FeatureCollection", "features": []}, 0, None),
    ],
)
def test_lists_of_records_are_found(document: Any, count: int, total: int | None) -> None:
    found = listing_of(document)
    assert (len(found.records), found.total) == (count, total)


def test_a_text_of_one_feature_is_one_record() -> None:
    point: Any = {"type": "Point", "coordinates": [3.0, 50.6]}
    found = listing_of({"type": "Feature", "id": "a", "geometry": point, "properties": {"nom": "Opéra"}})
    assert found.records == [{"nom": "Opéra", "@id": "a", "@geometry": point}]
    assert listing_of({"type": "Feature", "geometry": None, "properties": None}).records == [{}]


@pytest.mark.parametrize(
    "document", [{}, {"error": "x"}, "text", None, 3, [1], {"records": ["a"]}, {"features": [{}]}]
)
def test_what_holds_no_records_is_named(document: Any) -> None:
    with pytest.raises(Problem, match="holds"):
        listing_of(document)


def test_the_id_and_the_geometry_of_a_feature_stand_beside_its_properties() -> None:
    place = {"type": "Point", "coordinates": [3.0, 50.0]}
    feature: Any = {
        "type": "Feature",
        "@id": "7",
        "geometry": place,
        "properties": {"id": "own", "geometry": 1},
    }
    found = listing_of({"type": "FeatureCollection", "features": [feature]}).records
    assert found == [{"id": "own", "geometry": 1, "@id": "7", "@geometry": place}]


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"<!DOCTYPE html><html></html>", "application/json"),
        (b"  <html>", ""),
        (b"{}", "text/html"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
    ],
)
def test_a_web_page_is_called_that(body: bytes, media: str) -> None:
    with pytest.raises(Problem, match="web page"):
        json_of(body, media)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{]",
        b'{"a":1,"a":2}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'["\\ud800"]',
    ],
)
def test_json_that_readers_disagree_about_is_refused(body: bytes) -> None:
    with pytest.raises(Problem, match="not JSON that can be trusted"):
        json_of(body)


def test_json_that_is_cut_off_anywhere_is_told_to_end_early() -> None:
    whole = '{"features": [{"nom": "Gare é", "n": 12.5, "b": [true, null]}, {}]}'.encode()
    assert json_of(whole)
    for length in range(1, len(whole)):
        with pytest.raises(Problem, match=r"^The answer ends before it is whole: its JSON is not closed\.$"):
            json_of(whole[:length])


def test_json_with_a_byte_order_mark_or_in_latin_1_is_read() -> None:
    assert json_of(b'\xef\xbb\xbf{"a": "\xc3\xa9"}') == {"a": "é"}
    assert json_of(b'{"a": "\xe9"}') == {"a": "é"}


def test_gbfs_is_told_by_its_feeds() -> None:
    assert system_of({"data": {}}) is None
    assert system_of({"version": "3.0", "data": {"feeds": [{"name": "a", "url": "u"}, 3]}}) is not None
    assert system_of([]) is None


def test_a_station_without_state_keeps_what_stays() -> None:
    information: Any = {"data": {"stations": [{"station_id": "1", "name": "a"}, {"station_id": "2"}]}}
    status: Any = {"data": {"stations": [{"station_id": "1", "num_bikes_available": 3}]}}
    assert stations_of(information, status) == [
        {"station_id": "1", "name": "a", "num_bikes_available": 3},
        {"station_id": "2"},
    ]
    with pytest.raises(Problem, match="no list of stations"):
        stations_of({"data": {}}, status)
