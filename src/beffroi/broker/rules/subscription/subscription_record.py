"""Subscription as it is stored: what the client wrote, and what its terms meant when it wrote them.

    {"members": {...}, "terms": {member: {term: URI}}, "context": ..., "createdAt": ..., "modifiedAt": ...}

`product` stands there too if a token for a product made it: its notifications show what that product covers.

So that it can be read back without any I/O, even when a context is gone or has changed (clause 5.5.7).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from typing_extensions import override

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import NULL
from beffroi.broker.rules.names import bad
from beffroi.broker.rules.query.query import EachOf, Name, OneOf, Selection
from beffroi.broker.rules.query.selection import parse_types
from beffroi.broker.rules.representation.language import check_language_filter
from beffroi.broker.rules.representation.projection import ENTITY_MEMBERS
from beffroi.broker.rules.subscription.audience import ANYTHING, Ear
from beffroi.broker.rules.subscription.subscription import (
    COUNTERS,
    DEFAULT_TRIGGERS,
    OUTPUT_ONLY,
    Subscription,
    check_bounds,
    read_subscription,
)
from beffroi.broker.rules.subscription.subscription_endpoint import with_secrets, without_secrets
from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import AlreadyExists, Problem
from beffroi.kernel.record import Key, Record

KIND = "subscription"
COUNTS = "subscription-counts"
MANDATORY = frozenset({"id", "type", "notification"})

Terms = dict[str, dict[str, str]]


def subscription_key(tenant: str, subscription_id: str) -> Key:
    """The key of the record that holds this subscription."""
    return Key(tenant, KIND, subscription_id)


def counts_key(tenant: str, subscription_id: str) -> Key:
    """The key of the record that counts this subscription's notifications (clause 5.2.14.2)."""
    return Key(tenant, COUNTS, subscription_id)


def identified(asked: JsonObject, new_id: str, product: str) -> JsonObject:
    """What was asked for with an id. The holder of a product cannot choose one: that somebody else has it
    already would show."""
    if "id" not in asked:
        return {**asked, "id": new_id}
    if product:
        bad("The node gives subscriptions their ids here; the subscription must have none.")
    return asked


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a subscription is that a token made: the product, and the scope of a token for a part of it."""

    product: str = ""
    scope: str = ""


NOBODY = Owner()


def owner_of(stored: JsonObject) -> Owner:
    """Whose a stored subscription is."""
    return Owner(str(stored.get("product", "")), str(stored.get("scope", "")))


def created(
    stored: Record | None, asked: JsonObject, context: Context, now: Instant, owner: Owner = NOBODY
) -> tuple[JsonObject, Subscription]:
    """Create Subscription (5.8.1): the body to store, and what it says."""
    members = _given(asked)
    for member, value in members.items():
        if value is None or value == NULL:
            bad(f"The member '{member[:100]}' of the subscription is null.")
    if stored is not None:
        raise Problem(AlreadyExists, f"Subscription '{asked.get('id')}' already exists.")
    body, subscription = _body(members, {}, dict.fromkeys(members, context), context.source)
    _check_expiry(subscription, now)
    return _owned({**body, "createdAt": now, "modifiedAt": now}, subscription, owner)


def updated(
    stored: JsonObject, asked: JsonObject, context: Context, now: Instant
) -> tuple[JsonObject, Subscription]:
    """Update Subscription (5.8.2, 5.5.8): each member given replaces the stored one, null removes it."""
    before = cast("JsonObject", stored["members"])
    terms = cast("Terms", stored["terms"])
    fragment = _given(asked)
    if fragment.get("id", before["id"]) != before["id"]:
        bad("The id of a subscription cannot be changed.")
    members = dict(before)
    for member, value in fragment.items():
        if value is not None and value != NULL:
            secrets = cast("JsonObject", before["notification"])
            members[member] = with_secrets(value, secrets) if member == "notification" else value
        elif member in MANDATORY:
            bad(f"The member '{member}' of a subscription cannot be removed.")
        else:
            members.pop(member, None)
    if _revives(stored, fragment, now):
        members["isActive"] = True
    contexts = dict.fromkeys(fragment, context)
    body, subscription = _body(members, terms, contexts, stored["context"])
    if "expiresAt" in fragment:
        _check_expiry(subscription, now)
    written = {**body, "createdAt": stored["createdAt"], "modifiedAt": now}
    return _owned(written, subscription, owner_of(stored))


def subscription_of(stored: JsonObject) -> Subscription:
    """Read a stored body back."""
    terms = cast("Terms", stored["terms"])
    members = cast("JsonObject", stored["members"])
    subscription = read_subscription(members, lambda member: _context(terms, member), stored["context"])
    owner = owner_of(stored)
    return replace(subscription, product=owner.product, scope=owner.scope)


def shown(
    stored: JsonObject, counts: Record | None, context: Context, now: Instant, *, sys_attrs: bool = False
) -> JsonObject:
    """The subscription as a reader sees it (5.8.3): names compacted, status and counters computed."""
    members = cast("JsonObject", stored["members"])
    terms = cast("Terms", stored["terms"])
    body: JsonObject = {"id": members["id"], "type": "Subscription"}
    body.update(members)
    body["notificationTrigger"] = members.get("notificationTrigger", list(DEFAULT_TRIGGERS))
    if "entities" in members:
        selectors = cast("list[JsonObject]", members["entities"])
        body["entities"] = [_selector(item, _context(terms, "entities"), context) for item in selectors]
    _rename(body, "watchedAttributes", _context(terms, "watchedAttributes"), context)
    if isinstance(geo := body.get("geoQ"), dict) and isinstance(name := geo.get("geoproperty"), str):
        body["geoQ"] = {**geo, "geoproperty": context.compact(_context(terms, "geoQ").expand(name))}
    notification = without_secrets(cast("JsonObject", members["notification"]))
    for member in ("attributes", "pick", "omit"):
        _rename(notification, member, _context(terms, "notification"), context)
    body["notification"] = {**notification, **(_counts(counts) if counts is not None else {})}
    body["status"] = subscription_of(stored).status(now)
    if isinstance(url := _address(stored["context"]), str):
        body.setdefault("jsonldContext", url)
    if sys_attrs:
        for member in ("createdAt", "modifiedAt"):
            body[member] = shortened(Instant(str(stored[member])))
    return body


def ears(subscription: Subscription) -> tuple[Ear, ...]:
    """What the subscription listens to; nothing if it is paused or works by the clock."""
    if not subscription.is_active or subscription.interval_s is not None:
        return ()
    # what moves into or out of the area of a product is created or deleted for its holder, by an update
    common = Ear(on=sorted(ANYTHING if subscription.product else subscription.triggers))
    if subscription.watched and not subscription.product:
        common["attrs"] = sorted(subscription.watched)
    if subscription.expires_at is not None:
        common["until"] = subscription.expires_at
    found = list[Ear]()
    for query in subscription.queries:
        ear = common.copy()
        if query.ids:
            ear["ids"] = list(query.ids)
        if query.types is not None and (types := _needed(query.types)):
            ear["types"] = sorted(types)
        found.append(ear)
    return tuple(found)


class _Recorded(Mapping[str, str]):
    """The terms of a context, keeping in mind which of them were looked up."""

    def __init__(self, terms: Mapping[str, str], used: dict[str, str]) -> None:
        self._terms, self._used = terms, used

    @override
    def __getitem__(self, term: str) -> str:
        self._used[term] = self._terms[term]
        return self._used[term]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    @override
    def __len__(self) -> int:
        return len(self._terms)


def _body(
    members: JsonObject, terms: Terms, contexts: Mapping[str, Context], source: Json
) -> tuple[JsonObject, Subscription]:
    """Read the members, those in `contexts` with these, others with the terms that are stored for them."""
    used: Terms = {member: found for member, found in terms.items() if member in members}
    used.update({member: {} for member in contexts if member in members})

    def context_of(member: str) -> Context:
        context = contexts.get(member)
        if context is None:
            return _context(used, member)
        recorded = _Recorded(context.terms, used.setdefault(member, {}))
        return Context(context.source, recorded, {}, {})

    check_bounds(members)
    subscription = read_subscription(members, context_of, source)
    kept: Terms = {member: found for member, found in used.items() if found}
    return {"members": members, "terms": cast("Json", kept), "context": source}, subscription


def _owned(body: JsonObject, subscription: Subscription, owner: Owner) -> tuple[JsonObject, Subscription]:
    if not owner.product:
        return body, subscription
    written: JsonObject = {**body, "product": owner.product}
    if owner.scope:
        written["scope"] = owner.scope
    return written, replace(subscription, product=owner.product, scope=owner.scope)


def _given(asked: JsonObject) -> JsonObject:
    """The members that a client may give; those that are only for output are passed over."""
    members = {member: value for member, value in asked.items() if member not in OUTPUT_ONLY}
    lang = members.get("lang")
    if isinstance(lang, str) and lang != NULL:
        check_language_filter(lang)  # here, not where stored ones are read: earlier versions took any text
    notification = members.get("notification")
    if isinstance(notification, dict):
        members["notification"] = {m: value for m, value in notification.items() if m not in COUNTERS}
    return members


def _revives(stored: JsonObject, fragment: JsonObject, now: Instant) -> bool:
    """Clause 5.8.2.4: a new expiresAt alone makes what has expired active, even if it was paused before."""
    moment = fragment.get("expiresAt")
    if moment is None or moment == NULL or "isActive" in fragment:
        return False
    before = subscription_of(stored)
    return not before.is_active and before.status(now) == "expired"


def _context(terms: Terms, member: str) -> Context:
    return Context("", terms.get(member, {}), {})


def _check_expiry(subscription: Subscription, now: Instant) -> None:
    if subscription.expires_at is not None and subscription.expires_at <= now:
        bad("The expiresAt of the subscription is in the past.")


def _selector(selector: JsonObject, written: Context, context: Context) -> JsonObject:
    types = str(selector["type"])
    if types == "*":
        return selector
    return {**selector, "type": _selection_text(parse_types(types, written), context)}


def _selection_text(selection: Selection, context: Context) -> str:
    match selection:
        case Name(text):
            return context.compact(text)
        case EachOf(of):
            return f"({';'.join(_selection_text(part, context) for part in of)})"
        case OneOf(of):
            return "|".join(_selection_text(part, context) for part in of)


def _rename(of: JsonObject, member: str, written: Context, context: Context) -> None:
    names = of.get(member)
    if isinstance(names, list):
        of[member] = [_renamed(str(name), written, context) for name in names]


def _renamed(name: str, written: Context, context: Context) -> str:
    if name in ENTITY_MEMBERS or not _PLAIN.isdisjoint(name):
        return name
    return context.compact(written.expand(name))


_PLAIN = frozenset("{},|")


def _counts(counts: Record) -> JsonObject:
    body = counts.body
    found: JsonObject = {m: body[m] for m in ("status", "timesSent", "timesFailed") if body.get(m)}
    for member in ("lastNotification", "lastSuccess", "lastFailure"):
        if isinstance(moment := body.get(member), str):
            found[member] = shortened(Instant(moment))
    return found


def _address(source: Json) -> str | None:
    """The URL of a @context that is one URL."""
    if isinstance(source, list) and len(source) == 1:
        source = source[0]
    return source if isinstance(source, str) else None


def _needed(selection: Selection) -> frozenset[str]:
    """Type names of which every selected entity has at least one."""
    match selection:
        case Name(text):
            return frozenset({text})
        case EachOf(of):
            return min(map(_needed, of), key=len)
        case OneOf(of):
            return _union(map(_needed, of))


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)
