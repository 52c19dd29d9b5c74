"""Events about documents, as listeners get them (TMF630 part 3, IG1353)."""

from dataclasses import dataclass

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.documents.resource import ROOT, Resource

_OWN = (f"{ROOT}/", "/market/")
"""What the paths of documents of this node begin with."""

_WHAT = {
    "create": "A {} was made",
    "change": "A {} changed",
    "state": "A {} changed its state",
    "delete": "A {} was removed",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """What became of one document: `before` is None for a new one, `after` for one that is gone."""

    resource: Resource
    before: JsonObject | None
    after: JsonObject | None

    @property
    def body(self) -> JsonObject:
        """The document as it is, or was at last."""
        return self.after or self.before or {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """create, delete, or what changed: state, change, both."""
        if self.before is None:
            return ("create",)
        if self.after is None:
            return ("delete",)
        names = changed_members(self)
        state = {self.resource.state_member} & names if "state" in self.resource.events else set[str]()
        rest = names - state - set(self.resource.touched)
        return (*(("state",) if state else ()), *(("change",) if rest else ()))


def changed_members(happening: Happening) -> set[str]:
    """The names of the members whose value is another one."""
    before, after = happening.before or {}, happening.after or {}
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def event_of(
    happening: Happening, kind: str, id: str, correlation: str, now: Instant, own: str
) -> JsonObject:
    """The event of one kind; `own` is the address of this node."""
    resource = happening.resource
    return {
        "eventId": id,
        "eventTime": shortened(now),
        "eventType": resource.events[kind],
        "correlationId": correlation,
        "domain": resource.api.title,
        "title": _WHAT[kind].format(resource.name),
        "event": {resource.name: _payload(happening, kind, own)},
    }


def with_href(resource: Resource, body: JsonObject, own: str) -> JsonObject:
    """The document as the outside sees it: with its address, which follows its id, and with whole addresses
    where it, or an entry of its lists, refers to documents of this node by their path."""
    shown = {name: _located(value, own) for name, value in body.items() if name != "href"}
    return {"id": body["id"], "href": f"{own}{resource.path}/{body['id']}", **shown}


def _located(value: Json, own: str) -> Json:
    if isinstance(value, list):
        return [_located(each, own) for each in value]
    href = value.get("href") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(href, str) and href.startswith(_OWN):
        return {**value, "href": f"{own}{href}"}
    return value


def _payload(happening: Happening, kind: str, own: str) -> JsonObject:
    """A new document whole; of others id, href, type, and what changed."""
    whole = with_href(happening.resource, happening.body, own)
    if kind == "create":
        return whole
    names = changed_members(happening) if kind in {"change", "state"} else set[str]()
    if kind == "state":
        names &= {happening.resource.state_member, *happening.resource.touched}
    return {
        name: value
        for name, value in whole.items()
        if name in {"id", "href"} or name[0] == "@" or name in names
    }
