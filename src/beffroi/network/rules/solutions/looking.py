"""Look at a deployment: whether what is said to run still answers, and as it is said to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias, cast

from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject, decode, objects_in
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.network.rules.solutions.names import local

LOOK: Final = "net:look"
GONE_AFTER: Final = 3
"""So many looks in a row have to fail before a deployment is called gone."""
PAUSE_S: Final = 3_600.0
Sight: TypeAlias = Literal["as claimed", "alive", "away"]
"""What one look saw: it answers as claimed; it answers, but otherwise; it does not answer."""
State: TypeAlias = Literal["unseen", "as claimed", "alive", "doubtful", "gone"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a solution is said to run; `solution` is the id of its document."""

    solution: str
    city: str
    endpoint: str
    shows: str = ""

    @property
    def key(self) -> Key:
        """Where what was seen of it is kept."""
        return Key(TENANT, LOOK, f"{self.solution}#{sha256(self.endpoint.encode()).hexdigest()[:16]}")


def deployments_in(document: JsonObject) -> Iterator[Deployment]:
    """The deployments that a solution's document claims; none of one that was withdrawn."""
    if "withdrawn" in document:
        return
    if not SOLUTION.holds(document):
        return
    content = content_of(document)
    for each in objects_in(content.get("deployments")):
        yield Deployment(
            str(document["id"]), str(each["city"]), str(each["endpoint"]), str(each.get("shows", ""))
        )


def references_in(document: JsonObject) -> Iterator[Deployment]:
    """What a practice refers to, to be looked at as deployments are; nothing of one that was withdrawn."""
    if "withdrawn" in document or not isinstance(document["content"], dict):
        return
    content = document["content"]
    for member in ("endpoint", "document"):
        if isinstance(content.get(member), str):
            yield Deployment(str(document["id"]), "", str(content[member]))


def sight_of(status: int, body: bytes, shows: str) -> Sight:
    """What an answer says: as claimed where the endpoint lists at least one entity of the claimed type.

    >>> sight_of(200, b'[{"id": "urn:x:1", "type": "AvailabilityForecast"}]', "AvailabilityForecast")
    'as claimed'
    >>> sight_of(200, b"<html>for sale</html>", "AvailabilityForecast"), sight_of(503, b"", "")
    ('alive', 'away')
    """
    if status >= 400:
        return "away"
    if status != 200:
        return "alive"
    if not shows:
        return "as claimed"
    try:
        found = decode(body)
    except Problem:
        return "alive"
    rows: list[Json] = found if isinstance(found, list) else [found]
    return "as claimed" if any(local(shows) in map(local, _types(each)) for each in rows) else "alive"


def looked(
    before: JsonObject | None, deployment: Deployment, sight: Sight, said: str, at: Instant
) -> JsonObject:
    """What is known of a deployment after one more look; `since` is when its state began."""
    known = before or {}
    failures = cast("int", known.get("failures", 0)) + 1 if sight == "away" else 0
    state: State = "gone" if failures >= GONE_AFTER else "doubtful" if failures else _up(sight)
    since = known.get("since", at) if known.get("state") == state else at
    seen = known.get("seen", "") if sight == "away" else at
    return {
        "solution": deployment.solution, "city": deployment.city, "endpoint": deployment.endpoint,
        "state": state, "since": since, "at": at, "seen": seen, "failures": failures, "said": said,
    }  # fmt: skip


def is_due(look: JsonObject | None, now: Instant, pause_s: float = PAUSE_S) -> bool:
    """Whether it is time to look again; a doubtful one is looked at again sooner."""
    if look is None:
        return True
    pause = pause_s / 10 if look.get("state") == "doubtful" else pause_s
    return plus_seconds(Instant(str(look.get("at", NO_INSTANT))), pause) <= now


def standing(deployment: Deployment, look: Mapping[str, Json] | None) -> JsonObject:
    """A deployment with what was seen of it, for a reader."""
    seen = (
        {name: look[name] for name in ("state", "since", "at", "seen", "said")}
        if look
        else {"state": "unseen"}
    )
    return {"city": deployment.city, "endpoint": deployment.endpoint, "shows": deployment.shows, **seen}


def _up(sight: Sight) -> State:
    return "as claimed" if sight == "as claimed" else "alive"


def _types(value: Json) -> list[str]:
    said = value.get("type") if isinstance(value, dict) else None
    listed = said if isinstance(said, list) else [said]
    return [each for each in listed if isinstance(each, str)]
