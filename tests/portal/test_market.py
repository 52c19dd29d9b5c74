"""The market's pages for buyers, as a visitor without scripts gets them."""

import html
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.market.prices import monthly, per_use
from tests.portal.city import HOSTILE
from tests.portal.market import keep, make_market, open_market
from tests.portal.node import Clock, Node, make_node

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING as OFFERING
from beffroi.market.rules.bills.totals import totals
from beffroi.market.rules.prices.calendar import ONE_DAY, later, month_of
from beffroi.market.rules.prices.charging import Subscription, Usage, charges
from beffroi.market.rules.prices.pricing import plans_of
from beffroi.portal.reading.market.calculator import Expected, estimate, expected_of
from beffroi.portal.reading.market.offers import offer_of
from beffroi.portal.reading.market.sample import sample_of
from beffroi.portal.services import Doors, PortalSettings
from beffroi.store.port import Find
from beffroi.web.cookie import SESSION_COOKIE
from beffroi.web.message import ANYBODY, LOCAL, Actor, Response

OWN = {"origin": "http://node.test", "sec-fetch-site": "same-origin"}
BIKES = "market/catalogue/bikes"
PAGES = (
    "market",
    "market?view=table",
    "market?text=velos&proven=yes",
    "market?type=nothing",
    "market?page=2",
    BIKES,
    "market/catalogue/chargers",
    "market/catalogue/forecast",
    "market/catalogue/evil&1",
    "market/catalogue/retired",
    f"{BIKES}/order",
    f"{BIKES}/order/terms",
)
BUYER = Actor("buyer@firm.example", frozenset({"read", "trade"}), party="buyer")
READER = Actor("reader@firm.example", frozenset({"read"}), party="buyer")
NOBODYS = Actor("new@firm.example", frozenset({"trade"}))
OTHER = Actor("other@firm.example", frozenset({"read", "trade"}), party="firm")


async def sign_in(_name: str, _token: str) -> str | None:
    return None


def rated(node: Node) -> None:
    for party, stars, words in (("a", 4, HOSTILE), ("b", 5, "")):
        node.keep(
            "rating", f"p|{party}",
            {"product": "p", "offering": "bikes", "party": party, "stars": stars, "words": words,
             "at": "2026-11-20T08:00:00Z"},
        )  # fmt: skip


DOORS = Doors(sign_in=sign_in)


@pytest.fixture
def shop() -> Iterator[Node]:
    with made() as node:
        yield node


@pytest.fixture(scope="module")
def quiet() -> Iterator[Node]:
    """A market that no test writes to."""
    with made() as node:
        yield node


@contextmanager
def made() -> Iterator[Node]:
    """A node with its market filled and its visitors known."""
    settings = PortalSettings("Simville", simulated=True, sign_in=True)
    with make_market(settings=settings, doors=DOORS) as node:
        people = {"buyer": BUYER, "reader": READER, "nobodys": NOBODYS, "other": OTHER}
        node.visitors.update({**people, "anybody": ANYBODY})
        rated(node)
        yield node


def as_(who: str) -> dict[str, str]:
    return {"cookie": f"beffroi_session={who}"}


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)
    assert found, name
    return found[1]


@pytest.mark.parametrize("code", ["fr", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_in_both_languages(quiet: Node, code: str, page: str) -> None:
    if page == "market/catalogue/retired":
        assert b"/order" not in quiet.get(f"/{code}/{page}").body
    text = quiet.text(f"/{code}/{page}", as_("buyer"))
    assert f'<html lang="{code}"' in text
    assert text.count("<h1") == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|(?:href|src|action)=\"javascript:", text)
    assert HOSTILE not in text


def names(text: str) -> list[str]:
    return re.findall(r'<h3><a href="[^"]*">([^<]*)</a>', text)


def test_the_first_offer_of_a_market_is_seen_at_once() -> None:
    with make_node() as node:
        assert "Nothing is offered here yet." in node.text("/en/market")
        open_market(node)
        assert "Vélos en direct" in node.text("/en/market")


def test_a_search_ignores_accents_and_case_and_looks_in_both_languages(quiet: Node) -> None:
    for asked in ("velos", "VÉLOS+simul", "bike+stations", "availablebikenumber"):
        assert names(quiet.text(f"/fr/market?text={asked}")) == ["Vélos en direct (simulés)"]
    assert len(names(quiet.text("/fr/market?text=eclairage"))) == 24


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("category=mobility&licence=ODbL-1.0", ["Vélos en direct (simulés)"]),
        ("licence=own", ["Prévision de charge (service simulé)"]),
        ("price=free", ["Bornes de recharge (simulées)"]),
        ("price=recurring", ["Vélos en direct (simulés)"]),
        ("provider=firm&price=usage", ["Prévision de charge (service simulé)"]),
        ("type=EVChargingStation", ["Bornes de recharge (simulées)"]),
        ("proven=yes", ["Vélos en direct (simulés)"]),
        ("proven=yes&price=free", []),
    ],
)
def test_filters_leave_what_they_say(quiet: Node, asked: str, found: list[str]) -> None:
    assert names(quiet.text(f"/fr/market?{asked}")) == found


def test_drafts_and_retired_offers_are_not_in_the_catalogue(quiet: Node) -> None:
    for text in ("brouillon", "ancienne"):
        assert names(quiet.text(f"/fr/market?text={text}")) == []
    assert quiet.get("/fr/market/catalogue/draft").status == 404
    assert quiet.get("/fr/market/catalogue/nothing").status == 404
    assert "n’est plus en vente" in quiet.text("/fr/market/catalogue/retired")
    assert quiet.get("/fr/market/catalogue/retired/order").status == 409


def test_who_keeps_the_market_finds_the_way_from_it_to_what_was_sold_and_billed(quiet: Node) -> None:
    """So does everybody on an open node, who is its operator; a passer-by has no such rooms."""
    ways = ("market/mine", "market/bills", "market/selling")
    quiet.visitors["operator"] = LOCAL
    operators = quiet.text("/en/market", {"cookie": f"{SESSION_COOKIE}=operator"})
    passers_by = quiet.text("/en/market", {"cookie": f"{SESSION_COOKIE}=anybody"})
    assert all(f'href="/en/{way}"' in operators for way in ways)
    assert not any(f'href="/en/{way}"' in passers_by for way in ways)


def test_pages_follow_one_another_and_keep_the_filters(quiet: Node) -> None:
    first = quiet.text("/en/market?provider=city&view=table")
    assert first.count("<tr>") == 25
    following = re.search(r'href="([^"]*)" rel="next"', first)
    assert following
    second = quiet.text(following[1].replace("&amp;", "&").partition("#")[0])
    assert second.count("<tr>") == 3
    assert "Page 2 of 2" in second
    assert 'rel="prev"' in second


@pytest.mark.parametrize("page", ["0", "-1", "999999", "x", "99999999"])
def test_a_page_that_is_not_there_is_one_that_is(quiet: Node, page: str) -> None:
    assert names(quiet.text(f"/en/market?page={page}"))


def test_an_empty_market_tells_a_provider_how_to_publish() -> None:
    with make_node(entities=[]) as node:
        text = node.text("/en/market")
    assert "Nothing is offered here yet." in text
    assert "http://node.test/tmf-api/productCatalogManagement/v4/productSpecification" in text


def test_the_sample_is_cut_as_the_grant_cuts(quiet: Node) -> None:
    text = quiet.text(f"/en/{BIKES}")
    assert "Bikes available" in text
    assert "Place Élise" in text
    assert "Slots free" not in text
    assert "Free slots" not in text
    seen = re.search(r"(\d+) things", text)
    assert seen
    assert 0 < int(seen[1]) < 60


def test_who_may_not_read_sees_a_sample_only_where_the_provider_lets_everybody(quiet: Node) -> None:
    closed = quiet.text(f"/en/{BIKES}", as_("anybody"))
    assert "Place Élise" not in closed
    assert "Bikes available" in closed
    assert "Borne 1" in quiet.text("/fr/market/catalogue/chargers", as_("anybody"))


def test_the_calculator_says_what_the_bill_would(quiet: Node) -> None:
    text = quiet.text(f"/en/{BIKES}?requests=20,000&months=2")
    # 30.00 a month, 10,000 requests at 0.50 and 10,000 at 0.20 for a thousand, 20 % VAT
    for amount in ("€30.00", "€5.00", "€2.00", "€7.40", "€44.40", "€88.80"):
        assert amount in text
    assert "this offer is limited to" not in text
    assert "limited to 1,000 requests a day" in quiet.text(f"/en/{BIKES}?requests=40000")


@pytest.mark.parametrize("asked", ["requests=-1", "months=0", "months=37", "requests=x", "requests=1e400"])
def test_numbers_that_cannot_be_show_the_form_again(quiet: Node, asked: str) -> None:
    text = quiet.text(f"/en/{BIKES}?{asked}")
    assert "Write whole numbers" in text
    assert 'aria-invalid="true"' in text


def test_terms_are_told_in_the_language_of_the_page(quiet: Node) -> None:
    assert "Les données ne peuvent servir qu’à ces fins" in quiet.text(f"/fr/{BIKES}")
    text = quiet.text(f"/en/{BIKES}")
    assert "The data may be used for these purposes only: research and mobility services." in text
    assert "https://opendatacommons.org/licenses/odbl/1-0/" in text
    assert "/dcat/offers/bikes/policy" in text
    assert "texte simulé" in quiet.text("/fr/market/catalogue/forecast")


def test_the_page_shows_verdicts_levels_and_ratings(quiet: Node) -> None:
    text = quiet.text(f"/en/{BIKES}")
    assert "/en/checks/check-4/pack" in text
    assert "MIM check passed" in text
    assert text.count("<beffroi-chart") == 1
    assert "97.92" in text
    assert "not older than 10 minutes" in text
    assert "looks at each order" in text
    assert "4.5 of 5" in text
    failing = quiet.text("/en/market/catalogue/chargers")
    assert "1 MIM requirement not met" in failing
    assert "not checked" in failing
    assert "Nobody who holds the product" in failing


def test_prices_that_no_bill_can_be_written_by_are_not_calculated(quiet: Node) -> None:
    assert "Price on request" in quiet.text("/en/market/catalogue/unpriced")
    assert "unpriced" not in quiet.text("/en/market?text=sans+montant")


def test_who_is_not_signed_in_comes_back_to_the_terms(quiet: Node) -> None:
    text = quiet.text(f"/en/{BIKES}/order/terms?requests=5000&months=3", as_("anybody"))
    assert (
        'href="/en/sign-in?after=%2Fen%2Fmarket%2Fcatalogue%2Fbikes%2Forder%2Fterms'
        '%3Frequests%3D5000%26entities%3D100000%26months%3D3"' in text
    )
    assert 'name="agreed"' not in text
    assert "acts for no organisation" in quiet.text(f"/en/{BIKES}/order/terms", as_("nobodys"))
    assert "may read but not order" in quiet.text(f"/en/{BIKES}/order/terms", as_("reader"))


KEPT = ("proof", "once", "agreed", "buyer", "reference", "quantity", "purpose")


def form_of(node: Node, who: str = "buyer", **more: str) -> dict[str, str]:
    """Walk to the last step; the fields of its form."""
    agreed = hidden(node.text(f"/en/{BIKES}/order/terms", as_(who)), "agreed")
    text = node.text(f"/en/{BIKES}/order/confirm?agreed={agreed}&purpose=research&reference=PO+7", as_(who))
    assert "Acheteur simulé" in text
    fields = {name: hidden(text, name) for name in KEPT}
    return {**fields, **more}


def order(node: Node, fields: dict[str, str], who: str = "buyer") -> Response:
    return node.post(f"/en/{BIKES}/order", fields, {**OWN, **as_(who)})


def orders(node: Node) -> list[Any]:
    found = node.run(node.portal.market.store.find(Find("", "tmf:productOrder", limit=None)))
    return [record.body for record in found.records]


def test_an_order_is_placed_in_three_steps_and_shown(shop: Node) -> None:
    placed = order(shop, form_of(shop))
    assert placed.status == 303
    (stored,) = orders(shop)
    assert placed.headers["location"] == f"/en/market/orders/{stored['id']}"
    assert [(one["id"], one["role"]) for one in stored["relatedParty"]] == [
        ("buyer", "buyer"),
        ("city", "seller"),
    ]
    assert stored["externalId"] == "PO 7"
    text = shop.text(placed.headers["location"], as_("buyer"))
    assert "<beffroi-wait>" in text
    assert "PO 7" in text
    assert shop.get(placed.headers["location"], as_("reader")).status == 200
    assert shop.get(placed.headers["location"], as_("nobodys")).status == 404
    assert shop.get(placed.headers["location"], as_("anybody")).status == 404


def test_a_buyer_says_what_for_where_the_terms_name_purposes(shop: Node) -> None:
    terms = shop.text(f"/en/{BIKES}/order/terms", as_("buyer"))
    assert '<option value="research">' in terms
    for purpose in ("", "marketing"):
        address = f"/en/{BIKES}/order/confirm?agreed={hidden(terms, 'agreed')}&purpose={purpose}"
        asked = shop.get(address, as_("buyer"))
        assert (asked.status, b"Choose what you will use the data for." in asked.body) == (422, True)
    assert order(shop, form_of(shop, purpose="marketing")).status == 422
    assert orders(shop) == []
    order(shop, form_of(shop))
    (item,) = orders(shop)[0]["productOrderItem"]
    assert {"name": "purpose", "value": ["research"]} in item["product"]["productCharacteristic"]


def test_a_buyer_says_how_many_where_the_offer_says_how_many_there_are(shop: Node) -> None:
    assert 'name="quantity"' not in shop.text(f"/en/{BIKES}/order", as_("buyer"))
    offering = shop.run(shop.portal.market.store.read([OFFERING.key("bikes")]))[OFFERING.key("bikes")].body
    shop.keep(OFFERING.kind, "bikes", {**offering, "orderLimit": {"perParty": 3}})
    chosen = shop.text(f"/en/{BIKES}/order?quantity=2", as_("buyer"))
    assert 'max="3" value="2"' in chosen
    terms = shop.text(f"/en/{BIKES}/order/terms?quantity=2", as_("buyer"))
    assert hidden(terms, "quantity") == "2"
    agreed = hidden(terms, "agreed")
    page = shop.text(f"/en/{BIKES}/order/confirm?agreed={agreed}&purpose=research&quantity=2", as_("buyer"))
    order(shop, {name: hidden(page, name) for name in KEPT})
    assert [item["id"] for item in orders(shop)[0]["productOrderItem"]] == ["1", "2"]


def limited(shop: Node, **limit: int) -> None:
    offering = shop.run(shop.portal.market.store.read([OFFERING.key("bikes")]))[OFFERING.key("bikes")].body
    shop.keep(OFFERING.kind, "bikes", {**offering, "orderLimit": {**limit}})


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"total": 1}, "L’offre «\xa0Vélos en direct (simulés)\xa0» est épuisée"),
        ({"perParty": 1}, "«\xa0Acheteur simulé\xa0» détient déjà l’offre"),
    ],
)
def test_an_offer_of_which_none_is_left_says_so_before_it_is_ordered(
    shop: Node, limit: dict[str, int], said: str
) -> None:
    limited(shop, **limit)
    button = f'href="/fr/{BIKES}/order"'
    assert button in shop.text(f"/fr/{BIKES}", as_("buyer"))
    agreed, fields = hidden(shop.text(f"/fr/{BIKES}/order/terms", as_("buyer")), "agreed"), form_of(shop)
    placed = order(shop, fields).headers["location"]
    text = shop.text(f"/fr/{BIKES}", as_("buyer"))
    assert (said in text, button in text) == (True, False)
    for step in ("order", "order/terms", f"order/confirm?agreed={agreed}&purpose=research"):
        answer = shop.get(f"/fr/{BIKES}/{step}", as_("buyer"))
        assert (answer.status, said in answer.body.decode()) == (409, True), step
    assert (button in shop.text(f"/fr/{BIKES}", as_("other"))) == ("perParty" in limit)
    assert order(shop, fields).headers["location"] == placed, "the same form again is the order that it was"


def test_several_are_not_offered_where_not_as_many_are_left(shop: Node) -> None:
    limited(shop, total=3)
    order(shop, form_of(shop))
    order(shop, form_of(shop))
    assert shop.get(f"/en/{BIKES}/order/terms?quantity=1", as_("buyer")).status == 200
    assert shop.get(f"/en/{BIKES}/order/terms?quantity=2", as_("buyer")).status == 409


def test_a_sample_of_an_area_that_is_too_dear_to_count_in_has_no_number(shop: Node) -> None:
    ticks = itertools.count()
    dear = replace(shop.portal.broker, processor=lambda: next(ticks) / 40)
    portal = replace(shop.portal, broker=dear)
    for n in range(80):
        place: JsonObject = {"type": "Point", "coordinates": [3.05, 50.63]}
        location: JsonObject = {"type": "GeoProperty", "value": place}
        shop.add({"id": f"urn:x:{n}", "type": "BikeHireDockingStation", "location": location})
    offer = shop.run(offer_of(portal, "bikes", "en"))
    (sample,) = shop.run(sample_of(portal, offer))
    assert (sample.count, len(sample.entities)) == (0, 100)


def test_an_offer_speaks_the_language_of_its_reader(shop: Node) -> None:
    offering = shop.run(shop.portal.market.store.read([OFFERING.key("bikes")]))[OFFERING.key("bikes")].body
    english: JsonObject = {"name": "Live bikes <simulated>", "description": "Every bike (simulated)."}
    shop.keep(OFFERING.kind, "bikes", {**offering, "translation": {"en": english}})
    assert "Live bikes &lt;simulated&gt;" in shop.text(f"/en/{BIKES}")
    assert "Every bike (simulated)." in shop.text(f"/en/{BIKES}")
    assert "Live bikes" not in shop.text(f"/fr/{BIKES}")
    assert "Vélos en direct (simulés)" in shop.text(f"/fr/{BIKES}")
    assert "Live bikes &lt;simulated&gt;" in shop.text("/en/market")
    assert "Vélos en direct (simulés)" in shop.text("/fr/market")


def test_a_double_click_is_one_order(shop: Node) -> None:
    fields = form_of(shop)
    assert order(shop, fields).headers["location"] == order(shop, fields).headers["location"]
    assert len(orders(shop)) == 1
    order(shop, form_of(shop))
    assert len(orders(shop)) == 2


def test_terms_that_were_not_agreed_to_are_shown_again(shop: Node) -> None:
    text = shop.get(f"/en/{BIKES}/order/confirm", as_("buyer"))
    assert text.status == 422
    assert b"say that you agree" in text.body
    assert order(shop, form_of(shop, agreed="")).status == 422
    assert orders(shop) == []


def test_an_offer_that_changed_since_it_was_read_is_read_again(shop: Node) -> None:
    fields = form_of(shop)
    price = shop.run(shop.portal.market.store.read([Key("", "tmf:productOfferingPrice", "monthly")]))
    body = next(iter(price.values())).body
    keep(shop, "productOfferingPrice", {**body, "price": {"unit": "EUR", "value": 31}})
    answer = order(shop, fields)
    assert answer.status == 422
    assert b"The offer has changed since you read it. Read its terms again." in answer.body
    assert orders(shop) == []


def test_a_form_sent_again_after_a_new_price_is_the_order_that_it_was(shop: Node) -> None:
    fields = form_of(shop)
    placed = order(shop, fields).headers["location"]
    price = shop.run(shop.portal.market.store.read([Key("", "tmf:productOfferingPrice", "monthly")]))
    body = next(iter(price.values())).body
    keep(shop, "productOfferingPrice", {**body, "price": {"unit": "EUR", "value": 31}})
    assert order(shop, fields).headers["location"] == placed
    assert len(orders(shop)) == 1


def test_an_offer_that_was_withdrawn_meanwhile_is_not_ordered(shop: Node) -> None:
    fields = form_of(shop)
    found = shop.run(shop.portal.market.store.read([Key("", "tmf:productOffering", "bikes")]))
    keep(shop, "productOffering", {**next(iter(found.values())).body, "lifecycleStatus": "Retired"})
    assert order(shop, fields).status == 409
    assert orders(shop) == []


def test_nobody_orders_for_another_party_or_from_another_site(shop: Node) -> None:
    fields = form_of(shop)
    assert order(shop, fields, "other").status == 403
    assert order(shop, {**fields, "proof": "0" * 64}).status == 403
    foreign = {**as_("buyer"), "origin": "https://evil.example"}
    assert shop.post(f"/en/{BIKES}/order", fields, foreign).status == 403
    assert order(shop, {**fields, "buyer": "firm"}).status == 303
    (stored,) = orders(shop)
    assert stored["relatedParty"][0]["id"] == "buyer"
    for who in ("anybody", "nobodys", "reader"):
        text = shop.text("/en/checks", as_(who))
        proof = hidden(text, "proof") if 'name="proof"' in text else "0" * 64
        assert order(shop, {**fields, "proof": proof}, who).status == 403
    assert len(orders(shop)) == 1


def test_a_form_without_its_key_is_refused_with_the_reason(shop: Node) -> None:
    answer = order(shop, form_of(shop, once=""))
    assert answer.status == 422
    assert b"The order was not taken" in answer.body
    assert orders(shop) == []


def test_an_operator_orders_for_a_party_that_is_chosen(shop: Node) -> None:
    text = shop.text(f"/en/{BIKES}/order/terms")
    assert '<option value="buyer">Acheteur simulé' in text
    agreed = hidden(text, "agreed")
    assert shop.get(f"/en/{BIKES}/order/confirm?agreed={agreed}&purpose=research").status == 422
    text = shop.text(f"/en/{BIKES}/order/confirm?agreed={agreed}&buyer=buyer&purpose=research")
    fields = {name: hidden(text, name) for name in KEPT}
    assert shop.post(f"/en/{BIKES}/order", fields, OWN).status == 303
    (stored,) = orders(shop)
    assert stored["relatedParty"][0] == {
        "id": "buyer",
        "name": "Acheteur simulé",
        "role": "buyer",
        "@referredType": "Organization",
    }


@pytest.mark.parametrize(
    ("state", "said", "waits"),
    [
        ("inProgress", "being set up", True),
        ("pending", "waits for the provider", False),
        ("completed", "Your access is ready", False),
        ("failed", "nothing is owed", False),
        ("strange", "strange", False),
    ],
)
def test_an_order_tells_its_state(shop: Node, state: str, said: str, waits: bool) -> None:
    order(shop, form_of(shop))
    (stored,) = orders(shop)
    note: Json = [{"text": f"Because {HOSTILE}"}]
    (item,) = stored["productOrderItem"]
    done = {**item, "product": {"id": "p 1"}} if state == "completed" else item
    keep(shop, "productOrder", {**stored, "state": state, "note": note, "productOrderItem": [done]})
    text = shop.text(f"/en/market/orders/{stored['id']}", as_("buyer"))
    assert said in text
    assert ("<beffroi-wait>" in text) is waits
    assert "Because &lt;script&gt;" in text
    assert ("/en/market/mine/p%201" in text) is (state == "completed")


def test_what_is_on_sale_is_known_a_moment_later() -> None:
    clock = Clock()
    with make_node(clock=clock, entities=[]) as node:
        assert names(node.text("/en/market")) == []
        open_market(node)
        clock.now = plus_seconds(clock.now, 6)
        assert len(names(node.text("/en/market"))) == 24


PREPAID, POSTPAID = "recurring-prepaid", "recurring-postpaid"


@pytest.mark.parametrize("kind", [PREPAID, POSTPAID])
@pytest.mark.parametrize("now", ["2026-11-01T00:00:05.000000Z", "2026-11-22T13:00:00.000000Z"])
@pytest.mark.parametrize("duration", [(1, "month"), (3, "month"), (10, "day")])
def test_what_an_agreement_comes_to_is_what_its_bills_do(
    kind: str, now: str, duration: tuple[int, str]
) -> None:
    plans = plans_of([monthly(30, kind)], "The offering")
    begun = Instant(now)
    found = estimate(plans, (), Expected(months=1), begun, duration)
    assert found.agreed is not None
    until = later(begun, *duration)
    assert found.agreed.until == until
    product = Subscription("p", "", plans, begun, until)
    for name in ("2026-11", "2026-12", "2027-01", "2027-02", "2027-03"):
        month = month_of(name)
        lines = charges(product, Usage(), month, Instant(f"{month.last + ONE_DAY}T00:00:00.000000Z"))
        stated = [amount for at, amount in found.agreed.bills if at[:7] == name]
        assert stated == ([totals(lines, (), "EUR").gross] if lines else [])
    assert found.agreed.gross.amount == sum(amount.amount for _, amount in found.agreed.bills)


def test_usage_of_part_of_a_month_is_part_of_what_is_expected() -> None:
    plans = plans_of([per_use(3, 1)], "The offering")
    begun = Instant("2026-11-16T00:00:00.000000Z")
    found = estimate(plans, (), Expected(requests=300, months=1), begun, (1, "month"))
    assert found.agreed is not None
    assert [(at[:7], amount.amount) for at, amount in found.agreed.bills] == [
        ("2026-11", Decimal("540.00")), ("2026-12", Decimal("522.00")),
    ]  # fmt: skip


def test_an_agreement_of_many_years_is_not_summed_up() -> None:
    plans = plans_of([monthly(30)], "The offering")
    found = estimate(plans, (), Expected(months=1), Instant("2026-11-16T00:00:00.000000Z"), (10, "year"))
    assert found.agreed is None


def test_the_page_of_an_offer_says_what_its_agreement_comes_to(quiet: Node) -> None:
    page = html.unescape(quiet.text(f"/en/{BIKES}?requests=0")).replace("\xa0", " ")
    # the days from 22 November on, eleven months, and November 2027 paid in advance to its end
    assert "Ordered today, the agreement ends on 22 November 2027: €442.80 in all" in page
    assert "November 2026: €10.80" in page
    french = html.unescape(quiet.text(f"/fr/{BIKES}?requests=0")).replace("\xa0", " ")
    assert "Commandé aujourd’hui, l’accord prend fin le 22 novembre 2027" in french
    assert "Ordered today" not in quiet.text("/en/market/catalogue/chargers")


def test_the_calculator_begins_with_no_more_than_what_is_given() -> None:
    quotas = [Quota("requests", 20, "month"), Quota("entities", 5, "day")]
    usual, _ = expected_of({}, quotas)
    assert (usual.requests, usual.entities) == (20, 100_000)
    asked, _ = expected_of({"requests": "500"}, quotas)
    assert asked.requests == 500


PERIODS = [
    ({"endDateTime": "2021-12-31T23:00:00Z"}, "was on sale until 1 Jan 2022", "était en vente jusqu’au 1er janv. 2022"),
    ({"startDateTime": "2030-01-01T00:00:00Z"}, "goes on sale on 1 Jan 2030", "sera en vente à partir du 1er janv. 2030"),
]  # fmt: skip


@pytest.mark.parametrize(("period", "english", "french"), PERIODS)
def test_what_its_period_keeps_from_sale_is_not_listed_and_its_page_says_when(
    period: JsonObject, english: str, french: str
) -> None:
    with make_market() as node:
        (record,) = node.run(node.portal.store.read([OFFERING.key("bikes")])).values()
        keep(node, "productOffering", {**record.body, "validFor": period})
        catalogue = node.text("/en/market")
        assert "/market/catalogue/bikes" not in catalogue
        assert "/market/catalogue/forecast" in catalogue
        for code, said in (("en", english), ("fr", french)):
            page = node.text(f"/{code}/{BIKES}")
            assert said in page.replace("\xa0", " ").replace("\u202f", " ")
            assert f"{BIKES}/order" not in page
            assert "/dcat/offers/bikes" not in page
        refused = node.get(f"/en/{BIKES}/order")
        assert refused.status == 409
        assert b"on sale" in refused.body


def test_an_offer_with_an_end_to_come_is_listed_and_says_it() -> None:
    with make_market() as node:
        (record,) = node.run(node.portal.store.read([OFFERING.key("bikes")])).values()
        period: JsonObject = {"startDateTime": "2021-01-01T00:00:00Z", "endDateTime": "2030-06-30T10:00:00Z"}
        keep(node, "productOffering", {**record.body, "validFor": period})
        assert "/market/catalogue/bikes" in node.text("/en/market")
        page = node.text(f"/en/{BIKES}")
        assert "On sale until 30 Jun 2030" in page
        assert f"{BIKES}/order" in page
