"""What a harvest brings goes into the broker: only what differs, so that history says what happened."""

from collections.abc import Collection, Sequence

from beffroi.broker.operations.batch import apply_batch, deletion
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity import write
from beffroi.broker.rules.entity.entity import NULL, Attributes, Entity, Instance, entity_key
from beffroi.broker.rules.entity.expand import read_entity, read_fragment
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.entity.results import Item
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.processes.harvest import Delete, Harvester, Present, Upsert, Written
from beffroi.sources.operations.catalogue import Catalogue
from beffroi.sources.operations.fetching import Limits, World
from beffroi.sources.operations.harvested import Arrival, News
from beffroi.sources.rules.vocabulary import context_document

STAMPS = ("createdAt", "modifiedAt")


async def harvester_of(broker: Broker, world: World, catalogue: Catalogue, limits: Limits) -> Harvester:
    """A harvester that writes into this broker, its terms expanded by the node's own context."""
    context = await broker.contexts.load(context_document()["@context"])
    return Harvester(
        broker.store,
        world,
        catalogue,
        upsert_into(broker, context),
        delete_from(broker),
        present_in(broker),
        limits,
    )


def upsert_into(broker: Broker, context: Context) -> Upsert:
    """Create entities that are not there; of the others change what is different and remove what is gone.

    An entity that somebody has deleted since comes back whole. One that is as it came is not touched.
    """

    async def upsert(tenant: str, arrivals: Sequence[Arrival]) -> Written:
        news = dict[str, News]()
        items = [_item(arrival, context, news) for arrival in arrivals]
        result = await apply_batch(broker, tenant, items, creates=True)
        refused = {entity_id: problem.detail for entity_id, problem in result.problems}
        created = frozenset(each for each in news if news[each] == "new" and each not in refused)
        changed = frozenset(each for each in news if news[each] == "changed" and each not in refused)
        return Written(created, changed, refused)

    return upsert


def delete_from(broker: Broker) -> Delete:
    """Delete entities; one that is not there any more is no problem."""

    async def delete(tenant: str, ids: Sequence[str]) -> None:
        await apply_batch(broker, tenant, [deletion(each) for each in ids], creates=False)

    return delete


def present_in(broker: Broker) -> Present:
    """Look which entities are there."""

    async def present(tenant: str, ids: Collection[str]) -> frozenset[str]:
        found = await broker.store.read([entity_key(tenant, each) for each in dict.fromkeys(ids)])
        return frozenset(key.id for key in found)

    return present


def _item(arrival: Arrival, context: Context, news: dict[str, News]) -> Item:
    """The step that writes an arrival, and notes what became of it: a store may run it again."""
    try:
        whole = read_entity(arrival.entity, Reading(context))
        part = read_fragment(_different(arrival), Reading(context, fragment=True, nulls="whole"))
    except Problem as problem:
        return Item(arrival.id, problem)

    def step(stored: Entity | None, now: Instant) -> tuple[Entity, str]:
        if stored is None:
            news[arrival.id] = "new"
            return write.create(None, whole, now), ""
        after = _settled(stored, write.append(stored, arrival.id, part, now)[0])
        news[arrival.id] = "same" if after is stored else "changed"
        return after, ""

    return Item(arrival.id, step)


def _settled(stored: Entity, after: Entity) -> Entity:
    """The entity after a write, with the attributes that were so before left alone; `stored` if all were."""
    before = stored["attrs"]
    attrs: Attributes = {
        name: before[name] if name in before and _bare(before[name]) == _bare(found) else found
        for name, found in after["attrs"].items()
    }
    if attrs == before and after["type"] == stored["type"]:
        return stored
    return {**after, "attrs": attrs}


def _bare(instances: Sequence[Instance]) -> list[object]:
    """Instances without the moments that the node gave them."""
    return [
        (
            {name: value for name, value in instance.items() if name not in ("attrs", *STAMPS)},
            {name: _bare(found) for name, found in instance.get("attrs", {}).items()},
        )
        for instance in instances
    ]


def _different(arrival: Arrival) -> JsonObject:
    """The fragment that makes a stored entity equal to what came in (clause 4.5.0: null removes)."""
    fragment: JsonObject = {name: arrival.entity[name] for name in ("id", "type", *sorted(arrival.changed))}
    return {**fragment, **dict.fromkeys(sorted(arrival.vanished), NULL)}
