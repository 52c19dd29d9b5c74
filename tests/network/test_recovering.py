"""A node whose store was put back from an older copy takes back what it had published from who follows it."""

import logging
from copy import deepcopy
from typing import Any, cast

import pytest

from beffroi.network.operations.identity import About, identity_of, rotate
from beffroi.network.operations.recovering import recover
from beffroi.network.operations.witnessing import compare
from beffroi.network.rules import feed
from beffroi.network.rules.chain import Head
from beffroi.network.rules.identity import did_of
from beffroi.outbound import Answer
from beffroi.store.memory import MemoryStore
from tests.network.city import NOON, City, name_of, segment
from tests.network.federation import Wire, begin, take_turn

LILLE, BORDEAUX = (f"http://127.0.0.1:{port}" for port in (4001, 4002))
PLEDGE = {"title": "Before the copy", "language": "en"}


@pytest.fixture
def lille(wire: Wire) -> City:
    return wire.city(4001)


@pytest.fixture
def bordeaux(wire: Wire) -> City:
    return wire.city(4002)


def copied(city: City) -> MemoryStore:
    return deepcopy(cast("MemoryStore", city.network.store))


def feed_of(city: City) -> list[bytes]:
    """The entries of a node's own feed, its head apart."""
    return city.get("/feed").text.splitlines()[:-1]


def pledges(city: City) -> list[str]:
    found = city.get("/pledges").json["documents"]
    return [f"{each['content']['title']} {each['state']} {each['version']}" for each in found]


def asks(wire: Wire, city: City, witness: str) -> None:
    wire.run(compare(wire.following(city), did_of(witness)))


def test_what_was_published_after_the_copy_comes_back(wire: Wire, lille: City, bordeaux: City) -> None:
    first = lille.publish("pledges", PLEDGE)
    copy = copied(lille)
    lille.patch(f"/pledges/{name_of(first)}", {"title": "Corrected"}, "reason=a+slip")
    for number in range(700):  # more than one page
        lille.publish("pledges", {**PLEDGE, "title": f"After the copy {number}"})
    whole, said = feed_of(lille), pledges(lille)
    take_turn(wire, bordeaux, begin(wire, bordeaux, LILLE))
    restored = wire.city(4001, copy)
    assert len(feed_of(restored)) == 1
    begin(wire, restored, BORDEAUX)
    asks(wire, restored, BORDEAUX)
    assert feed_of(restored) == whole
    assert pledges(restored) == said
    versions = restored.get(f"/pledges/{name_of(first)}/versions").json["versions"]
    assert [each["version"] for each in versions] == [1, 2]
    restored.publish("pledges", {**PLEDGE, "title": "A new one"})
    peer = take_turn(wire, bordeaux, did_of(LILLE))
    assert (peer["state"], peer["sequence"]) == ("following", 703)


def test_who_has_less_or_the_same_changes_nothing(wire: Wire, lille: City, bordeaux: City) -> None:
    lille.publish("pledges", PLEDGE)
    take_turn(wire, bordeaux, begin(wire, bordeaux, LILLE))
    begin(wire, lille, BORDEAUX)
    before = feed_of(lille)
    asks(wire, lille, BORDEAUX)
    lille.publish("pledges", {**PLEDGE, "title": "Not read there yet"})
    asks(wire, lille, BORDEAUX)
    assert feed_of(lille)[:1] == before
    assert len(feed_of(lille)) == 2


def test_what_was_written_since_is_not_overwritten_and_said(
    wire: Wire, lille: City, bordeaux: City, caplog: pytest.LogCaptureFixture
) -> None:
    lille.publish("pledges", PLEDGE)
    copy = copied(lille)
    lille.publish("pledges", PLEDGE)
    take_turn(wire, bordeaux, begin(wire, bordeaux, LILLE))
    restored = wire.city(4001, copy)
    restored.publish("pledges", {**PLEDGE, "title": "In another history"})
    begin(wire, restored, BORDEAUX)
    own = feed_of(restored)
    with caplog.at_level(logging.ERROR):
        asks(wire, restored, BORDEAUX)
    assert feed_of(restored) == own
    assert "has an entry 2 of this node's feed that the store here has not" in caplog.text


def test_entries_beyond_a_key_that_was_lost_stay_lost(
    wire: Wire, lille: City, bordeaux: City, caplog: pytest.LogCaptureFixture
) -> None:
    lille.publish("pledges", PLEDGE)
    copy = copied(lille)
    lille.publish("pledges", {**PLEDGE, "title": "Signed with the key of the copy"})
    about = About(LILLE, "Simville", "Simville")
    wire.run(rotate(lille.network.store, about, NOON))
    lille.publish("pledges", {**PLEDGE, "title": "Signed with the new key"})
    take_turn(wire, bordeaux, begin(wire, bordeaux, LILLE))
    restored = wire.city(4001, copy)
    begin(wire, restored, BORDEAUX)
    signer = wire.run(identity_of(restored.network.store, about, NOON))
    following = wire.following(restored)
    asks(wire, restored, BORDEAUX)
    assert len(feed_of(restored)) == 1  # a head that no key of this node signed says nothing of it
    ((line,),) = [bordeaux.get("/heads").text.splitlines()]
    head = Head(signer.did, 4, "f" * 64, NOON, line.decode())
    with caplog.at_level(logging.ERROR):
        assert wire.run(recover(following, did_of(BORDEAUX), signer, head)) == 1
    assert pledges(restored) == ["Before the copy published 1", "Signed with the key of the copy published 1"]
    assert "the key that signs was lost" in caplog.text


def test_what_this_node_did_not_sign_is_not_taken_back(wire: Wire, lille: City, bordeaux: City) -> None:
    lille.publish("pledges", PLEDGE)
    copy = copied(lille)
    lille.publish("pledges", {**PLEDGE, "title": "After the copy"})
    take_turn(wire, bordeaux, begin(wire, bordeaux, LILLE))
    restored = wire.city(4001, copy)
    begin(wire, restored, BORDEAUX)
    honest = wire.get

    async def forging(url: str, headers: Any, /, **limits: Any) -> Answer:
        got = await honest(url, headers, **limits)
        return Answer(got.status, got.headers, got.body.replace(b"e", b"f"), url) if "/feed/" in url else got

    wire.get = forging  # type: ignore[method-assign]
    asks(wire, restored, BORDEAUX)
    assert (len(feed_of(restored)), pledges(restored)) == (1, ["Before the copy published 1"])


def test_a_followed_feed_is_read_as_it_was_signed(wire: Wire, lille: City, bordeaux: City) -> None:
    did = did_of(LILLE)
    assert bordeaux.get(f"/feed/{segment(did)}").status == 404
    for number in range(3):
        lille.publish("pledges", {**PLEDGE, "title": f"Pledge {number}"})
    begin(wire, bordeaux, LILLE)
    assert bordeaux.get(f"/feed/{segment(did)}").text == b""
    take_turn(wire, bordeaux, did)
    lines = bordeaux.get(f"/feed/{segment(did)}").text.splitlines()
    assert lines[:-1] == feed_of(lille)
    assert bordeaux.get("/heads").text.splitlines() == lines[-1:]
    page = bordeaux.get(f"/feed/{segment(did)}", "after=1&limit=1").text.splitlines()
    assert page == [lines[1], lines[-1]]
    assert bordeaux.get(f"/feed/{segment(did)}", "after=x").status == 400
    assert feed.HEAD_TYPE not in lines[0].decode()
