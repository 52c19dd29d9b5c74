"""Compare cities by what is measured: only who opted in, hidden by default, measured again each day."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from beffroi.broker.operations.discovery import entity_types
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import KIND as ENTITY
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, NonexistentTenant, Problem
from beffroi.kernel.record import Key, Record
from beffroi.network.operations.documents import Sought, newest_documents, withdraw, write
from beffroi.network.operations.services import Network
from beffroi.network.operations.strategy import read_deeds
from beffroi.network.rules.document import content_of, draft, revised
from beffroi.network.rules.exchange.figures import Measured, figures
from beffroi.network.rules.exchange.kinds import COMPARISON
from beffroi.network.rules.ledger import Ledger
from beffroi.processes.kept_checks import CHECK, list_key, listed_in
from beffroi.store.port import Find
from beffroi.web.message import Actor
from beffroi.web.pause import pause

MOST_SAMPLED: Final = 1_000
PAUSE_S: Final = 900.0
NODE: Final = Actor("node", frozenset({"steer", "read"}))


@dataclass(frozen=True, slots=True)
class Comparer:
    """Measures this node and tells the network, if the city wants to be compared. `check` begins a check of
    an address; `address` is where the node is reached."""

    broker: Broker
    network: Network
    address: str
    check: Callable[[str], Awaitable[str]]
    tenant: str = ""

    async def opt(self, actor: Actor, *, compared: bool) -> JsonObject:
        """Let the city be compared, or not any more; the document that says so. Raises Problem."""
        standing = await self._standing()
        if compared:
            if standing is not None:
                raise Problem(Conflict, "The city is compared already.")
            await self._begin_checks()
            return await self._tell(None, actor)
        if standing is None:
            raise Problem(Conflict, "The city is not compared.")
        reason = "The city does not take part in the comparison any more."
        return await withdraw(self.network, COMPARISON, str(standing["id"]), actor, reason)

    async def measure_again(self) -> bool:
        """Measure anew if the city is compared and its figures are not of today, or lack the verdicts of a
        check that has ended since; whether that was done."""
        standing = await self._standing()
        if standing is None:
            return False
        if content_of(standing)["on"] != self.network.now()[:10]:
            await self._begin_checks()
        elif not await self._lacks_verdicts(standing):
            return False
        await self._tell(standing, NODE)
        return True

    async def measured(self) -> Measured:
        """What a comparison tells of the data and of the checks."""
        store = self.broker.store
        try:
            types = await entity_types(self.broker, self.tenant)
        except Problem as problem:
            if problem.kind is not NonexistentTenant:
                raise
            types = {}
        found = await store.find(Find(self.tenant, ENTITY, limit=MOST_SAMPLED, count=True))
        changed = [Instant(str(record.shared["modifiedAt"])) for record in found.records]
        passed, testable, checked = await self._statement()
        return Measured(found.count or 0, len(types), changed, passed, testable, checked)

    async def _statement(self) -> tuple[int, int, str]:
        """Passed, testable and the day of the newest checks of this node, one for each address."""
        store = self.broker.store
        listing = (await store.read([list_key(self.tenant)])).get(list_key(self.tenant))
        own = [
            (one.url, Key(self.tenant, CHECK, one.id))
            for one in (listed_in(listing.shared) if listing is not None else ())
            if one.url.startswith(f"{self.address}/")
        ]
        found = await store.read([key for _, key in own])
        newest = {url: found[key].shared for url, key in own if _is_done(found.get(key))}
        done = [*newest.values()]
        if not done:
            return 0, 0, ""
        statements = [cast("JsonObject", body["statement"]) for body in done]
        passed, testable = (
            sum(cast("int", each[name]) for each in statements) for name in ("passed", "testable")
        )
        return passed, testable, max(str(body["finished"]) for body in done)[:10]

    async def _lacks_verdicts(self, standing: JsonObject) -> bool:
        told = cast("JsonObject", content_of(standing)["figures"])
        return "checked" not in told and bool((await self._statement())[2])

    async def _begin_checks(self) -> None:
        for path in ("/ngsi-ld/v1", "/ogc"):
            await self.check(self.address + path)

    async def _standing(self) -> JsonObject | None:
        """The document by which this city is compared, if it is."""
        did = (await self.network.signer()).did
        found = await newest_documents(self.network, COMPARISON, NODE, Sought(did, "published"), 1)
        return found[0] if found else None

    async def _tell(self, standing: JsonObject | None, actor: Actor) -> JsonObject:
        network = self.network
        did = (await network.signer()).did
        promises = await read_deeds(network, did, NODE)
        content = figures(await self.measured(), promises, network.now())
        id = str(standing["id"]) if standing else COMPARISON.id_of(did, network.new_id())
        key, made = COMPARISON.key(id), list[JsonObject]()

        def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
            if key in stored:
                reason = f"Measured again on {content['on']}."
                document = revised(COMPARISON, stored[key], content, actor.name, ledger.at, reason)
            else:
                first = draft(COMPARISON, id, did, content, actor.name, ledger.at)
                document = {**first, "state": "published", "published": ledger.at}
            ledger.put(COMPARISON, document)
            made[:] = [document]

        await write(network, [key], decide)
        return made[0]


def _is_done(check: Record | None) -> bool:
    return check is not None and check.shared["state"] == "done"


async def keep_comparing(comparer: Comparer, stop: asyncio.Event, pause_s: float = PAUSE_S) -> None:
    """Until `stop` is set: measure anew each day, if the city is compared."""
    while not stop.is_set():
        if await comparer.broker.store.tenants():
            await comparer.measure_again()
        await pause(stop, pause_s)
