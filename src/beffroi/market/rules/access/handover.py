"""Credentials that a provider hands over for an outside service: what is asked and told, and what is kept.

The provider names an address in the characteristic `credentialsUrl`; the node posts signed events there
(RFC 8417), one lane of the outbox for each product:

    wanted     an order is accepted: the answer holds the credentials
    renewed    the buyer wants other credentials: the answer holds them, the ones before open nothing more
    suspended, resumed, changed, ended    what becomes of the product; the answer is of no account

    handover  product id  {"asked": event id, "state": "asked", "at": ..., "sealed": "", "reason": ""}

`asked`: the provider was asked; `ready`: the credentials are kept sealed and were not seen; `shown`: they
were and are kept no more; `refused`: the provider gives none, for the reason that is kept.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from beffroi.kernel.instant import Instant, datetime_of, plus_seconds, shortened
from beffroi.kernel.json import Json, JsonObject, decode, encode, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Change, Event, Key, document_of
from beffroi.market.rules.access.grants import characteristics
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.event import Happening
from beffroi.market.rules.offers.saleable import values_in
from beffroi.market.rules.orders.agreed_end import agreed_end

KIND: Final = "handover"
LANE: Final = "handover:"
FORGET: Final = "handover-forget:"
TYPE: Final = "secevent+jwt"
EVENT: Final = "urn:beffroi:handover:"

WEBHOOK: Final = "webhook"
ADDRESS: Final = "credentialsUrl"
WANTED, RENEWED, CHANGED, ENDED = "wanted", "renewed", "changed", "ended"
ASKED, READY, SHOWN, REFUSED = "asked", "ready", "shown", "refused"

TRIED_S: Final = 72_000.0
"""How long a provider is asked for the credentials of an order: twenty hours."""

UNSEEN_S: Final = 30 * 86_400.0
"""How long credentials are kept that nobody looked at."""

MOST_BYTES: Final = 16_384
MOST_MEMBERS: Final = 20
LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 8_000
LONGEST_ADDRESS: Final = 2_000
_TOLD: Final = {"suspended": "suspended", "terminated": ENDED, "cancelled": ENDED, "aborted ": ENDED}
_OF_THE_NODE: Final = frozenset({"access", ADDRESS})


def is_handed_over(product: Mapping[str, Json]) -> bool:
    """Whether the credentials of a product are its provider's own."""
    said = characteristics(product)
    return "entityTypes" not in said and said.get("access") == WEBHOOK


def handover_key(product: str) -> Key:
    """The record of what was handed over for a product."""
    return Key("", KIND, product)


def address_in(offering: Mapping[str, Json], specification: Mapping[str, Json]) -> str:
    """Where an offering, or else its specification, says that credentials are to be had; empty without it."""
    stated = [
        *values_in(offering.get("prodSpecCharValueUse"), ADDRESS),
        *values_in(specification.get("productSpecCharacteristic"), ADDRESS),
    ]
    return next((each for each in stated if isinstance(each, str)), "")


def check_address(offering: Mapping[str, Json], specification: Mapping[str, Json]) -> None:
    """Raise Problem(BadRequestData) for an offering whose credentials nobody could be asked for."""
    given = (offering.get("prodSpecCharValueUse"), specification.get("productSpecCharacteristic"))
    said = [values for each in given if (values := values_in(each, "access"))]
    sells_data = any(values_in(each, "entityTypes") for each in given)
    if sells_data or not said or said[0][0] != WEBHOOK:
        return
    address = address_in(offering, specification)
    if not address:
        raise Problem(
            BadRequestData, f"With the access '{WEBHOOK}' the characteristic '{ADDRESS}' says who is asked."
        )
    if not is_address(address):
        raise Problem(
            BadRequestData, f"The '{ADDRESS}' is '{address[:200]}', no HTTP address without a user."
        )


def notices(happenings: Iterable[Happening], id: str, now: Instant) -> list[tuple[str, JsonObject]]:
    """The rows of the outbox that tell providers what becomes of products; `id` is fresh."""
    found = list[tuple[str, JsonObject]]()
    for one in happenings:
        if one.resource.name != PRODUCT.name or not is_handed_over(one.body):
            continue
        what = _what(one.before or {}, one.after)
        if what:
            product = str(one.body["id"])
            found.append(step(product, what, f"{id}-{len(found) + 1}", now, str(one.body["status"])))
    return found


def step(product: str, what: str, id: str, now: Instant, status: str) -> tuple[str, JsonObject]:
    """The row of the outbox for one event; all tries to deliver it bear the same id."""
    return f"{LANE}{product}", {"product": product, "what": what, "id": id, "since": now, "status": status}


def claims(
    product: JsonObject, told: Mapping[str, Json], issuer: str, audience: str, now: Instant
) -> JsonObject:
    """The claims of the signed event (RFC 8417): what was ordered by whom, what it covers, how long."""
    what = str(told["what"])
    return {
        "iss": issuer,
        "aud": audience,
        "iat": int(datetime_of(now).timestamp()),
        "jti": told["id"],
        "events": {f"{EVENT}{what}": _event(product, told)},
    }


def credentials_in(content: bytes) -> JsonObject:
    """What a provider hands over: `{"credentials": {name: text, number or flag}}`. Raises
    Problem(BadRequestData)."""
    answer = decode(content)
    given = answer.get("credentials") if isinstance(answer, dict) else None
    if not isinstance(given, dict) or not 0 < len(given) <= MOST_MEMBERS:
        raise Problem(
            BadRequestData, f"The answer has no object 'credentials' with 1 to {MOST_MEMBERS} members."
        )
    for name, value in given.items():
        is_plain = isinstance(value, str | int | float)
        if not 0 < len(name) <= LONGEST_NAME or not is_plain or len(str(value)) > LONGEST_VALUE:
            raise Problem(
                BadRequestData,
                f"The credential '{name[:LONGEST_NAME]}' is no text, number or flag of at most "
                f"{LONGEST_VALUE} characters.",
            )
    return given


def asked(product: str, id: str, now: Instant) -> Change:
    """The record when the provider was asked."""
    return _kept(product, {"asked": id, "state": ASKED, "at": now, "sealed": "", "reason": ""})


def ready(product: str, id: str, sealed: str, now: Instant) -> tuple[Change, Event]:
    """The record of credentials that nobody saw yet, and the row that forgets them if nobody looks."""
    body: JsonObject = {"asked": id, "state": READY, "at": now, "sealed": sealed, "reason": ""}
    forget: JsonObject = {"product": product, "id": id}
    return _kept(product, body), Event(f"{FORGET}{product}", encode(forget), plus_seconds(now, UNSEEN_S))


def shown(product: str, body: JsonObject) -> Change:
    """The record once the credentials were shown, or nobody looked in time: they are kept no more."""
    return _kept(product, {**body, "state": SHOWN, "sealed": ""})


def refused(product: str, id: str, reason: str, now: Instant) -> Change:
    """The record when the provider gives no credentials."""
    return _kept(product, {"asked": id, "state": REFUSED, "at": now, "sealed": "", "reason": reason})


def _kept(product: str, body: JsonObject) -> Change:
    return Change(handover_key(product), document_of(body))


def _what(before: JsonObject, after: JsonObject | None) -> str:
    """What a provider is told of a change; empty for what is not the provider's business."""
    if after is None:
        return "" if before.get("status") in _TOLD else ENDED
    old, new = before.get("status"), str(after["status"])
    if new == old:
        same = before.get("productCharacteristic") == after.get("productCharacteristic")
        return "" if same else CHANGED
    if new == "pendingActive":
        return WANTED
    if new == "active":
        return "resumed" if old == "suspended" else ""
    return _TOLD.get(new, "")


def _event(product: JsonObject, told: Mapping[str, Json]) -> JsonObject:
    parties = objects_in(product.get("relatedParty"))
    ordered = _first(product.get("productOrderItem"))
    agreed = _first(product.get("agreement"))
    scope = {name: value for name, value in characteristics(product).items() if name not in _OF_THE_NODE}
    event: dict[str, Json] = {
        "product": product["id"],
        "status": told["status"],
        "order": ordered.get("productOrderId"),
        "orderItem": ordered.get("orderItemId"),
        "agreement": agreed.get("id"),
        "productOffering": _reference(product.get("productOffering")),
        "productSpecification": _reference(product.get("productSpecification")),
        "relatedParty": [_members(each, "id", "name", "role") for each in parties],
        "scope": scope,
        "period": _period(product),
        "reason": product.get("statusReason"),
    }
    return {name: value for name, value in event.items() if value is not None}


def _period(product: JsonObject) -> JsonObject:
    """From when to when access is bought, as far as that is known."""
    since, end = product.get("startDate"), agreed_end(product)
    return {
        **({"startDateTime": since} if since is not None else {}),
        **({"endDateTime": shortened(end)} if end else {}),
    }


def _reference(value: Json) -> Json:
    return _members(value, "id", "name") if isinstance(value, dict) else None


def _members(value: JsonObject, *names: str) -> JsonObject:
    return {name: value[name] for name in names if name in value}


def _first(value: Json) -> JsonObject:
    found = objects_in(value)
    return found[0] if found else {}


def is_address(text: str) -> bool:
    """Whether a text is an HTTP address without a user."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    plain = len(text) <= LONGEST_ADDRESS and text.isprintable() and " " not in text
    return plain and parts.scheme in {"http", "https"} and bool(host) and "@" not in parts.netloc
