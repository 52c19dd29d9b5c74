"""Broker: what the operations of the context plane work with."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import thread_time
from typing import Final
from weakref import WeakValueDictionary

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.granted_store import GrantedStore
from beffroi.broker.operations.rendered import Rendered
from beffroi.broker.operations.survey import Surveys
from beffroi.broker.rules.entity.entity import KIND as ENTITY
from beffroi.broker.rules.provided.facets import PROVIDED_INDEX
from beffroi.broker.rules.provided.provided import KIND as PROVIDED
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.effort import Clock, Effort
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import NonexistentTenant, Problem
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.store.port import Indexer, Store
from beffroi.web.turns import Turns

INDEXERS: Final[Mapping[str, Indexer]] = {ENTITY: ENTITY_INDEX, PROVIDED: PROVIDED_INDEX}
"""How a store indexes the kinds of record of the context plane."""

TENANT = "tenant"
"""The kind of the record that keeps a tenant in being."""


@dataclass(frozen=True, slots=True)
class Broker:
    """The services of one node. `now` is the clock, `new_id` gives a fresh URN, `allow_private` says
    whether endpoints may have private addresses. `product` is what the caller bought, if they may only see
    that, `scope` the part of it that their token is for, `shows_past` whether they may see the past;
    `granted` makes such services. `most_instances` is how many instances of an entity one answer about the
    past has, all attributes together, `most_changes` how many changes one question about it goes through;
    `past_turns` is how many such questions go on at once, of everybody together. `providing` has one wait for
    the other who write to the past of one entity. `processor` tells a thread its processor time.
    """

    store: Store
    contexts: Contexts
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    allow_private: bool = False
    tenants: set[str] = field(default_factory=lambda: {""})
    rendered: Rendered = field(default_factory=Rendered)
    surveys: Surveys = field(default_factory=Surveys)
    product: str = ""
    scope: str = ""
    shows_past: bool = True
    most_instances: int = 1_000
    most_changes: int = 200_000
    providing: WeakValueDictionary[Key, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[Key, asyncio.Lock]
    )
    past_turns: Turns = field(default_factory=lambda: Turns(at_once=4, waiting=60))
    processor: Clock = thread_time

    def effort(self) -> Effort:
        """What one question may cost, whichever threads work on it."""
        return Effort(self.processor)


def granted(broker: Broker, grant: Grant) -> Broker:
    """The same services as the holder of a grant gets them."""
    store = GrantedStore(broker.store, grant)
    tenants, surveys = {grant.tenant}, Surveys()
    return replace(
        broker,
        store=store,
        tenants=tenants,
        surveys=surveys,
        product=grant.product,
        scope=grant.scope,
        shows_past=grant.history,
    )


async def found_tenant(broker: Broker, tenant: str) -> None:
    """Keep a tenant that something was created for, also when its last record is deleted (5.5.10)."""
    if tenant in broker.tenants:
        return
    key = Key(tenant, TENANT, "founded")

    def decide(stored: Mapping[Key, Record]) -> Commit:
        return Commit() if key in stored else Commit((Change(key, document_of({})),))

    await broker.store.transact([key], decide)
    broker.tenants.add(tenant)


async def check_tenant(broker: Broker, tenant: str) -> None:
    """Raise Problem(NonexistentTenant) if nothing was ever created for this tenant (clause 5.5.10)."""
    if tenant in broker.tenants:
        return
    broker.tenants.update(await broker.store.tenants())
    if tenant not in broker.tenants:
        raise Problem(NonexistentTenant, f"The tenant '{tenant}' does not exist.")
