"""What a bidder attached is judged again: an honest pack holds, whatever was done to another one is found."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from tests.proof import controls
from tests.proof.checking import NOON, checked
from tests.proof.controls import HOST, Control, InProcess, OgcCity, stations
from tests.proof.serving import served
from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem
from beffroi.proof import LOCAL, Report, check, guarded_fetch, load_register
from beffroi.proof.clauses.choosing import ClauseError, chosen
from beffroi.proof.clauses.evidence import all_fulfilled, bound_json, clause_verdicts
from beffroi.proof.clauses.pack import ClausePack, clause_pack, pack_json
from beffroi.proof.comparison.attached import Attached, Expected, look_at
from beffroi.proof.comparison.comparing import Result, compared, comparison_document, comparison_json
from beffroi.proof.comparison.page import comparison_html
from beffroi.proof.comparison.words import words
from beffroi.proof.pack import report_json

REGISTER = load_register()
NAMES = ("0.C1.R1.1", "0.C2.R2.1", "0.C2.R2.2", "1.C1.R1.1", "7.C1.R1.1", "7.C2.R2.1")


def pack_of(*names: str) -> ClausePack:
    return clause_pack(REGISTER, chosen(REGISTER, names or NAMES))


PACK = pack_of()
URL = f"{HOST}/ogc"


def attached(raw: bytes, **other: Any) -> Attached:
    expected = Expected(**{"pack": PACK, "url": URL, "now": NOON + timedelta(days=3), "days": 30, **other})
    return look_at(raw, REGISTER, expected)


def codes(raw: bytes, **other: Any) -> list[str]:
    return [one.code for one in attached(raw, **other).remarks]


def honest() -> bytes:
    return bound_json(checked(OgcCity()), PACK)


def edited(change: Callable[[dict[str, Any]], Any]) -> bytes:
    pack = orjson.loads(honest())
    change(pack)
    return orjson.dumps(pack)


def test_an_honest_pack_holds_offline_and_repeated() -> None:
    theirs = attached(honest())
    assert theirs.remarks == ()
    offline = compared(theirs, PACK, None)
    assert (offline.result, offline.fulfilled, offline.repeated) == (Result.HOLDS, True, "")
    ours = compared(theirs, PACK, checked(OgcCity()))
    assert (ours.result, ours.fulfilled) == (Result.HOLDS, True)
    assert [row.requirement for row in ours.rows] == list(NAMES)
    assert {(row.claimed, row.found, row.ours) for row in ours.rows} == {("PASS", "PASS", "PASS")}
    assert ours.interface == ()


def _claim(pack: dict[str, Any], name: str, outcome: str) -> None:
    for row in (*pack["verdicts"], *pack["clauses"]["verdicts"]):
        if row["requirement"] == name:
            row["outcome"] = outcome
            if "standing" in row:
                row["standing"] = "fulfilled"


def test_a_verdict_that_was_changed_is_found_by_its_own_evidence() -> None:
    report = checked(controls.n4_filter_ignored())
    pack = orjson.loads(bound_json(report, PACK))
    _claim(pack, "0.C2.R2.2", "PASS")
    found = compared(attached(orjson.dumps(pack)), PACK, None)
    assert [one.code for one in found.remarks] == ["verdict-changed"]
    assert "says PASS on 0.C2.R2.2; its own evidence says FAIL" in found.remarks[0].said.en
    assert found.result is Result.NOT_BELIEVED
    assert [row.requirement for row in found.rows if row.differs] == ["0.C2.R2.2"]


def _swap_body(pack: dict[str, Any]) -> None:
    digest = pack["exchanges"][3]["body_sha256"]
    pack["bodies"][digest] = {"text": '{"type": "FeatureCollection", "features": []}'}


def _forge_body_with_care(pack: dict[str, Any]) -> None:
    """Another body, with its own hash: only what the tests ask for next betrays it."""
    entry = next(one for one in pack["exchanges"] if one["url"].endswith("/collections"))
    body = b'{"collections": [{"id": "buses", "links": []}]}'
    entry["body_sha256"] = hashlib.sha256(body).hexdigest()
    pack["bodies"][entry["body_sha256"]] = {"base64": base64.b64encode(body).decode()}


def _other_times(pack: dict[str, Any]) -> None:
    pack["exchanges"][5]["at"] = "2026-11-22T11:00:00.000Z"


EDITS: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (_swap_body, "unreadable"),
    (_forge_body_with_care, "never-asked"),
    (lambda p: p["exchanges"].pop(), "not-recorded"),
    (lambda p: p["exchanges"].append({**p["exchanges"][-1], "number": 99}), "numbers"),
    (lambda p: p["exchanges"].append({**p["exchanges"][-1], "url": "http://else.example/"}), "never-asked"),
    (lambda p: p.update(url="http://city.example/other"), "other-address"),
    (lambda p: p.pop("clauses"), "not-bound"),
    (lambda p: p["clauses"].update(pack="sha256:" + "0" * 64), "other-clauses"),
    (lambda p: p["clauses"]["verdicts"].pop(), "summary-changed"),
    (lambda p: p["clauses"]["verdicts"][0].update(outcome="FAIL"), "summary-changed"),
    (lambda p: p.update(register_version="0"), "other-rules"),
    (lambda p: p.update(mim_set="dev-2030-01"), "other-rules"),
    (lambda p: [v.update(rule="9") for v in p["verdicts"]], "other-rules"),
    (lambda p: p.update(verdicts=[]), "verdict-missing"),
    (_other_times, "times"),
    (lambda p: p.update(finished="yesterday"), "times"),
    (lambda p: p.update(started=None), "times"),
    (lambda p: p.update(earlier={"at": "2026-11-01T00:00:00Z", "ids": {}}), "own-earlier"),
    (lambda p: p.update(exchanges=[]), "nothing-judged"),
    (lambda p: p.update(exchanges={}, bodies=[], verdicts=3, clauses=[]), "not-bound"),
    (lambda p: p["exchanges"][2].update(url="http://["), "unreadable"),
    (lambda p: [one.update(at="http://[") for one in p["exchanges"]], "times"),
    (lambda p: p.update(url=7), "other-address"),
    (lambda p: p.update(area=["a", 1, {}, None]), "verdict-changed"),
]


@pytest.mark.parametrize(("change", "code"), EDITS)
def test_what_was_done_to_a_pack_is_said(change: Callable[[dict[str, Any]], Any], code: str) -> None:
    raw = edited(change)
    if code == "verdict-changed":
        assert codes(raw) == []  # no area was given: one that cannot be read is none
        return
    found = attached(raw)
    assert code in [one.code for one in found.remarks]
    assert all(one.said.en and one.said.fr for one in found.remarks)
    comparison = compared(found, PACK, checked(OgcCity()))
    expected = Result.HOLDS if code == "own-earlier" else Result.NOT_BELIEVED
    assert comparison.result is expected
    assert comparison_html(comparison, "fr")


def test_a_pack_that_is_too_old_or_not_yet_made_is_said() -> None:
    assert codes(honest(), now=NOON + timedelta(days=31)) == ["too-old"]
    assert codes(honest(), now=NOON - timedelta(days=1)) == ["in-future"]
    assert codes(honest(), now=NOON - timedelta(minutes=1)) == []


def test_a_pack_made_on_a_better_server_is_found_by_our_own_run() -> None:
    """Consistent in itself, made elsewhere: nothing but our own run shows it."""
    theirs = attached(honest())
    ours = checked(controls.n4_filter_ignored())
    comparison = compared(theirs, PACK, ours)
    (row,) = [row for row in comparison.rows if row.differs]
    assert (row.requirement, row.claimed, row.found, row.ours) == ("0.C2.R2.2", "PASS", "PASS", "FAIL")
    assert row.evidence
    assert "elsewhere" in row.ours_because.en
    assert comparison.result is Result.DIFFERS
    assert not comparison.fulfilled


def test_another_interface_under_the_same_verdicts_is_remarked() -> None:
    other = OgcCity(sets={"buses": stations(), "stops": stations(9)})
    comparison = compared(attached(honest()), PACK, checked(other))
    assert "interface" in [one.code for one in comparison.remarks]
    gone = {one.name for one in comparison.interface if one.kind == "gone"}
    assert {"stations", "lamps"} <= gone


def test_a_server_that_only_claims_fails_with_evidence() -> None:
    """N3 of the notes: it declares the conformance class and does not do what the class says."""
    report = checked(controls.n3_lies())
    failed = {
        one.verdict.requirement: one.verdict
        for one in clause_verdicts(report, PACK)
        if str(one.standing) == "failed"
    }
    assert {"0.C2.R2.1", "7.C1.R1.1"} <= set(failed)
    for verdict in failed.values():
        assert verdict.evidence
        asked = {one.number: one for one in report.recording.exchanges}
        assert all(asked[number].answer.status for number in verdict.evidence)
    assert not all_fulfilled(report, PACK)


def test_what_is_open_does_not_fulfil() -> None:
    pack = pack_of("0.C1.R1.1", "1.C1.R1.5")
    assert not all_fulfilled(checked(OgcCity()), pack)
    assert not all_fulfilled(checked(lambda _: controls.n15_key_required(_), "/ogc"), PACK)


HOSTILE = [
    b"",
    b"[]",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"format": "beffroi-check/1", "exchanges": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"format": "beffroi-check/2"}',
]


@pytest.mark.parametrize("raw", HOSTILE)
def test_what_is_no_pack_is_refused(raw: bytes) -> None:
    with pytest.raises(ClauseError, match="no evidence pack"):
        attached(raw)


@pytest.mark.parametrize(
    "pack",
    [
        {},
        {"exchanges": [{}] * 61},
        {"exchanges": [{"body_sha256": "x"}], "bodies": {"x": {"text": "y"}}},
        {"exchanges": [[], None, 1, "x"], "bodies": None, "verdicts": [None, {"requirement": {}}]},
        {"url": "http://[", "exchanges": []},
        {
            "url": "http://a",
            "area": [1e308, -1e308, 1e308, -1e308],
            "started": 10**18,
            "finished": "9" * 10**5,
        },
        {"verdicts": [{"requirement": "0.C1.R1.1", "outcome": "x" * 10**6}] * 3, "mim_set": "../../../etc"},
        {"clauses": {"pack": "sha256:\x1b[31m", "verdicts": {"a": 1}}, "url": "javascript:alert(1)"},
        {"earlier": {"at": "never", "ids": {"a": {}}}, "started": "0000-00-00"},
    ],
)
def test_a_hostile_pack_is_judged_and_not_believed(pack: dict[str, Any]) -> None:
    found = attached(
        orjson.dumps({"format": "beffroi-check/1", **pack}, option=orjson.OPT_PASSTHROUGH_DATETIME)
    )
    comparison = compared(found, PACK, checked(OgcCity()))
    assert comparison.result is Result.NOT_BELIEVED
    assert len(found.remarks) <= 50
    assert len(comparison_json(comparison)) < 200_000
    assert "\x1b" not in comparison_html(comparison, "en")


def test_the_comparison_as_json_says_everything() -> None:
    comparison = compared(attached(honest()), PACK, checked(controls.n4_filter_ignored()))
    document = comparison_document(comparison)
    assert document["format"] == "beffroi-comparison/1"
    assert document["clauses"] == PACK.id
    assert document["result"] == "differs"
    assert document["fulfilled"] is False
    assert json.loads(comparison_json(comparison)) == document
    assert set(words("en")) == set(words("fr"))


def _run(*arguments: str) -> Any:
    return CliRunner(env={"COLUMNS": "220", "NO_COLOR": "1"}).invoke(PROGRAM, [*arguments])


def _files(tmp_path: Path, pack: ClausePack = PACK) -> tuple[str, str]:
    clauses, bidder = tmp_path / "clauses.json", tmp_path / "bidder.json"
    clauses.write_bytes(pack_json(pack))
    return str(clauses), str(bidder)


def test_bidder_and_buyer_run_the_same_test_on_the_command_line(tmp_path: Path) -> None:
    clauses, bidder = _files(tmp_path)

    async def at(control: Control, *arguments: str) -> Any:
        async with served(control) as origin:
            filled = [each.replace("ORIGIN", origin) for each in arguments]
            return await asyncio.to_thread(_run, *filled)

    done = asyncio.run(at(OgcCity(), "check", "ORIGIN/ogc", "--clauses", clauses, "--json", bidder))
    assert done.exit_code == 0, done.output
    assert "6 of 6 clauses are fulfilled" in done.stdout
    assert orjson.loads(Path(bidder).read_bytes())["clauses"]["pack"] == PACK.id
    lying = asyncio.run(at(controls.n3_lies(), "check", "ORIGIN/ogc", "--clauses", clauses))
    assert lying.exit_code == 1
    assert "not fulfilled" in lying.stdout
    offline = _run("compare", bidder, "--clauses", clauses)
    assert offline.exit_code == 0, offline.output
    assert "The pack holds" in offline.stdout
    refused = _run("compare", bidder, "--clauses", clauses, "--again")
    assert isinstance(refused.exception, Problem)
    assert "--url" in refused.exception.detail


def test_the_buyer_repeats_the_check_on_the_same_address(tmp_path: Path) -> None:
    clauses, bidder = _files(tmp_path)
    out = {name: str(tmp_path / f"out.{name}") for name in ("json", "html")}

    async def story() -> tuple[Any, Any]:
        city = OgcCity()
        async with served(lambda asked: city(asked)) as origin:
            url = f"{origin}/ogc"
            await asyncio.to_thread(_run, "check", url, "--clauses", clauses, "--json", bidder)
            same = await asyncio.to_thread(
                _run, "compare", bidder, "--clauses", clauses, "--again", "--url", url
            )
            city.obey_filters = False
            other = await asyncio.to_thread(
                _run, "compare", bidder, "--clauses", clauses, "--again", "--url", url,
                "--json", out["json"], "--html", out["html"], "--lang", "fr",
            )  # fmt: skip
        return same, other

    same, other = asyncio.run(story())
    assert same.exit_code == 0, same.output
    assert "came to the same ones" in same.stdout
    assert other.exit_code == 1
    assert "Les verdicts diffèrent" in other.stdout
    rows = {row["requirement"]: row for row in json.loads(Path(out["json"]).read_text())["rows"]}
    assert (rows["0.C2.R2.2"]["claimed"], rows["0.C2.R2.2"]["ours"]) == ("PASS", "FAIL")
    assert "Les verdicts diffèrent" in Path(out["html"]).read_text()


def test_a_pack_of_other_rules_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    clauses, _ = _files(tmp_path)
    document = orjson.loads(pack_json(PACK))
    document["binds"]["register_version"] = "2"
    text = json.dumps(document["binds"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    document["id"] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    Path(clauses).write_bytes(orjson.dumps(document))
    refused = _run("check", "http://127.0.0.1:9/", "--clauses", clauses)
    assert isinstance(refused.exception, Problem)
    assert "binds rules 2" in refused.exception.detail


def test_a_plain_check_is_bound_to_nothing() -> None:
    assert codes(report_json(checked(OgcCity()))) == ["not-bound"]


def test_the_real_fetcher_and_the_one_of_the_tests_agree() -> None:
    async def over_sockets() -> Report:
        async with served(OgcCity()) as origin, guarded_fetch(LOCAL, pause_s=0.0) as fetch:
            return await check(f"{origin}/ogc", fetch=fetch, now=lambda: NOON)

    report = asyncio.run(over_sockets())
    assert attached(bound_json(report, PACK), url=report.url).remarks == ()
    assert isinstance(InProcess(OgcCity()), InProcess)


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_is_judged_or_refused_and_nothing_else(seed: int) -> None:
    """Members anywhere in a pack become other things; its own hashes are put right again."""
    chance, ours = Random(seed), checked(OgcCity())
    for _ in range(15):
        pack = orjson.loads(honest())
        entry = chance.choice(
            [one for one in pack["exchanges"] if "json" in one["content_type"] and one["body_bytes"]]
        )
        body = orjson.loads(pack["bodies"][entry["body_sha256"]]["text"])
        for value in (body, pack):
            for _ in range(3):
                _damage(value, chance)
        text = orjson.dumps(body).decode()
        if isinstance(pack.get("bodies"), dict):
            entry["body_sha256"] = hashlib.sha256(text.encode()).hexdigest()
            pack["bodies"][entry["body_sha256"]] = {"text": text}
        try:
            found = attached(orjson.dumps(pack))
        except ClauseError:
            continue
        assert comparison_html(compared(found, PACK, ours), "fr")


def _damage(value: Any, chance: Random) -> None:
    """Replace or remove one member somewhere inside."""
    while isinstance(value, dict | list) and value:
        place = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if not isinstance(value[place], dict | list) or chance.random() < 0.2:
            if chance.random() < 0.3 and isinstance(value, dict):
                del value[place]
            else:
                value[place] = chance.choice(
                    [None, True, -1, 1e308, "", "http://[", "\u202e", [], {}, "x" * 999]
                )
            return
        value = value[place]
