"""Joining a chapter by invitation or request, being decided upon once, leaving; whom one follows by it."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.chapters import accept as accept_request
from beffroi.network.operations.chapters import refuse as refuse_request
from beffroi.network.operations.following import turn
from beffroi.network.operations.joining import tend
from beffroi.network.operations.peers import peers
from beffroi.network.rules.identity import Identity, did_of, new_key
from beffroi.network.rules.membership.joining import TAKEN_BACK
from beffroi.network.rules.membership.letter import letter_of
from beffroi.store.port import Find, Store
from beffroi.web.message import Actor
from tests.conftest import Run
from tests.network.city import NOON, City
from tests.network.federation import Liar, Wire

CHAPTER, LILLE, BORDEAUX, LYON, SISTER = (f"http://127.0.0.1:{port}" for port in range(4100, 4105))
PLEDGE = {"title": "A simulated pledge", "language": "en"}


@pytest.fixture
def wire(run: Run, store: Store) -> Wire:
    """A chapter and three cities that nobody has let in yet; the chapter is on the engine under test."""
    wire = Wire(run)
    chapter = wire.city(4100, store)
    chapter.publish("chapters", {"name": "A simulated chapter", "language": "fr"})
    for port in (4101, 4102, 4103):
        wire.city(port)
    return wire


def settle(wire: Wire, *, seconds: float = 90) -> None:
    """Every node looks twice around; nobody's clock stands still meanwhile."""
    for _ in range(3):
        for city in wire.nodes.values():
            city.clock.now = plus_seconds(city.clock.now, seconds)
            wire.run(tend(wire.following(city)))
            for peer in wire.run(peers(city.network)):
                wire.run(turn(wire.following(city), str(peer["did"])))


def join(wire: Wire, base: str, chapter: str = CHAPTER, **more: str) -> Any:
    return wire.nodes[base].post("/joinings", {"address": chapter, **more})


def state_of(wire: Wire, base: str) -> str:
    return str(wire.nodes[base].get("/joinings").json["joinings"][-1]["state"])


def followed(wire: Wire, base: str) -> dict[str, list[str]]:
    known: list[Any] = [*wire.run(peers(wire.nodes[base].network))]
    return {str(peer["did"]): list(peer["reasons"]) for peer in known}


def accept(wire: Wire, base: str, chapter: str = CHAPTER) -> None:
    asked = wire.nodes[chapter].get("/requests", "state=asked").json["requests"]
    (id,) = [each["id"] for each in asked if each["member"] == did_of(base)]
    assert wire.nodes[chapter].post(f"/requests/{id}/accept").status == 200


def admitted(wire: Wire, *bases: str) -> None:
    for base in bases:
        assert join(wire, base).status == 201
        accept(wire, base)
    settle(wire)


def test_a_city_asks_is_let_in_and_members_follow_each_other(wire: Wire) -> None:
    admitted(wire, LILLE, BORDEAUX)
    assert (state_of(wire, LILLE), state_of(wire, BORDEAUX)) == ("member", "member")
    assert followed(wire, LILLE) == {did_of(CHAPTER): [did_of(CHAPTER)], did_of(BORDEAUX): [did_of(CHAPTER)]}
    assert set(followed(wire, CHAPTER)) == {did_of(LILLE), did_of(BORDEAUX)}
    wire.nodes[BORDEAUX].publish("pledges", PLEDGE)
    settle(wire)
    origins = [each["origin"] for each in wire.nodes[LILLE].get("/pledges").json["documents"]]
    assert origins == [did_of(BORDEAUX)]
    members = wire.nodes[LILLE].get("/memberships").json["documents"]
    assert [each["content"]["member"] for each in members] == [did_of(LILLE), did_of(BORDEAUX)]
    assert {each["origin"] for each in members} == {did_of(CHAPTER)}


def test_members_stay_connected_when_their_chapter_disappears(wire: Wire) -> None:
    admitted(wire, LILLE, BORDEAUX)
    wire.down.add(CHAPTER)
    wire.nodes[BORDEAUX].publish("pledges", PLEDGE)
    settle(wire)
    assert did_of(BORDEAUX) in followed(wire, LILLE)
    assert wire.nodes[LILLE].get("/pledges").json["total"] == 1


def test_an_invitation_lets_one_city_in_once(wire: Wire) -> None:
    made = wire.nodes[CHAPTER].post("/invitations", {"note": "for a city", "days": 7})
    code = made.json["code"]
    assert join(wire, LILLE, code=code).json["state"] in {"asked", "member"}
    settle(wire)
    assert state_of(wire, LILLE) == "member"
    got = join(wire, BORDEAUX, code=code)
    assert (got.status, "was used already" in got.json["detail"]) == (502, True)
    assert wire.nodes[BORDEAUX].get("/joinings").json["joinings"] == []
    listed = wire.nodes[CHAPTER].get("/invitations").json["invitations"]
    assert (listed[0]["used"]["by"], code in str(listed)) == (did_of(LILLE), False)


@pytest.mark.parametrize(("days", "wait_days", "code"), [(1, 2, None), (7, 0, "0" * 32)])
def test_an_invitation_that_is_over_or_unknown_lets_nobody_in(
    wire: Wire, days: int, wait_days: int, code: str | None
) -> None:
    made = wire.nodes[CHAPTER].post("/invitations", {"days": days}).json["code"]
    for city in wire.nodes.values():
        city.clock.now = plus_seconds(city.clock.now, wait_days * 86_400)
    got = join(wire, LILLE, code=code or made)
    assert (got.status, "403" in got.json["detail"]) == (502, True)
    assert wire.nodes[CHAPTER].get("/memberships").json["total"] == 0


def test_of_two_coordinators_one_decides_and_the_other_is_told_whose_decision_it_is(wire: Wire) -> None:
    join(wire, LILLE)
    chapter = wire.nodes[CHAPTER]
    id = chapter.get("/requests").json["requests"][0]["id"]
    anna, bruno = chapter.acting("anna", "coordinate"), chapter.acting("bruno", "coordinate")
    assert anna.post(f"/requests/{id}/accept").status == 200
    got = bruno.post(f"/requests/{id}/refuse", {"reason": "not a city"})
    assert (got.status, "was accepted by 'anna'" in got.json["detail"]) == (409, True)
    assert chapter.get("/memberships").json["total"] == 1


def test_two_coordinators_at_the_same_moment_make_one_decision(wire: Wire) -> None:
    join(wire, LILLE)
    chapter = wire.nodes[CHAPTER]
    id, room = chapter.get("/requests").json["requests"][0]["id"], wire.following(chapter)
    anna, bruno = (Actor(name, frozenset({"coordinate"})) for name in ("anna", "bruno"))

    async def both() -> Sequence[object]:
        work = accept_request(room, id, anna), refuse_request(room, id, bruno, "not a city")
        return await asyncio.gather(*work, return_exceptions=True)

    first, second = wire.run(both())
    (told,) = [each for each in (first, second) if isinstance(each, Problem)]
    assert re.search(r"was (accepted by 'anna'|refused by 'bruno')", told.detail)


def test_a_request_that_is_taken_back_leaves_nothing_and_can_be_made_again(wire: Wire) -> None:
    join(wire, LILLE)
    assert (
        wire.nodes[LILLE].post(f"/joinings/{quote(did_of(CHAPTER), safe='')}/leave").json["state"] == "left"
    )
    assert wire.nodes[CHAPTER].get("/requests").json["requests"] == []
    assert join(wire, LILLE).status == 201


def test_a_refused_city_is_told_why_and_nobody_else_is(wire: Wire) -> None:
    join(wire, LILLE, words="We would like to learn.")
    chapter = wire.nodes[CHAPTER]
    id = chapter.get("/requests").json["requests"][0]["id"]
    assert chapter.post(f"/requests/{id}/refuse", {"reason": " "}).status == 400
    assert chapter.post(f"/requests/{id}/refuse", {"reason": "The chapter is full."}).status == 200
    settle(wire)
    known = wire.nodes[LILLE].get("/joinings").json["joinings"][0]
    assert (known["state"], known["why"]) == ("refused", "The chapter is full.")
    assert followed(wire, LILLE) == {}
    assert chapter.get("/memberships").json["total"] == 0
    assert join(wire, LILLE).status == 201  # it may ask again


def test_a_city_that_has_asked_is_not_asked_for_twice(wire: Wire) -> None:
    join(wire, LILLE)
    got = join(wire, LILLE)
    assert (got.status, "has asked already" in got.json["detail"]) == (502, True)


def test_leaving_holds_at_once_and_everybody_hears_of_it(wire: Wire) -> None:
    admitted(wire, LILLE, BORDEAUX)
    wire.nodes[BORDEAUX].publish("pledges", PLEDGE)
    settle(wire)
    got = wire.nodes[BORDEAUX].post(
        f"/joinings/{quote(did_of(CHAPTER), safe='')}/leave", {"words": "a merger"}
    )
    assert (got.status, got.json["state"]) == (200, "left")
    assert followed(wire, BORDEAUX) == {}
    settle(wire)
    assert set(followed(wire, LILLE)) == {did_of(CHAPTER)}
    assert wire.nodes[LILLE].get("/pledges").json["total"] == 0
    gone = [
        each
        for each in wire.nodes[LILLE].get("/memberships").json["documents"]
        if each["state"] == "withdrawn"
    ]
    assert gone[0]["withdrawn"]["reason"] == "a merger"
    admitted(wire, BORDEAUX)
    assert did_of(BORDEAUX) in followed(wire, LILLE)


def leave(wire: Wire, base: str) -> None:
    got = wire.nodes[base].post(f"/joinings/{quote(did_of(CHAPTER), safe='')}/leave")
    assert (got.status, got.json["state"]) == (200, "left")


def overheard(wire: Wire, letter: bytes) -> Any:
    """Send a letter once more that somebody has overheard."""
    got = wire.nodes[CHAPTER].post("/letters", json.loads(letter))
    assert got.status == 202, got.text
    return got.json["state"]


def memberships(wire: Wire) -> list[str]:
    return [each["state"] for each in wire.nodes[CHAPTER].get("/memberships").json["documents"]]


def test_a_letter_of_who_left_does_not_end_a_later_membership(wire: Wire) -> None:
    for _ in range(2):
        assert join(wire, LILLE).status == 201
        accept(wire, LILLE)
        wire.run(tend(wire.following(wire.nodes[LILLE])))
        leave(wire, LILLE)
    joined, left = wire.letters[0], wire.letters[1]
    assert join(wire, LILLE).status == 201
    accept(wire, LILLE)
    assert memberships(wire) == ["withdrawn", "withdrawn", "published"]
    for letter in (left, left, joined):
        overheard(wire, letter)
    assert memberships(wire) == ["withdrawn", "withdrawn", "published"]


def test_a_request_that_was_taken_back_does_not_come_again_with_its_letter(wire: Wire) -> None:
    join(wire, LILLE)
    leave(wire, LILLE)
    joined, left = wire.letters
    assert overheard(wire, joined) == "left"
    assert wire.nodes[CHAPTER].get("/requests").json["requests"] == []
    assert join(wire, LILLE).status == 201
    assert overheard(wire, left) == "left"
    assert len(wire.nodes[CHAPTER].get("/requests").json["requests"]) == 1


def test_what_is_kept_of_a_request_that_was_taken_back_is_removed_once_no_letter_holds(wire: Wire) -> None:
    for _ in range(3):
        join(wire, LILLE)
        leave(wire, LILLE)
        for city in wire.nodes.values():
            city.clock.now = plus_seconds(city.clock.now, 3_600)
    found = wire.run(wire.nodes[CHAPTER].network.store.find(Find("", TAKEN_BACK)))
    assert len(found.records) == 1


def test_a_letter_that_leaves_without_its_request_ends_nothing(wire: Wire) -> None:
    liar = Liar("http://127.0.0.1:4199")
    wire.fakes[liar.base] = liar
    got = letter(wire, liar, kind="leave")
    assert (got["status"], "names the 'request'" in str(got["detail"])) == (400, True)


def test_a_chapter_that_is_down_hears_later_that_a_member_has_left(wire: Wire) -> None:
    admitted(wire, LILLE)
    wire.down.add(CHAPTER)
    got = wire.nodes[LILLE].post(f"/joinings/{quote(did_of(CHAPTER), safe='')}/leave")
    assert (got.json["state"], followed(wire, LILLE)) == ("leaving", {})
    wire.down.clear()
    settle(wire)
    assert state_of(wire, LILLE) == "left"
    assert wire.nodes[CHAPTER].get("/memberships").json["documents"][0]["state"] == "withdrawn"


def test_a_coordinator_ends_a_membership_with_a_reason(wire: Wire) -> None:
    admitted(wire, LILLE)
    path = f"/members/{quote(did_of(LILLE), safe='')}/end"
    assert wire.nodes[CHAPTER].post(path, {"reason": ""}).status == 400
    assert wire.nodes[CHAPTER].post(path, {"reason": "It was dissolved."}).status == 200
    assert wire.nodes[CHAPTER].post(path, {"reason": "Again."}).status == 404
    settle(wire)
    known = wire.nodes[LILLE].get("/joinings").json["joinings"][0]
    assert (known["state"], known["why"]) == ("left", "It was dissolved.")


def test_chapters_that_link_to_each_other_let_their_members_hear_each_other(wire: Wire) -> None:
    sister = wire.city(4104)
    sister.publish("chapters", {"name": "A simulated sister", "language": "nl"})
    admitted(wire, LILLE)
    assert join(wire, LYON, SISTER).status == 201
    accept(wire, LYON, SISTER)
    settle(wire)
    assert did_of(LYON) not in followed(wire, LILLE)
    chapter = wire.nodes[CHAPTER]
    made = chapter.get("/chapters", f"origin={quote(did_of(CHAPTER), safe='')}").json["documents"][0]
    name = made["id"].rpartition("/")[2]
    assert (
        chapter.patch(f"/chapters/{name}", {"chapters": [did_of(SISTER)]}, "reason=we+work+together").status
        == 200
    )
    settle(wire)
    assert {did_of(SISTER), did_of(LYON)} <= set(followed(wire, LILLE))
    assert did_of(LYON) in followed(wire, CHAPTER)


def test_a_node_that_is_no_chapter_lets_nobody_in(wire: Wire) -> None:
    got = join(wire, LILLE, BORDEAUX)
    assert (got.status, "is no chapter" in got.json["detail"]) == (502, True)
    assert wire.nodes[BORDEAUX].post("/invitations").status == 409


def letter(wire: Wire, liar: Liar, **other: Any) -> JsonObject:
    sender: Identity = other.pop("sender", liar.identity)
    values = {
        "kind": "join",
        "id": "00000000-0000-4000-8000-0000000000ff",
        "to": did_of(CHAPTER),
        "at": NOON,
    } | other
    text = letter_of(values["kind"], values["id"], sender, values["to"], values["at"])
    got = wire.nodes[CHAPTER].post("/letters", {"letter": text})
    return {"status": got.status, **got.json}


FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "of another addressee": ({"to": did_of(SISTER)}, "is for"),
    "that is old": ({"at": plus_seconds(NOON, -3_600)}, "hold for"),
    "from the future": ({"at": plus_seconds(NOON, 3_600)}, "hold for"),
    "with another key": ({"sender": "stranger"}, "not signed by"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_letter_that_is_not_right_does_nothing(wire: Wire, name: str) -> None:
    liar = Liar("http://127.0.0.1:4199")
    wire.fakes[liar.base] = liar
    other, sentence = FORGED[name]
    if "sender" in other:
        other = {"sender": Identity(liar.did, new_key(1), "x", {"name": "x"}, ())}
    got = letter(wire, liar, **other)
    assert (got["status"], sentence in str(got["detail"])) == (403, True)
    assert wire.nodes[CHAPTER].get("/requests").json["requests"] == []


def test_a_letter_that_comes_twice_is_one_request(wire: Wire) -> None:
    liar = Liar("http://127.0.0.1:4199")
    wire.fakes[liar.base] = liar
    assert [letter(wire, liar)["status"], letter(wire, liar)["status"]] == [202, 202]
    assert len(wire.nodes[CHAPTER].get("/requests").json["requests"]) == 1


def test_nobody_leaves_in_somebody_elses_name(wire: Wire) -> None:
    admitted(wire, LILLE)
    victim: City = wire.nodes[LILLE]
    stranger = Identity(did_of(LILLE), new_key(1), "x", {"name": "x"}, ())
    text = letter_of(
        "leave", "00000000-0000-4000-8000-0000000000fe", stranger, did_of(CHAPTER), victim.clock.now
    )
    assert wire.nodes[CHAPTER].post("/letters", {"letter": text}).status == 403
    assert wire.nodes[CHAPTER].get("/memberships").json["documents"][0]["state"] == "published"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.AA", "A" * 20_000, 7])
def test_what_is_no_letter_is_refused(wire: Wire, text: object) -> None:
    assert wire.nodes[CHAPTER].post("/letters", {"letter": text}).status == 400
