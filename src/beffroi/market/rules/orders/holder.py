"""Who holds a product and who gives it: the parties of a document by their roles (TMF637, TMF622)."""

from collections.abc import Collection, Mapping

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json
from beffroi.kernel.problem import Conflict, Forbidden, Problem
from beffroi.market.rules.documents.machines import PRODUCT, is_end
from beffroi.market.rules.documents.roles import BUYER_ROLES, SELLER_ROLES
from beffroi.market.rules.documents.visibility import OPERATE, Actor
from beffroi.market.rules.orders.agreed_end import agreed_end
from beffroi.market.rules.orders.agreed_time import is_over

__all__ = ["BUYER_ROLES", "SELLER_ROLES", "check_holds", "check_lives", "party_with"]


def party_with(document: Mapping[str, Json], roles: Collection[str]) -> str:
    """The id of the first party with one of these roles; empty without one.

    >>> party_with({"relatedParty": [{"id": "7", "role": "Buyer"}]}, BUYER_ROLES)
    '7'
    """
    parties = document.get("relatedParty")
    for party in parties if isinstance(parties, list) else []:
        if isinstance(party, dict) and str(party.get("role", "")).lower() in roles and party.get("id"):
            return str(party["id"])
    return ""


def check_holds(product: Mapping[str, Json], actor: Actor) -> None:
    """Raise Problem(Forbidden) unless the actor acts for the party that bought the product, or operates."""
    buyer = party_with(product, BUYER_ROLES)
    if OPERATE not in actor.may and (not buyer or actor.party != buyer):
        raise Problem(Forbidden, f"'{actor.name}' does not act for the party that bought this product.")


def check_lives(product: Mapping[str, Json], now: Instant) -> None:
    """Raise Problem(Conflict) for a product that has ended, or whose agreed time is over."""
    id, state = str(product["id"])[:80], str(product.get("status"))
    if is_end(PRODUCT, state):
        raise Problem(Conflict, f"The product '{id}' is '{state}' and stays so.")
    if is_over(product, now):
        raise Problem(
            Conflict, f"The agreed time of the product '{id}' ended at {shortened(agreed_end(product))}."
        )
