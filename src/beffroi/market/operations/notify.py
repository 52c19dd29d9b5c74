"""What the courier does with the market's lanes.

| lane | event | what happens |
| --- | --- | --- |
| `tmf-hub:` listener | one event about a document | it is posted to the listener |
| `bill-on-demand` | somebody asked for a bill up to now | it is written |
| `erase-name:` party | a person was erased | its name is taken out of what names it |
| `tmf-once` | the time of an Idempotency-Key is over | it is forgotten |
"""

from collections.abc import Sequence
from functools import partial
from typing import cast

from beffroi.courier.http import Deliver, Message
from beffroi.courier.outcome import Again, Done, Outcome, Post
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.record import Change, Commit, Key
from beffroi.market.operations.demand import bill_demanded
from beffroi.market.operations.forgetting import forget_name
from beffroi.market.operations.services import Market
from beffroi.market.rules.bills import erased_name, on_demand
from beffroi.market.rules.documents import once
from beffroi.market.rules.documents.hub import LANE, hub_key, listeners
from beffroi.market.rules.documents.resource import TENANT, Api
from beffroi.store.port import Pending

TIMEOUT_S = 10.0
COOLDOWN_S = 1.0
MOST_FORGOTTEN = 200


class Announcer:
    """The handlers of the market's lanes."""

    def __init__(self, market: Market, deliver: Deliver) -> None:
        self._market, self._deliver = market, deliver

    def posts(self) -> list[Post]:
        """The rows for the courier."""
        return [
            Post(LANE, self.announce),
            Post(on_demand.LANE, partial(bill_demanded, self._market)),
            Post(erased_name.LANE, partial(forget_name, self._market)),
            Post(once.LANE, self.forget, MOST_FORGOTTEN),
        ]

    async def announce(self, events: Sequence[Pending]) -> Outcome:
        """Post one event to its listener; to one that is gone nothing is sent."""
        body = decode_object(events[0].body)
        if not await self._listens(str(body["api"]), str(body["listener"])):
            return Done()
        content = encode(cast("JsonObject", body["event"]))
        headers = {"Content-Type": "application/json;charset=utf-8"}
        receipt = await self._deliver(
            Message(str(body["url"]), headers, content, TIMEOUT_S, COOLDOWN_S, events[0].lane)
        )
        if receipt.delivered:
            return Done()
        return Again(receipt.reason, receipt.wait_s, tried=receipt.sent)

    async def forget(self, events: Sequence[Pending]) -> Outcome:
        """Forget the answers to requests whose keys are no longer kept."""
        keys = [Key(TENANT, once.KIND, str(decode_object(event.body)["forget"])) for event in events]
        return Done(
            tuple(keys), lambda stored: Commit(tuple(Change(key, None) for key in keys if key in stored))
        )

    async def _listens(self, number: str, id: str) -> bool:
        key = hub_key(Api(number, "", ""))
        record = (await self._market.store.read([key])).get(key)
        return any(listener.id == id for listener in listeners(record))
