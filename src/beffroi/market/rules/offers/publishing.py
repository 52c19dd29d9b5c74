"""Whether an offering that claims MIM requirements may be published, by the verdicts on its endpoint."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.rules.offers.saleable import values_in

CLAIM: Final = "mimRequirements"
"""The characteristic in which an offering, or its specification, lists the ids of the requirements."""

PUBLISHED: Final = frozenset({"active", "launched"})
"""States (`lifecycleStatus`, in lower case) in which an offering can be ordered."""

MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The newest check of an endpoint: when it ended, and the outcome and reason by requirement."""

    url: str
    finished: Instant
    outcomes: dict[str, tuple[str, str]]


def verdicts_of(check: JsonObject) -> Verdicts | None:
    """A kept check (the report without its bodies) as verdicts; None for one that is not done."""
    if check.get("state") != "done":
        return None
    outcomes = dict[str, tuple[str, str]]()
    for verdict in objects_in(check.get("verdicts")):
        reason = verdict.get("reason")
        said = reason.get("en", "") if isinstance(reason, dict) else reason
        outcomes[str(verdict.get("requirement"))] = (str(verdict.get("outcome")), str(said or ""))
    finished = parse_instant(_text(check, "finished")) or NO_INSTANT
    return Verdicts(_text(check, "url"), finished, outcomes)


def claimed(offering: JsonObject, specification: JsonObject | None = None) -> tuple[str, ...]:
    """The requirements that an offering claims: its own list, or else that of its specification."""
    own = _values(offering.get("prodSpecCharValueUse"))
    if own is not None:
        return own
    return _values((specification or {}).get("productSpecCharacteristic")) or ()


def check_proved(claims: Sequence[str], endpoint: str, verdicts: Verdicts | None) -> None:
    """Raise Problem(Conflict) for requirements that are claimed and were not proved."""
    if not claims:
        return
    if not endpoint:
        raise Problem(
            Conflict, f"The offering claims {_listed(claims)} and has no endpoint that could be checked."
        )
    if verdicts is None:
        raise Problem(
            Conflict,
            f"The offering claims {_listed(claims)}, and its endpoint '{endpoint}' was never checked.",
        )
    failing = [f"{each}: {_said(verdicts, each)}" for each in claims if _outcome(verdicts, each) != "PASS"]
    if not failing:
        return
    more = [f"and {len(failing) - MOST_NAMED} more"] if len(failing) > MOST_NAMED else []
    named = "; ".join([*failing[:MOST_NAMED], *more])
    when = f" of {shortened(verdicts.finished)}" if verdicts.finished else ""
    raise Problem(
        Conflict,
        f"The offering claims requirements that the check{when} of '{endpoint}' did not pass: {named}.",
    )


def check_known(claims: Sequence[str], requirements: Collection[str]) -> None:
    """Raise Problem(BadRequestData) for claims of requirements that nobody has: `requirements` are the ids of
    the register, and without any nothing is looked for."""
    unknown = [each for each in claims if each not in requirements] if requirements else []
    if unknown:
        raise Problem(
            BadRequestData, f"The offering claims {_listed(unknown)}; the register has no such requirement."
        )


def _outcome(verdicts: Verdicts, requirement: str) -> str:
    return verdicts.outcomes.get(requirement, ("not judged", ""))[0]


def _said(verdicts: Verdicts, requirement: str) -> str:
    outcome, reason = verdicts.outcomes.get(requirement, ("not judged", ""))
    return f"{outcome} ({reason.rstrip('.')})" if reason else outcome


def _listed(claims: Sequence[str]) -> str:
    more = f" and {len(claims) - MOST_NAMED} more" if len(claims) > MOST_NAMED else ""
    return ", ".join(claims[:MOST_NAMED]) + more


def _values(characteristics: Json) -> tuple[str, ...] | None:
    """The ids in the characteristic CLAIM of a list of them; None if it is not there."""
    found = [str(each) for each in values_in(characteristics, CLAIM)]
    stated = any(each.get("name") == CLAIM for each in objects_in(characteristics))
    return tuple(dict.fromkeys(found)) if stated else None


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
