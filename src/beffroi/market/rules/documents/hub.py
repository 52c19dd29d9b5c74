"""Listeners of an API's events: who wants which of them where (TMF630 part 3)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound, TooComplexQuery, TooManyResults
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.rules.apis import APIS
from beffroi.market.rules.documents.event import Happening
from beffroi.market.rules.documents.matches import matches
from beffroi.market.rules.documents.projection import projected
from beffroi.market.rules.documents.question import Comparison, Question, question_of
from beffroi.market.rules.documents.resource import TENANT, Api
from beffroi.market.rules.documents.visibility import concerns, is_public

KIND = "tmf-hub"
LANE = "tmf-hub:"
MOST_LISTENERS = 200
MOST_OF_A_PARTY = 20
"""So that no party takes the place of all others."""

LONGEST_CALLBACK = 2_000
_SPACES = re.compile(r"\s*([=&;])\s*")


@dataclass(frozen=True, slots=True)
class Listener:
    """One registration. It hears of everything, or of what concerns a `party`; it ends with the token or the
    account of its `maker`."""

    id: str
    callback: str
    query: str = ""
    party: str = ""
    sees_all: bool = False
    maker: str = ""


def hub_key(api: Api) -> Key:
    """The record that holds all listeners of an API."""
    return Key(TENANT, KIND, api.number)


def listeners(record: Record | None) -> list[Listener]:
    """The listeners in the order in which they registered."""
    rows = cast("list[dict[str, str]]", record.body["listeners"]) if record else []
    return [Listener(**cast("Mapping[str, str]", row)) for row in rows]  # type: ignore[arg-type]


def listener_of(given: JsonObject, id: str, party: str, *, sees_all: bool) -> Listener:
    """What a client registers. Raises Problem(BadRequestData)."""
    callback, query = given.get("callback"), given.get("query") or ""
    if not isinstance(callback, str) or not 0 < len(callback) <= LONGEST_CALLBACK:
        raise Problem(
            BadRequestData, "A listener needs the member 'callback', the address that events are sent to."
        )
    if not isinstance(query, str):
        raise Problem(BadRequestData, "The member 'query' of a listener is no text.")
    _question(query)
    return Listener(id, callback, query, party, sees_all)


def registered(api: Api, record: Record | None, listener: Listener) -> Change:
    """One listener more."""
    known = listeners(record)
    if len(known) >= MOST_LISTENERS:
        raise Problem(TooManyResults, f"{api.title} has {len(known)} listeners already; no more are taken.")
    of_party = sum(1 for one in known if one.party == listener.party)
    if listener.party and of_party >= MOST_OF_A_PARTY:
        raise Problem(
            TooManyResults,
            f"'{listener.party}' has {of_party} listeners of {api.title} already; no more are taken.",
        )
    return _stored(api, [*known, listener])


def unregistered(api: Api, record: Record | None, id: str, party: str, *, sees_all: bool) -> Change:
    """One listener less; its maker or an operator takes it away. Raises Problem(ResourceNotFound)."""
    known = listeners(record)
    rest = [one for one in known if one.id != id or not (sees_all or (party and one.party == party))]
    if len(rest) == len(known):
        raise Problem(ResourceNotFound, f"There is no listener '{id[:100]}' of {api.title}.")
    return _stored(api, rest)


def hub_keys() -> list[Key]:
    """The records of all listeners."""
    return [hub_key(api) for api in APIS]


def without_maker(records: Mapping[Key, Record], maker: str) -> tuple[Change, ...]:
    """The records of listeners without those that somebody made who is gone."""
    changes = list[Change]()
    for api in APIS:
        known = listeners(records.get(hub_key(api)))
        rest = [one for one in known if one.maker != maker]
        if len(rest) < len(known):
            changes.append(_stored(api, rest))
    return tuple(changes)


def hears(listener: Listener, happening: Happening, event: JsonObject) -> bool:
    """Whether the listener wants this event, and may have it.

    One whose regular expressions are too large for the texts of the event hears of it: another's change does
    not fail for them, and nothing is missed.
    """
    concerned = any(
        concerns(happening.resource, body, listener.party)
        for body in (happening.before, happening.after)
        if body is not None
    )
    allowed = listener.sees_all or is_public(happening.resource, happening.body) or concerned
    if not allowed:
        return False
    try:
        return matches(_question(listener.query).where, event)
    except Problem as problem:
        if problem.kind is not TooComplexQuery:
            raise
        return True


def told(listener: Listener, happening: Happening, event: JsonObject) -> JsonObject:
    """The event as this listener wants it: with the members of the document that its query names."""
    fields = _question(listener.query).fields
    name = happening.resource.name
    document = cast("dict[str, Json]", event["event"])[name]
    return {**event, "event": {name: projected(cast("JsonObject", document), fields)}}


def address_of(listener: Listener, event_type: str) -> str:
    """Where an event is posted to: below the path of the callback, whose query stays behind it.

    >>> address_of(Listener("1", "https://a.example/hear?key=b"), "CategoryDeleteEvent")
    'https://a.example/hear/listener/CategoryDeleteEvent?key=b'
    """
    path, mark, query = listener.callback.partition("#")[0].partition("?")
    return f"{path.rstrip('/')}/listener/{event_type}{mark}{query}"


def _question(query: str) -> Question:
    """The query of a listener, written as that of a list; several event types mean any of them."""
    asked = question_of(_SPACES.sub(r"\1", query.strip().removeprefix("?")))
    types = [either for either in asked.where if _is_type(either)]
    rest = [either for either in asked.where if not _is_type(either)]
    any_type = tuple(one for either in types for one in either)
    return Question(((any_type,) if any_type else ()) + tuple(rest), (), asked.fields)


def _is_type(either: Iterable[Comparison]) -> bool:
    return all(one.path == ("eventType",) and one.operator == "==" for one in either)


def _stored(api: Api, known: list[Listener]) -> Change:
    rows = [cast("JsonObject", asdict(listener)) for listener in known]
    return Change(hub_key(api), document_of({"listeners": cast("Json", rows)}))
