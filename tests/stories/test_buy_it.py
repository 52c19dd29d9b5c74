"""Buy it: requirements become clauses, bidders run the tests, the buyer repeats them, the winner is accepted by
the same tests, and a change later is a dated breach; in the portal, over the interface and on the command line
(US2 of the mission). A bidder that only claims is told FAIL with evidence.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest

from beffroi.proof.clauses.pack import read_clause_pack
from beffroi.proof.pack import replay
from tests.node.process import Answer, NodeProcess
from tests.proof.controls import n3_lies
from tests.proof.ogc_city import OgcCity, stations
from tests.stories.square import Person, Square, eventually, proof_in
from tests.stories.suppliers import Supplier, open_supplier

pytestmark = pytest.mark.slow

CHOSEN = ("0.C1.R1.1", "0.C2.R2.1", "0.C2.R2.2", "1.C1.R1.1", "7.C1.R1.1")
BORDER = "----of-the-story"
COMPARE = "/fr/network/clauses/compare"


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    """A node of a city (simulated) that asks for sign-in, with an officer."""
    folder = tmp_path_factory.mktemp("buying")
    data = folder / "city"
    with NodeProcess(folder, str(data), "--no-open-access", "--city", "Simville (simulated)") as node:
        square = Square(node, data)
        square.enter("officer", "officer")
        yield square


@pytest.fixture(scope="module")
def honest() -> Iterator[Supplier]:
    with open_supplier(OgcCity()) as supplier:
        yield supplier


@pytest.fixture(scope="module")
def claimant() -> Iterator[Supplier]:
    """It declares every conformance class and obeys no limit."""
    with open_supplier(n3_lies()) as supplier:
        yield supplier


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def clauses(square: Square, files: Path) -> Path:
    """The clause pack, chosen and downloaded in the portal by somebody who is not signed in."""
    visitor = Person(square.node, "visitor")
    query = {f"pick.{name}": "1" for name in CHOSEN}
    sent = visitor.get("/fr/network/clauses", choose="1", **query)
    assert sent.status == 303, sent
    page = html.unescape(visitor.page(sent.headers["location"]))
    assert "Le fournisseur livre" in page
    assert "The supplier delivers" in page
    links = dict(
        re.findall(r'href="(/network/v1/clauses\?[^"]*format=(?:json|docx|html)[^"]*)"[^>]*>([^<]+)<', page)
    )
    by_form = {re.search(r"format=(\w+)", link)[1]: link for link in links}  # type: ignore[index]
    for form, link in by_form.items():
        (files / f"clauses.{form}").write_bytes(visitor.get(link).body)
    return files / "clauses.json"


@pytest.fixture(scope="module")
def evidence(square: Square, honest: Supplier, clauses: Path, files: Path) -> Path:
    """What the honest bidder attaches."""
    file = files / "honest.json"
    done = square.command("check", honest.url, "--clauses", str(clauses), "--json", str(file))
    assert done.exit_code == 0, (done.output, done.exception)
    return file


@pytest.fixture(scope="module")
def contract(square: Square, honest: Supplier, clauses: Path) -> Any:
    return contract_with(square, honest, clauses, "Stations as a service (simulated)")


def contract_with(square: Square, supplier: Supplier, clauses: Path, title: str) -> Any:
    """A contract as the officer's program writes and publishes it."""
    content = {
        "title": title, "buyer": {"name": "Simville (simulated)"}, "supplier": {"name": "Firm (simulated)"},
        "endpoint": supplier.url, "clauses": json.loads(clauses.read_text()),
        "begins": "2026-01-01", "ends": "2039-12-31", "patienceDays": 2,
    }  # fmt: skip
    made = square["officer"].ask("POST", "/network/v1/contracts?publish=true", content)
    assert made.status == 201, made
    return made.json


def ran(square: Square, contract: Any) -> Any:
    """Run the tests over the interface, and wait for what they bring."""
    begun = square["officer"].ask("POST", f"/network/v1/contracts/{last(contract)}/run", {})
    assert begun.status == 202, begun
    return ended(square, begun.json)


def ended(square: Square, run: Any) -> Any:
    path = f"/network/v1/acceptances/{last(run)}"
    return eventually(
        lambda: (found := square["officer"].document(path))["content"]["outcome"] != "running" and found,
        "the end of the run",
    )


def last(document: Any) -> str:
    return str(document["id"]).rpartition("/")[2]


def story_of(square: Square, contract: Any) -> Any:
    return Person(square.node, "anybody").document(f"/network/v1/contracts/{last(contract)}/story")


def upload(square: Square, again: bool, url: str, **files: Path) -> Answer:
    """Send the form of the page with its files."""
    officer = square["officer"]
    fields = {"proof": proof_in(officer.get(COMPARE)).encode(), "url": url.encode()}
    fields |= {"again": b"1"} if again else {}
    fields |= {name: file.read_bytes() for name, file in files.items()}
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BORDER.encode(), name.encode(), value)
        for name, value in fields.items()
    ]
    body = b"".join(parts) + f"--{BORDER}--\r\n".encode()
    return officer.ask("POST", COMPARE, body, **{"Content-Type": f"multipart/form-data; boundary={BORDER}"})


def test_the_choice_is_one_pack_wherever_it_is_made(square: Square, clauses: Path, files: Path) -> None:
    pack = read_clause_pack(clauses.read_bytes())
    assert pack.ids == CHOSEN
    typed = files / "typed.json"
    done = square.command("clauses", *reversed(CHOSEN), "--json", str(typed))
    assert pack.id in done.stdout
    assert read_clause_pack(typed.read_bytes()).id == pack.id
    asked = Person(square.node, "program").document("/network/v1/clauses", requirement=",".join(CHOSEN))
    assert asked["id"] == pack.id


def test_the_text_says_what_when_and_what_follows_in_both_languages(clauses: Path, files: Path) -> None:
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(files / "clauses.docx")).paragraphs)
    pack = read_clause_pack(clauses.read_bytes())
    for said in (
        pack.id,
        "filter-place, filter-attribute, filter-time",
        "At delivery",
        "À la livraison",
        "INCONCLUSIVE",
    ):
        assert said in text
    for subject in ("Restitution des données", "Return of data", "Réversibilité", "Access for verification"):
        assert subject in text


def test_a_bidder_that_only_claims_is_told_fail_with_evidence(
    square: Square, claimant: Supplier, clauses: Path, files: Path
) -> None:
    file = files / "claimant.json"
    done = square.command("check", claimant.url, "--clauses", str(clauses), "--json", str(file))
    assert done.exit_code == 1
    report = replay(file.read_bytes()).report
    failed = {one.requirement: one for one in report.verdicts if str(one.outcome) == "FAIL"}
    assert {"0.C2.R2.1", "7.C1.R1.1"} <= set(failed)
    exchanges = {one.number: one for one in report.recording.exchanges}
    (shown, *_) = failed["0.C2.R2.1"].evidence
    assert exchanges[shown].answer.status == 200


def test_the_buyer_repeats_the_same_check_and_it_holds(
    square: Square, honest: Supplier, clauses: Path, evidence: Path
) -> None:
    offline = square.command("compare", str(evidence), "--clauses", str(clauses))
    assert offline.exit_code == 0, offline.output
    again = square.command(
        "compare", str(evidence), "--clauses", str(clauses), "--again", "--url", honest.url
    )
    assert again.exit_code == 0, again.output
    shown = html.unescape(upload(square, True, honest.url, evidence=evidence, clauses=clauses).body.decode())
    assert "Le dossier tient" in shown
    assert "Toutes les clauses sont satisfaites." in shown


def test_a_pack_edited_by_hand_is_found_out(
    square: Square, claimant: Supplier, clauses: Path, files: Path
) -> None:
    """The claimant writes PASS over its FAIL."""
    pack = json.loads((files / "claimant.json").read_text())
    for row in (*pack["verdicts"], *pack["clauses"]["verdicts"]):
        row.update({"outcome": "PASS"} | ({"standing": "fulfilled"} if "standing" in row else {}))
    edited = files / "edited.json"
    edited.write_text(json.dumps(pack))
    body = {"evidence": pack, "clauses": json.loads(clauses.read_text()), "url": claimant.url, "again": True}
    found = square["officer"].ask("POST", "/network/v1/pack-comparisons", body).json
    assert found["result"] == "not-believed"
    assert "verdict-changed" in [one["code"] for one in found["remarks"]]
    rows = {row["requirement"]: row for row in found["rows"]}
    assert (rows["0.C2.R2.1"]["claimed"], rows["0.C2.R2.1"]["ours"]) == ("PASS", "FAIL")
    assert rows["0.C2.R2.1"]["our_evidence"]
    shown = upload(square, False, claimant.url, evidence=edited, clauses=clauses)
    assert "Le dossier n’est pas crédible" in html.unescape(shown.body.decode())


def test_a_pack_made_on_another_server_is_found_out(
    square: Square, honest: Supplier, claimant: Supplier, clauses: Path, evidence: Path, files: Path
) -> None:
    """The claimant takes the honest bidder's pack: as it is, and with every address replaced."""
    command = ("compare", "--clauses", str(clauses), "--again", "--url", claimant.url)
    plain = square.command(*command, str(evidence))
    assert plain.exit_code == 1
    assert "The pack was made on" in plain.stdout
    replaced = files / "replaced.json"
    replaced.write_bytes(_moved(evidence.read_bytes(), honest.url, claimant.url))
    assert replay(replaced.read_bytes()).differences == ()
    moved = square.command(*command, str(replaced))
    assert moved.exit_code == 1
    assert "Verdicts differ" in moved.stdout


def _moved(pack: bytes, old: str, new: str) -> bytes:
    """A consistent forgery: the addresses in requests and bodies are others, and the hashes are right again."""
    old_host, new_host = (url.rpartition("/")[0] for url in (old, new))
    document = json.loads(pack.replace(old_host.encode(), new_host.encode()))
    bodies = {}
    for exchange in document["exchanges"]:
        entry = document["bodies"][exchange["body_sha256"]]
        raw = entry["text"].encode() if "text" in entry else base64.b64decode(entry["base64"])
        exchange["body_sha256"] = hashlib.sha256(raw).hexdigest()
        bodies[exchange["body_sha256"]] = entry
    return json.dumps({**document, "bodies": bodies}).encode()


def test_the_winner_is_accepted_by_the_same_tests_in_the_portal(square: Square, contract: Any) -> None:
    officer, home = square["officer"], f"/fr/network/contracts/{last(contract)}"
    page = officer.page(home)
    assert "pas encore testé" in page
    assert officer.send(f"{home}/run", page).status == 303
    told = eventually(
        lambda: (found := story_of(square, contract))["standing"] == "accepted" and found, "the acceptance"
    )
    (run,) = told["runs"]
    assert run["content"]["clauses"] == contract["content"]["clauses"]["id"]
    assert [one["outcome"] for one in run["content"]["verdicts"]] == ["PASS"] * len(CHOSEN)
    assert "admis" in Person(square.node, "citizen").page(home)


def test_the_evidence_of_the_acceptance_is_judged_again_by_anybody(
    square: Square, contract: Any, clauses: Path, files: Path
) -> None:
    (run,) = story_of(square, contract)["runs"]
    pack = Person(square.node, "citizen").get(f"/network/v1/acceptances/{last(run)}/evidence")
    file = files / "accepted.json"
    file.write_bytes(pack.body)
    done = square.command("check", "--replay", str(file), "--clauses", str(clauses))
    assert done.exit_code == 0, done.output


def test_a_delivery_that_does_not_do_what_it_claims_is_not_accepted(
    square: Square, claimant: Supplier, clauses: Path
) -> None:
    contract = contract_with(square, claimant, clauses, "Only claims (simulated)")
    run = ran(square, contract)
    assert run["content"]["outcome"] == "failed"
    failed = [one for one in run["content"]["verdicts"] if one["standing"] == "failed"]
    assert all(one["outcome"] == "FAIL" and one["evidence"] for one in failed)
    assert story_of(square, contract)["standing"] == "not accepted: failed"


def test_a_service_that_is_down_is_not_reached_and_no_breach(
    square: Square, honest: Supplier, contract: Any
) -> None:
    up, honest.control = honest.control, None
    try:
        run = ran(square, contract)
    finally:
        honest.control = up
    assert run["content"]["outcome"] == "unreachable"
    told = story_of(square, contract)
    assert (told["standing"], told["breaches"]) == ("not reached", [])


def test_a_change_of_the_interface_is_a_dated_breach_that_everybody_reads(
    square: Square, honest: Supplier, contract: Any
) -> None:
    honest.control = OgcCity(obey_filters=False, sets={"stations": stations()})
    ran(square, contract)
    told = story_of(square, contract)
    assert told["standing"] == "in breach"
    found = {one["content"]["what"]: one["content"] for one in told["breaches"]}
    assert set(found) == {"interface", "verdict"}
    assert {"kind": "gone", "where": "collections", "name": "lamps", "before": "", "after": ""} in found[
        "interface"
    ]["changes"]
    (turned,) = found["verdict"]["verdicts"]
    assert (turned["requirement"], turned["before"], turned["after"]) == ("0.C2.R2.2", "PASS", "FAIL")
    for breach in found.values():
        assert breach["on"] == told["runs"][0]["content"]["at"]
        assert breach["evidence"]["before"] != breach["evidence"]["after"]
    page = html.unescape(Person(square.node, "citizen").page(f"/fr/network/contracts/{last(contract)}"))
    assert "L’interface a changé sans préavis" in page
    assert "lamps" in page
    shown = square.command(
        "contract", "show", contract["id"], "--data", str(square.data), "--base", square.node.origin
    )
    assert "in breach" in shown.stdout
    assert "0.C2.R2.2 PASS -> FAIL" in shown.stdout


def test_the_breach_is_in_the_signed_feed_of_the_city(square: Square, contract: Any) -> None:
    entries = Person(square.node, "follower").get("/network/v1/feed").body.decode()
    payloads = [
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        for part in re.findall(r"[\w-]{20,}\.([\w-]{20,})\.[\w-]{20,}", entries)
    ]
    kinds = [one["document"]["kind"] for one in payloads if "document" in one]
    assert {"contract", "acceptance", "breach"} <= set(kinds)


def test_what_was_repaired_ends_the_breach_and_stays_in_the_story(
    square: Square, honest: Supplier, contract: Any
) -> None:
    honest.control = OgcCity()
    ran(square, contract)
    told = story_of(square, contract)
    assert told["standing"] == "accepted"
    assert [one["content"]["ended"][:10] for one in told["breaches"]] == [
        told["runs"][0]["content"]["at"][:10]
    ] * 2


def test_the_command_line_accepts_on_its_own_store(
    square: Square, honest: Supplier, clauses: Path, tmp_path: Path
) -> None:
    store = ("--data", str(tmp_path / "town"))
    made = square.command(
        "contract", "add", "Small town (simulated)", "--clauses", str(clauses), "--endpoint", honest.url,
        "--supplier", "Firm (simulated)", "--buyer", "Town (simulated)", "--begins", "2026-01-01",
        "--ends", "2039-12-31", *store,
    )  # fmt: skip
    assert made.exit_code == 0, (made.output, made.exception)
    id = made.stdout.strip()
    done = square.command("contract", "run", id, "--private", *store)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "acceptance: passed" in done.stdout
    honest.control = n3_lies()
    later = square.command("contract", "run", id, "--private", *store)
    honest.control = OgcCity()
    assert later.exit_code == 1
    assert "in breach" in later.stdout
