"""Which kinds of document do more than be kept: by the name of the resource."""

from collections.abc import Mapping

from beffroi.market.rules.access.query_usage_consumption import USAGE_CONSUMPTION_QUERIES
from beffroi.market.rules.access.sealed_usage import USAGES
from beffroi.market.rules.bills.on_demand import BILLS_ON_DEMAND
from beffroi.market.rules.documents.behaviour import Behaviour
from beffroi.market.rules.offers.product_offering import PRODUCT_OFFERINGS
from beffroi.market.rules.offers.product_specification import PRODUCT_SPECIFICATIONS
from beffroi.market.rules.orders.agreement import AGREEMENTS
from beffroi.market.rules.orders.cancel_product_order import CANCEL_PRODUCT_ORDERS
from beffroi.market.rules.orders.product import PRODUCTS
from beffroi.market.rules.orders.product_order import PRODUCT_ORDERS
from beffroi.market.rules.orders.quote import QUOTES
from beffroi.market.rules.prices.selling import PRICES

BEHAVIOURS: Mapping[str, Behaviour] = {
    "agreement": AGREEMENTS,
    "cancelProductOrder": CANCEL_PRODUCT_ORDERS,
    "product": PRODUCTS,
    "productOffering": PRODUCT_OFFERINGS,
    "customerBillOnDemand": BILLS_ON_DEMAND,
    "productOfferingPrice": PRICES,
    "productOrder": PRODUCT_ORDERS,
    "productSpecification": PRODUCT_SPECIFICATIONS,
    "queryUsageConsumption": USAGE_CONSUMPTION_QUERIES,
    "quote": QUOTES,
    "usage": USAGES,
}
"""A resource without a row here is only kept (`behaviour.KEPT`)."""
