"""What a harvest brings goes into the broker: only what differs, so that history says what happened."""

from collections.abc import Mapping, Sequence

from beffroi.broker.operations.batch import apply_batch, deletion
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules import write
from beffroi.broker.rules.attribute import Reading
from beffroi.broker.rules.context import Context
from beffroi.broker.rules.entity import NULL, Entity
from beffroi.broker.rules.expand import read_entity, read_fragment
from beffroi.broker.rules.results import Item
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.processes.harvest import Delete, Harvester, Upsert
from beffroi.sources.operations.catalogue import Catalogue
from beffroi.sources.operations.fetching import Limits, World
from beffroi.sources.operations.harvested import Arrival
from beffroi.sources.rules.vocabulary import context_document


async def harvester_of(broker: Broker, world: World, catalogue: Catalogue, limits: Limits) -> Harvester:
    """A harvester that writes into this broker, its terms expanded by the node's own context."""
    context = await broker.contexts.load(context_document()["@context"])
    return Harvester(
        broker.store, world, catalogue, upsert_into(broker, context), delete_from(broker), limits
    )


def upsert_into(broker: Broker, context: Context) -> Upsert:
    """Create entities that are not there; of the others change what is different and remove what is gone.

    An entity that somebody has deleted since comes back whole.
    """

    async def upsert(tenant: str, arrivals: Sequence[Arrival]) -> Mapping[str, str]:
        items = [_item(arrival, context) for arrival in arrivals]
        result = await apply_batch(broker, tenant, items, creates=True)
        return {entity_id: problem.detail for entity_id, problem in result.problems}

    return upsert


def delete_from(broker: Broker) -> Delete:
    """Delete entities; one that is not there any more is no problem."""

    async def delete(tenant: str, ids: Sequence[str]) -> None:
        await apply_batch(broker, tenant, [deletion(each) for each in ids], creates=False)

    return delete


def _item(arrival: Arrival, context: Context) -> Item:
    try:
        whole = read_entity(arrival.entity, Reading(context))
        part = read_fragment(_different(arrival), Reading(context, fragment=True))
    except Problem as problem:
        return Item(arrival.id, problem)

    def step(stored: Entity | None, now: Instant) -> tuple[Entity, str]:
        if stored is None:
            return write.create(None, whole, now), ""
        return write.append(stored, arrival.id, part, now)[0], ""

    return Item(arrival.id, step)


def _different(arrival: Arrival) -> JsonObject:
    """The fragment that makes a stored entity equal to what came in (clause 4.5.0: null removes)."""
    fragment: JsonObject = {name: arrival.entity[name] for name in ("id", "type", *sorted(arrival.changed))}
    return {**fragment, **dict.fromkeys(sorted(arrival.vanished), NULL)}
