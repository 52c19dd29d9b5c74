"""Operations that write to the past of entities (clauses 5.6.11 to 5.6.16)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from beffroi.broker.operations.candidates import Candidate, candidate_of
from beffroi.broker.operations.erasing import erase
from beffroi.broker.operations.lived import Lived, has_lived, lived_instance
from beffroi.broker.operations.provided import MOST_TRIES, Replaced, contended, find_stated, read_provided
from beffroi.broker.operations.services import Broker, check_tenant, found_tenant
from beffroi.broker.operations.shelving import change_provided
from beffroi.broker.rules.entity.entity import entity_key
from beffroi.broker.rules.names import bad
from beffroi.broker.rules.provided.ending import end_series
from beffroi.broker.rules.provided.instance import stated, written_now
from beffroi.broker.rules.provided.provided import (
    EVERY,
    Gone,
    Provided,
    with_types,
    without,
    without_instance,
)
from beffroi.broker.rules.provided.shelf import Shelf, put_all
from beffroi.broker.rules.provided.temporal_entity import Given, TemporalEntity
from beffroi.broker.rules.temporal.evolution import moment_named
from beffroi.kernel.problem import Problem, ResourceNotFound, left_for_later


class InstanceNamed(NamedTuple):
    """One instance of an attribute of an entity."""

    tenant: str
    entity_id: str
    attribute: str
    id: str


async def provide_evolution(broker: Broker, tenant: str, asked: TemporalEntity) -> bool:
    """Create or Update Temporal Evolution of an Entity (5.6.11); whether there was none before."""
    now, seed = broker.now(), broker.new_id()
    known = await candidate_of(broker, tenant, asked.id)
    new = await asyncio.to_thread(written_now, asked.given, now, seed)
    is_new = False

    def rule(shelf: Shelf) -> None:
        nonlocal is_new
        is_new = known is None and not shelf.provided.series
        if is_new and not asked.given:
            bad(f"The temporal evolution of '{asked.id}' has no instance of any attribute.")
        shelf.provided = with_types(shelf.provided, [*(known.types if known else []), *asked.types], now)
        put_all(shelf, new)

    await change_provided(broker, tenant, asked.id, rule)
    await found_tenant(broker, tenant)
    return is_new


async def add_instances(broker: Broker, tenant: str, entity_id: str, asked: TemporalEntity) -> None:
    """Add Attributes to Temporal Evolution of an Entity (5.6.12). Raises Problem(ResourceNotFound)."""
    now, seed = broker.now(), broker.new_id()
    known = await _existing(broker, tenant, entity_id)
    new = await asyncio.to_thread(written_now, asked.given, now, seed)

    def rule(shelf: Shelf) -> None:
        shelf.provided = with_types(shelf.provided, [*known.types, *asked.types], now)
        put_all(shelf, new)

    await change_provided(broker, tenant, entity_id, rule)


async def delete_attribute(broker: Broker, tenant: str, entity_id: str, name: str, dataset: str) -> None:
    """Delete Attribute from Temporal Evolution of an Entity (5.6.13): the instances of a dataset (empty: the
    default ones), or EVERY."""
    known = await _existing(broker, tenant, entity_id)
    lived = await has_lived(broker, tenant, known, name, dataset)
    now = broker.now()

    def rule(shelf: Shelf) -> None:
        chosen = [each for each in shelf.provided.named(name) if dataset in {EVERY, each.dataset}]
        if not chosen and not lived:
            raise _no_attribute(entity_id, name)
        shelf.drop(chosen)
        shelf.provided = replace(shelf.provided, modified_at=now)
        if lived:
            shelf.provided = without(shelf.provided, Gone(name, dataset, now))

    await change_provided(broker, tenant, entity_id, rule)
    await _erased(broker, tenant, entity_id)


async def delete_evolution(broker: Broker, tenant: str, entity_id: str) -> None:
    """Delete Temporal Evolution of an Entity (5.6.16). What is there now stays; its past begins anew with its
    next change."""
    await _existing(broker, tenant, entity_id)
    now = broker.now()

    def rule(shelf: Shelf) -> None:
        shelf.drop(shelf.provided.series)
        nothing = Provided(entity_id, next=shelf.provided.next, doomed=shelf.provided.doomed)
        shelf.provided = without(nothing, Gone("", EVERY, now))

    await change_provided(broker, tenant, entity_id, rule)
    await _erased(broker, tenant, entity_id)


async def modify_instance(broker: Broker, of: InstanceNamed, asked: Given) -> None:
    """Modify Attribute Instance in Temporal Evolution of an Entity (5.6.14): id and createdAt stay."""
    now = broker.now()

    def put(shelf: Shelf, created_at: str) -> None:
        kind, dataset = asked.instance["type"], asked.instance.get("datasetId", "")
        new = stated(of.id, asked.instance, now, created_at=created_at, deleted=asked.deleted)
        shelf.insert(of.attribute, dataset, kind, new)

    await _correct(broker, of, put)


async def delete_instance(broker: Broker, of: InstanceNamed) -> None:
    """Delete Attribute Instance from Temporal Evolution of an Entity (5.6.15)."""
    await _correct(broker, of, lambda _, __: None)


async def end_attribute(broker: Broker, tenant: str, entity_id: str, name: str, dataset: str) -> bool:
    """Delete Attribute (5.6.5) of an entity of which there is nothing but a past that was provided: the
    deletion is added to that. Whether there is such an attribute."""
    now, seed = broker.now(), broker.new_id()
    entity = entity_key(tenant, entity_id)
    has_ended = False

    def rule(shelf: Shelf) -> None:
        nonlocal has_ended
        has_ended = entity not in shelf.stored and end_series(shelf, name, dataset, now, seed)

    if await read_provided(broker.store, tenant, entity_id) is not None:
        await change_provided(broker, tenant, entity_id, rule)
    return has_ended


async def _correct(broker: Broker, of: InstanceNamed, then: Callable[[Shelf, str], None]) -> None:
    """Take an instance out of the past, and do what is to be done with a place and a createdAt free."""
    known = await _existing(broker, of.tenant, of.entity_id)
    now = broker.now()
    for _ in range(MOST_TRIES):
        found = await _found(broker, of)
        is_done = False

        def rule(shelf: Shelf, found: int | Lived = found) -> None:
            nonlocal is_done
            if isinstance(found, int):
                taken = shelf.take(of.attribute, found, of.id)
                created_at = taken.instance.get("createdAt", "") if taken else ""
                is_done = taken is not None
            else:
                event = found.event
                is_done = not shelf.provided.hides(event)
                created_at = event.instance.get("createdAt", event.at)
                if is_done:
                    shelf.provided = without_instance(shelf.provided, of.id, event.at, found.until)
            if is_done:
                shelf.provided = with_types(shelf.provided, known.types, now)
                then(shelf, created_at)

        await change_provided(broker, of.tenant, of.entity_id, rule)
        if is_done:
            await _erased(broker, of.tenant, of.entity_id)
            return
    raise contended(of.entity_id)


async def _found(broker: Broker, of: InstanceNamed) -> int | Lived:
    """Where an instance is: the number of its part, or what a change left; Problem(ResourceNotFound)."""
    near = moment_named(of.id)
    for _ in range(MOST_TRIES):
        provided = await read_provided(broker.store, of.tenant, of.entity_id)
        try:
            number = (
                await find_stated(broker.store, of.tenant, provided, of.attribute, of.id, near)
                if provided
                else None
            )
        except Replaced:
            continue
        if number is not None:
            return number
        lived = await lived_instance(broker, of.tenant, of.entity_id, of.attribute, of.id)
        if lived is not None and not (provided and provided.hides(lived.event)):
            return lived
        detail = f"The attribute '{of.attribute}' of '{of.entity_id}' has no instance '{of.id[:200]}'."
        raise Problem(ResourceNotFound, detail)
    raise contended(of.entity_id)


async def _existing(broker: Broker, tenant: str, entity_id: str) -> Candidate:
    await check_tenant(broker, tenant)
    known = await candidate_of(broker, tenant, entity_id)
    if known is None:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' does not exist and has no past.")
    return known


async def _erased(broker: Broker, tenant: str, entity_id: str) -> None:
    """What is deleted is hidden already; where it cannot be taken out now, the background does."""
    with left_for_later():
        await erase(broker, tenant, entity_id)


def _no_attribute(entity_id: str, name: str) -> Problem:
    return Problem(
        ResourceNotFound, f"The past of '{entity_id}' has no attribute '{name}' of this datasetId."
    )
