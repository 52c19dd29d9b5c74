"""Documents of the network: made, published, corrected and withdrawn in the open; every version stays."""

import json
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jws

from beffroi.kernel.json import decode_object, encode
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.network.operations.documents import Sought, newest_documents
from beffroi.network.rules import feed
from beffroi.network.rules.kinds import KINDS
from beffroi.store.port import Find, Store
from beffroi.web.message import ANYBODY, LOCAL, Actor
from tests.conftest import Run
from tests.network.city import DID, City, city_of, name_of, segment

PLEDGE = {"title": "Open what we measure", "language": "en"}


@pytest.fixture
def city(store: Store, run: Run) -> City:
    return city_of(store, run)


def entries(city: City) -> list[Any]:
    """The documents in the node's own feed, in order."""
    found = city.run(city.network.store.find(Find("", feed.ENTRY, limit=None)))
    rows = sorted(found.records, key=lambda record: record.key.id)
    return [decode_object(jws.extract_compact(str(r.body["jws"]).encode()).payload)["document"] for r in rows]


def test_a_draft_is_seen_inside_the_node_only_and_a_published_document_by_everybody(city: City) -> None:
    made = city.post("/pledges", PLEDGE)
    assert (made.status, made.json["state"], made.json["origin"]) == (201, "draft", DID)
    path = made.headers["location"].partition("/network/v1")[2]
    outside = city.acting("anybody")
    assert outside.get(path).status == 404
    assert outside.get("/pledges").json == {"documents": [], "total": 0}
    assert entries(city) == []
    city.post(f"{path}/publish")
    assert outside.get(path).json["content"] == PLEDGE
    assert outside.get(f"/pledges/{segment(made.json['id'])}").json == outside.get(path).json
    assert [each["state"] for each in entries(city)] == ["published"]


def test_who_wrote_it_is_told_inside_the_node_only(city: City) -> None:
    path = f"/pledges/{name_of(city.acting('clerk', 'steer').publish('pledges', PLEDGE))}"
    assert city.get(path).json["by"] == "clerk"
    assert "by" not in city.acting("anybody").get(path).json
    assert "by" not in entries(city)[0]


def test_what_was_published_is_changed_with_a_reason_and_every_version_stays(city: City) -> None:
    made = city.publish("pledges", PLEDGE)
    path = f"/pledges/{name_of(made)}"
    refused = city.patch(path, {"title": "Open much"})
    assert (refused.status, refused.json["detail"]) == (
        400, "A published document is changed with a reason, and has none.",
    )  # fmt: skip
    changed = city.patch(path, {"title": "Open much"}, "reason=Said+too+much").json
    assert (changed["version"], changed["correction"]) == (2, "Said too much")
    versions = city.get(f"{path}/versions").json["versions"]
    assert [each["content"]["title"] for each in versions] == ["Open what we measure", "Open much"]
    assert versions[1]["previous"] == sha256(encode(versions[0])).hexdigest()
    assert [each["version"] for each in entries(city)] == [1, 2]


def test_a_patch_may_say_that_it_is_a_merge_patch_and_nothing_else_may(city: City) -> None:
    path = f"/pledges/{name_of(city.post('/pledges', PLEDGE).json)}"
    media = "application/merge-patch+json"
    assert city.send("PATCH", path, {"title": "Open much"}, media=media).json["version"] == 2
    assert city.send("POST", "/pledges", PLEDGE, media=media).status == 415


def test_a_withdrawn_document_stays_readable_and_is_not_changed_any_more(city: City) -> None:
    path = f"/pledges/{name_of(city.publish('pledges', PLEDGE))}"
    assert city.post(f"{path}/withdraw", {"reason": " "}).status == 400
    assert city.post(f"{path}/withdraw", {"reason": "Not ours"}).json["withdrawn"]["reason"] == "Not ours"
    assert city.acting("anybody").get(path).json["state"] == "withdrawn"
    assert city.patch(path, {"title": "x"}, "reason=r").status == 409
    assert city.post(f"{path}/withdraw", {"reason": "again"}).status == 409
    assert [each["state"] for each in entries(city)] == ["published", "withdrawn"]


def test_a_draft_that_is_withdrawn_was_never_public(city: City) -> None:
    path = f"/pledges/{name_of(city.post('/pledges', PLEDGE).json)}"
    assert city.post(f"{path}/withdraw", {"reason": "No"}).json["state"] == "discarded"
    assert city.acting("anybody").get(path).status == 404
    assert city.acting("anybody").get("/pledges").json["total"] == 0
    assert entries(city) == []


def test_a_document_of_another_node_is_read_here_and_changed_there(city: City) -> None:
    kind, id = KINDS["pledge"], "did:web:other.example/pledges/1"
    theirs = {"id": id, "kind": "pledge", "origin": "did:web:other.example", "version": 1,
              "state": "published", "published": "2026-11-01T00:00:00.000000Z", "content": PLEDGE}  # fmt: skip
    change = Change(kind.key(id), document_of(json.loads(json.dumps(theirs))))
    city.run(city.network.store.transact([], lambda _: Commit((change,))))
    own = city.publish("pledges", PLEDGE)
    assert city.get(f"/pledges/{segment(id)}").json["origin"] == "did:web:other.example"
    assert city.patch(f"/pledges/{segment(id)}", {"title": "Mine"}, "reason=r").status == 403
    origins = {each["origin"] for each in city.get("/pledges").json["documents"]}
    assert origins == {DID, "did:web:other.example"}
    found = city.get("/pledges", f"origin={segment(DID)}").json["documents"]
    assert [each["id"] for each in found] == [own["id"]]


def test_a_list_comes_in_pages_that_lose_nothing(city: City) -> None:
    ids = [city.publish("pledges", {**PLEDGE, "title": f"Pledge {n}"})["id"] for n in range(5)]
    seen, query = list[str](), "limit=2"
    while query:
        got = city.get("/pledges", query)
        assert got.json["total"] == 5
        seen += [each["id"] for each in got.json["documents"]]
        query = got.headers.get("link", "").partition("?")[2].partition(">")[0]
    assert seen == ids


def test_the_newest_documents_are_read_and_no_more(city: City) -> None:
    for number in range(5):
        city.publish("pledges", {"title": f"Simulated pledge {number}", "language": "en"})
    city.post("/pledges", {"title": "A draft", "language": "en"})

    def newest(actor: Actor, most: int) -> list[str]:
        found: list[Any] = [
            *city.run(newest_documents(city.network, KINDS["pledge"], actor, Sought(DID), most))
        ]
        return [each["content"]["title"][-1] for each in found]

    assert newest(ANYBODY, 2) == ["3", "4"]
    assert newest(LOCAL, 2) == ["4", "t"]
    assert newest(ANYBODY, 5) == newest(ANYBODY, 9) == ["0", "1", "2", "3", "4"]
    assert (
        city.run(newest_documents(city.network, KINDS["pledge"], LOCAL, Sought("did:web:nobody.example")))
        == []
    )


def test_wrong_content_is_refused_with_member_and_value_and_changes_nothing(city: City) -> None:
    got = city.post("/pledges", {"title": 7, "language": "English", "colour": "red"})
    assert got.status == 400
    assert "'title': 7 is not of type \"string\"" in got.json["detail"]
    assert "English" in got.json["detail"]
    assert "colour" in got.json["detail"]
    assert city.get("/pledges").json["total"] == 0


@pytest.mark.parametrize(
    ("query", "part"),
    [("limit=0", "limit"), ("after=-1", "after"), ("origine=x", "origine"), ("limit=2&limit=3", "limit")],
)
def test_wrong_parameters_are_named(city: City, query: str, part: str) -> None:
    got = city.get("/pledges", query)
    assert got.status == 400
    assert part in got.json["detail"]
