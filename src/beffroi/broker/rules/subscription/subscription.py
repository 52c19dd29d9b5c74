"""Read a Subscription (clauses 5.2.12 to 5.2.15, 5.2.33) into what matching and notifying work with."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import unquote

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.geo.geo import parse_geo_query
from beffroi.broker.rules.names import bad, check_moment, check_name, check_uri
from beffroi.broker.rules.query.bounds import (
    MOST_NAMES,
    MOST_SELECTORS,
    check_ids,
    check_list,
    check_types,
)
from beffroi.broker.rules.query.q import parse_q
from beffroi.broker.rules.query.query import EntityQuery, GeoQuery, Join, Projection, Selection, View
from beffroi.broker.rules.query.scope import parse_scope_query
from beffroi.broker.rules.query.selection import parse_types
from beffroi.broker.rules.representation.linked import DEEPEST_JOIN
from beffroi.broker.rules.representation.projection import parse_projection
from beffroi.broker.rules.subscription.subscription_endpoint import Endpoint, positive, read_endpoint
from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.pattern import compile_pattern
from beffroi.kernel.problem import Problem, TooComplexQuery

TRIGGERS = (
    "entityCreated",
    "entityUpdated",
    "entityDeleted",
    "attributeCreated",
    "attributeUpdated",
    "attributeDeleted",
)
DEFAULT_TRIGGERS = ("attributeCreated", "attributeUpdated")
OF_UPDATE = frozenset({"attributeCreated", "attributeUpdated", "attributeDeleted"})
"""What the trigger entityUpdated stands for."""

OUTPUT_ONLY = frozenset({"status", "createdAt", "modifiedAt"})
COUNTERS = frozenset({"lastFailure", "lastNotification", "lastSuccess", "status", "timesFailed", "timesSent"})
TEXTS = (
    "description",
    "subscriptionName",
    "lang",
    "jsonldContext",
    "csf",
    "expandValues",
    "jsonKeys",
    "q",
    "scopeQ",
)
MEMBERS = frozenset(
    {
        "id",
        "type",
        "entities",
        "notification",
        "notificationTrigger",
        "watchedAttributes",
        "geoQ",
        "datasetId",
    }
    | {
        "expiresAt",
        "isActive",
        "localOnly",
        "ngsildConformance",
        "splitEntities",
        "throttling",
        "timeInterval",
    }
    | {*TEXTS}
)
NOTIFICATION_MEMBERS = frozenset(
    {"endpoint", "attributes", "format", "join", "joinLevel", "omit", "pick", "showChanges", "sysAttrs"}
)

_VERSION = re.compile(r"\d{1,3}\.\d{1,3}(\.\d{1,3})?", re.ASCII)
_FORMS: dict[str, Literal["normalized", "concise", "simplified"]] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}

ContextOf = Callable[[str], Context]
"""The context in which a member was written: a later update may have brought another one."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What matching and notifying need; names are expanded. One of `queries` must hold.

    An empty `watched` stands for every attribute. `context` is the @context of the notifications. `product`
    is that of the token that made it, empty for none; `scope` that of a token for a part of what was bought.
    """

    id: str
    queries: tuple[EntityQuery, ...]
    watched: frozenset[str]
    triggers: frozenset[str]
    is_active: bool
    expires_at: Instant | None
    interval_s: float | None
    throttling_s: float | None
    view: View
    shows_changes: bool
    endpoint: Endpoint
    context: Json
    product: str = ""
    scope: str = ""

    def status(self, now: Instant) -> Literal["active", "paused", "expired"]:
        """The status at this moment (clause 5.8.1.4)."""
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "active" if self.is_active else "paused"


def read_subscription(members: JsonObject, context_of: ContextOf, context: Json) -> Subscription:
    """Read and check all members of a subscription that has an id. Raises Problem(BadRequestData)."""
    for member in members:
        if member not in MEMBERS:
            bad(f"A subscription has no member '{member[:100]}'.")
    if members.get("type") != "Subscription":
        bad("The type of a subscription is 'Subscription'.")
    _check_texts(members)
    interval_s = _optional_number(members, "timeInterval")
    throttling_s = _optional_number(members, "throttling")
    _check_together(members)
    notification = members.get("notification")
    if not isinstance(notification, dict):
        bad("The subscription has no notification.")
    view = _view(notification, members, context_of("notification"))
    return Subscription(
        check_uri(members.get("id"), "The subscription id"),
        _queries(members, context_of),
        frozenset(_attributes(members, "watchedAttributes", context_of("watchedAttributes"))),
        _triggers(members),
        flag(members, "isActive", "subscription", otherwise=True),
        _expiry(members),
        interval_s,
        throttling_s,
        view,
        _shows_changes(notification, view),
        read_endpoint(notification.get("endpoint")),
        members.get("jsonldContext", context),
    )


def check_bounds(members: JsonObject) -> None:
    """Refuse a new subscription that names too much, before it is read; an old one stays as it is."""
    expanded, selectors = members.get("expandValues"), members.get("entities")
    if isinstance(expanded, str):
        check_list("expandValues", expanded)
    if not isinstance(selectors, list):
        return
    given = [each for each in selectors if isinstance(each, dict)]
    check_ids(sum(len(ids) for each in given if isinstance(ids := each.get("id"), list)))
    check_types(sum(len(types) for each in given if isinstance(types := each.get("type"), str)))


def flag(of: JsonObject, member: str, what: str, *, otherwise: bool = False) -> bool:
    """A member that is true or false, if it is there."""
    value = of.get(member, otherwise)
    if not isinstance(value, bool):
        bad(f"The {member} of the {what} is not true or false.")
    return value


def _check_texts(members: JsonObject) -> None:
    for member in TEXTS:
        if member in members and not isinstance(members[member], str):
            bad(f"The {member} of the subscription is not a string.")
    for member in ("localOnly", "splitEntities"):
        flag(members, member, "subscription")
    version = members.get("ngsildConformance", "1.9")
    if not isinstance(version, str) or _VERSION.fullmatch(version) is None:
        bad("The ngsildConformance of the subscription is not a version such as 1.9.")


def _check_together(members: JsonObject) -> None:
    """What excludes or needs each other (table 5.2.12-1)."""
    local = members.get("localOnly") is True
    if "timeInterval" in members:
        for other in ("watchedAttributes", "throttling"):
            if other in members:
                bad(f"A subscription cannot have both a timeInterval and {other}.")
        if "entities" not in members and not local:
            bad("A subscription with a timeInterval needs entities.")
    if "entities" not in members and "watchedAttributes" not in members and not local:
        bad("A subscription needs entities or watchedAttributes.")


def _queries(members: JsonObject, context_of: ContextOf) -> tuple[EntityQuery, ...]:
    q_text, scope_text = members.get("q"), members.get("scopeQ")
    q = scope = geo = None
    if isinstance(members.get("csf"), str):
        parse_q(str(members["csf"]), context_of("csf"))
    if isinstance(q_text, str):
        expanded, context = str(members.get("expandValues", "")), context_of("expandValues")
        values = [context.expand(name.strip()) for name in expanded.split(",") if name.strip()]
        # the official suite writes it percent-encoded, as in a URL (046_05)
        q = parse_q(unquote(q_text), context_of("q"), expand_values=values)
    if isinstance(scope_text, str):
        scope = parse_scope_query(scope_text)
    if "geoQ" in members:
        geo = _geo(members["geoQ"], context_of("geoQ"))
    if "entities" not in members:
        return (EntityQuery(q=q, geo=geo, scope=scope),)
    selectors = members["entities"]
    if not isinstance(selectors, list) or not 0 < len(selectors) <= MOST_SELECTORS:
        bad(f"The entities of the subscription are not an array of 1 to {MOST_SELECTORS} selectors.")
    found = [_selector(item, context_of("entities")) for item in selectors]
    return tuple(
        EntityQuery(ids=ids, id_pattern=pattern, types=types, q=q, geo=geo, scope=scope)
        for ids, pattern, types in found
    )


def _geo(value: Json, context: Context) -> GeoQuery:
    if isinstance(value, dict):
        for member in value:
            if member not in {"georel", "geometry", "coordinates", "geoproperty"}:
                bad(f"A geoQ has no member '{member[:100]}'.")
    return parse_geo_query(value, context)


def _selector(value: Json, context: Context) -> tuple[tuple[str, ...], str, Selection | None]:
    """Ids, pattern and types of one EntitySelector; an id takes precedence over an idPattern."""
    if not isinstance(value, dict):
        bad("An entity selector is not an object.")
    for member in value:
        if member not in {"id", "idPattern", "type"}:
            bad(f"An entity selector has no member '{member[:100]}'.")
    types, pattern = value.get("type"), value.get("idPattern", "")
    if not isinstance(types, str):
        bad("An entity selector has no type that is a string.")
    if not isinstance(pattern, str):
        bad("The idPattern of an entity selector is not a string.")
    if pattern:
        compile_pattern(pattern)
    given = value.get("id", [])
    ids = given if isinstance(given, list) else [given]
    if "id" in value and not ids:
        bad("The id of an entity selector is an empty array.")
    checked = tuple(check_uri(item, "The id of an entity selector") for item in ids)
    selection = None if types == "*" else parse_types(types, context)
    return checked, "" if checked else pattern, selection


def _triggers(members: JsonObject) -> frozenset[str]:
    given = members.get("notificationTrigger", list(DEFAULT_TRIGGERS))
    if not isinstance(given, list) or not given:
        bad("The notificationTrigger of the subscription is not an array of triggers.")
    for trigger in given:
        if trigger not in TRIGGERS:
            bad(f"The notificationTrigger has a value that is not one of {', '.join(TRIGGERS)}.")
    named = frozenset(cast("list[str]", given))
    return named | OF_UPDATE if "entityUpdated" in named else named


def _expiry(members: JsonObject) -> Instant | None:
    if "expiresAt" not in members:
        return None
    return parse_instant(check_moment(members["expiresAt"], "The expiresAt of the subscription"))


def _optional_number(members: JsonObject, member: str) -> float | None:
    return positive(members, member, "subscription", 0.0) if member in members else None


def _names(of: JsonObject, member: str) -> list[str]:
    """A member that is an array of strings and not empty, if it is there."""
    if member not in of:
        return []
    value = of[member]
    if not isinstance(value, list) or not 0 < len(value) <= MOST_NAMES:
        bad(f"The {member} are not an array of 1 to {MOST_NAMES} names.")
    if not all(isinstance(item, str) and item for item in value):
        bad(f"The {member} are not an array of strings.")
    return cast("list[str]", value)


def _attributes(of: JsonObject, member: str, context: Context) -> tuple[str, ...]:
    names = _names(of, member)
    for name in names:
        if name in {"id", "type", "scope"}:
            bad(f"'{name}' in {member} is no attribute.")
        check_name(name, "Attribute")
    return tuple(context.expand(name) for name in names)


def _view(notification: JsonObject, members: JsonObject, context: Context) -> View:
    for member in notification:
        if member not in NOTIFICATION_MEMBERS:
            bad(f"A notification has no member '{member[:100]}'.")
    form = notification.get("format", "normalized")
    if not isinstance(form, str) or form not in _FORMS:
        bad(f"The format of the notification is not one of {', '.join(_FORMS)}.")
    pick, omit = _projection(notification, "pick", context), _projection(notification, "omit", context)
    if "attributes" in notification and (pick or omit):
        bad("A notification cannot have attributes together with pick or omit.")
    if pick and omit and {name for name, _ in pick.members} & {name for name, _ in omit.members}:
        bad("A notification cannot both pick and omit the same member.")
    lang = members.get("lang", "")
    return View(
        form=_FORMS[form],
        sys_attrs=flag(notification, "sysAttrs", "notification"),
        lang=str(lang),
        # IoT agents send an empty list where they name none, and mean all of them
        attrs=frozenset(
            _attributes(notification, "attributes", context) if notification.get("attributes") != [] else ()
        ),
        pick=pick,
        omit=omit,
        dataset_ids=_datasets(members),
        join=_join(notification),
    )


def _projection(notification: JsonObject, member: str, context: Context) -> Projection | None:
    names = _names(notification, member)
    return parse_projection(",".join(names), context) if names else None


def _datasets(members: JsonObject) -> frozenset[str]:
    return frozenset(
        name if name == "@none" else check_uri(name, "The datasetId") for name in _names(members, "datasetId")
    )


def _shows_changes(notification: JsonObject, view: View) -> bool:
    shows = flag(notification, "showChanges", "notification")
    if shows and view.form == "simplified":
        bad("A notification in simplified form cannot show changes.")
    return shows


def _join(notification: JsonObject) -> Join | None:
    shape, level = notification.get("join", "@none"), notification.get("joinLevel", 1)
    if isinstance(level, bool) or not isinstance(level, int) or level < 1:
        bad("The joinLevel of the notification is not a positive whole number.")
    if level > DEEPEST_JOIN:
        raise Problem(
            TooComplexQuery, f"The joinLevel is {level}; at most {DEEPEST_JOIN} links are followed."
        )
    match shape:
        case "flat" | "inline":
            return Join(shape, level)
        case "@none":
            return None
        case _:
            bad("The join of the notification is not one of flat, inline, @none.")
