"""What was agreed on for a product: its terms as sentences, and who signed when."""

from dataclasses import dataclass

from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, decode, objects_in
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key
from beffroi.market.rules.orders.agreement_policy import policy_in
from beffroi.market.rules.terms.addresses import policy_address
from beffroi.market.rules.terms.clauses import clauses
from beffroi.market.rules.terms.data_use_term import terms_of
from beffroi.market.rules.terms.odrl import Limits
from beffroi.market.wire.speech import speech
from beffroi.store.port import Store


@dataclass(frozen=True, slots=True)
class Signature:
    """One party's consent. `at` is NO_INSTANT where the document does not say when; `by_key`: with the node's
    key, so that it can be checked."""

    who: str
    at: Instant
    by_key: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """`id` is empty where there is no agreement yet; then the sentences are those of the offering. `policy`:
    the path of the same terms for machines, empty where there are none."""

    id: str
    policy: str
    state: str
    since: Instant
    until: Instant
    sentences: tuple[str, ...]
    parties: tuple[str, ...]
    signatures: tuple[Signature, ...]


async def agreed_for(store: Store, product: JsonObject, grant: Grant | None, code: str) -> Agreed:
    """The agreement of a product; else the terms of its offering."""
    agreement = await _named(store, "agreement", _first(product.get("agreement")))
    offering = await _named(store, "productOffering", product.get("productOffering"))
    source = agreement or {"productOfferingTerm": product.get("productTerm")}
    sentences = _sentences(source, grant, code) or _sentences(offering or {}, grant, code)
    document = agreement or {}
    period = document.get("agreementPeriod")
    return Agreed(
        id=str(document.get("id") or ""),
        policy=policy_address("", str(document["id"])) if policy_in(document) else "",
        state=str(document.get("status") or ""),
        since=_moment(period, "startDateTime"),
        until=_moment(period, "endDateTime"),
        sentences=sentences,
        parties=tuple(str(one.get("id")) for one in objects_in(document.get("engagedParty"))),
        signatures=tuple(map(_signature, objects_in(document.get("agreementAuthorization")))),
    )


def _sentences(document: JsonObject, grant: Grant | None, code: str) -> tuple[str, ...]:
    try:
        terms = terms_of(document)
    except Problem as problem:
        return (problem.detail,)
    if terms is None:
        return ()
    limits = Limits(decode(grant.area.encode()) if grant.area else None, grant.quotas) if grant else Limits()
    return clauses(terms, limits, speech(code))


def _signature(authorization: JsonObject) -> Signature:
    party, said = authorization.get("party"), str(authorization.get("signatureRepresentation") or "")
    who = _first(party) if isinstance(party, list) else party
    return Signature(str(who or said), _moment(authorization, "date"), said.count(".") == 2)


async def _named(store: Store, resource: str, reference: Json) -> JsonObject | None:
    if not isinstance(reference, dict) or not reference.get("id"):
        return None
    key = Key("", f"tmf:{resource}", str(reference["id"]))
    found = (await store.read([key])).get(key)
    return found.body if found is not None else None


def _first(value: Json) -> Json:
    return value[0] if isinstance(value, list) and value else None


def _moment(of: Json, name: str) -> Instant:
    stated = of.get(name) if isinstance(of, dict) else None
    return (parse_instant(stated) if isinstance(stated, str) else None) or NO_INSTANT
