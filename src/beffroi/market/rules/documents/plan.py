"""Plan a commit: documents, their audit entries, events for the listeners, and the steps that go on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Event, Key, Record, document_of
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.behaviour import Ids, Written
from beffroi.market.rules.documents.event import Happening, event_of
from beffroi.market.rules.documents.hub import LANE, Listener, address_of, hears, hub_key, listeners, told
from beffroi.market.rules.documents.visibility import Actor

_REASONS = ("statusReason", "cancellationReason")

NODE = "node"
"""Who acts, in the audit log, when nobody asked."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts when and why; `otherwise` is the reason where neither this nor the document says one. `ids`
    are for entries and events, `own` is the address of this node."""

    now: Instant
    ids: Ids
    own: str
    actor: Actor | None = None
    reason: str = ""
    otherwise: str = ""


def happening_of(written: Written, records: Mapping[Key, Record]) -> Happening | None:
    """What a written document means; None where it changes nothing."""
    resource = RESOURCES[written.resource]
    record = records.get(resource.key(written.id))
    before = record.body if record else None
    return None if before == written.body else Happening(resource, before, written.body)


def hubs_of(happenings: Iterable[Happening]) -> set[Key]:
    """The records that say who listens to these."""
    return {hub_key(one.resource.api) for one in happenings if one.resource.events}


def planned(
    happenings: Sequence[Happening],
    steps: Iterable[tuple[str, JsonObject]],
    hubs: Mapping[Key, Record],
    act: Act,
) -> Commit:
    """All of it as one commit."""
    entries = [_entry(one, act, number) for number, one in enumerate(happenings)]
    told_events = [
        event for number, one in enumerate(happenings) for event in _events(one, hubs, act, number)
    ]
    going_on = [Event(lane, encode(body)) for lane, body in steps]
    return Commit((*map(_change, happenings), *entries), (*told_events, *going_on), at=act.now)


def _change(happening: Happening) -> Change:
    key = happening.resource.key(str(happening.body["id"]))
    return Change(key, document_of(happening.after) if happening.after is not None else None)


def _entry(happening: Happening, act: Act, number: int) -> Change:
    return audit_entry(
        f"{act.now}|{number:04d}|{act.ids[0]}",
        act.actor.name if act.actor else NODE,
        act.now,
        happening.resource.name,
        str(happening.body["id"]),
        " and ".join(happening.kinds) or "touch",
        act.reason or _reason(happening) or act.otherwise,
        act.actor.party if act.actor else "",
    )


def _reason(happening: Happening) -> str:
    """The reason that a document itself gives for what becomes of it."""
    before, after = happening.before or {}, happening.after or {}
    given = [after[name] for name in _REASONS if name in after and after[name] != before.get(name)]
    return next((text for text in given if isinstance(text, str)), "")


def _events(happening: Happening, hubs: Mapping[Key, Record], act: Act, number: int) -> Iterable[Event]:
    known = listeners(hubs.get(hub_key(happening.resource.api)))
    if not known:
        return
    for place, kind in enumerate(happening.kinds):
        if kind not in happening.resource.events:
            continue
        id = act.ids[1 + 2 * number + place]
        event = event_of(happening, kind, id, act.ids[0], act.now, act.own)
        for listener in known:
            if hears(listener, happening, event):
                yield _delivery(listener, told(listener, happening, event), happening, act)


def _delivery(listener: Listener, event: JsonObject, happening: Happening, act: Act) -> Event:
    body: JsonObject = {
        "api": happening.resource.api.number,
        "listener": listener.id,
        "url": address_of(listener, str(event["eventType"])),
        "since": act.now,
        "event": event,
    }
    return Event(LANE + listener.id, encode(body))
