"""From a change to the notifications about it (clause 5.8.6): what the courier does with the outbox.

| lane | event | what happens |
| --- | --- | --- |
| `change:` tenant | an entity changed | find the subscriptions that it concerns, one delivery for each |
| `notify:` … | one notification | write it, send it, count it |
| `every:` … | a period is over | write the notification of all matching entities, send it, count it |
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import cast

from beffroi.broker.operations.entities import query_entities
from beffroi.broker.operations.granted_store import GrantedStore
from beffroi.broker.operations.holders import Holders, NoHolders
from beffroi.broker.operations.linked import read_linked
from beffroi.broker.operations.notify_listeners import Listeners
from beffroi.broker.operations.notify_matching import meets_conditions
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.jsonld import named
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.granted import cut_change, cutter
from beffroi.broker.rules.query.query import Page
from beffroi.broker.rules.subscription.audience import CHANGES
from beffroi.broker.rules.subscription.notification import changed_entity, message_of, notification
from beffroi.broker.rules.subscription.notification_change import EntityChange, change_of
from beffroi.broker.rules.subscription.notification_count import failed, sent, throttle
from beffroi.broker.rules.subscription.notification_match import (
    Listener,
    is_concerned,
    is_throttled,
    listener_of,
)
from beffroi.broker.rules.subscription.subscription import Subscription
from beffroi.broker.rules.subscription.subscription_period import PERIODS, next_period
from beffroi.broker.rules.subscription.subscription_record import (
    counts_key,
    subscription_key,
    subscription_of,
)
from beffroi.courier.http import Deliver, Message, Receipt
from beffroi.courier.outcome import Again, Done, Outcome, Post
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem, TooComplexQuery, is_of_the_store
from beffroi.kernel.record import Change, Commit, Event, Key, Record, document_of
from beffroi.store.port import Pending, Store

NOTIFICATIONS = "notify:"
SHARDS = 8
"""Lanes of one subscription: entities are spread over them, so that one does not hold up all others."""

MOST_CHANGES = 100
"""Changes that are fanned out in one commit."""

MOST_AT_ONCE = 20
"""Notifications of one lane that are noted in one commit; as many may be repeated after a crash."""

LONGEST_BATCH_S = 1.0
MOST_ENTITIES = 1_000
MOST_PAGES = 100
"""Entities in one periodic notification, and notifications of one period."""


UNTOLD = Receipt(True, sent=False)
"""A notification that nobody may be sent any more: done, and nothing was sent."""

NOTHING_GRANTED = Grant("")


@dataclass(frozen=True, slots=True)
class _View:
    """What a subscriber may see: everything, or what a grant covers."""

    store: Store
    grant: Grant | None = None

    def seen(self, event: JsonObject) -> EntityChange | None:
        """A change event as the holder of the grant sees it."""
        body = cut_change(event, cutter(self.grant)) if self.grant else event
        return change_of(body) if body else None


class Notifier:
    """The handlers of the broker's lanes."""

    def __init__(self, broker: Broker, deliver: Deliver, holders: Holders | None = None) -> None:
        self._broker, self._deliver = broker, deliver
        self._holders = holders or NoHolders()
        self._listeners = Listeners(broker.store)

    def posts(self) -> list[Post]:
        """The rows for the courier."""
        return [
            Post(CHANGES, self.fan_out, MOST_CHANGES),
            Post(NOTIFICATIONS, self.notify, MOST_AT_ONCE),
            Post(PERIODS, self.period),
        ]

    async def fan_out(self, events: Sequence[Pending]) -> Outcome:
        """Turn changes of one tenant into notifications, in one commit."""
        found = list[tuple[Subscription, EntityChange, Event]]()
        undecided = list[tuple[Subscription, EntityChange]]()
        for event in events:
            body = decode_object(event.body)
            change = change_of(body)
            for listener in await self._listeners.of(change.tenant):
                subscription = listener.subscription
                try:
                    if await self._concerns(listener, change, body):
                        found.append((subscription, change, self._delivery(subscription, change, body)))
                except Problem as problem:
                    if problem.kind is not TooComplexQuery:
                        raise
                    undecided.append((subscription, change))
        return _fanned_out(found, undecided, self._broker.now())

    async def notify(self, events: Sequence[Pending]) -> Outcome:
        """Send notifications of one subscription one after another, up to the first that fails."""
        bodies = [decode_object(event.body) for event in events]
        tenant, subscription_id = str(bodies[0]["tenant"]), str(bodies[0]["subscription"])
        subscription = await self._active(tenant, subscription_id)
        if subscription is None:
            return Done()
        receipts, clock = list[Receipt](), asyncio.get_running_loop().time
        begun = clock()
        for body in bodies:
            receipts.append(await self._send_change(subscription, body))
            if not receipts[-1].delivered or clock() - begun > LONGEST_BATCH_S:
                break
        noted = self._counted(tenant, subscription, receipts, ())
        last = receipts[-1]
        if last.delivered:
            return replace(noted, handled=len(receipts))
        handled = len(receipts) - 1
        return Again(last.reason, last.wait_s, noted.reads, noted.note, handled, tried=last.sent)

    async def period(self, events: Sequence[Pending]) -> Outcome:
        """Send all entities that match, if any does, and plan the next period.

        What fails is tried again, from the first page on, as other notifications are. The next period is
        planned with the first attempt, so that it comes when this one is given up.
        """
        event = decode_object(events[0].body)
        tenant, subscription_id = str(event["tenant"]), str(event["subscription"])
        key = subscription_key(tenant, subscription_id)
        record = (await self._broker.store.read([key])).get(key)
        if record is None or record.body["modifiedAt"] != event["written"]:
            return Done()
        subscription, now = subscription_of(record.body), self._broker.now()
        if subscription.status(now) != "active":
            return Done()
        written, due = Instant(str(event["written"])), Instant(str(event["due"]))
        following = next_period(tenant, subscription, written, due, now)
        receipts = await self._send_all(tenant, subscription, now)
        last = receipts[-1] if receipts else None
        planned = () if events[0].attempts else (following,)
        noted = self._counted(tenant, subscription, receipts, planned)
        if last is None or last.delivered:
            return noted
        return Again(last.reason, last.wait_s, noted.reads, noted.note, tried=last.sent)

    async def _concerns(self, listener: Listener, change: EntityChange, event: JsonObject) -> bool:
        """Whether a subscription is about a change, as far as its subscriber may see that.

        Raises Problem(TooComplexQuery) where that cannot be decided.
        """
        view = await self._view(listener.subscription)
        seen = change if view.grant is None else view.seen(event)
        if seen is None or not is_concerned(listener, seen):
            return False
        return not listener.hops or await meets_conditions(view.store, listener, seen)

    async def _view(self, subscription: Subscription) -> _View:
        """What the subscriber may see now."""
        if not subscription.product:
            return _View(self._broker.store)
        grant = await self._holders.heard(subscription.product, subscription.scope)
        if grant is None or not grant.live:
            return _View(self._broker.store, NOTHING_GRANTED)
        return _View(GrantedStore(self._broker.store, grant), grant)

    def _delivery(self, subscription: Subscription, change: EntityChange, body: JsonObject) -> Event:
        event: JsonObject = {
            "tenant": change.tenant,
            "since": self._broker.now(),
            "subscription": subscription.id,
            "notification": self._broker.new_id(),
            "change": body,
        }
        return Event(_lane(change, subscription), encode(event))

    async def _active(self, tenant: str, subscription_id: str) -> Subscription | None:
        """The subscription, unless it is gone, paused or expired: then nothing is sent (5.8.6)."""
        key = subscription_key(tenant, subscription_id)
        record = (await self._broker.store.read([key])).get(key)
        if record is None:
            return None
        subscription = subscription_of(record.body)
        return subscription if subscription.status(self._broker.now()) == "active" else None

    async def _send_change(self, subscription: Subscription, event: JsonObject) -> Receipt:
        stored, view = cast("JsonObject", event["change"]), await self._view(subscription)
        change = change_of(stored) if view.grant is None else view.seen(stored)
        if change is None or not self._may_tell(view):
            return UNTOLD
        try:
            if view.grant is not None and not is_concerned(listener_of(subscription), change):
                return UNTOLD  # the grant has become smaller since the change
            context = await self._broker.contexts.load(subscription.context)
            entities = [changed_entity(subscription, change, context)]
            known = await read_linked(view.store, change.tenant, entities, subscription.view)
            name = str(event["notification"])
            body = notification(name, subscription, entities, context, change.at, known)
        except Problem as problem:
            return _unwritten(problem)
        return await self._send(change.tenant, subscription, body, view, 1)

    async def _send_all(self, tenant: str, subscription: Subscription, now: Instant) -> list[Receipt]:
        """The notifications of a period, up to the first that fails; none if no entity matches."""
        view, after, receipts = await self._view(subscription), 0, list[Receipt]()
        services = replace(self._broker, store=view.store)
        for _ in range(MOST_PAGES):
            if not self._may_tell(view):
                break
            try:
                page = Page(MOST_ENTITIES, after=after)
                answer = await query_entities(services, tenant, subscription.queries, page)
                if answer.records:
                    receipts.append(await self._send_page(tenant, subscription, answer.entities, view, now))
            except Problem as problem:
                return [*receipts, _unwritten(problem)]
            if not answer.more or (receipts and not receipts[-1].delivered):
                break
            after = answer.after
        return receipts

    async def _send_page(
        self, tenant: str, subscription: Subscription, entities: list[Entity], view: _View, now: Instant
    ) -> Receipt:
        context = await self._broker.contexts.load(subscription.context)
        known = await read_linked(view.store, tenant, entities, subscription.view)
        body = notification(self._broker.new_id(), subscription, entities, context, now, known)
        return await self._send(tenant, subscription, body, view, len(entities))

    def _may_tell(self, view: _View) -> bool:
        return view.grant is None or (view.grant.live and self._holders.may_notify(view.grant))

    async def _send(
        self, tenant: str, subscription: Subscription, body: JsonObject, view: _View, entities: int
    ) -> Receipt:
        headers, content = message_of(subscription, body, named(subscription.context))
        endpoint = subscription.endpoint
        sender = f"{NOTIFICATIONS}{tenant} {subscription.id}"
        receipt = await self._deliver(
            Message(endpoint.uri, headers, content, endpoint.timeout_s, endpoint.cooldown_s, sender)
        )
        if receipt.delivered and view.grant is not None:
            self._holders.notified(view.grant, entities, len(content))
        return receipt

    def _counted(
        self,
        tenant: str,
        subscription: Subscription,
        receipts: Sequence[Receipt],
        further: tuple[Event, ...],
    ) -> Done:
        """Count what was sent (clause 5.2.14.2), as long as the subscription is there."""
        key, counts = subscription_key(tenant, subscription.id), counts_key(tenant, subscription.id)
        now = self._broker.now()
        tried = [receipt for receipt in receipts if receipt.sent]

        def note(stored: Mapping[Key, Record]) -> Commit:
            if key not in stored:
                return Commit()
            if not tried:
                return Commit(events=further)
            body = stored[counts].body if counts in stored else {}
            for receipt in tried:
                body = sent(body, now) if receipt.delivered else failed(body, now)
            return Commit((Change(counts, document_of(body)),), further)

        return Done((key, counts), note)


def _unwritten(problem: Problem) -> Receipt:
    """A notification that cannot be written now: its context is not available, it would be too large.

    When it is the store that fails, nothing is counted: the courier tries again by itself.
    """
    if is_of_the_store(problem):
        raise problem
    return Receipt(False, problem.detail)


def _fanned_out(
    found: Sequence[tuple[Subscription, EntityChange, Event]],
    undecided: Sequence[tuple[Subscription, EntityChange]],
    now: Instant,
) -> Done:
    """One commit with all deliveries; throttled subscriptions keep the moment of their last one, and those
    with a condition that could not be decided count a notification that failed."""
    throttled = {
        counts_key(change.tenant, subscription.id)
        for subscription, change, _ in found
        if subscription.throttling_s is not None
    }

    doubtful = [
        (subscription_key(change.tenant, subscription.id), counts_key(change.tenant, subscription.id))
        for subscription, change in undecided
    ]
    reads = throttled.union(*doubtful)

    def note(stored: Mapping[Key, Record]) -> Commit:
        counts: dict[Key, JsonObject] = {key: record.body for key, record in stored.items()}
        touched, deliveries = dict[Key, JsonObject](), list[Event]()
        for whose, key in doubtful:
            if whose in stored:
                touched[key] = failed(touched.get(key, counts.get(key, {})), now)
        for subscription, change, event in found:
            if subscription.throttling_s is not None:
                key = counts_key(change.tenant, subscription.id)
                before = touched.get(key, counts.get(key, {}))
                last = before.get("throttledFrom")
                if is_throttled(subscription, Instant(str(last)) if last else None, change.at):
                    continue
                touched[key] = throttle(before, change.at)
            deliveries.append(event)
        changes = tuple(Change(key, document_of(body)) for key, body in touched.items())
        return Commit(changes, tuple(deliveries))

    return Done(tuple(reads), note)


def _lane(change: EntityChange, subscription: Subscription) -> str:
    """The lane of a subscription for this entity: always the same, so that its changes stay in order."""
    name = blake2b(f"{change.tenant}|{subscription.id}".encode(), digest_size=12).hexdigest()
    shard = blake2b(change.entity["id"].encode(), digest_size=2).digest()[0] % SHARDS
    return f"{NOTIFICATIONS}{name}/{shard}"
