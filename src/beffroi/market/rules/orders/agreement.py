"""The agreement that comes of an item of an order (TMF651): frozen terms, signed by both parties.

The buyer signs by ordering: who ordered, for whom, when, and the SHA-256 of the English text. The provider
signs by the node's key: a JWS with detached content (RFC 7515, appendix F) over the canonical agreement,
that is its SIGNED members as JSON with sorted names. `agreementAuthorization` holds both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, cast

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject, encode_canonical, objects_in
from beffroi.kernel.problem import Conflict, Forbidden, Problem
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.apis.tmf651 import AGREEMENT
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.documents.document import differing, made
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.rules.orders.agreement_policy import policy_member
from beffroi.market.rules.orders.parties import buyer_in, sellers_in
from beffroi.market.rules.prices.calendar import later
from beffroi.market.rules.terms.addresses import offer_address, policy_address
from beffroi.market.rules.terms.data_use_term import Terms, agreed, term_element, terms_of
from beffroi.market.rules.terms.odrl import Limits, Parties

SIGNED: Final = (
    "id", "name", "agreementType", "version", "initialDate", "agreementPeriod", "engagedParty",
    "agreementItem", "termText", "policy",
)  # fmt: skip
"""The members that the provider's signature is over."""

NODES_OWN: Final = ("agreementAuthorization", "associatedOrder", "termText", "policy")
"""Members that speak for both parties; the node writes them."""

BY_ORDER: Final = "order"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is agreed about one item: `terms` is None where none are stated; `limits` are for the text."""

    id: str
    order: JsonObject
    item: JsonObject
    at: Instant
    terms: Terms | None
    limits: Limits


def draft(id: str, order: JsonObject, item: JsonObject, at: Instant) -> Draft:
    """The draft by what the order froze. Raises Problem(BadRequestData)."""
    stated = terms_of({"productOfferingTerm": item.get("itemTerm")})
    terms = None
    if stated is not None:
        until = later(at, *stated.duration) if stated.duration else NO_INSTANT
        terms = agreed(stated, at, until)
    product = cast("JsonObject", item["product"])
    grant = declared(product, str)
    stated_area = next(
        (
            each.get("value")
            for each in objects_in(product["productCharacteristic"])
            if each.get("name") == "area"
        ),
        None,
    )
    return Draft(id, order, item, at, terms, Limits(stated_area, grant.quotas))


def unsigned(
    drafted: Draft, text: Mapping[str, Sequence[str]], addresses: Mapping[str, str], base: str
) -> JsonObject:
    """The agreement before the provider signs; `text` are the sentences by language, `addresses` those of
    its parties by their ids."""
    order, item = drafted.order, drafted.item
    terms = [term_element(drafted.terms, base, " ".join(text["en"]))] if drafted.terms else []
    name = str(cast("JsonObject", item["product"]).get("name") or "Access")
    agreement_item: JsonObject = {
        "productOffering": [item.get("productOffering")],
        "termOrCondition": [*terms],
        "itemPrice": item.get("itemPrice", []),
    }
    given: JsonObject = {
        "name": name,
        "agreementType": "commercial",
        "status": "validated",
        "agreementPeriod": _period(drafted),
        "engagedParty": [*parties_of(order, item)],
        "agreementItem": [agreement_item],
        "termText": {language: [*sentences] for language, sentences in text.items()},
        "associatedOrder": {"id": order["id"], "orderItem": item["id"], "@referredType": "ProductOrder"},
    }
    if drafted.terms is not None:
        given["policy"] = policy_member(
            policy_address(base, drafted.id),
            offer_address(base, str(cast("JsonObject", item["productOffering"])["id"])),
            (drafted.terms, drafted.limits),
            _parties(order, item, addresses),
        )
    return {**made(AGREEMENT, given, drafted.id, drafted.at)}


def parties_of(order: JsonObject, item: JsonObject) -> list[JsonObject]:
    """The buyer and the sellers of one item."""
    buyer = buyer_in(order)
    return [*([buyer] if buyer else []), *sellers_in(item)]


def canonical(agreement: Mapping[str, Json]) -> bytes:
    """What the provider signs.

    >>> canonical({"status": "x", "name": "n", "id": "7"})
    b'{"id":"7","name":"n"}'
    """
    return encode_canonical({name: agreement[name] for name in SIGNED if name in agreement})


def signed(agreement: JsonObject, order: JsonObject, signature: str) -> JsonObject:
    """The agreement with both signatures; `signature` is the provider's JWS."""
    sentences = cast("dict[str, list[str]]", agreement["termText"])["en"]
    by = cast(
        "JsonObject", order.get("placedBy") or {"name": "node", "party": "", "at": order.get("orderDate")}
    )
    buyer: JsonObject = {
        "date": by.get("at"),
        "state": "approved",
        "signatureRepresentation": BY_ORDER,
        "actor": by.get("name"),
        "party": (buyer_in(order) or {}).get("id"),
        "sha256": sha256(" ".join(sentences).encode()).hexdigest(),
    }
    provider: JsonObject = {
        "date": agreement["initialDate"],
        "state": "approved",
        "signatureRepresentation": signature,
        "party": [party["id"] for party in sellers_in({"relatedParty": agreement["engagedParty"]})],
    }
    return {**agreement, "agreementAuthorization": [buyer, provider]}


def signature_in(agreement: Mapping[str, Json]) -> str:
    """The provider's JWS; empty for an agreement without one."""
    listed = agreement.get("agreementAuthorization")
    for each in listed if isinstance(listed, list) else []:
        said = each.get("signatureRepresentation") if isinstance(each, dict) else None
        if isinstance(said, str) and said.count(".") == 2:
            return said
    return ""


def _make(body: JsonObject, scene: Scene) -> Outcome:
    """A client proposes an agreement; that both parties signed is the node's to say."""
    _check_signs(None, body, scene)
    return Outcome(body)


def _change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    changed = differing(before, after)
    if signature_in(before) and changed:
        raise Problem(
            Conflict,
            f"The agreement '{before['id']}' is signed by both parties; its {changed[0]} does not change.",
        )
    _check_signs(before, after, scene)
    return Outcome(after)


def _remove(before: JsonObject, _: Scene) -> Outcome:
    if signature_in(before):
        raise Problem(Conflict, f"The agreement '{before['id']}' is signed by both parties and stays.")
    return Outcome(before)


def _check_signs(before: JsonObject | None, after: JsonObject, scene: Scene) -> None:
    """Raise Problem(Forbidden) for who writes signatures, or that an order was agreed, for both parties."""
    if scene.actor is None or OPERATE in scene.actor.may:
        return
    for name in NODES_OWN:
        if name in after and after[name] != (before or {}).get(name):
            raise Problem(
                Forbidden,
                f"The member '{name}' of an agreement is not for '{scene.actor.name}' to write: the node "
                "writes it for both parties when something is ordered.",
            )


AGREEMENTS = Behaviour(make=_make, change=_change, remove=_remove)
"""An agreement that was signed is kept whole, as it is: what stands beside the signature is read with it. Its
`status` is `validated` to the end; what ends is the product. A client signs for nobody."""


def _parties(order: JsonObject, item: JsonObject, addresses: Mapping[str, str]) -> Parties:
    """Of those who sell, the first; an order without a seller or a buyer comes to no agreement."""
    seller, buyer = sellers_in(item)[0], cast("JsonObject", buyer_in(order))
    return Parties(addresses[str(seller["id"])], addresses[str(buyer["id"])])


def _period(drafted: Draft) -> JsonObject:
    since = drafted.terms.since if drafted.terms else drafted.at
    period: JsonObject = {"startDateTime": shortened(since)}
    if drafted.terms and drafted.terms.until:
        period["endDateTime"] = shortened(drafted.terms.until)
    return period


def end_of(agreement: Mapping[str, Json]) -> Instant:
    """When an agreement ends by itself; NO_INSTANT if never."""
    period = agreement.get("agreementPeriod")
    end = period.get("endDateTime") if isinstance(period, dict) else None
    return (parse_instant(end) if isinstance(end, str) else None) or NO_INSTANT
