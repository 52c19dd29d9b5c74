"""Table: the entities of a type in rows, searched, sorted and paged by keyset."""

import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from beffroi.broker.operations.entities import query_entities
from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.query import Compare, Condition, EntityQuery, Name, Or, Page, Path
from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.portal.reading.survey import MOST_SURVEYED, Survey, entities_of_type
from beffroi.portal.reading.values import entity_name, number_of, plain_text
from beffroi.portal.services import Portal
from beffroi.portal.words.labels import Labels, short_name

ROWS: Final = 25
COLUMNS: Final = 5
UNTABLED: Final = frozenset(
    {"name", "location", "address", "dataProvider", "observationSpace", "operationSpace", "owner", "source"}
)
ALIKE: Final = {"a": "aàâä", "c": "cç", "e": "eéèêë", "i": "iîï", "o": "oôö", "u": "uùûü"}

SortKey: TypeAlias = "tuple[int, float, str, str]"
"""Kind of value (numbers, texts, none), number, text, id: values of all entities in one order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor asks of a table. `sort` is a short name or empty; `after` is a cursor or empty."""

    search: str = ""
    sort: str = ""
    descending: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of the table; `following` is the cursor of the next page, empty on the last."""

    entities: list[Entity]
    following: str


def columns_of(survey: Survey, labels: Labels, type_uri: str) -> list[str]:
    """The attributes that a table shows beside the name: the known ones, or else the most frequent."""
    known = [uri for name in labels.columns(type_uri) for uri in survey.spreads if short_name(uri) == name]
    often = sorted(survey.spreads.values(), key=lambda one: (not one.numeric, not one.worded, -one.present))
    usable = [one.uri for one in often if short_name(one.uri) not in UNTABLED and (one.numbers or one.texts)]
    return list(dict.fromkeys(known + usable))[: max(COLUMNS, len(known))]


async def rows_of(portal: Portal, type_uri: str, survey: Survey, wanted: Wanted) -> Rows:
    """The asked page. Sorting walks the whole type and is therefore refused for very large ones."""
    query = EntityQuery(types=Name(type_uri), q=_condition(survey, wanted.search))
    if not wanted.sort:
        return await _in_order_of_creation(portal, query, wanted)
    if not survey.complete:
        raise Problem(InvalidRequest, f"Types with more than {MOST_SURVEYED} entities cannot be sorted.")
    return await _sorted(portal, type_uri, query, wanted)


async def _in_order_of_creation(portal: Portal, query: EntityQuery, wanted: Wanted) -> Rows:
    after = wanted.after if wanted.after.isdecimal() and len(wanted.after) < 19 else "0"
    page = Page(limit=ROWS, after=int(after))
    answer = await query_entities(portal.broker, portal.tenant, [query], page)
    return Rows(answer.entities, str(answer.after) if answer.more else "")


async def _sorted(portal: Portal, type_uri: str, query: EntityQuery, wanted: Wanted) -> Rows:
    walk = _keyed(entities_of_type(portal, type_uri, query), wanted.sort)
    past = _cursor(wanted.after) if wanted.after else None
    kept = list[tuple[SortKey, Entity]]()
    pick = heapq.nlargest if wanted.descending else heapq.nsmallest
    waiting = list[tuple[SortKey, Entity]]()
    async for key, entity in walk:
        if past is None or (key < past if wanted.descending else key > past):
            waiting.append((key, entity))
        if len(waiting) >= 500:
            kept = pick(ROWS + 1, kept + waiting, key=_first)
            waiting = []
    kept = pick(ROWS + 1, kept + waiting, key=_first)
    page = kept[:ROWS]
    return Rows([entity for _, entity in page], _cursor_text(page[-1][0]) if len(kept) > ROWS else "")


def _first(pair: tuple[SortKey, Entity]) -> SortKey:
    return pair[0]


async def _keyed(walk: AsyncIterator[Entity], sort: str) -> AsyncIterator[tuple[SortKey, Entity]]:
    async for entity in walk:
        yield sort_key(entity, sort), entity


def sort_key(entity: Entity, sort: str) -> SortKey:
    """Where an entity stands when a table is sorted by the attribute with this short name."""
    if sort == "name":
        return (1, 0.0, entity_name(entity, "").casefold(), entity["id"])
    instance = _instance(entity, sort)
    if instance is None:
        return (2, 0.0, "", entity["id"])
    number = number_of(instance)
    if number is not None:
        return (0, number, "", entity["id"])
    return (1, 0.0, plain_text(instance, "").casefold(), entity["id"])


def _instance(entity: Entity, name: str) -> Instance | None:
    for uri, instances in entity["attrs"].items():
        if instances and short_name(uri) == name:
            return instances[0]
    return None


def _cursor_text(key: SortKey) -> str:
    return urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _cursor(text: str) -> SortKey:
    try:
        match orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))):
            case [int() as kind, int() | float() as number, str() as word, str() as entity_id]:
                return (kind, float(number), word, entity_id)
            case _:
                raise ValueError(text)
    except ValueError as failure:
        raise Problem(InvalidRequest, "The address of this page of the table is damaged.") from failure


def _condition(survey: Survey, search: str) -> Condition | None:
    """Some text of the entity contains the search, whatever case or accents it is written with."""
    needle = search.strip()[:80]
    if not needle:
        return None
    texts = [one.uri for one in survey.spreads.values() if one.texts and not one.numeric]
    pattern = "(?i)" + "".join(_alike(letter) for letter in needle)
    return Or(tuple(Compare(Path((uri,)), "~=", (pattern,)) for uri in sorted(texts)))


def _alike(letter: str) -> str:
    group = next((group for group in ALIKE.values() if letter.casefold() in group), "")
    if group:
        return f"[{group}{group.upper()}]"
    return (
        letter
        if letter.isalnum() or letter == " "
        else f"[{letter}]"
        if letter not in "^]\\["
        else f"\\{letter}"
    )
