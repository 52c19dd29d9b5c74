"""Award: who gets the contract and why, published with the ranking; what losing firms wrote stays private."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.network.rules.calls.call import DID, NAME
from beffroi.network.rules.calls.ranking import TIE_RULE, Ranked, decimal
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.schema import DID_URL, LINE, MOMENT, TEXT, Schema, list_of, object_of

PUBLISHED: Final = (
    "Published are the firm that wins, the reasons, and of every application its rank, its total, mean and "
    "spread of the points per criterion; the name of a firm that does not win only if it agreed. What "
    "firms wrote, their prices and self-checks, the names of jurors and what each gave are not published."
)
"""What firms are told when they apply, and readers of an award when they read."""

_FIGURE: Final[JsonObject] = {"type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$"}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}
_CRITERION: Final = object_of("id weight mean spread", id=NAME, weight=_COUNT, mean=_FIGURE, spread=_COUNT)
_PLACE: Final = object_of(
    "rank total spread criteria",
    rank=_COUNT,
    firm=LINE,
    total=_FIGURE,
    spread=_FIGURE,
    criteria=list_of(_CRITERION, 20, 1),
    tie=TEXT,
)

AWARD: Final = Schema(
    object_of(
        "call title winner reasons decided ranking jurors tieRule published",
        call=DID_URL,
        title=LINE,
        cities=list_of(object_of("id name", id=DID, name=LINE), 50),
        winner=object_of("firm rank", firm=LINE, rank=_COUNT),
        reasons=TEXT,
        whyNotFirst=TEXT,
        decided=MOMENT,
        ranking=list_of(_PLACE, 10_000, 1),
        jurors=_COUNT,
        tieRule=TEXT,
        published=TEXT,
    )
)
AWARD_KIND: Final = Kind(
    "award",
    "awards",
    "Which firm a call was awarded to, why, and the ranking.",
    AWARD,
    writes="coordinate",
    plain=False,
    facets=("content.call",),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a coordinator decides. `why_not_first` is said where it is not the first of the ranking."""

    application: str
    reasons: str
    why_not_first: str = ""


def award(
    call: JsonObject,
    ranked: Sequence[Ranked],
    applications: Mapping[str, JsonObject],
    decision: Decision,
    now: Instant,
) -> JsonObject:
    """The content of the award. `call` is the whole document, `applications` are their contents by id.

    Raises Problem(BadRequestData) for a choice without reasons, Problem(Conflict) before the jury is done.
    """
    chosen = next((row for row in ranked if row.application == decision.application), None)
    if chosen is None:
        raise Problem(BadRequestData, f"The call has no application '{decision.application[:200]}'.")
    check_scored(ranked)
    if not decision.reasons.strip():
        raise Problem(BadRequestData, "A call is awarded with reasons, and there are none.")
    if chosen.rank != 1 and not decision.why_not_first.strip():
        raise Problem(
            BadRequestData,
            f"The application is number {chosen.rank} of the ranking; say why not the first ('whyNotFirst').",
        )
    content = content_of(call)
    made: JsonObject = {
        "call": call["id"],
        "title": content["title"],
        "cities": [_city(city) for city in objects_in(content["cities"])],
        "winner": {"firm": applications[chosen.application]["firm"], "rank": chosen.rank},
        "reasons": decision.reasons.strip(),
        "decided": now,
        "ranking": [
            _place(row, _public_name(applications[row.application], row is chosen)) for row in ranked
        ],
        "jurors": len({juror for row in ranked for each in row.criteria for juror in each.points}),
        "tieRule": TIE_RULE,
        "published": PUBLISHED,
    }
    return made if chosen.rank == 1 else {**made, "whyNotFirst": decision.why_not_first.strip()}


def check_scored(ranked: Sequence[Ranked]) -> None:
    """Nothing is decided while points are missing. Raises Problem(Conflict) naming some."""
    missing = [(row, juror, criterion) for row in ranked for juror, criterion in row.missing]
    if missing:
        some = "; ".join(
            f"{juror} on '{criterion}' of number {row.rank}" for row, juror, criterion in missing[:3]
        )
        raise Problem(Conflict, f"The jury is not done; {len(missing)} points are missing: {some}.")
    for row in ranked:
        if not row.is_complete:
            raise Problem(
                Conflict,
                f"Number {row.rank} of the ranking was scored by nobody: every juror has a conflict or is "
                "excused. Name another juror.",
            )


def explained(row: Ranked) -> JsonObject:
    """One place of the ranking with all that the jury and the coordinator may see."""
    return {
        "rank": row.rank,
        "application": row.application,
        "total": decimal(row.total),
        "spread": decimal(row.spread),
        "complete": row.is_complete,
        "criteria": [
            {
                "id": each.criterion,
                "weight": each.weight,
                "mean": decimal(each.mean or Fraction(0)),
                "worth": decimal(each.worth),
                "spread": each.spread,
                "points": {**each.points},
            }
            for each in row.criteria
        ],
        "jurors": {juror: decimal(total) for juror, total in row.jurors.items()},
        "missing": [{"juror": juror, "criterion": criterion} for juror, criterion in row.missing],
        "conflicts": [*row.conflicts],
        **({"tie": row.tie} if row.tie else {}),
    }


def _public_name(application: JsonObject, wins: bool) -> JsonObject:  # noqa: FBT001
    return {"firm": application["firm"]} if wins or application.get("publishName") is True else {}


def _place(row: Ranked, named: JsonObject) -> JsonObject:
    criteria: list[Json] = [
        {
            "id": each.criterion,
            "weight": each.weight,
            "mean": decimal(each.mean or Fraction(0)),
            "spread": each.spread,
        }
        for each in row.criteria
    ]
    tie: JsonObject = {"tie": row.tie} if row.tie else {}
    return {
        "rank": row.rank,
        **named,
        "total": decimal(row.total),
        "spread": decimal(row.spread),
        "criteria": criteria,
        **tie,
    }


def _city(city: JsonObject) -> JsonObject:
    return {"id": city["id"], "name": city["name"]}
