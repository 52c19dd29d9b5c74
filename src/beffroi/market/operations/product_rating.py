"""Rate products that one holds, and read what holders said of an offering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.plan import NODE
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.offers.product_rating import KIND, average, check_holder, rating, rating_key, shown
from beffroi.store.port import Find, Store, Where

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Ratings:
    """What holders said of an offering: how many, the mean of all, and the newest MOST_SHOWN."""

    count: int
    average: int | float | None
    newest: Sequence[JsonObject]

    def document(self) -> JsonObject:
        """As JSON."""
        return {"count": self.count, "average": self.average, "rating": [*self.newest]}


async def rate(market: Market, product_id: str, given: Mapping[str, Json], asker: Asker) -> JsonObject:
    """Rate a product, or change what was said. Raises Problem; who may not see the product gets
    ResourceNotFound."""
    actor = asker.actor
    await retrieve(market, PRODUCT, product_id, actor)
    key, product_key = rating_key(product_id, actor.party), PRODUCT.key(product_id)
    now, name, made = market.now(), market.new_id(), list[JsonObject]()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        made[:] = [rating(_product(stored, product_key), actor.party, given, now)]
        what = "change" if key in stored else "create"
        return Commit((Change(key, document_of(made[0])), _entry(name, asker, product_id, what, now)))

    await transact_chained(market.store, [key, product_key], decide)
    return made[0]


async def take_back(market: Market, product_id: str, asker: Asker) -> None:
    """Remove one's rating. Raises Problem(ResourceNotFound) where there is none."""
    actor = asker.actor
    check_holder(await retrieve(market, PRODUCT, product_id, actor), actor.party)
    key, now, name = rating_key(product_id, actor.party), market.now(), market.new_id()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored:
            raise Problem(ResourceNotFound, f"The product '{product_id[:100]}' has no rating of yours.")
        return Commit((Change(key, None), _entry(name, asker, product_id, "delete", now)))

    await transact_chained(market.store, [key], decide)


async def forget_words(market: Market, products: Sequence[str], party: str, reason: str) -> None:
    """Take the words out of what a party said of products; the stars stay."""
    keys, now, name = [rating_key(one, party) for one in products], market.now(), market.new_id()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        worded = [stored[key] for key in keys if key in stored and stored[key].body["words"]]
        entries = [
            audit_entry(
                f"{now}|rating|{n:04d}|{name}", NODE, now, KIND, str(each.body["product"]), "change", reason
            )
            for n, each in enumerate(worded)
        ]
        silent = [Change(each.key, document_of({**each.body, "words": ""})) for each in worded]
        return Commit((*silent, *entries))

    await transact_chained(market.store, keys, decide)


async def ratings(market: Market, offering_id: str, actor: Actor) -> Ratings:
    """The ratings of an offering. Raises Problem(ResourceNotFound)."""
    await retrieve(market, PRODUCT_OFFERING, offering_id, actor)
    found = sorted(await _of(market.store, offering_id), key=_at, reverse=True)
    stars = [cast("int", each["stars"]) for each in found]
    return Ratings(len(found), average(stars), [shown(each) for each in found[:MOST_SHOWN]])


async def _of(store: Store, offering: str) -> list[JsonObject]:
    def keep(record: Record) -> bool:
        return record.shared["offering"] == offering

    where = Where("offering", "==", "text", offering)
    found = await store.find(Find("", KIND, where=where, keep=keep, limit=None))
    return [record.body for record in found.records]


def _product(stored: Mapping[Key, Record], key: Key) -> JsonObject:
    if key not in stored:
        raise Problem(ResourceNotFound, f"There is no product '{key.id[:100]}'.")
    return stored[key].body


def _entry(name: str, asker: Asker, product: str, what: str, now: Instant) -> Change:
    actor, why = asker.actor, asker.why()
    return audit_entry(f"{now}|rating|{name}", actor.name, now, KIND, product, what, why, actor.party)


def _at(body: JsonObject) -> str:
    return str(body["at"])
