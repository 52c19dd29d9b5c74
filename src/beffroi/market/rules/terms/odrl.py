"""Terms as an ODRL 2.2 policy, of which nothing of them is lost (W3C ODRL Information Model, JSON-LD)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import shortened
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.licence import LICENCES
from beffroi.market.rules.offers.translations import in_json_ld
from beffroi.market.rules.terms.data_use_term import UNITS, OwnLicence, Terms

PROFILE: Final = "urn:beffroi:odrl"
GEO_JSON_LITERAL: Final = "http://www.opengis.net/ont/geosparql#geoJSONLiteral"
DATE_TIME: Final = "http://www.w3.org/2001/XMLSchema#dateTime"

NAMESPACES: Final[Mapping[str, str]] = {
    "beffroi": f"{PROFILE}#",
    "cc": "http://creativecommons.org/ns#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
CONTEXT: Final[list[Json]] = ["http://www.w3.org/ns/odrl.jsonld", {**NAMESPACES}]
"""The context of a policy that stands alone."""

IN_PLACE: Final[JsonObject] = {
    "@vocab": "http://www.w3.org/ns/odrl/2/",
    **NAMESPACES,
    **{
        name: {"@id": f"http://www.w3.org/ns/odrl/2/{name}", "@type": "@id"}
        for name in ("uid", "profile", "target", "source", "assigner", "assignee", "unit")
    },
    **{
        name: {"@id": f"http://www.w3.org/ns/odrl/2/{name}", "@type": "@vocab"}
        for name in ("action", "leftOperand", "operator")
    },
}
"""The terms of ODRL for a policy that stands in a graph of ours, so that nobody has to fetch its context."""

SPDX: Final = "https://spdx.org/licenses/"
DURATION: Final = "http://www.w3.org/2001/XMLSchema#duration"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gate enforces of a product beside its terms: the area of the data, and quotas."""

    area: Json = None
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class Parties:
    """Who offers (`assigner`) and who takes (`assignee`, empty in an offer): IRIs."""

    assigner: str = ""
    assignee: str = ""


def policy_of(uid: str, target: str, terms: Terms, limits: Limits, parties: Parties) -> JsonObject:
    """The policy without its @context: an Offer, or an Agreement once there is an assignee.

    `uid` and `target` are IRIs: the policy, and what it is about.
    """
    policy: JsonObject = {
        "@type": "Agreement" if parties.assignee else "Offer",
        "uid": uid,
        "profile": PROFILE,
        "target": _target(target, terms, limits),
        **_licence(terms.licence),
        "permission": [_permission(terms, limits)],
    }
    if parties.assigner:
        policy["assigner"] = parties.assigner
    if parties.assignee:
        policy["assignee"] = parties.assignee
    if not terms.resale:
        policy["prohibition"] = [{"action": "sell", "target": target}]
    return policy


def alone(policy: JsonObject) -> JsonObject:
    """The policy as a document of its own."""
    return {"@context": CONTEXT, **policy}


def as_node(policy: JsonObject) -> JsonObject:
    """The policy as a node of a graph, with a context that need not be fetched."""
    return {**policy, "@context": IN_PLACE, "@id": policy["uid"], "@type": ["Policy", policy["@type"]]}


def _target(target: str, terms: Terms, limits: Limits) -> JsonObject:
    asset: JsonObject = {"source": target, "beffroi:personalData": terms.personal_data}
    if limits.area is None:
        return {"@type": "Asset", "uid": asset.pop("source"), **asset}
    literal: JsonObject = {"@value": encode(limits.area).decode(), "@type": GEO_JSON_LITERAL}
    return {"@type": "AssetCollection", **asset, "refinement": [_constraint("spatial", "isPartOf", literal)]}


def _permission(terms: Terms, limits: Limits) -> JsonObject:
    constraints = list[Json]()
    if terms.purposes:
        constraints.append(_constraint("purpose", "isAnyOf", list[Json](terms.purposes)))
    if terms.since:
        constraints.append(_constraint("dateTime", "gteq", _typed(shortened(terms.since), DATE_TIME)))
    if terms.until:
        constraints.append(_constraint("dateTime", "lt", _typed(shortened(terms.until), DATE_TIME)))
    if terms.duration:
        amount, unit = terms.duration
        constraints.append(_constraint("elapsedTime", "lteq", _typed(f"P{amount}{UNITS[unit]}", DURATION)))
    if terms.regions:
        constraints.append(_constraint("spatial", "isAnyOf", list[Json](terms.regions)))
    for quota in limits.quotas:
        unit_iri = f"{PROFILE}#{quota.metric}-per-{quota.period}"
        constraints.append({**_constraint("count", "lteq", quota.amount), "unit": unit_iri})
    permission: JsonObject = {"action": "use"}
    if constraints:
        permission["constraint"] = constraints
    duties = _duties(terms.licence)
    if duties:
        permission["duty"] = duties
    return permission


def _duties(licence: str | OwnLicence) -> list[Json]:
    """What a licence of our table asks for; of a text of their own nobody says it for the parties."""
    if isinstance(licence, OwnLicence):
        return []
    row = LICENCES[licence]
    asked = (("cc:Attribution", row.attribution), ("cc:ShareAlike", row.share_alike))
    return [{"action": action} for action, wanted in asked if wanted]


def _licence(licence: str | OwnLicence) -> JsonObject:
    if isinstance(licence, str):
        return {"dcterms:license": {"@id": f"{SPDX}{licence}"}}
    rights: JsonObject = {
        "@type": "dcterms:RightsStatement",
        "rdfs:label": _said(licence.name, licence.names),
        "dcterms:description": _said(licence.text, licence.texts),
    }
    if licence.url:
        rights["foaf:page"] = {"@id": licence.url}
    return {"dcterms:rights": rights}


def _said(own: str, texts: Mapping[str, str]) -> Json:
    """A text, and the same in other languages."""
    return [own, *in_json_ld(texts)] if texts else own


def _constraint(left: str, operator: str, right: Json) -> JsonObject:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _typed(text: str, kind: str) -> JsonObject:
    return {"@value": text, "@type": kind}
