"""Steer it: two cities share a need and make a joint call, two firms apply, a jury scores, the award is published and a
third city clones the call; three nodes as processes on loopback, through portal, interface and command line (US5, US2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.network.rules.identity import did_of
from beffroi.proof.register import load_register
from tests.network.test_nodes import chapter_and_cities, wait_for
from tests.node.process import NodeProcess
from tests.stories.square import FORM, Person, Square

pytestmark = pytest.mark.slow

ROOT = "/network/v1"
NEED = {
    "title": "Trouver une place libre", "language": "fr", "domain": "mobility", "data": [{"type": "OffStreetParking"}],
    "problem": "Les automobilistes tournent longtemps avant de trouver une place de parking libre (simulé).",
}  # fmt: skip
OTHER_NEED = {
    "title": "Where is a parking space left?", "language": "en", "domain": "mobility", "data": [{"type": "OffStreetParking"}],
    "problem": "Nobody knows how full our car parks are; drivers circle around the square (simulated).",
}  # fmt: skip
ANSWERS = {
    name: {"level": 3, "reason": "Simulated."} for name in ("desirability", "applicability", "feasibility")
}
REQUIREMENT = load_register().requirements[0].id
OPEN_S = 40
"""How long the call takes applications."""


@dataclass
class Town:
    """A city's node with its people."""

    square: Square
    did: str

    @property
    def node(self) -> NodeProcess:
        return self.square.node

    def __getitem__(self, name: str) -> Person:
        return self.square[name]

    def get(self, path: str) -> Any:
        answer = self.node.get(f"{ROOT}{path}")
        assert answer.status == 200, answer
        return answer.json

    def command(self, *words: str) -> str:
        done = CliRunner(env={"COLUMNS": "400", "NO_COLOR": "1"}).invoke(
            PROGRAM, [*words, "--data", str(self.square.data), "--base", self.node.origin]
        )
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Town]]:
    folder = tmp_path_factory.mktemp("towns")
    with chapter_and_cities(folder, 2) as nodes:
        made = [Town(Square(node, Path(node.data)), did_of(node.origin)) for node in nodes]
        for town in made:
            town.square.enter("cora", "coordinator")
        yield made


def segment(id: str) -> str:
    return quote(id, safe="")


def last(document: Any) -> str:
    return str(document["id"]).rpartition("/")[2]


def submit(person: Person, page: str, path: str, **fields: str) -> Any:
    """Send a form that stands on a page of the portal."""
    proof = re.search(r'name="proof" value="(\w+)"', person.page(page))
    assert proof is not None, page
    answer = person.ask("POST", path, urlencode({"proof": proof[1], **fields}).encode(), **FORM)
    assert answer.status == 303, answer
    return answer


def test_two_cities_share_a_need_call_together_and_a_third_one_clones(towns: list[Town]) -> None:
    third, one, other = towns
    for town in (one, other):
        for name in ("ana", "bob"):
            town.square.enter(name, "juror")

    # both say what they need; each node finds the other's need alike, across languages
    need = one["cora"].make(f"{ROOT}/needs?publish=true", {**NEED, **ANSWERS})
    own = other["cora"].make(f"{ROOT}/needs?publish=true", {**OTHER_NEED, **ANSWERS})
    (found,) = wait_for(lambda: other.get(f"/needs/{last(own)}/similar")["similar"])
    assert found["need"]["id"] == need["id"]
    assert found["need"]["origin"] == one.did
    assert "parking" in found["reason"]["en"]
    assert "both have OffStreetParking" in found["reason"]["en"]
    assert "les deux parlent de" in other["cora"].page(f"/fr/network/needs/{last(own)}")

    # "ours too", in the portal of the other city; the first one's node hears it
    page = f"/en/network/needs/{segment(need['id'])}"
    submit(other["cora"], page, f"{page}/ours-too", wishes="Also for delivery vans (simulated)")
    (shared,) = wait_for(lambda: one.get("/shared-needs")["shared"])
    assert shared["cities"] == [one.did, other.did]
    assert wait_for(lambda: third.get("/shared-needs")["shared"])[0]["need"]["origin"] == one.did

    # a joint call, drafted and opened in the portal
    page = f"/en/network/needs/{last(need)}"
    draft = submit(one["cora"], page, f"{page}/call").headers["location"]
    zone = ZoneInfo("Europe/Paris")
    now = datetime.now(UTC).astimezone(zone)
    closes = now + timedelta(seconds=OPEN_S)
    calendar = {
        "zone": "Europe/Paris", "opens": (now - timedelta(minutes=2)).isoformat(), "questions": closes.isoformat(),
        "closes": closes.isoformat(), "decides": (now + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    fields = {
        "title": f"Parking guidance for {other.node.origin}", "challenge": "Show what is free (simulated).", "city0": "Bourgneuf", "city1": "Nieuwdam",
        "criterion0": "Quality", "weight0": "60", "criterion1": "Price", "weight1": "40", "from": "10000", "to": "40000", "currency": "EUR",
        "eligibility": "A legal entity", "requirement": REQUIREMENT, "contract": "Delivered to Bourgneuf and Nieuwdam.", **calendar,
    }  # fmt: skip
    opened = submit(one["cora"], draft, draft, do="open", **fields).headers["location"]
    call = opened.rpartition("/")[2]
    api = f"{ROOT}/calls/{call}"
    assert one.get(f"/calls/{call}")["content"]["stage"] == "open"

    # two firms: one over the interface with its self-check, one in the portal
    firms = {
        name: one.square.market("party", "add", f"{name} (simulated)").strip()
        for name in ("parkwise", "otherpark")
    }
    for name, party in firms.items():
        one.square.enter(name, "provider", party)
    criteria = [each["id"] for each in one.get(f"/calls/{call}")["content"]["criteria"]]
    offer = {
        "firm": "Parkwise (simulated)", "language": "en", "summary": "It guides.", "answers": dict.fromkeys(criteria, "Well."),
        "price": {"currency": "EUR", "amount": "24000.00"}, "eligible": True,
    }  # fmt: skip
    receipt = one["parkwise"].make(f"{api}/applications", offer)
    assert one["parkwise"].make(f"{api}/applications", offer) == receipt
    pack = {"format": "beffroi-check/1", "url": "https://parkwise.example", "claims": "everything"}
    assert one["parkwise"].ask("PUT", f"{api}/applications/mine/pack", pack).status == 200
    assert one["parkwise"].get(f"{api}/applications/mine/comparison").json["fulfilled"] is False
    answers = {f"answer.{name}": "In the portal." for name in criteria}
    submit(
        one["otherpark"], f"{opened}/apply?eligible=yes", f"{opened}/apply", do="send", firm="Otherpark (simulated)", summary="LOSERS TEXT",
        amount="21000", currency="EUR", eligible="yes", **answers,
    )  # fmt: skip
    assert one.get(f"/calls/{call}/application-count")["count"] == 2

    # a firm asks unnamed; the answer, given in the portal, is read by everybody on every node
    said = {"question": "Are the signs part of the price (simulated)?", "language": "en"}
    asked = one["parkwise"].make(f"{api}/questions", said)
    questions = str(one["cora"].document(f"{api}/questions"))
    assert not any(word in questions for word in ("parkwise", firms["parkwise"]))
    submit(
        one["cora"],
        opened,
        f"{opened}/questions/{last(asked)}",
        question=said["question"],
        answer="They are.",
    )
    (answer,) = wait_for(lambda: third.get("/answers")["documents"])
    assert (answer["origin"], answer["content"]["answer"]) == (one.did, "They are.")
    assert not any(word in str(answer) for word in ("parkwise", firms["parkwise"]))
    elsewhere = f"/en/network/calls/{segment(f'{one.did}/calls/{call}')}"
    assert "They are." in wait_for(lambda: third["cora"].page(elsewhere))
    assert "Your question was answered:" in one["parkwise"].page("/en/network/for-you")
    assert b"They are." in third.node.get(f"{elsewhere}/atom").body

    # sealed until the close, for the jury and the coordinator; then too late
    named = one["cora"].ask("PUT", f"{api}/jury", {"jurors": ["ana", "bob"]})
    assert named.status == 200, named
    assert one["ana"].ask("POST", f"{api}/jury/accept").status == 200
    submit(one["bob"], f"{opened}/jury", f"{opened}/invitation", do="accept")
    for name in ("cora", "ana"):
        assert one[name].get(f"{api}/applications").status == 409
    wait_for(lambda: datetime.now(UTC) > closes + timedelta(milliseconds=100))
    late = one["otherpark"].ask("DELETE", f"{api}/applications/mine")
    assert late.status == 409
    assert "is too late" in late.json["detail"]
    assert "is evaluating" in one.command("call", "evaluate", call)

    # one juror over the interface, one in the portal
    applications = {
        each["content"]["firm"]: last(each)
        for each in one["ana"].document(f"{api}/applications")["applications"]
    }
    for firm, points in (("Parkwise (simulated)", 9), ("Otherpark (simulated)", 6)):
        path = f"{api}/applications/{applications[firm]}"
        scores = {name: {"points": points, "reason": "A simulated reason."} for name in criteria}
        assert one["ana"].ask("POST", f"{path}/declaration", {"conflict": False}).status == 200
        assert one["ana"].ask("POST", f"{path}/scores", {"scores": scores}).status == 200
        assert one["ana"].ask("POST", f"{path}/scores", {"scores": scores}).status == 409
        page = f"{opened}/jury/{applications[firm]}"
        submit(one["bob"], page, page, do="free")
        given = {f"points.{name}": str(points - 1) for name in criteria} | {
            f"reason.{name}": "A simulated reason." for name in criteria
        }
        submit(one["bob"], page, page, do="score", **given)
    assert "85.00" in one.command("call", "ranking", call)

    # the award: one decision, told to every node with its reasons, without what losing firms wrote
    submit(
        one["cora"],
        f"{opened}/ranking",
        f"{opened}/ranking",
        application=applications["Parkwise (simulated)"],
        reasons="It guides best (simulated).",
    )
    again = one["cora"].ask(
        "POST",
        f"{api}/award",
        {"application": applications["Otherpark (simulated)"], "reasons": "x", "whyNotFirst": "x"},
    )
    assert again.status == 409
    assert "to Parkwise (simulated) already" in again.json["detail"]
    (award,) = wait_for(lambda: third.get("/awards")["documents"])
    assert award["origin"] == one.did
    assert award["content"]["winner"] == {"firm": "Parkwise (simulated)", "rank": 1}
    assert "Otherpark" not in str(award)
    whole = f"{one.did}/calls/{call}"
    heard = wait_for(
        lambda: [each for each in third.get("/calls")["documents"] if each["content"]["stage"] == "awarded"]
    )[0]
    assert [row["step"] for row in heard["content"]["steps"]] == ["opened", "closed", "evaluating", "awarded"]
    assert "LOSERS TEXT" not in str(heard)
    assert "It guides best" in third["cora"].page(f"/en/network/calls/{segment(whole)}")

    # the third city clones it: nothing of the two is left but where it is from
    cloned = third.command("call", "clone", whole)
    clone = third["cora"].document(f"{ROOT}/calls/{cloned.split()[0].rpartition('/')[2]}")["content"]
    assert clone.pop("clonedFrom")["call"] == whole
    left = str(clone)
    for value in (
        "Bourgneuf",
        "Nieuwdam",
        one.did,
        other.did,
        one.node.origin,
        other.node.origin,
        "Parkwise",
        "ana",
        "10000",
        "40000",
        str(closes.year),
    ):
        assert (
            not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", left)
            or value in REQUIREMENT + load_register().version
        ), value
    assert clone["criteria"] == heard["content"]["criteria"]
    assert clone["requirements"]["ids"] == [REQUIREMENT]
