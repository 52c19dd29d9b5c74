"""A query of consumption (TMF677 queryUsageConsumption): what products have used of their quotas.

The query names products in `searchCriteria.product`; the answer stands in its `usageConsumption`, one for
each product, from the product's meter. Whoever the product concerns may ask: its buyer and its seller.
"""

from collections.abc import Mapping, Sequence

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, TooLarge
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.access.consumption import consumption
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.access.meter import meter_key, spent_of
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.documents.visibility import visible

MOST_PRODUCTS = 50


def needs(body: JsonObject, _before: JsonObject | None, _known: Mapping[Key, Record]) -> Sequence[Key]:
    """The products that are named, and their meters."""
    return [key for name in products_of(body) for key in (PRODUCT.key(name), meter_key(name))]


def make(body: JsonObject, scene: Scene) -> Outcome:
    """The query with its answer. Raises Problem(BadRequestData) for a product that the asker does not see."""
    told: list[Json] = [_told(name, scene) for name in products_of(body)]
    answered: JsonObject = {**body, "usageConsumption": told}
    if "relatedParty" not in body and scene.actor is not None and scene.actor.party:
        answered["relatedParty"] = [{"id": scene.actor.party, "@referredType": "Organization"}]
    return Outcome(answered)


USAGE_CONSUMPTION_QUERIES = Behaviour(needs, make, counts=True)


def products_of(query: Mapping[str, Json]) -> list[str]:
    """The ids of the products that are asked for, each once. Raises Problem for what names none."""
    criteria = query.get("searchCriteria")
    named = criteria.get("product") if isinstance(criteria, dict) else None
    given = named if isinstance(named, list) else [] if named is None else [named]
    if len(given) > MOST_PRODUCTS:
        raise Problem(TooLarge, f"The query names {len(given)} products; {MOST_PRODUCTS} are allowed.")
    return list(dict.fromkeys(map(_id, given)))


def _id(product: Json) -> str:
    match product:
        case {"id": str(id)} if 0 < len(id) <= 1_000:
            return id
        case _:
            raise Problem(
                BadRequestData, "An element of 'searchCriteria.product' names no product by its 'id'."
            )


def _told(name: str, scene: Scene) -> JsonObject:
    record = scene.records.get(PRODUCT.key(name))
    if record is None or not (scene.actor is None or visible(PRODUCT, record.body, scene.actor)):
        raise Problem(
            BadRequestData, f"The member 'searchCriteria.product' names '{name[:100]}', which does not exist."
        )
    product = record.body
    spent = spent_of(scene.records.get(meter_key(name)))
    spent.turn(scene.now)
    used = {"day": spent.by_day, "month": spent.by_month}
    quotas = declared(product, str).quotas
    return consumption(name, str(product.get("name") or ""), quotas, used, scene.now)
