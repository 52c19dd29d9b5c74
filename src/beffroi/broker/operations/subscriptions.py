"""Operations on subscriptions (clauses 5.8.1 to 5.8.5).

Every write also rewrites the tenant's audience, in the same commit, so that an entity operation that
comes after it already knows who listens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from beffroi.broker.operations.services import Broker, check_tenant, found_tenant
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.query import Page
from beffroi.broker.rules.subscription import subscription_record as rule
from beffroi.broker.rules.subscription.audience import audience_key, heard
from beffroi.broker.rules.subscription.subscription import Subscription
from beffroi.broker.rules.subscription.subscription_period import first_period
from beffroi.broker.rules.subscription.subscription_record import KIND, counts_key, subscription_key
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import AddressRefused, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.outbound import Policy, Refused, checked_url
from beffroi.store.port import Find


@dataclass(frozen=True, slots=True)
class Stored:
    """A subscription as it is stored, and the record of its counters, if it has one."""

    body: JsonObject
    counts: Record | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of subscriptions in the order of their creation."""

    subscriptions: Sequence[Stored]
    more: bool
    count: int | None


async def create_subscription(broker: Broker, tenant: str, asked: JsonObject, context: Context) -> str:
    """Create Subscription (5.8.1); its id, which is made if none is given."""
    now = broker.now()
    given = rule.identified(asked, broker.new_id(), broker.product)
    if broker.product:
        await check_tenant(broker, tenant)
    await _check_context(broker, given)
    _, subscription = rule.created(None, given, context, now)
    _check_endpoint(broker, subscription)
    key = subscription_key(tenant, subscription.id)
    ears = audience_key(tenant)

    owner = rule.Owner(broker.product, broker.scope)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        body, made = rule.created(stored.get(key), given, context, now, owner)
        return _commit(key, stored.get(ears), body, made, now)

    await broker.store.transact([key, ears], decide)
    await found_tenant(broker, tenant)
    return subscription.id


async def update_subscription(
    broker: Broker, tenant: str, subscription_id: str, asked: JsonObject, context: Context
) -> None:
    """Update Subscription (5.8.2)."""
    await check_tenant(broker, tenant)
    now = broker.now()
    key, ears = subscription_key(tenant, subscription_id), audience_key(tenant)
    await _check_context(broker, asked)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        body, made = rule.updated(_existing(stored, key).body, asked, context, now)
        _check_endpoint(broker, made)
        return _commit(key, stored.get(ears), body, made, now)

    await broker.store.transact([key, ears], decide)


async def delete_subscription(broker: Broker, tenant: str, subscription_id: str) -> None:
    """Delete Subscription (5.8.5); what waits to be delivered for it is dropped when its turn comes."""
    await check_tenant(broker, tenant)
    key, ears = subscription_key(tenant, subscription_id), audience_key(tenant)
    counts = counts_key(tenant, subscription_id)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        _existing(stored, key)
        gone = [Change(key, None), *([Change(counts, None)] if counts in stored else [])]
        return Commit((*gone, *heard(stored.get(ears), tenant, subscription_id, ())))

    await broker.store.transact([key, ears, counts], decide)


async def retrieve_subscription(broker: Broker, tenant: str, subscription_id: str) -> Stored:
    """Retrieve Subscription (5.8.3)."""
    await check_tenant(broker, tenant)
    key, counts = subscription_key(tenant, subscription_id), counts_key(tenant, subscription_id)
    stored = await broker.store.read([key, counts])
    return Stored(_existing(stored, key).body, stored.get(counts))


async def query_subscriptions(broker: Broker, tenant: str, page: Page) -> Listed:
    """Query Subscriptions (5.8.4)."""
    await check_tenant(broker, tenant)
    found = await broker.store.find(
        Find(tenant, KIND, exact=True, offset=page.offset, limit=page.limit, count=page.count)
    )
    keys = {record.key.id: counts_key(tenant, record.key.id) for record in found.records}
    counts = await broker.store.read(list(keys.values()))
    listed = [Stored(record.body, counts.get(keys[record.key.id])) for record in found.records]
    return Listed(listed, found.more, found.count)


def _commit(key: Key, audience: Record | None, body: JsonObject, made: Subscription, now: Instant) -> Commit:
    changes = (Change(key, document_of(body)), *heard(audience, key.tenant, key.id, rule.ears(made)))
    return Commit(changes, first_period(key.tenant, made, now), at=now)


def _existing(stored: Mapping[Key, Record], key: Key) -> Record:
    if key not in stored:
        raise Problem(ResourceNotFound, f"Subscription '{key.id}' does not exist.")
    return stored[key]


async def _check_context(broker: Broker, asked: JsonObject) -> None:
    """Clause 5.8.1.4: the context of the notifications must be available, and valid."""
    url = asked.get("jsonldContext")
    if isinstance(url, str):
        await broker.contexts.load(url)


def _check_endpoint(broker: Broker, subscription: Subscription) -> None:
    """Refuse an address that nobody may send to; what a name leads to is checked at each delivery."""
    try:
        checked_url(subscription.endpoint.uri, Policy(allow_private=broker.allow_private))
    except Refused as refusal:
        raise Problem(AddressRefused, f"Notifications cannot be sent there. {refusal}") from refusal
