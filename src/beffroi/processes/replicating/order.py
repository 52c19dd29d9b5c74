"""Grant a solution what it needs by an order of the market: offering, order, product, credentials.

Everything goes over the market's own interfaces (TMF620, 622, 632), as any buyer's program goes there.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.processes.replicating.talk import Talk

CATALOGUE: Final = "/tmf-api/productCatalogManagement/v4"
ORDERS: Final = "/tmf-api/productOrderingManagement/v4/productOrder"
PARTIES: Final = "/tmf-api/party/v4/organization"
ENDS: Final = frozenset({"completed", "partial", "failed", "rejected", "cancelled"})
LONGEST_ORDER_S: Final = 60.0
BETWEEN_LOOKS_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Terms:
    """Who grants what to whom: names of the city and the maker, what the solution is called in English and in
    French, whole names of entity types, the licence (SPDX) of the data, empty if the city states none."""

    city: str
    maker: str
    solution: str
    solution_fr: str
    types: Sequence[str]
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """What the order came to."""

    product: str
    client: str
    secret: str
    offering: str


async def grant(talk: Talk, terms: Terms) -> Granted:
    """Order access for a solution, free of charge. Raises Problem if the order does not come to access."""
    offering = await _offering(talk, terms) or await _offered(talk, terms)
    buyer = await _party(talk, terms.maker)
    item: JsonObject = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    placed = await talk.make(
        ORDERS,
        {"productOrderItem": [item], "relatedParty": [_as(buyer, "buyer")], "description": terms.solution},
    )
    done = await _completed(talk, str(placed["id"]))
    (bought,) = objects_in(done["productOrderItem"])
    product = str(cast("JsonObject", bought["product"])["id"])
    secret = await talk.make(f"/market/products/{product}/credentials", {})
    return Granted(product, str(secret["client_id"]), str(secret["client_secret"]), offering)


async def _offering(talk: Talk, terms: Terms) -> str | None:
    """The offering that an earlier replication of this solution made, if it sells the same types."""
    name = _name(terms)
    for each in await talk.objects(f"{CATALOGUE}/productOffering", lifecycleStatus="Active", name=name):
        reference = cast("JsonObject", each.get("productSpecification") or {})
        specification = await talk.object(f"{CATALOGUE}/productSpecification/{reference.get('id')}")
        if set(terms.types) <= _sold(specification):
            return str(each["id"])
    return None


async def _offered(talk: Talk, terms: Terms) -> str:
    """A new offering of just these types, live, without a price."""
    seller = _as(await _party(talk, terms.city), "seller")
    sold: JsonObject = {"entityTypes": [*terms.types], "live": True}
    specification = await talk.make(
        f"{CATALOGUE}/productSpecification",
        {
            "name": _name(terms),
            "lifecycleStatus": "Active",
            "relatedParty": [seller],
            "productSpecCharacteristic": [_characteristic(name, value) for name, value in sold.items()],
        },
    )
    use: list[Json] = (
        [{"@type": "DataUseTerm", "licence": {"spdxId": terms.licence}}] if terms.licence else []
    )
    made = await talk.make(
        f"{CATALOGUE}/productOffering",
        {
            "name": _name(terms),
            "description": f"What the solution '{terms.solution}' reads.",
            "translation": {"fr": _in_french(terms)},
            "lifecycleStatus": "Active",
            "productSpecification": {"id": specification["id"]},
            "productOfferingTerm": use,
            "relatedParty": [seller],
        },
    )
    return str(made["id"])


async def _party(talk: Talk, name: str) -> str:
    """The organization of this name; a new one if there is none."""
    found = await talk.objects(PARTIES, tradingName=name, limit="1")
    if found:
        return str(found[0]["id"])
    return str((await talk.make(PARTIES, {"tradingName": name, "isLegalEntity": True}))["id"])


async def _completed(talk: Talk, id: str) -> JsonObject:
    """The order once it is completed. Raises Problem if it ends otherwise, or not in time."""
    until = time.monotonic() + LONGEST_ORDER_S
    while time.monotonic() < until:
        found = await talk.object(f"{ORDERS}/{id}")
        if found.get("state") == "completed":
            return found
        if found.get("state") in ENDS:
            raise Problem(SourceFailed, f"The order {id} is '{found['state']}': {_notes(found)}")
        await asyncio.sleep(BETWEEN_LOOKS_S)
    raise Problem(SourceFailed, f"The order {id} is not completed after {LONGEST_ORDER_S:g} s.")


def _notes(order: JsonObject) -> str:
    notes = objects_in(order.get("note"))
    return "; ".join(str(each.get("text")) for each in notes)[:300]


def _sold(specification: JsonObject) -> set[str]:
    """The entity types that a specification names."""
    for each in objects_in(specification.get("productSpecCharacteristic")):
        if each.get("name") == "entityTypes":
            values = objects_in(each["productSpecCharacteristicValue"])
            return {str(name) for value in values for name in cast("list[str]", value["value"])}
    return set()


def _name(terms: Terms) -> str:
    return f"Data for {terms.solution}"[:100]


def _in_french(terms: Terms) -> JsonObject:
    return {
        "name": f"Données pour : {terms.solution_fr}"[:100],
        "description": f"Ce que lit la solution « {terms.solution_fr} ».",
    }


def _as(party: str, role: str) -> JsonObject:
    return {"id": party, "role": role, "@referredType": "Organization"}


def _characteristic(name: str, value: Json) -> JsonObject:
    return {"name": name, "productSpecCharacteristicValue": [{"value": value}]}
