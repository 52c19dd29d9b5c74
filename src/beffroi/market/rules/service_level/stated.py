"""A promise as it stands in an offering: the element of `productOfferingTerm` that `promise` reads."""

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.prices.money import number_of
from beffroi.market.rules.service_level.promise import SCHEMA_PATH, TYPE, Objective, Promise


def promise_element(promise: Promise, base: str = "") -> JsonObject:
    """The ServiceLevelTerm; `base` is the node's address, under which its schema is served.

    >>> from decimal import Decimal
    >>> promise_element(Promise((Objective("availability", Decimal("99.5")),)))["objective"]
    [{'metric': 'availability', 'target': 99.5}]
    """
    element: JsonObject = {
        "@type": TYPE,
        "@baseType": "ProductOfferingTerm",
        "name": "Service level",
        "objective": [_objective(each) for each in promise.objectives],
        "greatestCredit": number_of(promise.most),
    }
    return {**element, "@schemaLocation": f"{base}{SCHEMA_PATH}"} if base else element


def _objective(objective: Objective) -> JsonObject:
    stated: JsonObject = {"metric": objective.metric, "target": number_of(objective.target)}
    if objective.metric == "freshness":
        stated["withinSeconds"] = objective.within
    if objective.metric == "completeness":
        stated["attributes"] = [*objective.attributes]
    if objective.tiers:
        tiers: list[Json] = [
            {"below": number_of(tier.below), "percent": number_of(tier.percent)} for tier in objective.tiers
        ]
        stated["credit"] = tiers
    return stated
