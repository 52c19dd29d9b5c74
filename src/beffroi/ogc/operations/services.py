"""Ogc: what the pages of OGC API Features work with."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.ogc.rules.columns import Survey
from beffroi.ogc.rules.flat import Reader

Place: TypeAlias = tuple[str, str]
"""A tenant and an entity type."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The last survey of each collection, and who is making one."""

    surveys: dict[Place, Survey] = field(default_factory=dict[Place, Survey])
    locks: dict[Place, asyncio.Lock] = field(default_factory=dict[Place, asyncio.Lock])


@dataclass(frozen=True, slots=True)
class Ogc:
    """The services of this room.

    `context` gives types and attributes their short names; `languages` are tags, the one that stands for
    a text in several languages first; `licence` is the address of the data's licence, `publisher` who
    publishes it and `contact` the e-mail or web address of who answers for it; `whole` is the path of the
    description of the whole node; `prefix` is where the room is mounted. One request looks at `most_looks`
    features of a collection that is not known yet; the next
    one goes on from there.
    """

    broker: Broker
    context: Context
    title: str
    description: str = ""
    languages: tuple[str, ...] = ("en",)
    licence: str = ""
    publisher: str = ""
    contact: str = ""
    whole: str = ""
    prefix: str = "/ogc"
    most_looks: int = 20_000
    memory: Memory = field(default_factory=Memory)

    @property
    def reader(self) -> Reader:
        """How entities become features here."""
        return Reader(self.context, ",".join(self.languages))
