"""Following other nodes: what they publish arrives, and what is wrong with them is contained."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.following import keep_following, turn
from beffroi.network.operations.identity import About, rotate
from beffroi.network.operations.peers import believe, follow, peer_of, unfollow
from beffroi.network.rules.accepted import heard_key
from beffroi.network.rules.identity import did_document, new_key, public_jwk
from beffroi.network.rules.signature import signed
from beffroi.outbound import Answer, Failed
from beffroi.store.port import Store
from tests.network.city import NOON, City, name_of, segment, signer_of
from tests.network.federation import Liar, Wire, begin, take_turn

LILLE, BORDEAUX, LIAR = (f"http://127.0.0.1:{port}" for port in (4001, 4002, 4003))
PLEDGE = {"title": "A simulated pledge", "language": "en"}


@pytest.fixture
def follower(wire: Wire, store: Store) -> City:
    return wire.city(4001, store)


def later(city: City, seconds: float) -> None:
    city.clock.now = plus_seconds(city.clock.now, seconds)


def titles(city: City, origin: str) -> list[str]:
    found = city.get("/pledges", f"origin={segment(origin)}").json["documents"]
    return [f"{each['content']['title']} {each['state']} {each['version']}" for each in found]


def test_what_a_node_publishes_corrects_and_withdraws_reaches_its_follower(
    wire: Wire, follower: City
) -> None:
    other = wire.city(4002)
    did = begin(wire, follower, BORDEAUX)
    first, second = other.publish("pledges", PLEDGE), other.publish("pledges", {**PLEDGE, "title": "Another"})
    other.post("/pledges", {**PLEDGE, "title": "A draft"})
    peer = take_turn(wire, follower, did)
    assert (peer["state"], peer["sequence"], peer["end"]) == ("following", 2, 2)
    assert peer["about"] == {
        "organisation": "Simville 4002",
        "place": {"name": "Simville 4002"},
        "languages": ["fr", "en"],
    }
    assert titles(follower, did) == ["A simulated pledge published 1", "Another published 1"]
    other.patch(f"/pledges/{name_of(first)}", {"title": "Corrected"}, "reason=a+slip")
    other.post(f"/pledges/{name_of(second)}/withdraw", {"reason": "it was dropped"})
    take_turn(wire, follower, did)
    assert titles(follower, did) == ["Corrected published 2", "Another withdrawn 2"]
    assert "by" not in follower.get("/pledges", f"origin={segment(did)}").json["documents"][0]


def test_a_followed_document_cannot_be_changed_here(wire: Wire, follower: City) -> None:
    other, did = wire.city(4002), begin(wire, follower, BORDEAUX)
    made = other.publish("pledges", PLEDGE)
    take_turn(wire, follower, did)
    got = follower.patch(f"/pledges/{segment(made['id'])}", {"title": "Taken over"}, "reason=x")
    assert got.status == 403


def test_a_long_feed_is_read_in_pages_without_loss_or_duplicates(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    for number in range(1_201):
        liar.say(liar.pledge(number))
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert (peer["state"], peer["sequence"]) == ("following", 1_201)
    assert follower.get("/pledges", f"origin={segment(liar.did)}&limit=1").json["total"] == 1_201
    assert len([url for url in wire.asked if "/feed" in url]) == 3


def test_two_turns_at_once_take_every_entry_once(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    for number in range(30):
        liar.say(liar.pledge(number))
    did, following = begin(wire, follower, LIAR), wire.following(follower)

    async def both() -> None:
        await asyncio.gather(turn(following, did), turn(following, did), turn(following, did))

    wire.run(both())
    peer: dict[str, Any] = wire.run(peer_of(follower.network, did))
    assert (peer["state"], peer["sequence"], peer["refused"]["count"]) == ("following", 30, 0)


def swapped(lines: list[str]) -> list[str]:
    return [lines[1], lines[0], *lines[2:]]


def without_first(lines: list[str]) -> list[str]:
    return lines[1:]


def forged(lines: list[str]) -> list[str]:
    head, payload, signature = lines[0].split(".")
    return [f"{head}.{payload}.{signature[:-8]}AAAAAAAA", *lines[1:]]


def reworded(lines: list[str]) -> list[str]:
    head, payload, signature = lines[0].split(".")
    return [f"{head}.{payload}A.{signature}", *lines[1:]]


def other_spelling(lines: list[str]) -> list[str]:
    """Bits of the last character that no reader needs."""
    last = lines[0][-1]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return [lines[0][:-1] + letters[letters.index(last) ^ 1], *lines[1:]]


HOSTILE: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "reordered": (swapped, "Entry 2 comes where entry 1"),
    "left out": (without_first, "Entry 2 comes where entry 1"),
    "forged": (forged, "not signed by the node"),
    "changed": (reworded, "not signed by the node"),
    "in another spelling": (other_spelling, "signature is not that"),
    "withheld": (lambda lines: lines[-1:], "nothing comes after 0"),
    "without a head": (lambda lines: lines[:-1], "word on its end"),
    "too many": (lambda lines: lines * 200, "lines where up to"),
    "no JWS": (lambda lines: ["<html>", *lines], "no JWS"),
    "binary": (lambda lines: ["\x00\ud7ff.\x01.\x02", *lines], "not signed by the node"),
    "nothing": (lambda _: [], "0 lines"),
    "oversized": (lambda lines: ["A" * 300_000, *lines], "300,000 bytes"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_that_is_not_in_order_is_not_believed_and_heals(wire: Wire, follower: City, name: str) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    for number in range(5):
        liar.say(liar.pledge(number))
    alter, sentence = HOSTILE[name]
    liar.pages = lambda lines, _: alter(lines)
    peer = take_turn(wire, follower, did)
    assert peer["state"] == "broken"
    assert sentence in str(peer["why"])
    assert str(peer["due"]) > follower.clock.now
    liar.pages = lambda lines, _: lines
    later(follower, 60)
    assert take_turn(wire, follower, did)["state"] == "following"
    assert len(titles(follower, did)) == 5


def test_what_stands_before_the_trouble_in_a_page_is_kept(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    for number in range(5):
        liar.say(liar.pledge(number))
    liar.pages = lambda lines, _: [*lines[:3], lines[4], lines[3], lines[5]]
    peer = take_turn(wire, follower, did)
    assert (peer["state"], peer["sequence"], len(titles(follower, did))) == ("broken", 3, 3)


def test_an_older_history_is_told_and_what_was_known_stays(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    liar.say(liar.pledge(1))
    before = liar.head
    liar.say(liar.pledge(2))
    take_turn(wire, follower, did)
    liar.entries, whole, after, liar.head = liar.entries[:1], liar.entries, liar.head, before
    peer = take_turn(wire, follower, did)
    assert (peer["state"], peer["sequence"]) == ("broken", 2)
    assert "older history: it ends at entry 1 now, and 2 are known" in str(peer["why"])
    assert len(peer["proofs"][0]["jws"]) == 1  # the signed head
    assert len(titles(follower, did)) == 2
    liar.entries, liar.head = whole, after
    assert take_turn(wire, follower, did)["state"] == "following"


def test_two_entries_of_one_number_are_both_kept_as_proof_and_the_peer_is_not_believed_again(
    wire: Wire, follower: City
) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    liar.say(liar.pledge(1))
    before = liar.head
    first = liar.say(liar.pledge(2))
    take_turn(wire, follower, did)
    liar.head = before
    del liar.entries[1:]
    second = liar.say(liar.pledge(3))  # another entry 2
    liar.say(liar.pledge(4))
    peer = take_turn(wire, follower, did)
    assert peer["state"] == "broken"
    assert "two different entries 2" in str(peer["why"])
    assert peer["proofs"][0]["jws"][:2] == [first, second]
    asked = len(wire.asked)
    later(follower, 7 * 3_600)
    assert take_turn(wire, follower, did)["frozen"] is True
    assert len(wire.asked) == asked
    wire.run(believe(follower.network, did))
    liar.at = follower.clock.now
    assert take_turn(wire, follower, did)["state"] == "following"
    assert [title[:18] for title in titles(follower, did)] == [f"Simulated pledge {n}" for n in (1, 3, 4)]


def test_a_repeated_entry_of_another_wording_is_a_contradiction(wire: Wire, follower: City) -> None:
    liar, double = Liar(LIAR), Liar(LIAR)
    double.identity = liar.identity
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    first, second = liar.say(liar.pledge(1)), double.say(liar.pledge(2))
    take_turn(wire, follower, did)
    liar.pages = lambda lines, _: [second, *lines]
    peer = take_turn(wire, follower, did)
    assert "two different entries 1" in str(peer["why"])
    assert peer["proofs"][0]["jws"] == [first, second]


def test_a_replayed_answer_is_late_and_changes_nothing(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    liar.say(liar.pledge(1))
    old = liar(f"{LIAR}/network/v1/feed?after=1&limit=500")
    later(follower, 60)
    liar.at = follower.clock.now
    take_turn(wire, follower, did)
    wire.fakes[LIAR] = lambda url: liar(url) if "did.json" in url else old
    later(follower, 60)
    peer = take_turn(wire, follower, did)
    assert (peer["state"], peer["sequence"]) == ("late", 1)
    assert "old copy" in str(peer["why"])


def test_a_recorded_feed_that_nobody_signs_anew_is_late(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    liar.say(liar.pledge(1))
    later(follower, 2 * 3_600)
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert (peer["state"], "old copy" in str(peer["why"])) == ("late", True)


@pytest.mark.parametrize("where", ["entry", "head"])
def test_what_is_dated_in_the_future_waits(wire: Wire, follower: City, where: str) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    tomorrow = plus_seconds(NOON, 86_400)
    liar.say(liar.pledge(1), tomorrow if where == "entry" else NOON)
    liar.at = NOON if where == "entry" else tomorrow
    did = begin(wire, follower, LIAR)
    peer = take_turn(wire, follower, did)
    assert (peer["state"], "still to come" in str(peer["why"])) == ("late", True)
    later(follower, 86_400)
    liar.at = follower.clock.now
    assert take_turn(wire, follower, did)["state"] == "following"


def test_entries_may_not_go_back_in_time(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    liar.say(liar.pledge(1))
    assert liar.head is not None
    liar.head = {**liar.head, "at": ""}
    liar.say(liar.pledge(2), Instant("2020-01-01T00:00:00.000000Z"))
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert "before the one that it follows" in str(peer["why"])


REFUSED: dict[str, tuple[Callable[[Liar], JsonObject], str]] = {
    "of another origin": (lambda liar: liar.pledge(9, origin="did:web:city.example"), "another origin"),
    "under another's id": (
        lambda liar: {**liar.pledge(9), "id": "did:web:city.example/pledges/1"},
        "not below",
    ),
    "with a longer DID": (lambda liar: {**liar.pledge(9), "id": f"{liar.did}0/pledges/1"}, "not below"),
    "with a wild id": (lambda liar: {**liar.pledge(9), "id": f"{liar.did}/pledges/<script>"}, "wrong id"),
    "of a wrong content": (lambda liar: liar.pledge(9, content={"title": 7}), "not right"),
    "without content": (lambda liar: liar.pledge(9, content=None), "no content"),
    "that is a draft": (lambda liar: liar.pledge(9, state="draft"), "not public"),
    "without version": (lambda liar: liar.pledge(9, version=True), "version 'True'"),
    "of an old version": (lambda liar: liar.pledge(1), "goes back to version 1 from 1"),
    "without a date": (
        lambda liar: {k: v for k, v in liar.pledge(9).items() if k != "changed"},
        "no moment 'changed'",
    ),
    "of a day that no calendar has": (
        lambda liar: liar.pledge(9, changed="9999-12-31T23:59:59Z"),
        "no moment 'changed'",
    ),
    "published some time": (lambda liar: liar.pledge(9, published="lately"), "no moment 'published'"),
    "withdrawn without a reason": (
        lambda liar: liar.pledge(9, state="withdrawn", withdrawn=True),
        "without date or reason",
    ),
    "with a moment that cannot be shown": (
        lambda liar: {
            **liar.pledge(9),
            "kind": "reading",
            "content": {
                "indicator": f"{liar.did}/indicators/1",
                "value": "1",
                "at": "9999-12-31T23:59:59Z",
                "source": {"how": "typed"},
            },
        },
        "is not right",
    ),
    "of a practice that nobody can look at": (
        lambda liar: {
            **liar.pledge(9),
            "kind": "practice",
            "content": {"title": "Simulated", "language": "en", "domain": "mobility"},
        },
        "with an 'endpoint' or a 'document'",
    ),
    "of a call without its steps": (
        lambda liar: {
            **liar.pledge(9),
            "kind": "call",
            "content": {"title": "T", "language": "en", "challenge": "C", "domain": "mobility"},
        },
        "no stage, or no steps",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_is_not_right_is_refused_and_the_feed_goes_on(
    wire: Wire, follower: City, name: str
) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    make, sentence = REFUSED[name]
    liar.say(liar.pledge(1))
    liar.say(make(liar))
    liar.say(liar.pledge(3))
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert (peer["state"], peer["refused"]["count"], peer["refused"]["sequence"]) == ("following", 1, 2)
    assert sentence in peer["refused"]["why"]
    assert len(titles(follower, liar.did)) == 2
    heard = wire.run(follower.network.store.read([heard_key(liar.did, 2)]))
    assert heard[heard_key(liar.did, 2)].body["jws"] == liar.entries[1]


@pytest.mark.parametrize("kind", ["version", "entry", "head", "peer", "x" * 500, "unheard-of"])
def test_documents_of_unknown_kinds_are_passed_over(wire: Wire, follower: City, kind: str) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    liar.say(liar.pledge(1, kind=kind))
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert (peer["state"], peer["passed"], titles(follower, liar.did)) == ("following", 1, [])


def test_a_key_that_an_entry_introduces_is_believed_from_then_on(wire: Wire, follower: City) -> None:
    other, did = wire.city(4002), begin(wire, follower, BORDEAUX)
    other.publish("pledges", PLEDGE)
    take_turn(wire, follower, did)
    wire.run(rotate(other.network.store, About(BORDEAUX, "Simville", "Simville"), other.clock.now))
    other.publish("pledges", PLEDGE)
    assert (take_turn(wire, follower, did)["state"], len(titles(follower, did))) == ("following", 2)
    newcomer = wire.city(4005)
    begin(wire, newcomer, BORDEAUX)
    later(newcomer, 60)
    assert take_turn(wire, newcomer, did)["sequence"] == 3


def test_a_key_that_no_entry_introduces_is_not_believed(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    did = begin(wire, follower, LIAR)
    liar.say(liar.pledge(1))
    take_turn(wire, follower, did)
    first, stolen = liar.identity, new_key(1)
    liar.document = did_document(type(first)(did, stolen, "", {}, ()))
    later(follower, 2 * 3_600)
    liar.at = follower.clock.now
    assert "another key 'key-1'" in str(take_turn(wire, follower, did)["why"])
    second = new_key(2)
    liar.identity = type(first)(did, second, "", {"name": ""}, (), (public_jwk(first.key),))
    liar.document = did_document(liar.identity)
    later(follower, 2 * 3_600)
    liar.at = follower.clock.now
    peer = take_turn(wire, follower, did)
    assert (peer["state"], "no entry introduces" in str(peer["why"])) == ("broken", True)


def test_somebody_elses_key_is_not_believed(wire: Wire, follower: City) -> None:
    honest, liar = wire.city(4002), Liar(LIAR)
    wire.fakes[LIAR] = liar
    take_turn(wire, follower, begin(wire, follower, BORDEAUX))
    for victim in (honest, follower):
        theirs = wire.run(signer_of(victim.network))
        liar.document = did_document(type(theirs)(liar.did, theirs.key, "", {}, ()))
        peer = take_turn(wire, follower, begin(wire, follower, LIAR))
        assert (peer["state"], f"the key of '{theirs.did}'" in str(peer["why"])) == ("broken", True)
        later(follower, 60)
    liar.document = did_document(wire.run(signer_of(honest.network)))
    assert "is that of" in str(take_turn(wire, follower, liar.did)["why"])


def test_another_nodes_entries_are_no_entries_of_the_one_that_shows_them(wire: Wire, follower: City) -> None:
    honest, liar = Liar(BORDEAUX), Liar(LIAR)
    wire.fakes[LIAR] = liar
    honest.say(honest.pledge(1))
    liar.say(liar.pledge(1))
    liar.pages = lambda lines, _: [honest.entries[0], lines[-1]]
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert (peer["state"], "it is signed as" in str(peer["why"])) == ("broken", True)
    assert titles(follower, honest.did) == titles(follower, liar.did) == []


def test_an_entry_is_no_head_and_other_signed_texts_are_no_entries(wire: Wire, follower: City) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    liar.say(liar.pledge(1))
    text = signed(
        {"feed": "1", "origin": liar.did, "sequence": 1, "previous": "", "at": NOON, "document": {}},
        "JWT",
        liar.did,
        liar.identity.key,
    )
    liar.pages = lambda lines, _: [text, lines[-1]]
    assert "of the type 'JWT'" in str(take_turn(wire, follower, begin(wire, follower, LIAR))["why"])


def test_a_peer_that_is_down_is_late_asked_more_seldom_and_heals(wire: Wire, follower: City) -> None:
    other, did = wire.city(4002), begin(wire, follower, BORDEAUX)
    other.publish("pledges", PLEDGE)
    take_turn(wire, follower, did)
    wire.down.add(BORDEAUX)
    turns = list[dict[str, Any]]()
    for _ in range(9):
        turns.append(take_turn(wire, follower, did))
        later(follower, 1)
    peer = turns[-1]
    assert [turn["failures"] for turn in turns] == [*range(1, 10)]
    assert (peer["state"], "does not answer" in str(peer["why"])) == ("late", True)
    assert str(peer["due"]) >= plus_seconds(follower.clock.now, 890)
    assert titles(follower, did) == ["A simulated pledge published 1"]
    other.publish("pledges", PLEDGE)
    wire.down.clear()
    assert take_turn(wire, follower, did)["state"] == "following"
    assert len(titles(follower, did)) == 2


def test_an_error_page_is_an_answer_that_is_late(wire: Wire, follower: City) -> None:
    wire.fakes[LIAR] = lambda url: Answer(503, {}, b"<html>", url)
    peer = take_turn(wire, follower, begin(wire, follower, LIAR))
    assert (peer["state"], "answers 503" in str(peer["why"])) == ("late", True)


def test_a_peer_that_hangs_delays_nobody(wire: Wire, follower: City) -> None:
    other = wire.city(4002)
    other.publish("pledges", PLEDGE)
    hanging = asyncio.Event()

    async def go() -> JsonObject:
        following = wire.following(follower)
        direct = following.get

        async def get(url: str, headers: Any, /, *, most_bytes: int, timeout_s: float) -> Answer:
            if ":5" in url:
                hanging.set()
                await asyncio.sleep(60)
                raise Failed("It hangs.")
            return await direct(url, headers, most_bytes=most_bytes, timeout_s=timeout_s)

        for port in range(5_000, 5_050):
            await follow(follower.network, f"http://127.0.0.1:{port}")
        peer = await follow(follower.network, BORDEAUX)
        stopped = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_following(type(following)(follower.network, get, following.post), stopped))
            while peer["state"] != "following":
                await asyncio.sleep(0.05)
                peer = await peer_of(follower.network, str(peer["did"]))
            assert hanging.is_set()
            stopped.set()
        return peer

    assert wire.run(go())["sequence"] == 1


def test_a_peer_that_makes_this_node_fail_delays_nobody(wire: Wire, follower: City) -> None:
    def fail(_: str) -> Answer:
        raise RuntimeError("a bug of ours")

    wire.city(4002).publish("pledges", PLEDGE)
    wire.fakes[LIAR] = fail
    bad, good = begin(wire, follower, LIAR), begin(wire, follower, BORDEAUX)

    async def go() -> JsonObject:
        stopped = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_following(wire.following(follower), stopped))
            while (await peer_of(follower.network, good))["state"] != "following":
                await asyncio.sleep(0.02)
            while not (found := await peer_of(follower.network, bad))["failures"]:
                await asyncio.sleep(0.02)
            stopped.set()
        return found

    assert "This node failed" in str(wire.run(go())["why"])


def test_what_a_node_said_leaves_when_it_is_followed_no_more(wire: Wire, follower: City) -> None:
    other, did = wire.city(4002), begin(wire, follower, BORDEAUX)
    made = other.publish("pledges", PLEDGE)
    own = follower.publish("pledges", PLEDGE)
    take_turn(wire, follower, did)
    assert wire.run(unfollow(follower.network, did)) is None
    assert titles(follower, did) == []
    assert follower.get(f"/pledges/{name_of(own)}").status == 200
    with pytest.raises(Problem, match="does not follow"):
        wire.run(peer_of(follower.network, did))
    begin(wire, follower, BORDEAUX)
    take_turn(wire, follower, did)
    assert follower.get("/pledges", f"origin={segment(did)}").json["documents"][0]["id"] == made["id"]


def test_a_node_does_not_follow_itself_or_what_is_no_node(wire: Wire, follower: City) -> None:
    for named in (LILLE, "http://city.example", "did:key:z6Mk", "ftp://x"):
        with pytest.raises(Problem):
            wire.run(follow(follower.network, named))


def test_who_shows_the_key_of_another_node_first_does_not_take_it_from_its_owner(
    wire: Wire, follower: City
) -> None:
    honest, liar = wire.city(4002), Liar(LIAR)
    wire.fakes[LIAR] = liar
    honest.publish("pledges", PLEDGE)
    theirs = wire.run(signer_of(honest.network))
    liar.document = did_document(type(theirs)(liar.did, theirs.key, "", {}, ()))
    assert take_turn(wire, follower, begin(wire, follower, LIAR))["state"] == "broken"
    did = begin(wire, follower, BORDEAUX)
    assert (take_turn(wire, follower, did)["state"], len(titles(follower, did))) == ("following", 1)


def test_a_followed_document_that_claims_many_versions_is_listed_with_those_that_are_here(
    wire: Wire, follower: City
) -> None:
    liar = Liar(LIAR)
    wire.fakes[LIAR] = liar
    liar.say(liar.pledge(1, version=2**31 - 1))
    take_turn(wire, follower, begin(wire, follower, LIAR))
    got = follower.acting("anybody").get(f"/pledges/{segment(f'{liar.did}/pledges/1')}/versions")
    assert [each["version"] for each in got.json["versions"]] == [2**31 - 1]
