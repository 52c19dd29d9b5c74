"""From a product in the inventory (TMF637) to what it lets its holder see: a Grant.

What was bought stands in the product's `productCharacteristic`, under names that a productSpecification
declares (docs/reference/market-access.md):

| name | value |
| --- | --- |
| `entityTypes` | names of entity types; nothing is granted without one |
| `attributes` | names of attributes; absent: all |
| `area` | a GeoJSON Polygon or MultiPolygon; absent: everywhere |
| `tenant` | the tenant of the context plane; absent: the default one |
| `live` | true: subscriptions |
| `history` | true: the past |
| `purpose` | purposes, one of which a token has to state; absent: any |
| `rateLimit` | requests in a second |
| `quota` | `{"metric", "amount", "period"}`, or a list of these |
| `period` | `{"startDateTime", "endDateTime"}` |
| `endpointUrl` | the address of an outside service, where there are no `entityTypes` and `access` is `gate` |
| `methods` | `["POST"]`: what the service may be asked with beside GET and HEAD |
| `region` | where the data may be used: a term for people, which no gate can see |
"""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn, TypeAlias

from beffroi.kernel.grant import Grant, Quota
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.tenant import is_tenant

CHARACTERISTICS: Final = (
    "entityTypes", "attributes", "area", "tenant", "live", "history", "purpose", "rateLimit", "quota",
    "period", "region", "endpointUrl", "methods", "access",
)  # fmt: skip
METRICS: Final = ("requests", "entities", "bytes", "notifications")
PERIODS: Final = ("day", "month")
MORE_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
AREAS: Final = ("Polygon", "MultiPolygon")
ACTIVE: Final = "active"
MOST_NAMES: Final = 500
MOST_QUOTAS: Final = 8
GREATEST_RATE: Final = 100_000
LONGEST_AREA: Final = 500_000

Expand: TypeAlias = Callable[[str], str]
"""The full name of a short one, by the node's own @context."""


def declared(product: Mapping[str, Json], expand: Expand) -> Grant:
    """What a product says that it grants, whatever its state. Raises Problem(BadRequestData)."""
    said = characteristics(product)
    attributes = _names(said, "attributes")
    since, until = _period(product, said)
    return Grant(
        product=str(product.get("id", "")),
        tenant=_tenant(said),
        types=frozenset(map(expand, _names(said, "entityTypes") or ())),
        attributes=None if attributes is None else frozenset(map(expand, attributes)),
        area=_area(said.get("area")),
        live=_flag(said, "live"),
        history=_flag(said, "history"),
        past=_agreed_start(said),
        purposes=frozenset(_names(said, "purpose") or ()),
        since=since,
        until=until,
        rate=_rate(said.get("rateLimit")),
        quotas=_quotas(said.get("quota")),
        endpoint=_endpoint(said),
        methods=_methods(said),
    )


def characteristics(product: Mapping[str, Json]) -> JsonObject:
    """The values of a product's characteristics by name; those that are null are left out."""
    stated = product.get("productCharacteristic")
    found: JsonObject = {}
    for item in stated if isinstance(stated, list) else []:
        if isinstance(item, dict) and item.get("value") is not None:
            name = str(item.get("name"))
            if name in found and name in CHARACTERISTICS:
                _bad(f"The characteristic '{name}' is given twice.")
            found[name] = item["value"]
    return found


def _names(said: JsonObject, name: str) -> list[str] | None:
    """A list of names, or one text with commas between them; None if the characteristic is absent."""
    value = said.get(name)
    if value is None:
        return None
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or len(given) > MOST_NAMES:
        _bad(f"The characteristic '{name}' is no list of at most {MOST_NAMES} names.")
    found = [each.strip() if isinstance(each, str) else "" for each in given]
    if not all(found):
        _bad(f"The characteristic '{name}' has an element that is no name.")
    return found


def _text(said: JsonObject, name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        _bad(f"The characteristic '{name}' is no text.")
    return value


def _tenant(said: JsonObject) -> str:
    name = _text(said, "tenant")
    if not is_tenant(name):
        _bad(f"The characteristic 'tenant' is '{name[:100]}', which no tenant can be called.")
    return name


def _flag(said: JsonObject, name: str) -> bool:
    value = said.get(name, False)
    match value:
        case bool():
            return value
        case "true" | "false":
            return value == "true"
        case _:
            _bad(f"The characteristic '{name}' is {str(value)[:40]}, not true or false.")


def _endpoint(said: JsonObject) -> str:
    """The address of an outside service behind the gate; empty where data of this node is sold."""
    address = _text(said, "endpointUrl")
    if not address or "entityTypes" in said or said.get("access", "gate") != "gate":
        return ""
    if (
        not address.startswith(("https://", "http://"))
        or any(mark in address for mark in "?#@ ")
        or "/../" in address
    ):
        _bad(
            f"The characteristic 'endpointUrl' is '{address[:200]}', no HTTP address without query and user."
        )
    return address


def _methods(said: JsonObject) -> frozenset[str]:
    given = _names(said, "methods") or []
    strange = sorted(set(given) - MORE_METHODS)
    if strange:
        known = ", ".join(sorted(MORE_METHODS))
        _bad(f"The characteristic 'methods' names '{strange[0][:40]}'; there is {known}.")
    return frozenset(given)


def _area(value: Json) -> str:
    if value is None:
        return ""
    if not isinstance(value, dict) or value.get("type") not in AREAS:
        _bad("The characteristic 'area' is no GeoJSON Polygon or MultiPolygon.")
    _check_positions(value.get("coordinates"), 0)
    text = encode({"type": value["type"], "coordinates": value["coordinates"]}).decode()
    if len(text) > LONGEST_AREA:
        _bad(f"The characteristic 'area' has more than {LONGEST_AREA} characters.")
    return text


def _check_positions(value: Json, depth: int) -> None:
    if depth > 4 or not isinstance(value, list) or not value:
        _bad("The characteristic 'area' has coordinates that are none.")
    for part in value:
        if isinstance(part, bool) or not isinstance(part, int | float):
            _check_positions(part, depth + 1)


def _rate(value: Json) -> float:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= GREATEST_RATE:
        _bad(f"The characteristic 'rateLimit' is {str(value)[:40]}, no number of requests in a second.")
    return float(value)


def _quotas(value: Json) -> tuple[Quota, ...]:
    given = value if isinstance(value, list) else [] if value is None else [value]
    if len(given) > MOST_QUOTAS:
        _bad(f"The characteristic 'quota' has more than {MOST_QUOTAS} quotas.")
    return tuple(map(_quota, given))


def _quota(value: Json) -> Quota:
    match value:
        case {"metric": str(metric), "amount": int(amount), "period": str(period)} if (
            metric in METRICS and period in PERIODS and not isinstance(amount, bool) and 0 <= amount < 1 << 53
        ):
            return Quota(metric, amount, period)
        case _:
            metrics, periods = ", ".join(METRICS), " or ".join(PERIODS)
            _bad(
                f"The characteristic 'quota' is {str(value)[:80]}: it needs a metric ({metrics}), an amount "
                f"that is a whole number, and a period ({periods})."
            )


def _period(product: Mapping[str, Json], said: JsonObject) -> tuple[Instant, Instant]:
    """The latest of all beginnings and the earliest of all ends."""
    period = _agreed_period(said)
    since = max(_moment(product, "startDate"), _moment(period, "startDateTime"))
    ends = [end for end in (_moment(product, "terminationDate"), _moment(period, "endDateTime")) if end]
    return since, min(ends, default=NO_INSTANT)


def _agreed_start(said: JsonObject) -> Instant:
    """Where the period that was agreed begins: no past from before it is shown."""
    return _moment(_agreed_period(said), "startDateTime")


def _agreed_period(said: JsonObject) -> JsonObject:
    period = said.get("period", {})
    if not isinstance(period, dict):
        _bad("The characteristic 'period' is no object with startDateTime and endDateTime.")
    return period


def _moment(of: Mapping[str, Json], member: str) -> Instant:
    value = of.get(member)
    if value is None or value == "":
        return NO_INSTANT
    moment = parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        _bad(f"The member '{member}' is {str(value)[:40]}, no date-time with a zone.")
    return moment


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
