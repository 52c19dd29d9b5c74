"""The ids of what comes of an item of an order (TMF622): they follow from the order and the item, so that a
step that is done again finds what it did.
"""

from beffroi.kernel.record import Key
from beffroi.market.rules.apis.tmf651 import AGREEMENT
from beffroi.market.rules.documents.behaviour import Seed


def id_of(order: str, item: str, what: str) -> str:
    """The id of what comes of an item: `agreement`, `product`, `service` or `client`.

    >>> id_of("7", "1", "product") == id_of("7", "1", "product") != id_of("7", "2", "product")
    True
    """
    return Seed(f"{order}|{item}|{what}")[0]


def client_of(order: str, item: str) -> str:
    """The id of the client whose credentials will open the product."""
    return f"cli_{id_of(order, item, 'client').replace('-', '')[:24]}"


def agreement_key(order: str, item: str) -> Key:
    """The agreement that comes of an item."""
    return AGREEMENT.key(id_of(order, item, "agreement"))
