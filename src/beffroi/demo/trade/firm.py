"""The buyer: an invented firm's program, that knows nothing of the node but its address and speaks HTTP only.

It finds an offering in the catalogue, orders it, fetches its secret, takes a token, and asks and subscribes
as every NGSI-LD client does. It counts its own requests, to compare them with what it is billed for.
"""

import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlencode

from beffroi.demo.talk import Talk, Unexpected, reason_in
from beffroi.demo.trade.offer import CATALOGUE, PARTIES, address
from beffroi.demo.waiting import heard
from beffroi.kernel.json import JsonObject, decode, encode, objects_in
from beffroi.outbound import Answer

NAME: Final = "Atelier Pistache (société simulée)"
ORDERS: Final = "/tmf-api/productOrderingManagement/v4/productOrder"
NGSI_LD: Final = "/ngsi-ld/v1"
LONGEST_ORDER_S: Final = 20.0
BETWEEN_LOOKS_S: Final = 0.02
ENDS: Final = frozenset({"completed", "partial", "failed", "rejected", "cancelled"})


@dataclass(slots=True)
class Access:
    """What an order came to: the product, the token that opens it, the first answer, and how long that took.

    `requests` counts what the firm asked with the token and got an answer to.
    """

    product: str
    agreement: str
    token: str
    first: list[JsonObject]
    milliseconds: float
    requests: int = 1


async def register(talk: Talk) -> str:
    """The firm as a party of the market; its id."""
    body: JsonObject = {
        "tradingName": NAME,
        "isLegalEntity": True,
        "contactMedium": [address("2 rue de l'Exemple", "00000", "Clochemont")],
    }
    return str((await talk.make(f"{PARTIES}/organization", body))["id"])


async def find(talk: Talk, types: Sequence[str]) -> JsonObject:
    """The first active offering that sells all of these entity types. Raises Unexpected if there is none."""
    offerings = await talk.documents(f"{CATALOGUE}/productOffering", lifecycleStatus="Active")
    for offering in offerings:
        reference = cast("JsonObject", offering.get("productSpecification") or {})
        specification = await talk.document(f"{CATALOGUE}/productSpecification/{reference.get('id')}")
        if set(types) <= _sold(specification):
            return offering
    raise Unexpected(f"None of {len(offerings)} active offerings sells {' and '.join(types)}.")


async def order(talk: Talk, offering: JsonObject, party: str, type: str) -> Access:
    """Order, wait for access, fetch the secret, take a token, ask once: the clock runs from the order to the
    first answer."""
    began = time.perf_counter()
    placed = await talk.make(ORDERS, _order(offering, party))
    done = await _completed(talk, str(placed["id"]))
    (item,) = objects_in(done["productOrderItem"])
    product = str(cast("JsonObject", item["product"])["id"])
    secret = await talk.make(f"/market/products/{product}/credentials", {})
    token = await take_token(talk, str(secret["client_id"]), str(secret["client_secret"]))
    first = _entities(await ask(talk, token, f"/entities?{urlencode({'type': type, 'limit': 100})}"))
    milliseconds = (time.perf_counter() - began) * 1000
    agreement = objects_in(done["agreement"])[0]["id"]
    return Access(product, str(agreement), token, first, milliseconds)


async def take_token(talk: Talk, client: str, secret: str) -> str:
    """A token (OAuth 2.0, client credentials)."""
    basic = b64encode(f"{client}:{secret}".encode()).decode()
    headers = {"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"}
    answer = await talk.send("POST", "/oauth/token", headers, b"grant_type=client_credentials")
    if answer.status != 200:
        raise Unexpected(f"The token was refused with {answer.status}: {reason_in(answer)}")
    return str(cast("JsonObject", decode(answer.body))["access_token"])


async def call(talk: Talk, access: Access, type: str, condition: str, times: int) -> int:
    """Ask `times` times; how many entities the last answer had."""
    found = 0
    query = urlencode({"type": type, "q": condition, "limit": 100})
    for _ in range(times):
        found = len(_entities(await ask(talk, access.token, f"/entities?{query}")))
        access.requests += 1
    return found


async def look_over_the_fence(talk: Talk, access: Access, type: str, id: str) -> None:
    """Ask for what was not bought: it must answer like what does not exist. Raises Unexpected."""
    listed = await ask(talk, access.token, f"/entities?{urlencode({'type': type})}")
    access.requests += 1
    if _entities(listed):
        raise Unexpected(f"A token for other types shows {len(_entities(listed))} of type {type}.")
    one = await ask(talk, access.token, f"/entities/{id}")
    if one.status != 404:
        raise Unexpected(f"A token for other types is answered {one.status} for '{id}'.")


async def subscribe(talk: Talk, access: Access, types: Sequence[str], mailbox: str) -> str:
    """A subscription to every change; its address."""
    body: JsonObject = {
        "type": "Subscription",
        "entities": [{"type": type} for type in types],
        "notification": {"endpoint": {"uri": mailbox, "accept": "application/json"}},
    }
    answer = await ask(talk, access.token, "/subscriptions", "POST", encode(body))
    access.requests += 1
    if answer.status != 201:
        raise Unexpected(f"The subscription was answered with {answer.status}: {reason_in(answer)}")
    return answer.headers["location"]


async def unsubscribe(talk: Talk, access: Access, subscription: str) -> None:
    """End a subscription."""
    place = subscription.partition(NGSI_LD)[2]
    answer = await ask(talk, access.token, place, "DELETE")
    access.requests += 1
    if answer.status != 204:
        raise Unexpected(f"Ending the subscription was answered with {answer.status}: {reason_in(answer)}")


async def ask(talk: Talk, token: str, path: str, method: str = "GET", body: bytes = b"") -> Answer:
    """One NGSI-LD request with a token."""
    context = f"{talk.address}/contexts/city.jsonld"
    headers = {
        "authorization": f"Bearer {token}",
        "link": f'<{context}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
    }
    if body:
        headers["content-type"] = "application/json"
    return await talk.send(method, f"{NGSI_LD}{path}", headers, body)


def _order(offering: JsonObject, party: str) -> JsonObject:
    item: JsonObject = {"id": "1", "action": "add", "productOffering": {"id": offering["id"]}}
    return {
        "productOrderItem": [item],
        "relatedParty": [{"id": party, "role": "buyer", "@referredType": "Organization"}],
    }


async def _completed(talk: Talk, id: str) -> JsonObject:
    """The order once it is completed. Raises Unexpected if it ends otherwise, or not in time."""

    async def completed() -> JsonObject | None:
        found = await talk.document(f"{ORDERS}/{id}")
        if found["state"] == "completed":
            return found
        if found["state"] in ENDS:
            notes = "; ".join(str(each.get("text")) for each in objects_in(found.get("note")))
            raise Unexpected(f"The order is '{found['state']}': {notes}")
        return None

    return await heard("the order is not completed", completed, LONGEST_ORDER_S, BETWEEN_LOOKS_S)


def _entities(answer: Answer) -> list[JsonObject]:
    if answer.status != 200:
        raise Unexpected(f"NGSI-LD answered {answer.status}: {reason_in(answer)}")
    return cast("list[JsonObject]", decode(answer.body))


def _sold(specification: JsonObject) -> set[str]:
    """The entity types that a specification names."""
    for each in objects_in(specification.get("productSpecCharacteristic")):
        if each.get("name") == "entityTypes":
            values = objects_in(each["productSpecCharacteristicValue"])
            return {str(name) for value in values for name in cast("list[str]", value["value"])}
    return set()
