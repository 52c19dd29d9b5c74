"""Put an offering into the catalogue, publish it, and take it off again."""

from beffroi.kernel.json import JsonObject
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, change, create
from beffroi.market.rules.apis.tmf620 import (
    PRODUCT_OFFERING,
    PRODUCT_OFFERING_PRICE,
    PRODUCT_SPECIFICATION,
)
from beffroi.market.rules.offers.draft import Draft, offering, price, specification
from beffroi.market.rules.offers.draft_check import check_draft


async def draft_offering(market: Market, draft: Draft, asker: Asker) -> JsonObject:
    """Make the documents of an offering, which stays in study; the offering.

    Nothing is made of a draft that cannot be: Problem(BadRequestData). Whoever is killed in between leaves a
    specification or a price that nothing names.
    """
    check_draft(draft)
    made = await create(market, PRODUCT_SPECIFICATION, specification(draft), asker)
    priced = await create(market, PRODUCT_OFFERING_PRICE, price(draft), asker)
    body = offering(draft, str(made["id"]), str(priced["id"]), market.address)
    return await create(market, PRODUCT_OFFERING, body, asker)


async def publish(market: Market, id: str, asker: Asker) -> JsonObject:
    """Let an offering be ordered. Raises Problem(Conflict) with the verdicts that stand against it."""
    return await _become(market, id, "Active", asker)


async def retire(market: Market, id: str, asker: Asker) -> JsonObject:
    """Let an offering be ordered no more; what was sold goes on."""
    return await _become(market, id, "Retired", asker)


async def _become(market: Market, id: str, state: str, asker: Asker) -> JsonObject:
    return await change(market, PRODUCT_OFFERING, id, lambda body: {**body, "lifecycleStatus": state}, asker)
