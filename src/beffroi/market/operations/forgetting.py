"""Take the name of an erased person out of what names it: documents, and the words of its ratings.

A row of the outbox says who was erased (`erased_name.step_of`). It is done in commits of PAGE documents; who
is killed between two begins again and finds only what is left.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Final

from beffroi.courier.outcome import Done
from beffroi.courier.outcome import Outcome as Handled
from beffroi.kernel.json import decode_object
from beffroi.kernel.record import Key, Record
from beffroi.market.operations.product_rating import forget_words
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.bills.erased_name import NAMING, WHY_ERASED, Erased, erased_in, without_name
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.market.rules.documents.resource import TENANT, Resource
from beffroi.market.rules.documents.visibility import concerns
from beffroi.store.port import Either, Find, Pending, Where

PAGE: Final = 50


async def forget_name(market: Market, events: Sequence[Pending]) -> Handled:
    """Do what one row of the outbox asks for."""
    erased = erased_in(decode_object(events[0].body))
    for resource in NAMING:
        await _in_documents(market, resource, erased)
    await _in_ratings(market, erased)
    return Done()


async def _in_documents(market: Market, resource: Resource, erased: Erased) -> None:
    def keep(record: Record) -> bool:
        body = record.shared
        return concerns(resource, body, erased.party) and without_name(resource, body, erased) != body

    async for keys in _pages(market, _naming(resource, erased.party, keep)):
        await _take_out(market, resource, keys, erased)


async def _take_out(market: Market, resource: Resource, keys: Sequence[Key], erased: Erased) -> None:
    def rule(scene: Scene) -> Outcome:
        bodies = [scene.records[key].body for key in keys if key in scene.records]
        written = [
            Written(resource.name, str(body["id"]), without_name(resource, body, erased)) for body in bodies
        ]
        return Outcome({}, tuple(written))

    await act_as_node(market, lambda _: keys, rule, WHY_ERASED)


async def _in_ratings(market: Market, erased: Erased) -> None:
    def keep(record: Record) -> bool:
        return concerns(PRODUCT, record.shared, erased.party)

    async for keys in _pages(market, _naming(PRODUCT, erased.party, keep)):
        await forget_words(market, [key.id for key in keys], erased.party, WHY_ERASED)


async def _pages(market: Market, find: Find) -> AsyncIterator[Sequence[Key]]:
    """What is found, as many at once as one commit changes."""
    while records := (await market.store.find(find)).records:
        yield [record.key for record in records]
        find = replace(find, after=records[-1].number)


def _naming(resource: Resource, party: str, keep: Callable[[Record], bool]) -> Find:
    """The documents of a kind that name a party, beside its own; the first page of them."""
    named = Either(tuple(Where(path, "==", "text", party) for path in resource.parties if path != "id"))
    return Find(TENANT, resource.kind, named, keep, limit=PAGE)
