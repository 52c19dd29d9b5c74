"""Which subscriptions does a change concern (clause 5.8.6)?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.query.links import Hop, links
from beffroi.broker.rules.query.matches import Linked, matcher
from beffroi.broker.rules.subscription.notification_change import EntityChange
from beffroi.broker.rules.subscription.subscription import Subscription
from beffroi.kernel.instant import Instant, seconds_between


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription with its conditions compiled. `may_hold` does not follow links; `hops` are those."""

    subscription: Subscription
    may_hold: Callable[[Entity], bool]
    hops: tuple[Hop, ...]


def listener_of(subscription: Subscription) -> Listener:
    """Compile the conditions of a subscription once."""
    hops = tuple(hop for query in subscription.queries for hop in links(query))
    return Listener(subscription, matcher(*subscription.queries), hops)


def is_concerned(listener: Listener, change: EntityChange) -> bool:
    """Whether the change triggers the subscription and the entity meets its conditions, links apart.

    Raises Problem(TooComplexQuery) where that would take too long.
    """
    subscription = listener.subscription
    if subscription.status(change.at) != "active" or subscription.interval_s is not None:
        return False
    return _is_triggered(subscription, change) and listener.may_hold(change.entity)


def holds(subscription: Subscription, entity: Entity, linked: Linked) -> bool:
    """Whether the entity meets the conditions, with the entities that it links to at hand.

    Raises Problem(TooComplexQuery) as `is_concerned` does.
    """
    return matcher(*subscription.queries, linked=linked)(entity)


def is_throttled(subscription: Subscription, last: Instant | None, at: Instant) -> bool:
    """Whether the last notification was too short a time ago; a clock that was set back is no reason."""
    if subscription.throttling_s is None or last is None:
        return False
    return 0 <= seconds_between(last, at) < subscription.throttling_s


def _is_triggered(subscription: Subscription, change: EntityChange) -> bool:
    watched, wanted = subscription.watched, subscription.triggers
    if change.whole in wanted and (not watched or _has_any(change.entity, watched)):
        return True
    for name, triggers in change.triggers.items():
        if (not watched or name in watched) and not triggers.isdisjoint(wanted):
            return True
    return False


def _has_any(entity: Entity, names: Iterable[str]) -> bool:
    return any(name in entity["attrs"] for name in names)
