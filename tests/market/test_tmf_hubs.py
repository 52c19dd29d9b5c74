"""Events of documents reach their listeners, those that they want and may have (TMF630 part 3)."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from beffroi.app.access import add_token, remove_tokens
from beffroi.app.accounts import add_account, remove_account
from beffroi.courier.courier import Courier
from beffroi.courier.http import Message, Receipt
from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import decode
from beffroi.market.operations.notify import Announcer
from beffroi.store.port import Find, Store
from tests.conftest import Run
from tests.market.seller import HUBS, JSON, Seller, organization, seller_of

CATALOGUE = HUBS["620"]


@dataclass
class Receiver:
    """Takes what is sent, or fails while it is `down`."""

    seen: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    down: set[str] = field(default_factory=set[str])

    async def __call__(self, message: Message) -> Receipt:
        if any(message.url.startswith(place) for place in self.down):
            return Receipt(False, "down")
        self.seen.append((message.url, decode(message.body)))
        return Receipt(True)

    def types(self, place: str = "") -> list[str]:
        return [body["eventType"] for url, body in self.seen if url.startswith(place)]


@dataclass
class Hearing:
    seller: Seller
    receiver: Receiver

    def drain(self) -> None:
        posts = Announcer(self.seller.market, self.receiver).posts()
        courier = Courier(self.seller.market.store, posts, self.seller.clock, lambda: 0.5)
        self.seller.run(courier.drain())

    def listen(self, callback: str, query: str = "", hub: str = CATALOGUE, by: Seller | None = None) -> str:
        body = {"callback": callback, **({"query": query} if query else {})}
        got = (by or self.seller).send("POST", hub, body)
        assert got.status == 201, got.text
        return str(got.json["id"])


@pytest.fixture
def hearing(store: Store, run: Run) -> Hearing:
    return Hearing(seller_of(store, run), Receiver())


@pytest.fixture
def engine() -> str:
    return "memory"


@pytest.mark.parametrize("engine", ["memory", "sqlite", "postgres"])
def test_a_registration_that_comes_again_makes_one_listener(hearing: Hearing) -> None:
    seller, headers = hearing.seller, {**JSON, "idempotency-key": "k"}
    body = {"callback": "https://buyer.example/tmf/", "query": "eventType=CategoryCreateEvent"}
    first, again = (seller.send("POST", CATALOGUE, body, headers) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers["location"] == first.headers["location"]
    refused = seller.send("POST", CATALOGUE, {**body, "callback": "https://other.example/"}, headers)
    assert (refused.status, b"with another body" in refused.text) == (409, True)
    elsewhere = seller.send("POST", HUBS["622"], body, headers)
    assert (elsewhere.status, elsewhere.json["id"] != first.json["id"]) == (201, True)
    seller.make("category", {"name": "Mobility"})
    hearing.drain()
    assert hearing.receiver.types() == ["CategoryCreateEvent"]
    entries = seller.run(seller.market.store.find(Find("", "audit", limit=None))).records
    assert [entry.body["what"] for entry in entries if entry.body["resource"] == "hub of TMF620"] == [
        "create"
    ]
    assert seller.send("DELETE", f"{CATALOGUE}/{first.json['id']}").status == 204
    assert seller.send("DELETE", f"{CATALOGUE}/{first.json['id']}").status == 404


@pytest.mark.parametrize("engine", ["memory", "sqlite", "postgres"])
def test_a_listener_gets_what_becomes_of_a_document_in_order(hearing: Hearing) -> None:
    seller = hearing.seller
    hearing.listen("https://buyer.example/tmf/")
    sold = [{"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["Bike"]}]}]
    body = {"name": "x", "lifecycleStatus": "Active", "mine": [1], "prodSpecCharValueUse": sold}
    id = seller.make("productOffering", body)["id"]
    seller.patch("productOffering", id, {"name": "y", "lifecycleStatus": "Retired"})
    seller.patch("productOffering", id, {"name": "y"})
    seller.patch("productOffering", id, {"description": "z"})
    seller.delete("productOffering", id)
    hearing.drain()
    expected = [
        "ProductOfferingCreateEvent",
        "ProductOfferingStateChangeEvent",
        "ProductOfferingAttributeValueChangeEvent",
        "ProductOfferingAttributeValueChangeEvent",
        "ProductOfferingDeleteEvent",
    ]
    assert hearing.receiver.types() == expected
    assert [url for url, _ in hearing.receiver.seen] == [
        f"https://buyer.example/tmf/listener/{type}" for type in expected
    ]
    made, state, change, _, gone = (body for _, body in hearing.receiver.seen)
    assert set(made) == {"eventId", "eventTime", "eventType", "correlationId", "domain", "title", "event"}
    assert (made["domain"], made["eventTime"]) == ("Product Catalog Management", "2026-11-22T10:00:00Z")
    document = made["event"]["productOffering"]
    assert (document["mine"], document["name"], document["id"]) == ([1], "x", id)
    assert document["href"].endswith(f"/productOffering/{id}")
    assert state["event"]["productOffering"]["lifecycleStatus"] == "Retired"
    assert "name" not in state["event"]["productOffering"]
    assert change["event"]["productOffering"]["name"] == "y"
    assert "description" not in change["event"]["productOffering"]
    assert state["correlationId"] == change["correlationId"] != made["correlationId"]
    assert set(gone["event"]["productOffering"]) == {"id", "href", "@type"}
    assert len({body["eventId"] for _, body in hearing.receiver.seen}) == 5


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("eventType=CategoryCreateEvent", ["CategoryCreateEvent"]),
        ("eventType = CategoryCreateEvent", ["CategoryCreateEvent"]),
        ("eventType=CategoryCreateEvent,CategoryDeleteEvent", ["CategoryCreateEvent", "CategoryDeleteEvent"]),
        ("eventType=CategoryCreateEvent&eventType=CategoryDeleteEvent", ["CategoryCreateEvent", "CategoryDeleteEvent"]),
        ("event.category.name=a", ["CategoryCreateEvent"]),
        ("event.category.name=b", ["CategoryAttributeValueChangeEvent"]),
        ("eventType=CategoryCreateEvent&event.category.name=other", []),
        ("eventType=CatalogCreateEvent", []),
        ("fields=name", ["CategoryCreateEvent", "CategoryAttributeValueChangeEvent", "CategoryDeleteEvent"]),
    ],
)  # fmt: skip
def test_a_query_says_which_events_are_wanted(query: str, types: list[str], hearing: Hearing) -> None:
    hearing.listen("https://buyer.example", query)
    id = hearing.seller.make("category", {"name": "a"})["id"]
    hearing.seller.patch("category", id, {"name": "b"})
    hearing.seller.delete("category", id)
    hearing.drain()
    assert hearing.receiver.types() == types
    if query == "fields=name":
        assert set(hearing.receiver.seen[0][1]["event"]["category"]) == {"id", "href", "name"}


def test_a_listener_hears_of_its_api_only(hearing: Hearing) -> None:
    hearing.listen("https://buyer.example", hub=HUBS["632"])
    hearing.seller.make("category", {"name": "a"})
    organization(hearing.seller, "Kite")
    hearing.drain()
    assert hearing.receiver.types() == ["OrganizationCreateEvent"]


def test_a_refused_write_is_no_event(hearing: Hearing) -> None:
    hearing.listen("https://buyer.example")
    hearing.seller.post("category", {"name": 5})
    id = hearing.seller.make("category", {"name": "a"})["id"]
    hearing.seller.patch("category", id, {"name": 5})
    hearing.drain()
    assert hearing.receiver.types() == ["CategoryCreateEvent"]


def test_a_dead_listener_delays_nobody_and_gets_all_in_order_later(hearing: Hearing) -> None:
    hearing.receiver.down.add("https://dead.example")
    hearing.listen("https://dead.example")
    hearing.listen("https://alive.example")
    for name in ("a", "b", "c"):
        hearing.seller.make("category", {"name": name})
    hearing.drain()
    assert len(hearing.receiver.types("https://alive.example")) == 3
    hearing.receiver.down.clear()
    hearing.seller.clock.now = plus_seconds(hearing.seller.clock.now, 60)
    hearing.drain()
    late = [body["event"]["category"]["name"] for url, body in hearing.receiver.seen if "dead" in url]
    assert late == ["a", "b", "c"]


def test_a_listener_whose_pattern_is_too_large_for_an_event_hears_of_it_and_stops_nobody(
    hearing: Hearing,
) -> None:
    kind = "eventType=CategoryCreateEvent"
    slow = "event.category.description.regex=(a?){50}(a?){50}b"
    hearing.listen("https://slow.example", f"{kind}&{slow}")
    hearing.seller.make("category", {"name": "a", "description": "aaa"})
    id = hearing.seller.make("category", {"name": "b", "description": "a" * 100_000})["id"]
    hearing.seller.patch("category", id, {"name": "c"})
    hearing.drain()
    heard = [body["event"]["category"]["name"] for _, body in hearing.receiver.seen]
    assert heard == ["b"]


def test_a_listener_that_left_gets_nothing_more(hearing: Hearing) -> None:
    id = hearing.listen("https://buyer.example")
    hearing.seller.make("category", {"name": "a"})
    assert hearing.seller.send("DELETE", f"{CATALOGUE}/{id}").status == 204
    hearing.drain()
    hearing.seller.make("category", {"name": "b"})
    hearing.drain()
    assert hearing.receiver.seen == []
    assert hearing.seller.send("DELETE", f"{CATALOGUE}/{id}").status == 404


def test_who_only_reads_neither_listens_nor_sends_others_away(hearing: Hearing) -> None:
    listener = hearing.listen("https://buyer.example")
    auditor = hearing.seller.acting("dora", "read", roles=("auditor",))
    assert auditor.send("POST", CATALOGUE, {"callback": "https://spy.example"}).status == 403
    assert auditor.send("DELETE", f"{CATALOGUE}/{listener}").status in {403, 404}
    party = organization(hearing.seller, "Kite")
    both = hearing.seller.acting("dora", "read", "trade", party=party, roles=("auditor", "buyer"))
    assert both.send("DELETE", f"{CATALOGUE}/{listener}").status == 404
    hearing.listen("https://both.example", hub=HUBS["632"], by=both)
    organization(hearing.seller, "Other")
    hearing.drain()
    assert hearing.receiver.types("https://both.example") == []


def test_listeners_end_with_the_token_or_the_account_of_their_maker(hearing: Hearing, run: Run) -> None:
    store, now = hearing.seller.market.store, hearing.seller.clock()
    party = organization(hearing.seller, "Kite")
    for name in ("tess", "andy"):
        by = hearing.seller.acting(name, "read", "trade", party=party)
        for hub in (CATALOGUE, HUBS["632"]):
            hearing.listen(f"https://{name}.example", hub=hub, by=by)
    run(add_token(store, "tess", ["read"], now))
    run(add_account(store, "andy", "a long password", ["buyer"], party, now))
    hearing.seller.make("category", {"name": "a"})
    hearing.drain()
    assert len(hearing.receiver.seen) == 2
    run(remove_tokens(store, "tess", now))
    hearing.seller.make("category", {"name": "b"})
    run(remove_account(store, "andy", now))
    hearing.drain()
    hearing.seller.make("category", {"name": "c"})
    hearing.drain()
    assert len(hearing.receiver.seen) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"callback": 5},
        {"callback": "ftp://x.example"},
        {"callback": "nothing"},
        {"callback": "http://u:p@x.example:99999/"},
        {"callback": "https://" + "x" * 2000},
        {"callback": "https://x.example", "query": 5},
        {"callback": "https://x.example", "query": "name.regex=("},
        {"callback": "https://x.example", "query": "eventType"},
    ],
)
def test_a_listener_that_cannot_be_is_refused(body: Any, hearing: Hearing) -> None:
    got = hearing.seller.send("POST", CATALOGUE, body)
    assert (got.status, got.json["@type"]) == (400, "Error")


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:9/x", "http://10.0.0.1/", "http://[::1]/", "http://localhost/"]
)
def test_a_node_that_others_reach_sends_nothing_to_private_addresses(place: str, hearing: Hearing) -> None:
    outside = seller_of(hearing.seller.market.store, hearing.seller.run, allow_private=False)
    got = outside.send("POST", CATALOGUE, {"callback": place})
    assert (got.status, got.json["code"]) == (400, "AddressRefused")


def test_a_party_hears_of_what_concerns_it_and_nobody_else(hearing: Hearing) -> None:
    seller = hearing.seller
    kite, heron = organization(seller, "Kite"), organization(seller, "Heron")
    buyer, other = seller.acting("b", "read", "write", party=kite), seller.acting("o", "read", party=heron)
    hub = HUBS["648"]
    hearing.listen("https://kite.example", hub=hub, by=buyer)
    mine = hearing.listen("https://heron.example", hub=hub, by=other)
    assert seller.acting("n", "read").send("POST", hub, {"callback": "https://n.example"}).status == 403
    quote = {"quoteItem": [{"id": "1"}], "relatedParty": [{"id": kite}]}
    id = buyer.make("quote", quote)["id"]
    buyer.patch("quote", id, {"description": "soon"})
    seller.delete("quote", id)
    hearing.drain()
    assert hearing.receiver.types("https://kite.example") == [
        "QuoteCreateEvent",
        "QuoteAttributeValueChangeEvent",
        "QuoteDeleteEvent",
    ]
    assert hearing.receiver.types("https://heron.example") == []
    assert buyer.send("DELETE", f"{hub}/{mine}").status == 404
    assert other.send("DELETE", f"{hub}/{mine}").status == 204


def test_keys_of_requests_are_forgotten_after_a_day(hearing: Hearing) -> None:
    seller = hearing.seller
    seller.post("category", {"name": "x"}, **{"idempotency-key": "k"})
    hearing.drain()
    assert seller.post("category", {"name": "y"}, **{"idempotency-key": "k"}).status == 409
    seller.clock.now = plus_seconds(seller.clock.now, 86_401)
    hearing.drain()
    assert seller.run(seller.market.store.find(Find("", "tmf-once", limit=None))).records == []
    assert seller.post("category", {"name": "y"}, **{"idempotency-key": "k"}).status == 201
