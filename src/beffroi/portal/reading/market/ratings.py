"""Ratings of an offer by those who hold the product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json
from beffroi.market.operations.product_rating import ratings
from beffroi.market.operations.services import Market
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.offers.product_rating import rating_key

MOST_OPINIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a holder of the product said: 1 to 5 stars, and a text that may be empty."""

    stars: int
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Ratings:
    """All opinions of an offer; `mean` of so many stars, the newest texts first."""

    count: int
    mean: float
    newest: tuple[Opinion, ...]


async def ratings_of(market: Market, offering: str, actor: Actor) -> Ratings:
    """What holders said of an offering that exists for the actor."""
    found = await ratings(market, offering, actor)
    newest = tuple(_opinion(each) for each in found.newest[:MOST_OPINIONS])
    return Ratings(found.count, float(found.average or 0), newest)


async def own_rating(market: Market, product: str, party: str) -> Opinion | None:
    """What a party said of a product; None where it said nothing."""
    key = rating_key(product, party)
    record = (await market.store.read([key])).get(key) if party else None
    return _opinion(record.body) if record is not None else None


def _opinion(body: Mapping[str, Json]) -> Opinion:
    at = parse_instant(str(body["at"])) or NO_INSTANT
    return Opinion(cast("int", body["stars"]), str(body["words"]), at)
