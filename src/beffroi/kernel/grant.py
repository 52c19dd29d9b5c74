"""Grant: what one bought product lets its holder see, as a value that every room understands.

The market makes it from a product in the inventory; `app` finds the one that a token stands for; the
context plane and the feature API read the store through it. What a grant does not cover does not exist
for its holder.
"""

from dataclasses import dataclass
from typing import NamedTuple

from beffroi.kernel.instant import NO_INSTANT, Instant


class Quota(NamedTuple):
    """At most `amount` of a metric (`requests`, `entities`, `bytes`, `notifications`) in each calendar period
    (`day`, `month`) in UTC."""

    metric: str
    amount: int
    period: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of a product may read, and how much of it.

    `types` and `attributes` are expanded names; `attributes` None means all of them. `area` is the text of a
    GeoJSON Polygon or MultiPolygon that an entity's location has to touch; empty means everywhere. `live`
    allows subscriptions, `history` the past, from the moment `past` on (NO_INSTANT: all of it). `purposes`
    are those that the agreement allows; empty means any. It holds from `since` on and before `until`,
    NO_INSTANT for no bound. `rate` is requests in a second, 0 for no limit. `endpoint` is the address of an
    outside service behind the gate; `methods` are those that it may be asked with beside GET and HEAD.
    `scope` is the scope of a token that was asked for less than was bought, empty where all of it is meant.
    """

    product: str
    tenant: str = ""
    types: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = None
    area: str = ""
    live: bool = False
    history: bool = False
    past: Instant = NO_INSTANT
    purposes: frozenset[str] = frozenset()
    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT
    rate: float = 0.0
    quotas: tuple[Quota, ...] = ()
    endpoint: str = ""
    methods: frozenset[str] = frozenset()
    scope: str = ""
