"""What who sells a product, or operates the node, does with it (TMF637): suspend it, resume it, end it."""

from dataclasses import replace

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, change
from beffroi.market.rules.apis.tmf637 import PRODUCT


async def suspend(market: Market, product: str, reason: str, asker: Asker) -> JsonObject:
    """Close a product for as long as it is not resumed; from the next request on nothing passes.

    Raises Problem: BadRequestData without a reason, Forbidden for who neither sells it nor operates the node,
    Conflict for a move that is not legal, ResourceNotFound.
    """
    return await _move(market, product, "suspended", reason, asker)


async def resume(market: Market, product: str, reason: str, asker: Asker) -> JsonObject:
    """Open a suspended product again. Raises as `suspend` does."""
    return await _move(market, product, "active", reason, asker)


async def terminate(market: Market, product: str, reason: str, asker: Asker) -> JsonObject:
    """End a product for good: its credentials are revoked. Raises as `suspend` does."""
    return await _move(market, product, "terminated", reason, asker)


async def _move(market: Market, product: str, status: str, reason: str, asker: Asker) -> JsonObject:
    if not reason.strip():
        raise Problem(BadRequestData, f"A product becomes '{status}' with a reason.")

    def make(before: JsonObject) -> JsonObject:
        return {**before, "status": status, "statusReason": reason}

    return await change(market, PRODUCT, product, make, replace(asker, reason=reason))
