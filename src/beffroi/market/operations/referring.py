"""Which documents name another one, so that it cannot be removed."""

from collections.abc import Mapping

from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.references import names
from beffroi.market.rules.documents.resource import TENANT, Resource
from beffroi.market.rules.documents.visibility import Actor, visible
from beffroi.store.port import Find, Where

MOST_NAMED = 3
BY_RULES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "productOrder": {
        "productOrderItem.productOffering": ("productOffering",),
        "productOrderItem.product": ("product",),
        "productOrderItem.product.productSpecification": ("productSpecification",),
        "productOrderItem.itemPrice.productOfferingPrice": ("productOfferingPrice",),
    },
    "customerBill": {"relatedParty": PARTIES, "billingAccount": ("billingAccount",)},
    "appliedCustomerBillingRate": {"product": ("product",)},
    "product": {"productPrice.productOfferingPrice": ("productOfferingPrice",)},
}
"""Members that name documents and are checked by the rules of their kind, by the name of the resource."""


async def check_unnamed(market: Market, resource: Resource, id: str, actor: Actor) -> None:
    """Raise Problem(Conflict) for a document that others name, with a few of those that the actor sees."""
    found = [
        (each, record)
        for each in RESOURCES.values()
        for member, kinds in {**each.references, **BY_RULES.get(each.name, {})}.items()
        if resource.name in kinds
        for record in await _naming(market, each, member, id)
        if record.key != resource.key(id)
    ]
    if not found:
        return
    seen = [f"the {each.name} '{one.key.id}'" for each, one in found if visible(each, one.body, actor)]
    said = list(dict.fromkeys(seen))[:MOST_NAMED] or ["documents that you do not see"]
    more = " and others" if len(found) > len(said) else ""
    raise Problem(
        Conflict, f"The {resource.name} '{id[:100]}' is named by {', '.join(said)}{more}; it is not removed."
    )


async def users_of(market: Market, users: tuple[str, str], id: str) -> list[Key]:
    """The documents of a resource that name an id in a member, by whatever address: rules look documents up
    by their ids."""
    name, member = users

    def keep(record: Record) -> bool:
        named = record.shared.get(member)
        return isinstance(named, dict) and named.get("id") == id

    where = Where(f"{member}.id", "==", "text", id)
    found = await market.store.find(Find(TENANT, RESOURCES[name].kind, where, keep, limit=None))
    return [record.key for record in found.records]


async def _naming(market: Market, resource: Resource, member: str, id: str) -> list[Record]:
    """Some documents of a kind that name an id of this node in a member."""

    def keep(record: Record) -> bool:
        return names(record.shared, member, id, market.address)

    where = Where(f"{member}.id", "==", "text", id)
    found = await market.store.find(Find(TENANT, resource.kind, where, keep, limit=MOST_NAMED + 1))
    return [*found.records]
