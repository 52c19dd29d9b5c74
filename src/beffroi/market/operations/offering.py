"""Put an offering into the catalogue, correct it while it is a draft, publish it, and take it off again."""

from collections.abc import Iterable

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Forbidden, Problem, ResourceNotFound
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, change, create, remove
from beffroi.market.rules.apis.tmf620 import (
    PRODUCT_OFFERING,
    PRODUCT_OFFERING_PRICE,
    PRODUCT_SPECIFICATION,
)
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.visibility import check_may_write
from beffroi.market.rules.offers.draft import Draft, offering, price, specification
from beffroi.market.rules.offers.draft_check import check_draft
from beffroi.market.rules.offers.drafted import check_is_draft, rewritten
from beffroi.market.rules.orders.terms import price_keys


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


async def redraft(market: Market, id: str, draft: Draft, read: str, asker: Asker) -> JsonObject:
    """Let the offering of a draft be what another draft says; the offering. `read` is its lastUpdate as it
    was read before, empty for whatever it says by now.

    Raises Problem: BadRequestData for a draft that cannot be, Conflict for an offering that is no draft any
    more, or that somebody else corrected since.
    """
    check_draft(draft)
    before = await _drafted(market, id, asker)
    _check_as_read(before, read)
    specified = await create(market, PRODUCT_SPECIFICATION, specification(draft), asker)
    priced = await create(market, PRODUCT_OFFERING_PRICE, price(draft), asker)
    anew = offering(draft, str(specified["id"]), str(priced["id"]), market.address)

    def corrected(body: JsonObject) -> JsonObject:
        check_is_draft(body)
        _check_as_read(body, str(before["lastUpdate"]))
        return rewritten(body, anew)

    try:
        after = await change(market, PRODUCT_OFFERING, id, corrected, asker)
    except Problem:
        await _let_go(market, _parts(anew), asker)
        raise
    await _let_go(market, _parts(before), asker)
    return after


async def discard(market: Market, id: str, asker: Asker) -> None:
    """Remove the offering of a draft, with its specification and its prices where nothing else names them.
    Raises Problem(Conflict) for one that is no draft any more."""
    before = await _drafted(market, id, asker)
    await remove(market, PRODUCT_OFFERING, id, asker)
    await _let_go(market, _parts(before), asker)


async def _drafted(market: Market, id: str, asker: Asker) -> JsonObject:
    found = await retrieve(market, PRODUCT_OFFERING, id, asker.actor)
    check_may_write(PRODUCT_OFFERING, found, asker.actor)
    check_is_draft(found)
    return found


def _check_as_read(body: JsonObject, read: str) -> None:
    if read and body["lastUpdate"] != read:
        raise Problem(Conflict, "Somebody has corrected the draft since you read it. Load the page again.")


def _parts(body: JsonObject) -> list[tuple[Resource, str]]:
    """The specification and the prices of an offering."""
    named = body.get("productSpecification")
    specified = (
        [(PRODUCT_SPECIFICATION, str(named["id"]))] if isinstance(named, dict) and "id" in named else []
    )
    return [*specified, *((PRODUCT_OFFERING_PRICE, key.id) for key in price_keys(body))]


async def _let_go(market: Market, parts: Iterable[tuple[Resource, str]], asker: Asker) -> None:
    """Remove documents that nothing names any more; what something names, or is another's, stays."""
    for resource, id in parts:
        try:
            await remove(market, resource, id, asker)
        except Problem as problem:
            if problem.kind not in (Conflict, Forbidden, ResourceNotFound):
                raise


async def publish(market: Market, id: str, asker: Asker) -> JsonObject:
    """Let an offering be ordered. Raises Problem(Conflict) with the verdicts that stand against it."""
    return await _become(market, id, "Active", asker)


async def retire(market: Market, id: str, asker: Asker) -> JsonObject:
    """Let an offering be ordered no more; what was sold goes on."""
    return await _become(market, id, "Retired", asker)


async def _become(market: Market, id: str, state: str, asker: Asker) -> JsonObject:
    return await change(market, PRODUCT_OFFERING, id, lambda body: {**body, "lifecycleStatus": state}, asker)
