"""Documents of TM Forum APIs: made, changed, removed; what is kept and what is refused (TMF630)."""

from collections.abc import Mapping
from typing import Any

import pytest

from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.audit.entry import KIND as AUDIT
from beffroi.store.port import Find
from tests.market.seller import (
    BASE,
    JSON,
    MERGE,
    PATCH,
    Seller,
    organization,
)

EXTENDED: dict[str, Any] = {
    "@type": "CityCategory",
    "@baseType": "Category",
    "@schemaLocation": "https://example.org/category.json",
    "name": "Été",
    "externalId": "x-1",
    "policyConfig": {"odrl:permission": [{"a": None, "b": [[], {}, 1.5, True]}]},
    "productSpecCharacteristic": [{"name": "endpointUrl", "value": "https://example.org"}],
}


@pytest.fixture
def engine() -> str:
    return "memory"


def test_a_document_comes_back_whole_with_its_extensions(seller: Seller) -> None:
    got = seller.post("category", EXTENDED)
    made = got.json
    path = f"{BASE}/tmf-api/productCatalogManagement/v4/category/{made['id']}"
    assert (got.status, got.headers["location"], made["href"]) == (201, path, path)
    assert {name: made[name] for name in EXTENDED} == EXTENDED
    assert (made["lifecycleStatus"], made["version"], made["isRoot"]) == ("In study", "1.0", True)
    assert made["lastUpdate"] == "2026-11-22T10:00:00Z"
    assert seller.get("category", made["id"]).json == made
    assert seller.list("category").json == [made]


@pytest.mark.parametrize("character", ["\x01", "\x08", "\x0c", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_write_is_refused_with_the_member(character: str, seller: Seller) -> None:
    text = f"Ville{character}Lille"
    refused = seller.post("category", {"name": "x", "note": [{"text": text}]})
    number = f"U+{ord(character):04X}"
    sentence = f"The member 'note.0.text' holds the character {number}, which XML cannot write."
    assert (refused.status, sentence.encode() in refused.text) == (400, True)
    assert seller.post("category", {"name": "x", text: 1}).status == 400
    made = seller.post("category", {"name": "x"}).json
    assert seller.patch("category", made["id"], {"name": text}).status == 400
    replaced = [{"op": "replace", "path": "/name", "value": text}]
    assert seller.patch("category", made["id"], replaced, PATCH).status == 400
    assert seller.get("category", made["id"]).json == made


def test_what_looks_like_such_a_character_is_taken(seller: Seller) -> None:
    text = "a\\u0001 \\b\t\r\n\x7f\ufffd"
    assert seller.make("category", {"name": text})["name"] == text


def test_a_patch_that_says_1_for_true_is_no_repetition(seller: Seller) -> None:
    made = seller.post("category", {"name": "x"}).json
    assert seller.patch("category", made["id"], made).json == made
    assert seller.patch("category", made["id"], {"isRoot": 1}).status == 400


MADE = [name for name, row in RESOURCES.items() if "POST" in row.methods and row.api.number != "622"]
"""Orders have tests of their own."""


@pytest.mark.parametrize("name", MADE)
def test_every_document_says_its_type(name: str, seller: Seller) -> None:
    row = RESOURCES[name]
    party = {"id": organization(seller, "Kite"), "@referredType": "Organization", "name": "Kite"}
    specification = {"id": seller.make("serviceSpecification", {"name": "s"})["id"]}
    objective = {"conformanceComparator": ">", "conformanceTarget": "1", "serviceLevelObjectiveParameter": {}}
    whole: dict[str, Any] = {
        "name": "n", "tradingName": "t", "givenName": "g", "familyName": "f", "engagedParty": party,
        "relatedParty": [party], "agreementType": "commercial", "agreementItem": [{}], "attachment": [{"url": "x"}],
        "quoteItem": [{"id": "1"}], "serviceSpecification": specification, **objective,
        "relatedServiceLevelObjective": [{"id": seller.make("serviceLevelObjective", objective)["id"]}],
    }  # fmt: skip
    body = {member: whole[member] for member in row.required}
    if "engagedParty" in body and row.members["engagedParty"] == "list":
        body["engagedParty"] = [party]
    made = seller.make(name, body)
    assert made["@type"] == row.type
    assert made["href"].endswith(f"{row.path}/{made['id']}")
    for member in row.required:
        without = {other: value for other, value in body.items() if other != member}
        assert seller.post(name, without).status == 400


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ([], "object"),
        ({}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": "x", "id": "mine"}, "id"),
        ({"name": "x", "href": "http://x"}, "href"),
        ({"name": "x", "isRoot": "yes"}, "isRoot"),
        ({"name": "x", "subCategory": {}}, "subCategory"),
        ({"name": "x", "subCategory": ["y"]}, "subCategory"),
        ({"name": "x", "validFor": "2026"}, "validFor"),
        ({"name": "x", "validFor": {"startDateTime": "soon"}}, "soon"),
        ({"name": "x", "validFor": {"startDateTime": "2026-02-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}}, "validFor"),
        ({"name": "x", "@type": 5}, "@type"),
        ({"name": "x", "subCategory": [{"id": "nothing"}]}, "'nothing'"),
        ({"name": "x", "subCategory": [{"id": 5}]}, "subCategory"),
        ({"name": "x", "subCategory": [{"id": "x", "href": "/category/x"}]}, "subCategory"),
        ({"name": "x", "subCategory": [{"id": "x", "href": BASE + "/category/x"}]}, "subCategory"),
        ({"name": "x", "": 1}, "name"),
        ({"name": "x", "n" * 201: 1}, "name"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_with_the_name_of_what_is_wrong(
    body: Any, word: str, seller: Seller
) -> None:
    got = seller.post("category", body)
    assert got.status == 400
    assert word in got.json["message"]
    assert seller.list("category").json == []


def test_an_error_has_the_members_of_tmf630(seller: Seller) -> None:
    got = seller.get("category", "nothing")
    assert got.status == 404
    assert got.headers["content-type"].startswith("application/json")
    assert got.json == {
        "code": "ResourceNotFound",
        "reason": "The resource does not exist",
        "message": "There is no category 'nothing'.",
        "status": "404",
        "referenceError": "urn:beffroi:problem:ResourceNotFound",
        "@type": "Error",
    }


def test_what_no_row_answers_is_an_error_too(seller: Seller) -> None:
    assert seller.send("GET", "/tmf-api/productCatalogManagement/v4/nothing").json["status"] == "404"
    got = seller.send("PUT", RESOURCES["category"].path, {})
    assert (got.status, got.headers["allow"]) == (405, "GET, HEAD, POST")
    assert seller.delete("customerBill", "x").status == 405
    assert seller.post("appliedCustomerBillingRate", {}).status == 405


def test_a_document_that_is_too_deep_or_too_large_is_refused(seller: Seller) -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    assert seller.post("category", {"name": "x", "deep": deep}).status == 400
    assert seller.post("category", {"name": "x", "wide": [0] * 20_001}).status == 413
    assert seller.post("category", {"name": "x", "long": "a" * 100_001}).status == 413
    assert seller.post("category", {"name": "x", "big": ["a" * 50_000] * 30}).status == 413
    assert seller.post("category", {"name": "x", "subCategory": [{"id": "x"}] * 501}).status == 413
    assert seller.list("category").json == []


def test_a_body_has_to_say_that_it_is_json(seller: Seller) -> None:
    path = RESOURCES["category"].path
    assert seller.send("POST", path, {"name": "x"}, {"content-type": "text/plain"}).status == 415
    assert seller.send("POST", path, {"name": "x"}, {}).status == 415
    assert seller.send("POST", path, None).status == 400
    id = seller.make("category", {"name": "x"})["id"]
    assert seller.patch("category", id, {}, {"content-type": "text/plain"}).status == 415


def test_references_name_what_is_here_or_stands_elsewhere(seller: Seller) -> None:
    here = seller.make("category", {"name": "a"})["id"]
    far = {"id": "9", "href": "https://market.example/tmf-api/x/9"}
    made = seller.make("category", {"name": "b", "subCategory": [{"id": here}, far]})
    assert made["subCategory"] == [{"id": here}, far]
    party = {"id": organization(seller, "Kite"), "@referredType": "Organization"}
    assert seller.post("catalog", {"name": "c", "relatedParty": [party]}).status == 201
    got = seller.post("catalog", {"name": "c", "relatedParty": [{"name": "Kite"}]})
    assert (got.status, "names nobody" in got.json["message"]) == (400, True)


@pytest.mark.parametrize("headers", [MERGE, JSON])
def test_a_merge_patch_changes_what_it_names_and_null_removes(
    headers: Mapping[str, str], seller: Seller
) -> None:
    id = seller.make("category", {**EXTENDED, "description": "d"})["id"]
    seller.clock.to("2026-11-22T11:00:00+00:00")
    got = seller.patch("category", id, {"description": None, "policyConfig": {"new": 1}}, headers)
    assert got.status == 200
    changed = got.json
    assert "description" not in changed
    assert changed["policyConfig"] == {**EXTENDED["policyConfig"], "new": 1}
    assert changed["lastUpdate"] == "2026-11-22T11:00:00Z"
    assert seller.get("category", id).json == changed


def test_a_json_patch_does_its_operations_in_order_or_none(seller: Seller) -> None:
    id = seller.make("category", {"name": "x", "tags": ["a", "b"]})["id"]
    operations = [
        {"op": "test", "path": "/name", "value": "x"},
        {"op": "add", "path": "/tags/1", "value": "c"},
        {"op": "remove", "path": "/tags/0"},
        {"op": "replace", "path": "/name", "value": "y"},
        {"op": "copy", "from": "/name", "path": "/other"},
        {"op": "move", "from": "/tags", "path": "/a~1b"},
    ]
    changed = seller.patch("category", id, operations, PATCH).json
    assert (changed["name"], changed["other"], changed["a/b"]) == ("y", "y", ["c", "b"])
    assert "tags" not in changed
    failing = [{"op": "replace", "path": "/name", "value": "z"}, {"op": "test", "path": "/other", "value": 1}]
    assert seller.patch("category", id, failing, PATCH).status == 409
    assert seller.get("category", id).json == changed


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "nothing", "path": "/name"},
        {"op": "add", "path": "name", "value": 1},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "/tags/9", "value": 1},
        {"op": "add", "path": "/tags/01", "value": 1},
        {"op": "replace", "path": "/nothing", "value": 1},
        {"op": "remove", "path": "/nothing"},
        {"op": "remove", "path": ""},
        {"op": "add", "path": "/name"},
        {"op": "replace", "path": "", "value": []},
        {"op": "move", "from": "/tags", "path": "/tags/0"},
        {"op": "replace", "path": "/id", "value": "other"},
        {"op": "replace", "path": "/href", "value": "other"},
        {"op": "remove", "path": "/@type"},
        {"op": "remove", "path": "/name"},
    ],
)
def test_a_json_patch_that_cannot_be_done_changes_nothing(operation: Any, seller: Seller) -> None:
    made = seller.make("category", {"name": "x", "tags": ["a"]})
    assert seller.patch("category", made["id"], [operation], PATCH).status == 400
    assert seller.get("category", made["id"]).json == made


def test_a_patch_that_copies_without_end_is_refused(seller: Seller) -> None:
    id = seller.make("category", {"name": "x", "a": [1]})["id"]
    doubling = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 60
    assert seller.patch("category", id, doubling, PATCH).status == 413


def test_what_the_node_writes_nobody_else_writes(seller: Seller) -> None:
    made = seller.make("category", {"name": "x"})
    assert seller.patch("category", made["id"], {"id": "other"}).status == 400
    assert seller.patch("category", made["id"], {"href": "http://x"}).status == 400
    assert seller.patch("category", made["id"], {"name": None}).status == 400
    same = seller.patch("category", made["id"], {"id": made["id"], "href": made["href"]})
    assert (same.status, same.json) == (200, made)
    moved = seller.patch("category", made["id"], {"lastUpdate": "2020-01-01T00:00:00Z", "name": "y"})
    assert moved.json["lastUpdate"] == made["lastUpdate"]


def test_a_removed_document_is_gone(seller: Seller) -> None:
    id = seller.make("category", {"name": "x"})["id"]
    got = seller.delete("category", id)
    assert (got.status, got.text) == (204, b"")
    assert seller.get("category", id).status == 404
    assert seller.delete("category", id).status == 404
    assert seller.patch("category", id, {"name": "y"}).status == 404
    assert seller.list("category").json == []


def test_the_same_key_and_body_is_the_same_answer(seller: Seller) -> None:
    first = seller.post("category", {"name": "x", "description": "d"}, **{"idempotency-key": "k"})
    again = seller.post("category", {"description": "d", "name": "x"}, **{"idempotency-key": "k"})
    assert (again.status, again.json) == (201, first.json)
    assert len(seller.list("category").json) == 1
    other = seller.post("category", {"name": "y"}, **{"idempotency-key": "k"})
    assert (other.status, "another body" in other.json["message"]) == (409, True)
    assert seller.post("catalog", {"name": "y"}, **{"idempotency-key": "k"}).status == 201
    stranger = seller.acting("other", "operate")
    assert stranger.post("category", {"name": "y"}, **{"idempotency-key": "k"}).status == 201
    assert seller.post("category", {"name": "y"}, **{"idempotency-key": ""}).status == 400
    assert seller.post("category", {"name": "y"}, **{"idempotency-key": "k" * 256}).status == 400


def test_a_refused_request_does_not_use_up_its_key(seller: Seller) -> None:
    assert seller.post("category", {"name": 5}, **{"idempotency-key": "k"}).status == 400
    assert seller.post("category", {"name": "x"}, **{"idempotency-key": "k"}).status == 201


def test_every_write_leaves_an_entry_that_names_actor_time_and_reason(seller: Seller) -> None:
    clerk = seller.acting("Ada", "operate", party="p1")
    id = clerk.make("customer", {"name": "x", "engagedParty": {"id": organization(seller, "Kite")}})["id"]
    clerk.patch("customer", id, {"status": "suspended", "statusReason": "does not pay"})
    clerk.patch("customer", id, {"status": "suspended"})
    clerk.post("customer", {"name": 5})
    clerk.delete("customer", id)
    found = seller.run(seller.market.store.find(Find("", AUDIT, limit=None))).records
    entries = [record.body for record in found if record.body["resource"] == "customer"]
    assert [entry["what"] for entry in entries] == ["create", "state and change", "delete"]
    assert {(entry["actor"], entry["party"], entry["id"]) for entry in entries} == {("Ada", "p1", id)}
    assert [entry["reason"] for entry in entries] == ["Over the API.", "does not pay", "Over the API."]
    assert all(entry["time"] == "2026-11-22T10:00:00.000000Z" for entry in entries)
