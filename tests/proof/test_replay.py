"""Anybody evaluates the evidence pack again, without a network, with the same verdicts."""

from collections.abc import Callable

import orjson
import pytest
from tests.proof import controls
from tests.proof.checking import checked
from tests.proof.controls import Control, LdCity, LilleShaped, OgcCity

from beffroi.proof import PackError, replay, report_html, report_json
from beffroi.proof.pack import MOST_EXCHANGES

CITIES: list[tuple[Callable[[], Control], str]] = [
    (OgcCity, "/ogc"),
    (LdCity, "/ngsi-ld/v1"),
    (LilleShaped, "/data/ogcapi"),
    (controls.n6_changing_ids, "/ogc"),
    (lambda: controls.n1_hello, "/"),
    (lambda: controls.n16_rate_limited, "/ogc"),
]


@pytest.mark.parametrize(("make", "path"), CITIES)
def test_the_pack_gives_the_same_report_again(make: Callable[[], Control], path: str) -> None:
    report = checked(make(), path)
    again = replay(report_json(report))
    assert again.differences == ()
    assert again.report == report
    assert report_json(again.report) == report_json(report)
    assert report_html(again.report, "fr") == report_html(report, "fr")


def test_a_verdict_changed_in_the_pack_is_noticed() -> None:
    pack = orjson.loads(report_json(checked(controls.n4_filter_ignored())))
    wrong = next(verdict for verdict in pack["verdicts"] if verdict["requirement"] == "0.C2.R2.2")
    wrong["outcome"] = "PASS"
    assert replay(orjson.dumps(pack)).differences == ("0.C2.R2.2",)


def test_a_body_changed_in_the_pack_is_refused() -> None:
    pack = orjson.loads(report_json(checked(OgcCity())))
    digest = pack["exchanges"][3]["body_sha256"]
    pack["bodies"][digest]["text"] += " "
    with pytest.raises(PackError, match="does not match its hash"):
        replay(orjson.dumps(pack))


@pytest.mark.parametrize("pack", [b"", b"[]", b"{}", b'{"format": "other"}', b"\xff", b"[" * 100_000])
def test_what_is_no_pack_is_refused(pack: bytes) -> None:
    with pytest.raises(PackError):
        replay(pack)


def test_a_pack_of_too_many_exchanges_is_refused() -> None:
    pack = orjson.loads(report_json(checked(OgcCity())))
    pack["exchanges"] = pack["exchanges"][:1] * (MOST_EXCHANGES + 1)
    with pytest.raises(PackError, match="at most"):
        replay(orjson.dumps(pack))


def test_bytes_that_are_no_text_survive_the_pack() -> None:
    def binary(_: controls.Asked) -> controls.Answer:
        return controls.answer(200, b"\x00\xff\xfe", "application/octet-stream")

    report = checked(binary, "/")
    assert replay(report_json(report)).report == report


def test_every_exchange_in_the_pack_says_what_was_asked_and_answered() -> None:
    pack = orjson.loads(report_json(checked(OgcCity())))
    for exchange in pack["exchanges"]:
        assert exchange["method"] == "GET"
        assert exchange["url"].startswith("http://city.example/")
        assert exchange["at"] == "2026-11-22T12:00:00.000Z"
        assert exchange["body_sha256"] in pack["bodies"]
    assert all(verdict["mim_set"] == "dev-2026-06" and verdict["rule"] for verdict in pack["verdicts"])
