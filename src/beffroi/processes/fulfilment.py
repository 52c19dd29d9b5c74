"""From an order to working access: hear that an order goes on, and do its steps, one commit each.

The row of the outbox is done when no step is left. Whoever is killed before that begins again, and finds in
the documents which step comes next.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.courier.outcome import Done, Post
from beffroi.courier.outcome import Outcome as Handled
from beffroi.kernel.json import JsonObject, decode_object
from beffroi.kernel.problem import Problem, is_of_the_store
from beffroi.kernel.record import Key
from beffroi.market.operations.committing import Picture
from beffroi.market.operations.party_addresses import addresses_of
from beffroi.market.operations.services import Market
from beffroi.market.operations.signing import signature_of
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.documents.behaviour import Outcome, Scene
from beffroi.market.rules.orders.agreement import draft, parties_of, signed, unsigned
from beffroi.market.rules.orders.fulfilment import Case, failed, keys_of, lacks_agreement, next_step
from beffroi.market.rules.orders.item_ids import agreement_key
from beffroi.market.rules.orders.state import LANE
from beffroi.market.rules.terms.clauses import clauses
from beffroi.market.wire.speech import LANGUAGES, speech
from beffroi.store.port import Pending

LOG: Final = logging.getLogger("beffroi")
MOST_STEPS: Final = 50
MOST_CRASHES: Final = 3
REASON: Final = "the order goes on"


class Fulfilment:
    """The handler of the lanes of orders."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def posts(self) -> list[Post]:
        """The rows for the courier."""
        return [Post(LANE, self.fulfil)]

    async def fulfil(self, events: Sequence[Pending]) -> Handled:
        """Do the steps of one order that are left. What crashes again and again fails the order in words."""
        order = str(decode_object(events[0].body)["order"])
        try:
            await go_on(self._market, order)
        except Exception as failure:
            if is_of_the_store(failure) or events[0].attempts + 1 < MOST_CRASHES:
                raise
            LOG.exception("The order %s could not go on", order)
            await give_up(self._market, order, "The node failed at it; its log says where.")
        return Done()


async def go_on(market: Market, order: str) -> None:
    """Do the steps of an order until none is left, or until it waits for somebody."""
    for _ in range(MOST_STEPS):
        if not await step(market, order):
            return


async def give_up(market: Market, order: str, sentence: str) -> None:
    """Let fail what is left of an order, with a sentence in it."""
    key = PRODUCT_ORDER.key(order)

    def rule(scene: Scene) -> Outcome | None:
        return failed(scene.records[key].body, sentence, scene) if key in scene.records else None

    await act_as_node(market, lambda picture: _needs(key, picture), rule, sentence)


async def step(market: Market, order: str) -> bool:
    """Do the next step of an order, one commit; False if there is none."""
    key, done = PRODUCT_ORDER.key(order), list[str]()
    agreements = await _agreements(market, key)

    def rule(scene: Scene) -> Outcome | None:
        done.clear()
        if key not in scene.records:
            return None
        found = next_step(Case(scene.records[key].body, scene, market.address, agreements))
        if found is None:
            return None
        name, outcome = found
        done.append(name)
        return outcome

    await act_as_node(market, lambda picture: _needs(key, picture), rule, REASON)
    return bool(done)


def _needs(key: Key, picture: Picture) -> list[Key]:
    record = picture.records.get(key)
    return [key, *(keys_of(record.body, picture.records) if record else ())]


async def _agreements(market: Market, key: Key) -> Mapping[str, JsonObject | str]:
    """The agreements that come next, signed, or why one cannot be made, by item."""
    record = (await market.store.read([key])).get(key)
    if record is None:
        return {}
    order = record.body
    waiting = lacks_agreement(order, {})
    known = await market.store.read([agreement_key(key.id, str(item["id"])) for item in waiting])
    return {str(item["id"]): await _agreement(market, order, item) for item in lacks_agreement(order, known)}


async def _agreement(market: Market, order: JsonObject, item: JsonObject) -> JsonObject | str:
    now = market.now()
    try:
        drafted = draft(agreement_key(str(order["id"]), str(item["id"])).id, order, item, now)
        text = {
            code: clauses(drafted.terms, drafted.limits, speech(code)) if drafted.terms else ()
            for code in LANGUAGES
        }
        addresses = await addresses_of(market.store, parties_of(order, item), market.address)
        agreement = unsigned(drafted, text, addresses, market.address)
    except Problem as problem:
        return problem.detail
    return signed(agreement, order, await signature_of(market.store, agreement, now))
