"""My offers: what a provider sees of sales, orders that wait, and how data of the node comes on sale."""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.market.prices import monthly, per_use
from tests.market.shop import put
from tests.portal.node import Clock, Node
from tests.portal.test_mine import OWN, see, text
from tests.portal.trading import AUDITOR, CITY, FIRM, OFFER, ORDER, OTHER, trading_node

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import Json, JsonObject, encode_canonical
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.offers.publishing import claimed
from beffroi.market.rules.service_level.promise import promise_of
from beffroi.store.port import Find
from beffroi.web.message import Actor, Request, Response

NEW = "/en/market/selling/new"


@pytest.fixture
def node() -> Iterator[Node]:
    with trading_node() as made:
        yield made


def send(node: Node, actor: Actor, page: str, path: str, fields: list[tuple[str, str]]) -> Response:
    address, _, query = page.partition("?")
    shown = node.ask(Request("GET", address, query, {}, base="http://node.test", actor=actor))
    found = re.search(r'name="proof" value="([0-9a-f]{64})"', shown.body.decode())
    assert found, shown.body[-2000:]
    body = urlencode([*fields, ("proof", found[1])]).encode()
    return node.ask(Request("POST", path, "", OWN, body, base="http://node.test", actor=actor))


def kept(node: Node, name: str) -> list[Any]:
    found = node.run(node.portal.store.find(Find("", RESOURCES[name].kind, limit=None)))
    return [record.body for record in found.records]


FORM = [
    ("type", "EVChargingStation"), ("name", "Bornes (simulées)"), ("description", "Simulé."),
    ("attribute", "power"), ("attribute", "chargingState"), ("area", "3.0, 50.6, 3.1, 50.7"), ("live", "1"),
    ("rate", "5"), ("quota", "10 000"), ("price", "requests"), ("amount", "1,25"), ("vat", "20"),
    ("each", "1000"), ("free", "200"), ("licence", "ODbL-1.0"), ("purpose", "research"), ("region", "FR"),
    ("months", "12"), ("personal", "none"), ("approval", "1"),
]  # fmt: skip


def without(*names: str, **others: str) -> list[tuple[str, str]]:
    return [pair for pair in FORM if pair[0] not in names] + list(others.items())


def test_a_provider_sees_offers_orders_and_revenue(node: Node) -> None:
    page = text(node, CITY, "/en/market/selling")
    assert "Vélos en direct" in page
    assert "draft" in page
    assert "16,400" in page
    assert "€99.33" in page
    assert "ordered by Petite société simulée" in page


def test_the_page_of_an_offer_shows_the_credits_that_its_products_got(node: Node) -> None:
    page = text(node, CITY, f"/en/market/selling/{OFFER}")
    assert "Panne simulée du 2 novembre" in page
    assert "credit of €3.50" in page


def test_a_buyer_sees_nothing_of_it(node: Node) -> None:
    for actor in (FIRM, OTHER):
        page = text(node, actor, "/en/market/selling")
        assert "Vélos en direct" not in page
        assert "€99.33" not in page
        assert "Approve" not in page
    (bikes, _) = kept(node, "productOffering")
    assert see(node, OTHER, f"/en/market/selling/{bikes['id']}").status == 403
    assert see(node, AUDITOR, f"/en/market/selling/{bikes['id']}").status == 200


def test_the_form_makes_a_draft_and_publishing_puts_it_on_sale(node: Node) -> None:
    made = send(node, CITY, f"{NEW}?type=EVChargingStation", NEW, FORM)
    assert made.status == 303, made.body.decode()[:3000]
    address = made.headers["location"]
    offering = kept(node, "productOffering")[-1]
    assert offering["lifecycleStatus"] == "In study"
    assert offering["approval"] == "manual"
    assert offering["relatedParty"][0]["id"] == "city"
    price = kept(node, "productOfferingPrice")[-1]
    assert price["tier"] == [
        {"upTo": 200, "price": {"unit": "EUR", "value": 0}},
        {"price": {"unit": "EUR", "value": 1.25}},
    ]
    said = {
        one["name"]: one["productSpecCharacteristicValue"][0]["value"]
        for one in kept(node, "productSpecification")[-1]["productSpecCharacteristic"]
    }
    assert said["attributes"] == ["power", "chargingState"]
    assert said["quota"] == [{"metric": "requests", "amount": 10_000, "period": "month"}]
    assert said["area"]["coordinates"][0][0] == [3.0, 50.6]
    page = text(node, CITY, address)
    assert "€1.25" in page
    assert "wait for your approval" in page
    assert send(node, CITY, address, address, [("move", "publish")]).status == 303
    assert kept(node, "productOffering")[-1]["lifecycleStatus"] == "Active"
    assert send(node, CITY, address, address, [("move", "retire")]).status == 303
    assert kept(node, "productOffering")[-1]["lifecycleStatus"] == "Retired"


def test_who_sells_data_lets_everybody_see_a_sample(node: Node) -> None:
    page = f"{NEW}?type=EVChargingStation"
    assert 'name="sample" value="1"' in text(node, CITY, page)
    made = send(node, CITY, page, NEW, without("claims", sample="1"))
    address = made.headers["location"]
    assert "everybody sees it on the page of the offer" in text(node, CITY, address)
    assert send(node, CITY, address, address, [("move", "publish")]).status == 303
    shown = text(node, OTHER, address.replace("selling", "catalogue"))
    assert "The first things as a buyer sees them now." in shown


def test_a_service_shows_what_it_answers(node: Node) -> None:
    fields = [
        ("service", "1"), ("name", "Prévisions (simulées)"), ("endpoint", "https://service.example.org/api"),
        ("sample", '{"level": "<b>3</b>"}'), ("price", "free"), ("licence", "ODbL-1.0"),
    ]  # fmt: skip
    made = send(node, CITY, f"{NEW}?service=1", NEW, fields)
    address = made.headers["location"]
    assert send(node, CITY, address, address, [("move", "publish")]).status == 303
    shown = text(node, OTHER, address.replace("selling", "catalogue"))
    assert "{&#34;level&#34;: &#34;&lt;b&gt;3&lt;/b&gt;&#34;}" in shown
    refused = send(node, CITY, f"{NEW}?service=1", NEW, [*fields[:3], ("sample", "x" * 10_001), *fields[4:]])
    assert "A sample has at most 10000 characters." in refused.body.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (without("name"), "A title has 1 to 200 characters."),
        (without("amount", amount="-3"), "is no amount"),
        (without("amount", amount="viele"), "is no amount"),
        (without("attribute"), "No attribute is chosen."),
        (without("area", area="3, 4"), "is no area"),
        (without("area", area='{"type": "Point", "coordinates": [3, 4]}'), "no GeoJSON Polygon"),
        (without("quota", quota="many"), "is no whole number"),
        (without("quota", quota="-3"), "&#39;-3&#39; is less than zero."),
        (without("quota", quota="--3"), "is no whole number"),
        (without("licence", licence="my own"), "The licence"),
        (without("price", price="barter"), "is no kind of price"),
        (without("purpose", purpose="<script>"), "purpose"),
    ],
)
def test_what_cannot_be_offered_shows_the_form_again_and_makes_nothing(
    node: Node, fields: list[tuple[str, str]], sentence: str
) -> None:
    before = [len(kept(node, name)) for name in ("productSpecification", "productOfferingPrice")]
    refused = send(node, CITY, f"{NEW}?type=EVChargingStation", NEW, fields)
    assert refused.status == 422
    assert sentence in refused.body.decode()
    assert "Simulé." in refused.body.decode()
    assert [len(kept(node, name)) for name in ("productSpecification", "productOfferingPrice")] == before


def test_what_cannot_be_offered_is_said_in_french_on_a_french_page(node: Node) -> None:
    here = NEW.replace("/en/", "/fr/")
    refused = send(node, CITY, f"{here}?type=EVChargingStation", here, without("amount", amount="viele"))
    assert (refused.status, "«\xa0viele\xa0» n’est pas un montant." in refused.body.decode()) == (422, True)


def test_a_claim_that_was_not_proved_is_refused_in_words(node: Node) -> None:
    offering = kept(node, "productOffering")[1]
    claims: Json = [{"name": "mimRequirements", "productSpecCharacteristicValue": [{"value": "0.C1.R1.1"}]}]
    node.keep("tmf:productOffering", offering["id"], {**offering, "prodSpecCharValueUse": claims})
    address = f"/en/market/selling/{offering['id']}"
    refused = send(node, CITY, address, address, [("move", "publish")])
    assert refused.status == 409
    assert "has no endpoint that could be checked" in refused.body.decode()


def test_nobody_publishes_what_others_offer(node: Node) -> None:
    offering = kept(node, "productOffering")[1]
    refused = send(
        node, OTHER, f"{NEW}?type=Streetlight", f"/en/market/selling/{offering['id']}", [("move", "publish")]
    )
    assert refused.status == 404
    assert kept(node, "productOffering")[1]["lifecycleStatus"] == "In study"


def test_an_order_is_approved(node: Node) -> None:
    path = f"/en/market/selling/orders/{ORDER}"
    assert send(node, CITY, "/en/market/selling", path, [("decision", "approve")]).status == 303
    assert kept(node, "productOrder")[0]["productOrderItem"][0]["state"] == "inProgress"


def test_an_order_is_refused_with_a_reason_only(node: Node) -> None:
    path, page = f"/en/market/selling/orders/{ORDER}", "/en/market/selling"
    assert send(node, CITY, page, path, [("decision", "refuse")]).status == 409
    said = [("decision", "refuse"), ("reason", "Not for this purpose")]
    assert send(node, CITY, page, path, said).status == 303
    assert kept(node, "productOrder")[0]["state"] in {"rejected", "failed"}
    assert "Approve" not in text(node, CITY, page)


def test_a_buyer_does_not_approve_an_own_order(node: Node) -> None:
    path = f"/en/market/selling/orders/{ORDER}"
    refused = send(node, FIRM, f"{NEW}?type=Streetlight", path, [("decision", "approve")])
    assert refused.status == 409
    assert kept(node, "productOrder")[0]["state"] == "pending"


OTHER_WORDS = [
    ("other_name", "Chargers (simulated)"), ("other_description", "Simulated."),
    ("licence_name", "Accord de la ville"), ("licence_text", "Tel quel, simulé."),
    ("other_licence_name", "Agreement of the city"), ("other_licence_text", "As is, simulated."),
    ("total", "5"), ("perParty", "1"),
]  # fmt: skip


def test_an_offer_in_one_language_says_in_which(node: Node) -> None:
    here = NEW.replace("/en/", "/fr/")
    words = [("licence", "own"), *(each for each in OTHER_WORDS if each[0].startswith("licence_"))]
    made = send(node, CITY, f"{here}?type=EVChargingStation", here, [*without("licence"), *words])
    assert made.status == 303, made.body.decode()[:3000]
    offering = kept(node, "productOffering")[-1]
    assert offering["translation"] == {"fr": {}}
    (term,) = offering["productOfferingTerm"]
    own = {"name": "Accord de la ville", "text": "Tel quel, simulé."}
    assert term["licence"]["translation"] == {"fr": own}


def test_an_offer_is_written_in_both_languages_and_limited(node: Node) -> None:
    here = NEW.replace("/en/", "/fr/")
    fields = [*without("licence"), ("licence", "own"), *OTHER_WORDS]
    made = send(node, CITY, f"{here}?type=EVChargingStation", here, fields)
    assert made.status == 303, made.body.decode()[:3000]
    offering = kept(node, "productOffering")[-1]
    assert offering["translation"] == {
        "fr": {"name": "Bornes (simulées)", "description": "Simulé."},
        "en": {"name": "Chargers (simulated)", "description": "Simulated."},
    }
    assert offering["orderLimit"] == {"total": 5, "perParty": 1}
    assert send(node, CITY, made.headers["location"], made.headers["location"], [("move", "publish")]).status
    french = text(node, OTHER, f"/fr/market/catalogue/{offering['id']}")
    english = text(node, OTHER, f"/en/market/catalogue/{offering['id']}")
    for words in ("Bornes (simulées)", "Accord de la ville", "Tel quel, simulé."):
        assert words in french
        assert words not in english
    for words in ("Chargers (simulated)", "Agreement of the city", "As is, simulated."):
        assert words in english
        assert words not in french


SERVICE = [
    ("service", "1"), ("name", "Stops (simulated)"), ("description", "Simulated."), ("price", "free"),
    ("licence", "ODbL-1.0"), ("personal", "none"), ("endpoint", "https://stops.example/v1"),
]  # fmt: skip


def said_of(specification: Any) -> dict[str, Any]:
    return {
        one["name"]: one["productSpecCharacteristicValue"][0]["value"]
        for one in specification["productSpecCharacteristic"]
    }


def test_a_service_is_offered_with_credentials_that_its_provider_hands_over(node: Node) -> None:
    fields = [*SERVICE, ("access", "webhook"), ("credentials", "https://stops.example/hand-over")]
    made = send(node, CITY, f"{NEW}?service=1", NEW, fields)
    assert made.status == 303, made.body.decode()[:3000]
    assert said_of(kept(node, "productSpecification")[-1]) == {
        "endpointUrl": "https://stops.example/v1",
        "access": "webhook",
        "credentialsUrl": "https://stops.example/hand-over",
    }
    address = made.headers["location"]
    page = text(node, CITY, address)
    assert "https://stops.example/v1" in page
    assert "With credentials of the service that I hand over" in page
    assert "Live changes" not in page
    assert send(node, CITY, address, address, [("move", "publish")]).status == 303


def test_a_service_is_offered_through_the_gate(node: Node) -> None:
    fields = [*SERVICE, ("access", "gate"), ("posts", "1"), ("rate", "2")]
    assert send(node, CITY, f"{NEW}?service=1", NEW, fields).status == 303
    assert said_of(kept(node, "productSpecification")[-1]) == {
        "rateLimit": 2.0, "endpointUrl": "https://stops.example/v1", "access": "gate", "methods": ["POST"],
    }  # fmt: skip


def changed(fields: list[tuple[str, str]], **others: str) -> list[tuple[str, str]]:
    return [pair for pair in fields if pair[0] not in others] + list(others.items())


HANDED = changed(SERVICE, access="webhook", credentials="https://stops.example/hand-over")


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        (changed(HANDED, credentials=""), "credentials", "hands over the credentials is missing"),
        (changed(HANDED, credentials="ftp://stops.example"), "credentials", "is no http or https address"),
        (changed(HANDED, endpoint=""), "endpoint", "The address of the service is missing"),
        (changed(HANDED, endpoint="https://stops.example/?a=b"), "endpoint", "without query"),
        (changed(HANDED, access="pigeon"), "access", "is none of gate, webhook"),
        (changed(HANDED, total="-1"), "total", "is less than zero"),
        (changed(HANDED, total="some"), "total", "is no whole number"),
        (changed(HANDED, perParty="10001"), "perParty", "is more than 10000"),
        (changed(HANDED, other_name="x" * 201), "other_name", "of up to 200"),
        (changed(HANDED, licence="own", licence_text="As is."), "licence_name", "has a name of 1 to 300"),
        (changed(HANDED, licence="own", licence_name="Mine"), "licence_text", "has a text of 1 to 20000"),
        (
            changed(HANDED, licence="own", licence_name="M", licence_text="T", licence_url="nowhere"),
            "licence_url", "is no http or https address",
        ),
        (
            changed(HANDED, licence="own", licence_name="M", licence_text="T", other_licence_name="N"),
            "other_licence_text", "has a text of 1 to 20000",
        ),
        (changed(without(), quota="many"), "quota", "is no whole number"),
        (changed(without(), amount="-3", area="3, 4"), "amount", "is no amount"),
        (changed(without(), area="3, 4"), "area", "is no area"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(
    node: Node, fields: list[tuple[str, str]], name: str, sentence: str
) -> None:
    before = len(kept(node, "productSpecification"))
    page = "service=1" if ("service", "1") in fields else "type=EVChargingStation"
    shown = send(node, CITY, f"{NEW}?{page}", NEW, fields)
    body = shown.body.decode()
    assert shown.status == 422
    beside = re.search(rf'id="{name}-mistake">([^<]*)<', body)
    assert beside, body[-6000:]
    assert sentence in beside[1]
    assert f'href="#{name}"' in body
    assert re.search(rf'id="{name}"[^>]* aria-describedby="[^"]*{name}-mistake', body)
    assert len(kept(node, "productSpecification")) == before


PROMISED = [
    ("availability", "99,5"), ("availability_credit", "10"), ("freshness", "95"), ("within", "900"),
    ("completeness", "98"), ("complete", "power"), ("complete", "name"), ("greatest", "30"),
    ("claims", "0.C1.R1.1, 1.C1.R1.1"),
]  # fmt: skip


def test_a_service_level_and_claims_are_promised_in_the_form(node: Node) -> None:
    made = send(node, CITY, f"{NEW}?type=EVChargingStation", NEW, [*FORM, *PROMISED])
    assert made.status == 303, made.body.decode()[:3000]
    offering = kept(node, "productOffering")[-1]
    promise = promise_of(offering)
    assert promise is not None
    assert [(one.metric, float(one.target)) for one in promise.objectives] == [
        ("availability", 99.5), ("freshness", 95), ("completeness", 98),
    ]  # fmt: skip
    available, fresh, complete = promise.objectives
    assert [(float(tier.below), float(tier.percent)) for tier in available.tiers] == [(99.5, 10)]
    assert (fresh.within, fresh.tiers, complete.attributes) == (900, (), ("power", "name"))
    assert promise.most == 30
    assert claimed(offering) == ("0.C1.R1.1", "1.C1.R1.1")
    address = made.headers["location"]
    page = html.unescape(text(node, CITY, address))
    assert "promised 99.5\u202f%" in page
    assert "0.C1.R1.1, 1.C1.R1.1" in page
    refused = send(node, CITY, address, address, [("move", "publish")])
    assert (refused.status, b"was never checked" in refused.body) == (409, True)
    french = text(node, CITY, address.replace("/en/", "/fr/"))
    assert "Fraîcheur" in french


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"availability": "101"}, "availability", "is more than 100 %"),
        ({"availability": "often"}, "availability", "is no amount"),
        ({"availability_credit": "5"}, "availability", "needs the percentage that is promised"),
        ({"freshness": "95"}, "within", "how old the newest observation may be"),
        ({"freshness": "95", "within": "99999999"}, "freshness", "no whole number from 1 to"),
        ({"completeness": "95"}, "complete", "which attributes everything has to have"),
        ({"availability": "99.12345"}, "availability", "at most 4 decimals"),
        ({"claims": "all of them!"}, "claims", "is no id of a requirement"),
    ],
)
def test_a_promise_that_cannot_be_is_said_beside_its_field(
    node: Node, fields: dict[str, str], name: str, sentence: str
) -> None:
    shown = send(node, CITY, f"{NEW}?type=EVChargingStation", NEW, [*FORM, *fields.items()])
    beside = re.search(rf'id="{name}-mistake">([^<]*)<', shown.body.decode())
    assert shown.status == 422
    assert beside, shown.body.decode()[-5000:]
    assert sentence in beside[1]
    assert len(kept(node, "productOffering")) == 2


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (per_use(0.002, 1), ("€0.002 for 1 request", "0,002 € pour 1 requête")),
        (per_use(0.333, 1), ("€0.333 for 1 request", "0,333 € pour 1 requête")),
        (monthly(120, recurringChargePeriodType="year"), ("€120.00 a year", "120,00 € par an")),
    ],
)
def test_a_seller_reads_the_price_that_the_catalogue_says(
    node: Node, price: dict[str, Any], said: tuple[str, str]
) -> None:
    (bikes, _) = kept(node, "productOffering")
    node.run(put(node.portal.store, "tmf:productOfferingPrice", {**price, "id": "exact"}))
    changed = {**bikes, "productOfferingPrice": [{"id": "exact"}]}
    node.run(put(node.portal.store, "tmf:productOffering", changed))
    for code, words in zip(("en", "fr"), said, strict=True):
        for place in ("selling", "catalogue"):
            page = text(node, CITY, f"/{code}/market/{place}/{bikes['id']}")
            assert words in page.replace("\xa0", " ").replace("\u202f", " "), (code, place)


def test_a_seller_reads_why_nobody_can_order_at_prices(node: Node) -> None:
    (bikes, _) = kept(node, "productOffering")
    dollars = {**monthly(30), "id": "dollars", "price": {"unit": "USD", "value": 30}}
    euros = {**per_use(0.002, 1), "id": "euros"}
    node.run(put(node.portal.store, "tmf:productOfferingPrice", dollars, euros))
    changed = {**bikes, "productOfferingPrice": [{"id": "dollars"}, {"id": "euros"}]}
    node.run(put(node.portal.store, "tmf:productOffering", changed))
    page = text(node, CITY, f"/en/market/selling/{bikes['id']}")
    assert "US$30.00 a month" in page
    assert "prices in EUR and USD; one currency is needed" in page
    assert "des prix en EUR" in text(node, CITY, f"/fr/market/selling/{bikes['id']}")


def test_a_price_retired_on_sale_is_shown_to_nobody_as_one_to_order_at(node: Node) -> None:
    (bikes, _) = kept(node, "productOffering")
    node.run(
        put(
            node.portal.store,
            "tmf:productOfferingPrice",
            {**monthly(30), "id": "old", "lifecycleStatus": "Retired"},
        )
    )
    node.run(
        put(node.portal.store, "tmf:productOffering", {**bikes, "productOfferingPrice": [{"id": "old"}]})
    )
    page = text(node, CITY, f"/en/market/selling/{bikes['id']}")
    assert "Nobody can order at these prices:" in page
    assert "has the price &#39;old&#39;, which is &#39;Retired&#39;" in page
    page = text(node, FIRM, f"/en/market/catalogue/{bikes['id']}")
    assert "Price on request" in page
    assert "€30.00 a month" not in page
    assert "Nothing can be ordered at these prices" in page
    assert "Not for sale now:</strong> The offering" in page
    assert f"/catalogue/{bikes['id']}/order" not in page


OVER: Any = {"validFor": {"endDateTime": "2021-06-30T10:00:00Z"}}


@pytest.mark.parametrize(
    ("offering", "price", "why"),
    [
        ({"isBundle": True}, {}, "is a bundle"),
        ({"productSpecification": {"id": "none"}}, {}, "sells nothing"),
        ({}, OVER, "has no price that is valid at"),
    ],
)
def test_what_cannot_be_ordered_is_not_in_the_catalogue_and_its_seller_reads_why(
    node: Node, offering: JsonObject, price: JsonObject, why: str
) -> None:
    (bikes, _) = kept(node, "productOffering")
    address = f"/catalogue/{bikes['id']}"
    assert address in text(node, FIRM, "/en/market")
    store = node.portal.store
    sold = {**monthly(30), "id": "sold", **price}
    node.run(put(store, "tmf:productOfferingPrice", sold))
    priced = {**bikes, "productOfferingPrice": [{"id": "sold"}], **offering}
    node.run(put(store, "tmf:productOffering", priced))
    node.portal.memory.kept.clear()
    page = text(node, FIRM, "/en/market")
    assert address not in page
    assert "Nothing is offered here yet." in page
    page = text(node, FIRM, f"/en/market{address}")
    assert "Not for sale now:</strong> The offering" in page
    assert why in page
    assert f"{address}/order" not in page
    assert "/dcat/offers/" not in page
    for address in ("/en/market/selling", f"/en/market/selling/{bikes['id']}"):
        page = text(node, CITY, address)
        assert why in page
        assert '<span class="tag">not on sale</span>' in page
    page = text(node, CITY, "/fr/market/selling")
    assert '<span class="tag">pas en vente</span> <span class="hint">L’offre' in page
    assert why not in page


def test_a_seller_reads_that_the_period_of_an_offer_is_over(node: Node) -> None:
    (bikes, _) = kept(node, "productOffering")
    over = {**bikes, "validFor": {"endDateTime": "2021-06-30T10:00:00Z"}}
    node.run(put(node.portal.store, "tmf:productOffering", over))
    assert "was on sale until 30 June 2021" in text(node, CITY, "/en/market/selling")
    page = text(node, CITY, f"/en/market/selling/{bikes['id']}")
    assert "was on sale until 30 June 2021" in page
    assert "It cannot be ordered now" in page
    assert "était en vente jusqu’au 30 juin 2021" in text(node, CITY, f"/fr/market/selling/{bikes['id']}")


def drafted(node: Node, fields: list[tuple[str, str]], query: str = "type=EVChargingStation") -> str:
    """The address of a draft that the form made of these fields."""
    made = send(node, CITY, f"{NEW}?{query}", NEW, fields)
    assert made.status == 303, made.body.decode()[:3000]
    return made.headers["location"]


def filled_in(page: str) -> list[tuple[str, str]]:
    """The fields of the form of a draft as a browser sends them, if nobody changes anything."""
    form = re.search(r'<form class="drafting".*?</form>', page, re.DOTALL)
    assert form, page
    found = list[tuple[str, str]]()
    for one in re.finditer(
        r"<(?:input (?P<input>[^>]*)|textarea (?P<area>[^>]*)>(?P<text>.*?)</textarea"
        r"|select (?P<select>[^>]*)>(?P<options>.*?)</select)>",
        form[0],
        re.DOTALL,
    ):
        about = one["input"] or one["area"] or one["select"]
        name = re.search(r'name="([^"]*)"', about)
        value = re.search(r'value="([^"]*)"', about)
        assert name
        if one["options"] is not None:
            value = re.search(r'value="([^"]*)" selected', one["options"])
        elif re.search(r'type="(checkbox|radio)"', about) and not about.endswith(" checked"):
            continue
        text = one["text"] if one["text"] is not None else value[1] if value else ""
        found.append((name[1], html.unescape(text)))
    return [pair for pair in found if pair[0] != "proof"]


def documents(node: Node) -> list[list[Any]]:
    """What the newest documents of the catalogue say, without ids and moments."""
    gone = {"id", "lastUpdate", "href", "productSpecification", "productOfferingPrice"}
    names = ("productSpecification", "productOfferingPrice", "productOffering")
    found = [
        [{name: value for name, value in one.items() if name not in gone} for one in kept(node, name)]
        for name in names
    ]
    for one in (each for body in found[0] for each in body.get("productSpecCharacteristic", ())):
        if one["name"] == "attributes":  # in a form they stand by name
            one["productSpecCharacteristicValue"][0]["value"].sort()
    return found


SAID_ALL = [
    ("availability", "99.5"), ("availability_credit", "10"), ("freshness", "90"), ("within", "900"),
    ("completeness", "80"), ("complete", "power"), ("greatest", "50"), ("claims", "0.C1.R1.1, 0.C2.R2.1"),
    ("sample", "1"), ("history", "1"), ("personal", "pseudonymised"), ("resale", "1"),
]  # fmt: skip
SERVED = [
    ("service", "1"), ("name", "Prévisions (simulées)"), ("endpoint", "https://service.example.org/api"),
    ("endpointDescription", "https://service.example.org/api.json"), ("access", "gate"), ("posts", "1"),
    ("sample", "{\n}"), ("price", "monthly"), ("amount", "12,50"), ("vat", ""), ("licence", "etalab-2.0"),
]  # fmt: skip
WEBHOOK = [
    *SERVED[:3], ("access", "webhook"), ("credentials", "https://service.example.org/k"), ("price", "once"),
    ("amount", "3"), ("vat", "5.5"), ("licence", "etalab-2.0"), ("quota", "7"),
]  # fmt: skip
FORMS = {
    "data": (FORM, "type=EVChargingStation"),
    "all": ([*without("personal"), *SAID_ALL], "type=EVChargingStation"),
    "two languages": ([*without("licence"), ("licence", "own"), *OTHER_WORDS], "type=EVChargingStation"),
    "free": (without("price", price="free"), "type=EVChargingStation"),
    "service": (SERVED, "service=1"),
    "webhook": (WEBHOOK, "service=1"),
}


@pytest.mark.parametrize("code", ["en", "fr"])
@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_draft_is_filled_in_with_all_that_it_says(node: Node, form: str, code: str) -> None:
    address = drafted(node, *FORMS[form])
    before = documents(node)
    page = address.replace("/en/", f"/{code}/") + "/correct"
    fields = filled_in(text(node, CITY, page))
    saved = send(node, CITY, page, page, fields)
    assert (saved.status, saved.headers.get("location")) == (303, page.removesuffix("/correct")), fields
    after = documents(node)
    if form == "two languages" and code == "fr":  # the language of who writes comes first
        assert {row["name"] for row in after[2][-1]["translation"].values()} == {
            "Bornes (simulées)", "Chargers (simulated)",
        }  # fmt: skip
        return
    assert [sorted(map(encode_canonical, found)) for found in after] == [
        sorted(map(encode_canonical, found)) for found in before
    ]


def test_a_draft_is_corrected_and_what_it_was_is_gone(node: Node) -> None:
    address = drafted(node, FORM)
    counts = [len(found) for found in documents(node)]
    id = kept(node, "productOffering")[-1]["id"]
    assert f'href="{address}/correct"' in text(node, CITY, address)
    page = f"{address}/correct"
    anew = [
        (name, "Autres bornes" if name == "name" else value)
        for name, value in filled_in(text(node, CITY, page))
    ]
    anew = [(name, "3,75" if name == "amount" else value) for name, value in anew]
    assert send(node, CITY, page, page, anew).status == 303
    assert [len(found) for found in documents(node)] == counts
    (offering,) = [one for one in kept(node, "productOffering") if one["id"] == id]
    assert (offering["name"], offering["lifecycleStatus"]) == ("Autres bornes", "In study")
    assert "€3.75" in text(node, CITY, address)
    found = node.run(node.portal.store.find(Find("", "audit", limit=None))).records
    changed = [one.body for one in found if one.body["id"] == id]
    assert changed[-1]["actor"] == CITY.name
    assert send(node, CITY, address, address, [("move", "publish")]).status == 303


def test_a_draft_that_was_corrected_meanwhile_is_read_again(node: Node) -> None:
    page = f"{drafted(node, FORM)}/correct"
    read = filled_in(text(node, CITY, page))
    assert isinstance(node.clock, Clock)
    node.clock.now = plus_seconds(node.clock.now, 1)
    first = [(name, "Premier" if name == "name" else value) for name, value in read]
    assert send(node, CITY, page, page, first).status == 303
    refused = send(node, CITY, page, page, read)
    assert refused.status == 422
    assert "Somebody has corrected the draft since you read it." in refused.body.decode()
    assert "Premier" in text(node, CITY, page.removesuffix("/correct"))


def test_what_a_draft_cannot_be_shows_its_form_again(node: Node) -> None:
    page = f"{drafted(node, FORM)}/correct"
    wrong = [(name, "" if name == "name" else value) for name, value in filled_in(text(node, CITY, page))]
    before = documents(node)
    refused = send(node, CITY, page, page, wrong)
    assert refused.status == 422
    assert "A title has 1 to 200 characters." in refused.body.decode()
    assert f'action="{page}"' in refused.body.decode()
    assert documents(node) == before


def test_a_draft_is_thrown_away_after_a_question(node: Node) -> None:
    before = documents(node)
    address = drafted(node, FORM)
    id = kept(node, "productOffering")[-1]["id"]
    page = f"{address}/discard"
    assert f'href="{page}"' in text(node, CITY, address)
    assert "Throw this draft away?" in text(node, CITY, page)
    assert "Jeter ce brouillon" in text(node, CITY, page.replace("/en/", "/fr/"))
    assert kept(node, "productOffering")[-1]["id"] == id
    gone = send(node, CITY, page, page, [("reason", "A mistake")])
    assert (gone.status, gone.headers["location"]) == (303, "/en/market/selling")
    assert documents(node) == before
    found = node.run(node.portal.store.find(Find("", "audit", limit=None))).records
    last = [one.body for one in found if one.body["id"] == id][-1]
    assert (last["actor"], last["reason"]) == (CITY.name, "A mistake")


@pytest.mark.parametrize("what", ["correct", "discard"])
def test_what_is_published_is_neither_corrected_nor_thrown_away(node: Node, what: str) -> None:
    page = f"/en/market/selling/{OFFER}/{what}"
    assert f"{OFFER}/{what}" not in text(node, CITY, f"/en/market/selling/{OFFER}")
    before = documents(node)
    shown = see(node, CITY, page)
    assert shown.status == 409
    assert "is &#39;Active&#39; and no draft any more" in shown.body.decode()
    assert send(node, CITY, page, page, FORM).status == 409
    assert documents(node) == before


@pytest.mark.parametrize("what", ["correct", "discard"])
def test_nobody_corrects_or_discards_the_draft_of_another(node: Node, what: str) -> None:
    page = f"{drafted(node, FORM)}/{what}"
    before = documents(node)
    assert see(node, OTHER, page).status == 404
    assert send(node, OTHER, f"{NEW}?type=Streetlight", page, FORM).status == 404
    assert documents(node) == before


MORE: dict[str, tuple[str, Any]] = {
    "two prices": (
        "productOffering",
        lambda body: {"productOfferingPrice": body["productOfferingPrice"] * 2},
    ),
    "a yearly price": ("productOfferingPrice", lambda _: {"recurringChargePeriodType": "year"}),
    "a trial": ("productOfferingPrice", lambda _: {"trial": {"days": 3}}),
    "half a request": (
        "productSpecification",
        lambda body: {
            "productSpecCharacteristic": [
                {**one, "productSpecCharacteristicValue": [{"value": 0.5, "isDefault": True}]}
                if one["name"] == "rateLimit"
                else one
                for one in body["productSpecCharacteristic"]
            ]
        },
    ),
}


@pytest.mark.parametrize("more", MORE)
def test_a_draft_that_says_more_than_the_form_is_not_cut_down_to_it(node: Node, more: str) -> None:
    address = drafted(node, FORM)
    name, patch = MORE[more]
    body = kept(node, name)[-1]
    node.keep(RESOURCES[name].kind, body["id"], {**body, **patch(body)})
    shown = see(node, CITY, f"{address}/correct")
    assert shown.status == 409
    assert "says something that this form has no field for" in shown.body.decode()
