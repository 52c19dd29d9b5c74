"""Two histories of one node: each is in order, and those who were told them find out from each other."""

import asyncio
from typing import Any

import pytest

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.network.operations.following import turn
from beffroi.network.operations.peers import believe, peer_of
from beffroi.network.operations.witnessing import compare, keep_witnessing
from beffroi.network.rules.identity import did_of, new_key
from beffroi.network.rules.peer import LONGEST_HEAD
from beffroi.network.rules.signature import signed
from beffroi.outbound import Answer, Failed
from beffroi.store.port import Store
from tests.network.city import NOON, City
from tests.network.federation import Fake, Liar, Wire, begin, take_turn

LILLE, BORDEAUX, LIAR = (f"http://127.0.0.1:{port}" for port in (4001, 4002, 4003))


@pytest.fixture
def lille(wire: Wire, store: Store) -> City:
    return wire.city(4001, store)


@pytest.fixture
def bordeaux(wire: Wire) -> City:
    return wire.city(4002)


@pytest.fixture
def liar(wire: Wire) -> Liar:
    wire.fakes[LIAR] = liar = Liar(LIAR)
    return liar


def other_face(liar: Liar) -> Liar:
    """The same node as it shows itself to somebody else."""
    double = Liar(liar.base)
    double.identity, double.document = liar.identity, liar.document
    return double


def hear(wire: Wire, city: City, face: Liar) -> None:
    """The city reads the feed of the node, which shows it this face."""
    wire.fakes[LIAR] = face
    take_turn(wire, city, begin(wire, city, LIAR))


def compared(wire: Wire, city: City, witness: str, about: str) -> Any:
    """What the city knows of a node once it has asked the witness."""
    wire.run(compare(wire.following(city), did_of(witness)))
    return wire.run(peer_of(city.network, about))


def test_another_entry_that_was_signed_for_somebody_else_is_a_contradiction(
    wire: Wire, lille: City, bordeaux: City, liar: Liar
) -> None:
    double = other_face(liar)
    ours, theirs = liar.say(liar.pledge(1)), double.say(double.pledge(2))
    for number in (3, 4):
        liar.say(liar.pledge(number))  # the numbers need not be the same when it shows
    hear(wire, lille, liar)
    hear(wire, bordeaux, double)
    begin(wire, lille, BORDEAUX)
    peer = compared(wire, lille, BORDEAUX, liar.did)
    assert (peer["state"], peer["frozen"]) == ("broken", True)
    assert "It signed another entry 1 for others" in peer["why"]
    assert peer["proofs"][0]["jws"][0] == ours != theirs
    wire.fakes[LIAR] = liar
    asked = len(wire.asked)
    assert take_turn(wire, lille, liar.did)["frozen"] is True
    assert len(wire.asked) == asked  # not believed again by itself
    wire.run(believe(lille.network, liar.did))
    lille.clock.now = liar.at = plus_seconds(NOON, 60)
    assert take_turn(wire, lille, liar.did)["state"] == "following"
    # what was signed before the operator spoke is overtaken
    assert compared(wire, lille, BORDEAUX, liar.did)["state"] == "following"


def test_what_was_signed_for_others_is_not_withheld_here(
    wire: Wire, lille: City, bordeaux: City, liar: Liar
) -> None:
    liar.say(liar.pledge(1))
    first = liar.head
    liar.say(liar.pledge(2))
    hear(wire, bordeaux, liar)
    short = other_face(liar)
    short.entries, short.head = liar.entries[:1], first
    short.at = lille.clock.now = plus_seconds(NOON, 600)
    hear(wire, lille, short)
    begin(wire, lille, BORDEAUX)
    peer = compared(wire, lille, BORDEAUX, liar.did)
    assert (peer["state"], peer["frozen"], peer["sequence"]) == ("broken", False, 1)
    assert "up to entry 1 here and signed one up to 2 for others" in peer["why"]
    assert len(peer["proofs"][0]["jws"]) == 2
    assert take_turn(wire, lille, liar.did)["state"] == "broken"  # a good page changes nothing
    liar.at = short.at
    wire.fakes[LIAR] = liar
    assert take_turn(wire, lille, liar.did)["state"] == "following"
    assert compared(wire, lille, BORDEAUX, liar.did)["state"] == "following"


def showing(line: bytes) -> Fake:
    """Who answers with this line, whatever is asked."""
    return lambda url: Answer(200, {}, line, url)


def test_of_longer_feeds_that_were_signed_for_others_one_is_kept(wire: Wire, lille: City, liar: Liar) -> None:
    liar.say(liar.pledge(1))
    lille.clock.now = liar.at = plus_seconds(NOON, 600)
    hear(wire, lille, liar)
    begin(wire, lille, BORDEAUX)
    for sequence in range(2, 6):
        said: JsonObject = {"feed": "1", "origin": liar.did, "sequence": sequence, "hash": "00", "at": NOON}
        line = signed(said, "beffroi-head+jws", liar.did, liar.identity.key).encode()
        wire.fakes[BORDEAUX] = showing(line)
        peer = compared(wire, lille, BORDEAUX, liar.did)
        assert (peer["state"], len(peer["proofs"])) == ("broken", 1)


def test_a_word_from_the_end_of_time_proves_nothing(wire: Wire, lille: City, liar: Liar) -> None:
    liar.say(liar.pledge(1))
    hear(wire, lille, liar)
    begin(wire, lille, BORDEAUX)
    said: JsonObject = {
        "feed": "1",
        "origin": liar.did,
        "sequence": 7,
        "hash": "00",
        "at": "9999-12-31T23:59:59.999999Z",
    }
    line = signed(said, "beffroi-head+jws", liar.did, liar.identity.key).encode()
    wire.fakes[BORDEAUX] = lambda url: Answer(200, {}, line, url)
    assert compared(wire, lille, BORDEAUX, liar.did)["state"] == "following"


def test_who_has_read_further_proves_nothing(wire: Wire, lille: City, bordeaux: City, liar: Liar) -> None:
    liar.say(liar.pledge(1))
    hear(wire, lille, liar)
    liar.say(liar.pledge(2))
    hear(wire, bordeaux, liar)
    begin(wire, lille, BORDEAUX)
    assert compared(wire, lille, BORDEAUX, liar.did)["state"] == "following"
    begin(wire, bordeaux, LILLE)
    assert compared(wire, bordeaux, LILLE, liar.did)["state"] == "following"


def lines_of(liar: Liar) -> dict[str, bytes]:
    """What a witness may hand on that proves nothing against the node."""
    strange: JsonObject = {"feed": "1", "origin": liar.did, "sequence": 1, "hash": "00", "at": NOON}
    key = liar.identity.key
    entry, head = "beffroi-feed+jws", "beffroi-head+jws"
    written: dict[str, str] = {
        "nothing": "",
        "a page of words": "<html>" * 400,
        "somebody else's key": signed(strange, head, liar.did, new_key(1)),
        "an unknown key": signed(strange, head, liar.did, new_key(7)),
        "an entry": signed(strange, entry, liar.did, key),
        "another origin": signed(strange | {"origin": "did:web:x.example"}, head, liar.did, key),
        "no number": signed(strange | {"sequence": "1"}, head, liar.did, key),
        "a truth for a number": signed(strange | {"sequence": True}, head, liar.did, key),
        "below the first": signed(strange | {"sequence": -1}, head, liar.did, key),
        "no moment": signed(strange | {"at": "yesterday"}, head, liar.did, key),
        "longer than a head": signed(strange | {"more": "x" * LONGEST_HEAD}, head, liar.did, key),
    }
    good = signed(strange | {"sequence": 0}, head, liar.did, key)
    return {name: text.encode() for name, text in written.items()} | {
        "no text": b"\xff\x00\n" * 9,
        "beyond what is read": b"\n" * 1_000 + signed(strange, head, liar.did, key).encode(),
        "the first line of one": f"{good}\n{signed(strange, head, liar.did, key)}".encode(),
    }


@pytest.mark.parametrize("name", list(lines_of(Liar(LIAR))))
def test_what_the_node_did_not_sign_proves_nothing_against_it(
    wire: Wire, lille: City, liar: Liar, name: str
) -> None:
    liar.say(liar.pledge(1))
    hear(wire, lille, liar)
    begin(wire, lille, BORDEAUX)
    wire.fakes[BORDEAUX] = lambda url: Answer(200, {}, lines_of(liar)[name], url)
    peer = compared(wire, lille, BORDEAUX, liar.did)
    assert (peer["state"], peer["proofs"]) == ("following", [])


def test_a_witness_does_not_speak_against_itself(wire: Wire, lille: City, liar: Liar) -> None:
    liar.say(liar.pledge(1))
    hear(wire, lille, liar)
    strange: JsonObject = {"feed": "1", "origin": liar.did, "sequence": 1, "hash": "00", "at": NOON}
    line = signed(strange, "beffroi-head+jws", liar.did, liar.identity.key).encode()
    wire.fakes[LIAR] = lambda url: Answer(200, {}, line, url)
    assert compared(wire, lille, LIAR, liar.did)["state"] == "following"


def test_a_node_without_heads_is_no_witness(wire: Wire, lille: City, liar: Liar) -> None:
    hear(wire, lille, liar)
    wire.fakes[LIAR] = lambda url: Answer(404, {}, b"", url)
    with pytest.raises(Failed, match="404"):
        compared(wire, lille, LIAR, liar.did)
    assert wire.run(peer_of(lille.network, liar.did))["state"] == "following"


def test_heads_are_those_of_whom_this_node_has_read_to_the_end(wire: Wire, lille: City, liar: Liar) -> None:
    liar.say(liar.pledge(1))
    begin(wire, lille, LIAR)
    assert lille.get("/heads").text == b""
    hear(wire, lille, liar)
    (line,) = lille.get("/heads").text.splitlines()
    assert line == liar(f"{LIAR}/feed?after=1&limit=1").body


def test_every_node_has_its_turn_as_witness_and_one_that_fails_ends_nothing(
    wire: Wire, lille: City, liar: Liar
) -> None:
    hear(wire, lille, liar)
    other = wire.city(4004)
    take_turn(wire, lille, begin(wire, lille, "http://127.0.0.1:4004"))
    assert other.get("/heads").status == 200
    wire.fakes[LIAR] = lambda url: Answer(500, {}, b"", url)
    wire.asked.clear()

    async def some_rounds() -> None:
        stopped = asyncio.Event()
        following = wire.following(lille)
        object.__setattr__(following, "every_s", 0.001)
        work = asyncio.create_task(keep_witnessing(following, stopped))
        while len(wire.asked) < 6:
            await asyncio.sleep(0.001)
        stopped.set()
        await work

    wire.run(some_rounds())
    assert {*wire.asked[:2]} == {*wire.asked[2:4]} == {*wire.asked[4:6]}
    assert len({*wire.asked}) == 2


def test_a_turn_does_not_undo_what_was_proven_while_it_ran(
    wire: Wire, lille: City, bordeaux: City, liar: Liar
) -> None:
    double = other_face(liar)
    liar.say(liar.pledge(1))
    double.say(double.pledge(2))
    hear(wire, bordeaux, double)
    hear(wire, lille, liar)
    begin(wire, lille, BORDEAUX)
    following = wire.following(lille)
    slow = asyncio.Event()
    get = wire.get

    async def waiting(url: str, headers: Any, /, **limits: Any) -> Answer:
        if url.startswith(LIAR):
            await slow.wait()
        return await get(url, headers, **limits)

    object.__setattr__(following, "get", waiting)

    async def both() -> None:
        running = asyncio.create_task(turn(following, liar.did))
        await asyncio.sleep(0)
        await compare(following, did_of(BORDEAUX))
        slow.set()
        await running

    wire.fakes[LIAR] = liar
    liar.say(liar.pledge(5))
    wire.run(both())
    peer = wire.run(peer_of(lille.network, liar.did))
    assert (peer["state"], peer["frozen"], peer["sequence"]) == ("broken", True, 1)
