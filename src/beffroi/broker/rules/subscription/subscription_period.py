"""The periods of a subscription with a timeInterval, as events that fall due (clause 5.8.6)."""

from hashlib import blake2b

from beffroi.broker.rules.subscription.subscription import Subscription
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Event

PERIODS = "every:"
SHORTEST_S = 0.5
LONGEST_S = 10 * 365 * 86_400.0


def first_period(tenant: str, subscription: Subscription, now: Instant) -> tuple[Event, ...]:
    """The event that starts the periods of a subscription that was just written, if it has any."""
    if subscription.interval_s is None or not subscription.is_active:
        return ()
    return (period(tenant, subscription.id, now, plus_seconds(now, _interval_s(subscription))),)


def next_period(
    tenant: str, subscription: Subscription, written: Instant, due: Instant, now: Instant
) -> Event:
    """The event after the one that was due: in step with it, but never a row of missed ones."""
    interval = _interval_s(subscription)
    following = plus_seconds(due, interval)
    return period(tenant, subscription.id, written, max(following, plus_seconds(now, interval / 2)))


def period(tenant: str, subscription_id: str, written: Instant, due: Instant) -> Event:
    """One period. `written` is when the subscription was last changed: a later change starts new periods,
    in a lane of their own, and those of before come to an end."""
    name = blake2b(f"{tenant}|{subscription_id}|{written}".encode(), digest_size=12).hexdigest()
    body: JsonObject = {"tenant": tenant, "subscription": subscription_id, "written": written, "due": due}
    return Event(PERIODS + name, encode({**body, "since": due}), due)


def _interval_s(subscription: Subscription) -> float:
    return min(max(subscription.interval_s or 0.0, SHORTEST_S), LONGEST_S)
