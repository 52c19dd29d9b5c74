"""The node's own feed: what is appended can be checked by anybody, in one commit with what it says."""

from collections.abc import Mapping

import pytest
from joserfc import jws

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, decode_object
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.network.operations.identity import About, describe, identity_of, rotate
from beffroi.network.rules import feed
from beffroi.network.rules.identity import (
    Identity,
    address_of,
    did_document,
    did_of,
    keys_in,
    new_key,
    public_jwk,
    read_key,
)
from beffroi.store.port import Store
from tests.conftest import Run

DID = "did:web:127.0.0.1%3A1026"
ABOUT = About("http://127.0.0.1:1026", "Ville simulée", "Simville")
NOON, LATER = Instant("2026-11-22T12:00:00.000000Z"), Instant("2026-11-22T13:00:00.000000Z")


def need(number: int) -> JsonObject:
    return {"id": f"{DID}/needs/{number}", "kind": "need", "origin": DID, "version": 1, "content": {}}


def payload(change: object) -> JsonObject:
    entry = str(decode_object(change.document)["jws"])  # type: ignore[attr-defined]
    return decode_object(jws.extract_compact(entry.encode()).payload)


def test_entries_follow_one_another_and_each_names_the_hash_of_the_one_before() -> None:
    key = new_key(1)
    first = feed.append(None, need(1), NOON, DID, key)
    second = feed.append(first.head, need(2), LATER, DID, key)
    before = str(decode_object(first.changes[0].document or b"")["jws"])
    said = payload(second.changes[0])
    assert (said["sequence"], said["previous"], said["at"]) == (2, feed.hash_of(before), LATER)
    assert said["document"] == need(2)
    assert [change.key for change in second.changes] == [feed.entry_key(2), feed.HEAD]
    assert decode_object(second.changes[1].document or b"") == second.head


def test_an_entry_is_the_same_bytes_when_the_decision_runs_again() -> None:
    key = new_key(1)
    assert feed.append(None, need(1), NOON, DID, key) == feed.append(None, need(1), NOON, DID, key)


def test_a_clock_that_goes_back_does_not_date_an_entry_before_the_former_one() -> None:
    key = new_key(1)
    first = feed.append(None, need(1), LATER, DID, key)
    assert feed.append(first.head, need(2), NOON, DID, key).head["at"] == LATER


@pytest.mark.parametrize(
    "alter", [lambda d: {**d, "content": {"text": "x" * 300_000}}, lambda d: {**d, "content": nested(50)}]
)
def test_a_document_that_is_too_large_or_too_deep_is_refused(alter: object) -> None:
    with pytest.raises(Problem, match=r"allowed|deeper"):
        feed.append(None, alter(need(1)), NOON, DID, new_key(1))  # type: ignore[operator]


def nested(levels: int) -> JsonObject:
    return {"in": nested(levels - 1)} if levels else {}


def test_after_a_change_of_key_only_the_new_key_appends() -> None:
    old, new = new_key(1), new_key(2)
    first = feed.append(None, need(1), NOON, DID, old)
    changed = feed.change_key(first.head, public_jwk(new), NOON, DID, old)
    assert payload(changed.changes[0])["key"] == public_jwk(new)
    with pytest.raises(Problem, match="was changed"):
        feed.append(changed.head, need(2), NOON, DID, old)
    assert feed.append(changed.head, need(2), NOON, DID, new).head["sequence"] == 3


def test_the_head_is_signed_and_says_where_the_feed_ends() -> None:
    key = new_key(1)
    head = feed.append(None, need(1), NOON, DID, key).head
    about: JsonObject = {"organisation": "Ville simulée", "place": {"name": "Simville"}, "languages": ["fr"]}
    identity = Identity(DID, key, "Ville simulée", {"name": "Simville"}, ("fr",))
    said = jws.deserialize_compact(feed.signed_head(head, LATER, identity), key, algorithms=["Ed25519"])
    assert decode_object(said.payload) == {
        "feed": "1",
        "origin": DID,
        "sequence": 1,
        "hash": head["hash"],
        "at": LATER,
        "about": about,
    }


@pytest.mark.parametrize(
    "address",
    [
        "http://city.example",
        "ftp://city.example",
        "https://",
        "https://user@city.example",
        "https://city.example/?q=1",
        "http://[::1",
        "http://0.0.0.0:1026",
        "http://10.0.0.1",
    ],
)
def test_an_address_that_is_neither_https_nor_of_this_machine_gives_no_identity(address: str) -> None:
    with pytest.raises(Problem):
        did_of(address)


@pytest.mark.parametrize(
    "address",
    ["https://city.example", "http://localhost:1026", "http://[::1]:1026", "https://city.example:8443/a-b/c"],
)
def test_an_address_and_its_did_stand_for_each_other(address: str) -> None:
    assert address_of(did_of(address)) == address


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:city.example%2Fpath",
        "did:web:city.example/path",
        "did:web:CITY.example",
        "did:web:a@b",
        "did:web:127.0.0.1:1026",
        "did:web:city.example:..:x%2Fy",
        "did:web:city.example%3Fq=1",
        f"did:web:{'a' * 500}",
    ],
)
def test_a_did_in_another_spelling_than_its_own_is_refused(did: str) -> None:
    if did == "did:web:127.0.0.1:1026":  # a path: another node than that of the port
        assert address_of(did) == "http://127.0.0.1/1026"
        return
    with pytest.raises(Problem):
        address_of(did)


def test_a_did_document_names_its_keys_and_is_refused_for_another_did(run: Run, store: Store) -> None:
    async def go() -> None:
        identity = await identity_of(store, ABOUT, NOON)
        document = did_document(identity)
        assert keys_in(document, DID) == [identity.jwk]
        assert identity.jwk.keys() == {"kty", "crv", "x", "kid"}
        with pytest.raises(Problem, match="is that of"):
            keys_in(document, "did:web:city.example")
        with pytest.raises(Problem, match="signs now"):
            keys_in({**document, "assertionMethod": [f"{DID}#key-7"]}, DID)

    run(go())


def test_the_key_is_made_once_and_stays(run: Run, store: Store) -> None:
    async def go() -> None:
        first = await identity_of(store, ABOUT, NOON)
        again = await identity_of(store, ABOUT, LATER)
        assert (first.jwk, first.did, first.key.kid) == (again.jwk, DID, "key-1")
        await describe(
            store,
            {
                "organisation": "Ville de Simville",
                "place": {"name": "Simville", "point": [3.0, 50.6]},
                "languages": ["fr"],
            },
        )
        said = await identity_of(store, ABOUT, LATER)
        assert (said.organisation, said.languages) == ("Ville de Simville", ("fr",))

    run(go())


def test_a_key_is_changed_in_the_commit_that_says_so(run: Run, store: Store) -> None:
    async def go() -> None:
        first = await identity_of(store, ABOUT, NOON)
        second = await rotate(store, ABOUT, LATER)
        assert second.former == (first.jwk,)
        assert keys_in(did_document(second), DID) == [first.jwk, second.jwk]
        found = await store.read([feed.entry_key(1), feed.HEAD])
        entry = str(found[feed.entry_key(1)].body["jws"])
        said = jws.deserialize_compact(entry, read_key(first.jwk), algorithms=["Ed25519"])
        assert decode_object(said.payload)["key"] == second.jwk
        assert found[feed.HEAD].body["kid"] == "key-2"

    run(go())


def test_a_node_that_has_published_does_not_move_to_another_address(run: Run, store: Store) -> None:
    async def go() -> None:
        elsewhere = About("https://city.example", "Ville simulée", "Simville")
        await identity_of(store, elsewhere, NOON)
        identity = await identity_of(store, ABOUT, NOON)
        assert identity.did == DID  # nothing was published yet

        def decide(stored: Mapping[Key, Record]) -> Commit:
            return Commit(feed.append(None, need(1), NOON, DID, identity.key).changes)

        await store.transact([feed.HEAD], decide)
        with pytest.raises(Problem, match="does not move"):
            await identity_of(store, elsewhere, NOON)

    run(go())
