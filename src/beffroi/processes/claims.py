"""What the market's documents do on a node that knows the register of requirements."""

from collections.abc import Mapping

from beffroi.market.rules.documents.behaviour import Behaviour
from beffroi.market.rules.documents.behaviours import BEHAVIOURS
from beffroi.market.rules.offers.product_offering import product_offerings
from beffroi.market.rules.offers.product_specification import product_specifications
from beffroi.proof.register import load_register


def behaviours() -> Mapping[str, Behaviour]:
    """Those of the market; an offering claims requirements of the register and no others."""
    ids = frozenset(each.id for each in load_register().requirements)
    claiming = {
        "productOffering": product_offerings(ids),
        "productSpecification": product_specifications(ids),
    }
    return {**BEHAVIOURS, **claiming}
