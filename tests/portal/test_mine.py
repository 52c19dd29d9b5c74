"""My products: what a party sees of them, the secret that is shown once, usage to take away, the end."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from markupsafe import escape
from tests.portal.node import Node
from tests.portal.trading import (
    ACTIVE,
    AUDITOR,
    CITY,
    ENDED,
    FIRM,
    OFFER,
    OTHER,
    SUSPENDED,
    sold,
    trading_node,
)

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.operations.credentials import client_with
from beffroi.market.rules.access.usage_chain import verify
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.web.message import Actor, Request, Response

OWN = {"origin": "http://node.test", "sec-fetch-site": "same-origin"}


@pytest.fixture
def node() -> Iterator[Node]:
    with trading_node() as made:
        yield made


def see(node: Node, actor: Actor, path: str) -> Response:
    address, _, query = path.partition("#")[0].partition("?")
    return node.ask(Request("GET", address, query, {}, base="http://node.test", actor=actor))


def text(node: Node, actor: Actor, path: str) -> str:
    response = see(node, actor, path)
    assert response.status == 200, response.body[-2000:]
    return response.body.decode()


def send(node: Node, actor: Actor, page: str, path: str, **fields: str) -> Response:
    """Post a form with the proof that stands on a page."""
    found = re.search(r'name="proof" value="([0-9a-f]{64})"', text(node, actor, page))
    assert found
    body = urlencode({**fields, "proof": found[1]}).encode()
    return node.ask(Request("POST", path, "", OWN, body, base="http://node.test", actor=actor))


def state(node: Node, id: str) -> Any:
    return node.run(node.portal.store.read([PRODUCT.key(id)]))[PRODUCT.key(id)].body["status"]


def test_the_list_says_what_is_used_and_left_and_what_is_wrong(node: Node) -> None:
    page = text(node, FIRM, "/en/market/mine")
    assert "16,400 of 20,000" in page
    assert "3,600 left" in page
    assert "82 % of a quota is used." in page
    assert "This product is suspended" in page
    assert page.count("Vélos en direct") == 1
    assert page.index("Bornes (simulées)") < page.index("Lampes (simulées)")


def test_nobody_elses_products_exist(node: Node) -> None:
    assert "Vélos en direct" not in text(node, OTHER, "/fr/market/mine")
    assert see(node, AUDITOR, f"/fr/market/mine/{ACTIVE}").status == 200
    for path in ("", "/usage", "/end"):
        assert see(node, OTHER, f"/fr/market/mine/{ACTIVE}{path}").status == 404


def test_the_secret_is_shown_once_and_opens_the_product(node: Node) -> None:
    address = f"/fr/market/mine/{ACTIVE}"
    shown = send(node, FIRM, address, f"{address}/secret")
    assert shown.status == 200
    assert shown.headers["cache-control"] == "no-store"
    secret = re.findall(r"sec_[\w-]{43}", shown.body.decode())[0]
    client = re.findall(r"cli_[0-9a-f]{24}", shown.body.decode())[0]
    opened = node.run(client_with(node.portal.store, client, secret))
    assert opened is not None
    assert opened.product == ACTIVE
    again = text(node, FIRM, address)
    assert secret not in again
    assert client in again


def test_a_new_secret_takes_the_place_of_the_old_one(node: Node) -> None:
    address = f"/fr/market/mine/{ACTIVE}"
    first, second = (send(node, FIRM, address, f"{address}/secret").body.decode() for _ in range(2))
    old, new = (re.findall(r"sec_[\w-]{43}", page)[0] for page in (first, second))
    client = re.findall(r"cli_[0-9a-f]{24}", second)[0]
    assert client in first
    assert node.run(client_with(node.portal.store, client, old)) is None
    assert node.run(client_with(node.portal.store, client, new)) is not None


@pytest.mark.parametrize("actor", [CITY, replace(FIRM, may=frozenset({"read"}))])
def test_who_does_not_hold_a_product_gets_no_secret_and_cannot_end_it(node: Node, actor: Actor) -> None:
    page = text(node, actor, f"/en/market/mine/{ACTIVE}")
    assert "Show my secret" not in page
    assert "End this product" not in page


def test_credentials_that_a_provider_hands_over_are_shown_once(node: Node) -> None:
    market, said = node.portal.market, {"endpointUrl": "https://a.example/v1", "access": "webhook"}
    product: JsonObject = {
        **sold("keys-1", "Clés (simulées)", ["Room"], "active"),
        "productCharacteristic": [{"name": name, "value": value} for name, value in said.items()],
    }
    node.keep("tmf:product", "keys-1", product)
    address = "/en/market/mine/keys-1"
    assert "The provider was asked for the credentials" in text(node, FIRM, address)
    sealed = market.safe.seal(b'{"apiKey": "k-<1>"}', "keys-1")
    node.keep(
        "handover", "keys-1", {"asked": "1", "state": "ready", "at": "", "sealed": sealed, "reason": ""}
    )
    assert "Show my credentials" not in text(node, CITY, address)
    shown = send(node, FIRM, address, f"{address}/secret")
    assert b"k-&lt;1&gt;" in shown.body
    assert shown.headers["cache-control"] == "no-store"
    again = text(node, FIRM, address)
    assert "k-&lt;1" not in again
    assert "The credentials were shown and are not kept" in again
    assert b"The provider was asked" in send(node, FIRM, address, f"{address}/secret").body


def test_a_breach_is_a_dated_record_with_its_evidence_apart_from_credits(node: Node) -> None:
    breach: JsonObject = {
        "id": "b-1", "offering": OFFER, "name": "Bikes", "objective": "availability", "state": "ended",
        "promised": {"metric": "availability", "target": 99.5}, "measured": 97.1, "missed": 2,
        "from": "2026-11-02T09:00:00Z", "to": "2026-11-02T12:30:00Z", "ended": "met",
        "evidence": [
            {"at": "2026-11-02T09:00:00Z", "status": 503, "milliseconds": 12, "sha256": "ab" * 32},
            {"at": "2026-11-02T09:01:00Z", "status": 0, "milliseconds": 10_000, "reason": "It <hangs>."},
        ],
    }  # fmt: skip
    node.keep("breach", "b-1", breach)
    page = text(node, FIRM, f"/en/market/mine/{ACTIVE}")
    record = page[page.index("Breaches of the service level") : page.index("<h3>Credits")]
    assert "Availability" in record
    assert ("It &lt;hangs&gt;." in record, "503" in record, "SHA-256 abababababababab" in record) == (
        True,
        True,
        True,
    )
    assert "credit of" not in record
    assert "credit of" in page
    assert "No breach is recorded" in text(node, FIRM, f"/en/market/mine/{SUSPENDED}")


def test_why_a_probe_failed_is_said_in_french_and_what_is_not_known_stays_marked_as_english(
    node: Node,
) -> None:
    why = ("'http://firm.example/x' does not answer within 10 s.", "It hangs.")
    probes: list[Json] = [
        {"at": "2026-11-02T09:00:00Z", "status": 0, "milliseconds": 9, "reason": one} for one in why
    ]
    breach: JsonObject = {
        "id": "b-1", "offering": OFFER, "name": "Bikes", "objective": "availability", "state": "open",
        "promised": {"metric": "availability", "target": 99.5}, "missed": 2, "from": "2026-11-02T09:00:00Z",
        "evidence": probes,
    }  # fmt: skip
    node.keep("breach", "b-1", breach)
    page = text(node, FIRM, f"/fr/market/mine/{ACTIVE}")
    assert "«\xa0http://firm.example/x\xa0» ne répond pas en 10 s." in page
    assert '<span lang="en">It hangs.</span>' in page
    assert escape(why[0]) in text(node, FIRM, f"/en/market/mine/{ACTIVE}")


def test_the_seller_is_refused_even_with_a_form(node: Node) -> None:
    address = f"/en/market/mine/{ACTIVE}"
    refused = send(node, CITY, address, f"{address}/secret")
    assert refused.status == 409
    assert b"does not act for the party that bought" in refused.body
    assert b"sec_" not in refused.body
    assert send(node, CITY, address, f"{address}/end").status == 403
    assert state(node, ACTIVE) == "active"


def test_usage_can_be_taken_away_and_judged(node: Node) -> None:
    rows = json.loads(see(node, FIRM, f"/fr/market/mine/{ACTIVE}/usage").body)
    assert len(rows) == 41
    assert verify(rows) is None
    rows[3]["meter"]["requests"] += 1
    assert verify(rows) is not None
    assert "41 rows, chained" in text(node, FIRM, f"/en/market/mine/{ACTIVE}")


def test_a_broken_chain_is_said_on_the_page(node: Node) -> None:
    row = json.loads(see(node, FIRM, f"/fr/market/mine/{ACTIVE}/usage").body)[5]
    row["meter"]["requests"] += 1
    node.keep("tmf:usage", row["id"], row)
    assert "does not hold at row 6" in text(node, FIRM, f"/en/market/mine/{ACTIVE}")
    assert "la ligne a été modifiée" in text(node, FIRM, f"/fr/market/mine/{ACTIVE}")


def test_the_agreement_is_told_in_sentences(node: Node) -> None:
    page = text(node, FIRM, f"/fr/market/mine/{ACTIVE}")
    assert "Petite société simulée" in page
    assert "La donnée elle-même ne peut pas être revendue" in page or "revendu" in page


def test_the_terms_for_machines_are_one_link_away(node: Node) -> None:
    page = text(node, FIRM, f"/fr/market/mine/{ACTIVE}")
    path = "/market/agreements/agreement-1/policy"
    assert f'href="{path}">Les mêmes conditions pour les machines' in page


def test_ending_asks_first_and_then_is_done(node: Node) -> None:
    address = f"/fr/market/mine/{SUSPENDED}"
    ended = send(node, FIRM, f"{address}/end", f"{address}/end", reason="Plus besoin")
    assert (ended.status, ended.headers["location"]) == (303, address)
    assert state(node, SUSPENDED) == "terminated"
    assert send(node, FIRM, f"/fr/market/mine/{ACTIVE}/end", f"{address}/end").status == 409
    assert see(node, FIRM, f"{address}/end").status == 409
    assert "End this product" not in text(node, FIRM, f"/en/market/mine/{ENDED}")


def test_the_page_of_a_product_that_has_ended_says_so_and_shows_no_calls_that_fail(node: Node) -> None:
    address = f"/en/market/mine/{ACTIVE}"
    assert "Use this in your code" in text(node, FIRM, address)
    send(node, FIRM, f"{address}/end", f"{address}/end", reason="No need (simulated)")
    page = text(node, FIRM, address)
    assert "Use this in your code" not in page
    assert "This product ended on 22 November 2026: it opens nothing any more." in page
    assert "Reason: No need (simulated)" in page
    assert "Ce produit a pris fin le 22 novembre 2026" in text(node, FIRM, f"/fr/market/mine/{ACTIVE}")


def test_who_does_not_hold_a_product_is_not_asked_to_end_it(node: Node) -> None:
    for actor in (AUDITOR, CITY):
        assert see(node, actor, f"/en/market/mine/{ACTIVE}/end").status == 403
        assert f"{ACTIVE}/end" not in text(node, actor, f"/en/market/mine/{ACTIVE}")


def test_purposes_are_named_in_the_language_of_the_page(node: Node) -> None:
    bought = sold("for-1", "Vélos", ["Room"], "active", purpose=["research", "mobility-service"])
    node.keep("tmf:product", "for-1", bought)
    assert "<dt>Finalité</dt><dd>recherche, services de mobilité</dd>" in text(
        node, FIRM, "/fr/market/mine/for-1"
    )


def test_what_the_node_and_its_commands_say_as_a_reason_is_said_in_french(node: Node) -> None:
    product = sold("cut-1", "Vélos", ["Room"], "suspended", live=False) | {
        "statusReason": "On the command line."
    }
    node.keep("tmf:product", "cut-1", product)
    assert "En ligne de commande." in text(node, FIRM, "/fr/market/mine/cut-1")
    for number, reason in enumerate(REASONS):
        entry: JsonObject = {
            "actor": "local", "time": "2026-11-22T12:00:00Z", "resource": "product", "id": "p",
            "what": "change", "reason": reason, "party": "",
        }  # fmt: skip
        node.keep("audit", f"~{number}", entry)
    page = html.unescape(text(node, AUDITOR, "/fr/market/audit"))
    for reason in REASONS:
        assert reason not in page


REASONS = (
    "On the command line.", "Ordered on the command line.", "Ordered in the portal.",
    "Further credentials were made.", "The credentials were revoked.", "The party's own data for bills.",
    "Erasure, at the person's own request.",
)  # fmt: skip


def test_a_form_without_its_proof_changes_nothing(node: Node) -> None:
    address = f"/fr/market/mine/{ACTIVE}"
    for path in (f"{address}/end", f"{address}/secret"):
        asked = Request("POST", path, "", OWN, b"proof=0", base="http://node.test", actor=FIRM)
        assert node.ask(asked).status == 403
    assert state(node, ACTIVE) == "active"


def test_who_bought_the_past_is_shown_how_to_read_it(node: Node) -> None:
    node.keep("tmf:product", "past-1", sold("past-1", "Hier (simulé)", ["Room"], "active", history=True))
    page = html.unescape(text(node, FIRM, "/en/market/mine/past-1"))
    found = re.search(r'id="use-past".*?<code>(.*?)</code>', page, re.DOTALL)
    assert found
    assert "/ngsi-ld/v1/temporal/entities?type=Room&timerel=after&timeAt=2026-11-21T" in found[1]
    assert 'id="use-past"' not in text(node, FIRM, f"/en/market/mine/{ACTIVE}")


def test_who_holds_a_product_rates_it_and_takes_that_back(node: Node) -> None:
    address, path = f"/en/market/mine/{ACTIVE}", f"/en/market/mine/{ACTIVE}/rating"
    assert send(node, FIRM, address, path, stars="4", words="Steady (simulated).").status == 303
    assert "Steady (simulated)." in text(node, FIRM, address)
    assert "4 of 5" in text(node, FIRM, f"/en/market/catalogue/{OFFER}")
    assert "Petite société" not in text(node, OTHER, f"/en/market/catalogue/{OFFER}")
    wrong = send(node, FIRM, address, path, stars="6")
    assert (wrong.status, b"no whole number from 1 to 5" in wrong.body) == (409, True)
    assert send(node, FIRM, address, path, take="back").status == 303
    assert "Nobody who holds the product" in text(node, FIRM, f"/en/market/catalogue/{OFFER}")
    assert send(node, CITY, address, path, stars="5").status == 409
    assert "What do you say of it?" not in text(node, CITY, address)


def test_who_sells_a_product_suspends_it_lets_it_go_on_and_ends_it(node: Node) -> None:
    address, path = f"/en/market/mine/{ACTIVE}", f"/en/market/mine/{ACTIVE}/state"
    for move, reason in (("suspended", "Unpaid (simulated)"), ("active", "Paid"), ("terminated", "Over")):
        made = send(node, CITY, address, path, move=move, reason=reason)
        if move == "terminated":
            assert (made.status, state(node, ACTIVE)) == (200, "active")
            assert "End this product?" in made.body.decode()
            assert '<input type="hidden" name="reason" value="Over">' in made.body.decode()
            made = send(node, CITY, address, path, move=move, reason=reason, sure="yes")
        assert made.status == 303
        assert state(node, ACTIVE) == move
        if move == "suspended":
            assert "Unpaid (simulated)" in text(node, FIRM, address)
    assert send(node, CITY, f"/en/market/mine/{SUSPENDED}", path, move="active", reason="Again").status == 409
    assert state(node, ACTIVE) == "terminated"


@pytest.mark.parametrize(
    ("actor", "fields", "said"),
    [
        (CITY, {"move": "suspended"}, "becomes 'suspended' with a reason"),
        (CITY, {"move": "created", "reason": "Why"}, "is none of suspended, active, terminated"),
        (FIRM, {"move": "suspended", "reason": "Why"}, "does not sell the product"),
    ],
)
def test_a_move_without_a_reason_or_by_somebody_else_changes_nothing(
    node: Node, actor: Actor, fields: dict[str, str], said: str
) -> None:
    refused = send(node, actor, f"/en/market/mine/{ACTIVE}", f"/en/market/mine/{ACTIVE}/state", **fields)
    assert (refused.status, said in html.unescape(refused.body.decode())) == (409, True)
    assert state(node, ACTIVE) == "active"
