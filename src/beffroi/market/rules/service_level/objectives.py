"""An offering's promise as documents of TMF657: a serviceLevelObjective for each objective, with what was
measured in the extension member `measured`, and a serviceLevelSpecification that names them."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.apis.tmf657 import SERVICE_LEVEL_OBJECTIVE, SERVICE_LEVEL_SPECIFICATION
from beffroi.market.rules.documents.behaviour import Written
from beffroi.market.rules.prices.calendar import ONE_DAY, month_of, start_of
from beffroi.market.rules.service_level.breach import measured_number, promised
from beffroi.market.rules.service_level.promise import Objective, Promise
from beffroi.market.rules.service_level.rollup import Tally

AT_LEAST: Final = ">="


def level_documents(
    offering: JsonObject, promise: Promise, month: str, tallies: Mapping[str, Tally], at: Instant
) -> list[Written]:
    """The documents as they are at a moment of a month with these counts so far."""
    objectives = [
        _objective(offering, each, month, tallies.get(each.metric, Tally()), at)
        for each in promise.objectives
    ]
    named: list[Json] = [
        {"id": each.id, "name": each.body["name"], "@referredType": "ServiceLevelObjective"}
        for each in objectives
        if each.body is not None
    ]
    name = str(offering.get("name") or "")
    specification: JsonObject = {
        "id": specification_id(offering),
        "@type": "ServiceLevelSpecification",
        "name": f"Service level of {name}",
        "relatedServiceLevelObjective": named,
        "productOffering": {"id": offering["id"], "name": name, "@referredType": "ProductOffering"},
    }
    return [*objectives, Written(SERVICE_LEVEL_SPECIFICATION.name, specification_id(offering), specification)]


def objective_id(offering: Mapping[str, Json], metric: str) -> str:
    return f"{offering['id']}-{metric}"


def specification_id(offering: Mapping[str, Json]) -> str:
    return f"{offering['id']}-level"


def _objective(offering: JsonObject, objective: Objective, month: str, tally: Tally, at: Instant) -> Written:
    id = objective_id(offering, objective.metric)
    days = month_of(month)
    consequences: list[Json] = [
        {
            "name": "Credit",
            "description": f"Below {tier.below:f} %: {tier.percent:f} % of what the month cost.",
        }
        for tier in objective.tiers
    ]
    body: JsonObject = {
        "id": id,
        "@type": "MeasuredServiceLevelObjective",
        "@baseType": "ServiceLevelObjective",
        "name": f"{objective.metric.capitalize()} of {offering.get('name') or ''}",
        "conformanceTarget": f"{objective.target:f}",
        "conformanceComparator": AT_LEAST,
        "conformancePeriod": {
            "startDateTime": shortened(start_of(days.first)),
            "endDateTime": shortened(start_of(days.last + ONE_DAY)),
        },
        "serviceLevelObjectiveParameter": {
            **promised(objective),
            "name": objective.metric,
            "unit": "percent",
        },
        "serviceLevelObjectiveConsequence": consequences,
        "measured": {
            "month": month,
            "percent": measured_number(tally),
            "met": tally.met,
            "missed": tally.missed,
            "at": shortened(at),
        },
    }
    return Written(SERVICE_LEVEL_OBJECTIVE.name, id, body)
