"""A node as a process with a small simulated market: people who signed in, what they sell and buy.

All speak as their own programs and browsers do: over HTTP, and with the command line beside the node.
"""

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from typer.testing import CliRunner, Result

from beffroi.app.world import new_id, now
from beffroi.cli.program import PROGRAM
from beffroi.demo.trade.bill import after_month
from beffroi.market.operations.billing import bill_month
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.operations.settling import settle_months
from beffroi.store.opening import open_store
from tests.node.process import Answer, NodeProcess

PASSWORD = "a simulated password"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CATALOGUE = "/tmf-api/productCatalogManagement/v4"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCTS = "/tmf-api/productInventory/v4/product"
PARTIES = "/tmf-api/party/v4/organization"
BILLS = "/tmf-api/customerBillManagement/v4"
USAGE = "/tmf-api/usageManagement/v4/usage"
ENTITIES = "/ngsi-ld/v1/entities"
BIKES = f"{ENTITIES}?type=BikeHireDockingStation"
VAT = [{"taxCategory": "S", "taxRate": 20}]
LONGEST_S = 40.0


@dataclass
class Person:
    """Somebody with a browser, signed in by a session, or a program with a bearer token; `party` is whom they
    act for."""

    node: NodeProcess
    name: str
    party: str = ""
    session: str = ""
    bearer: str = ""

    def sign_in(self) -> "Person":
        fields = {"name": self.name, "token": PASSWORD, "proof": proof_in(self.get("/en/sign-in"))}
        answer = self.node.call("POST", "/en/sign-in", urlencode(fields).encode(), FORM)
        assert answer.status == 303, answer
        self.session = answer.headers["set-cookie"].partition(";")[0]
        return self

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        known = {"cookie": self.session} if self.session else {}
        if self.bearer:
            known = {"authorization": f"Bearer {self.bearer}"}
        return self.node.call(method, path, body, {**known, **headers})

    def get(self, path: str, **query: str) -> Answer:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def document(self, path: str, **query: str) -> Any:
        answer = self.get(path, **query)
        assert answer.status in {200, 206}, answer
        return answer.json

    def make(self, path: str, body: Any) -> Any:
        answer = self.ask("POST", path, body)
        assert answer.status == 201, answer
        return answer.json

    def patch(self, path: str, body: Any) -> Answer:
        return self.ask("PATCH", path, body, **{"Content-Type": "application/merge-patch+json"})

    def page(self, path: str, **query: str) -> str:
        """A page of the portal as text."""
        answer = self.get(path, **query)
        assert answer.status == 200, answer
        return answer.body.decode()

    def send(self, path: str, page: str, **fields: str) -> Answer:
        """Send a form of a page; hidden fields are those of the page."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
        return self.ask("POST", path, urlencode({**dict(hidden), **fields}).encode(), **FORM)


@dataclass
class Square:
    """The node and who is there."""

    node: NodeProcess
    data: Path
    people: dict[str, Person] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def enter(self, name: str, role: str, party: str = "") -> Person:
        """An account for somebody, made on the command line, and signed in."""
        made = self.command("user", "add", name, "--role", role, "--party", party, "--data", str(self.data))
        assert made.exit_code == 0, (made.output, made.exception)
        self.people[name] = Person(self.node, name, party).sign_in()
        return self.people[name]

    def program(self, name: str, party: str, *options: str) -> Person:
        """A program with a token that was made on the command line."""
        made = self.command("token", "add", name, *options, "--data", str(self.data))
        assert made.exit_code == 0, (made.output, made.exception)
        return Person(self.node, name, party, bearer=made.stdout.strip())

    def command(self, *arguments: str) -> Result:
        """Run a command beside the node, on the same data."""
        return CliRunner(env={"COLUMNS": "1000", "NO_COLOR": "1", "BEFFROI_PASSWORD": PASSWORD}).invoke(
            PROGRAM, [*arguments]
        )

    def market(self, *arguments: str) -> str:
        """What `beffroi market …` says; it has to go well."""
        done = self.command("market", *arguments, "--data", str(self.data))
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout


@contextmanager
def a_square(folder: Path, *buyers: str) -> Iterator[Square]:
    """A node that asks for sign-in: a city may sell its three bike stations, firms with these names buy, an
    operator and an auditor are there."""
    data = folder / "city"
    with NodeProcess(folder, str(data), "--no-open-access", "--monitor-seconds", "1") as node:
        square = Square(node, data)
        operator = square.enter("operator", "operator")
        city = operator.make(
            PARTIES, organization("Simville (simulated)", SIRET="0" * 14, VAT="FR12000000000")
        )
        square.enter("city", "provider", city["id"])
        square.market("permit", "set", city["id"], "--type", "BikeHireDockingStation")
        for name in buyers:
            square.enter(name, "buyer", operator.make(PARTIES, organization(f"{name} (simulated)"))["id"])
        square.enter("auditor", "auditor")
        for number in range(3):
            made = operator.ask("POST", ENTITIES, station(number, 5, moment()), **in_own_words(node))
            assert made.status == 201, made
        yield square


async def month_over(square: Square) -> list[Any]:
    """What the first day of the month after does, on the same store."""
    first_day = after_month(now())
    store = await open_store(f"sqlite:{square.data / 'beffroi.db'}", INDEXERS)
    try:
        market = Market(store, lambda: first_day, new_id, square.node.origin)
        await settle_months(market)
        return await bill_month(market, now()[:7])
    finally:
        await store.close()


def proof_in(page: Answer) -> str:
    found = re.search(rb'name="proof" value="([0-9a-f]+)"', page.body)
    assert found is not None, page
    return found[1].decode()


def eventually(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {LONGEST_S} s.")


def moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def organization(name: str, **numbers: str) -> dict[str, Any]:
    """A simulated organization that an invoice can name."""
    identification = [
        {"identificationType": kind, "identificationId": number} for kind, number in numbers.items()
    ]
    where = {"street1": "1 rue de l'Exemple", "postCode": "00000", "city": "Simville", "country": "FR"}
    return {
        "tradingName": name,
        "isLegalEntity": True,
        "organizationIdentification": identification,
        "contactMedium": [{"mediumType": "postalAddress", "characteristic": where}],
    }


def station(number: int, bikes: int, at: str) -> dict[str, Any]:
    """A bike station to send; simulated."""
    return {
        "id": f"urn:ngsi-ld:BikeHireDockingStation:sim-{number}",
        "type": "BikeHireDockingStation",
        "availableBikeNumber": {"type": "Property", "value": bikes, "observedAt": at},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.06, 50.63]}},
    }


def prices() -> list[dict[str, Any]]:
    monthly = {
        "name": "Access", "priceType": "recurring-postpaid", "price": {"unit": "EUR", "value": 30},
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
    }  # fmt: skip
    calls = {
        "name": "Requests", "priceType": "usage", "unitOfMeasure": {"amount": 1, "units": "request"},
        "tier": [{"upTo": 2, "price": {"unit": "EUR", "value": 0}}, {"price": {"unit": "EUR", "value": 0.5}}],
    }  # fmt: skip
    return [{**each, "lifecycleStatus": "Active", "tax": VAT} for each in (monthly, calls)]


def publish(provider: Person, name: str, *terms: Mapping[str, Any], **more: Any) -> Any:
    """An active offering of the bike stations, as the provider's program publishes it."""
    parties = [{"id": provider.party, "role": "seller", "@referredType": "Organization"}]
    sold = {"entityTypes": ["BikeHireDockingStation"], "live": True}
    specification = provider.make(
        f"{CATALOGUE}/productSpecification",
        {
            "name": name,
            "lifecycleStatus": "Active",
            "relatedParty": parties,
            "productSpecCharacteristic": [characteristic(each, value) for each, value in sold.items()],
        },
    )
    made = [
        provider.make(f"{CATALOGUE}/productOfferingPrice", {**price, "relatedParty": parties})
        for price in prices()
    ]
    licence = {
        "@type": "DataUseTerm",
        "licence": {"spdxId": "ODbL-1.0"},
        "purpose": ["research"],
        "region": ["FR"],
    }
    body = {
        "name": name,
        "description": "Free bikes as they change (simulated).",
        "lifecycleStatus": "Active",
        "productSpecification": {"id": specification["id"]},
        "productOfferingPrice": [{"id": price["id"]} for price in made],
        "productOfferingTerm": [licence, *terms],
        "relatedParty": parties,
        **more,
    }
    return provider.make(f"{CATALOGUE}/productOffering", body)


def characteristic(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "productSpecCharacteristicValue": [{"value": value}]}


def bought(buyer: Person, offering: str) -> Any:
    """The product that comes of an order, which nobody has to approve."""
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    placed = buyer.make(
        ORDERS,
        {
            "productOrderItem": [item],
            "relatedParty": [{"id": buyer.party, "role": "buyer", "@referredType": "Organization"}],
        },
    )
    order = eventually(
        lambda: (found := buyer.document(f"{ORDERS}/{placed['id']}"))["state"] == "completed" and found,
        "the completed order",
    )
    return buyer.document(f"{PRODUCTS}/{order['productOrderItem'][0]['product']['id']}")


def token(buyer: Person, product: str, **fields: str) -> str:
    """A token for a product, with a new secret."""
    made = buyer.make(f"/market/products/{product}/credentials", {})
    return str(token_for(buyer.node, made["client_id"], made["client_secret"], **fields).json["access_token"])


def token_for(node: NodeProcess, client: str, secret: str, **fields: str) -> Answer:
    pair = base64.b64encode(f"{client}:{secret}".encode()).decode()
    form = urlencode({"grant_type": "client_credentials", **fields}).encode()
    return node.call("POST", "/oauth/token", form, {**FORM, "authorization": f"Basic {pair}"})


def through(node: NodeProcess, bearer: str, path: str) -> Answer:
    """What the gate answers to a token."""
    return node.get(path, {"authorization": f"Bearer {bearer}", **in_own_words(node)})


def in_own_words(node: NodeProcess) -> dict[str, str]:
    """The header that says that names are those of the node's own @context."""
    context = f"<{node.origin}/contexts/city.jsonld>"
    return {"link": f'{context}; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}
