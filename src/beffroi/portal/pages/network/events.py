"""Events and tours of cities, with what was learned there."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.documents import Sought, change, create, newest_documents, retrieve_readable
from beffroi.network.rules.document import content_of
from beffroi.network.rules.exchange.kinds import EVENT, PRACTICE
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import origins, own_did, short_id
from beffroi.portal.reading.network.points import Placed, picker, points_map, typed_point
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

FIELDS: Final = ("title", "text", "sort", "begins", "ends", "address")
LONGEST: Final = 10_000


async def events(visit: Visit, _: Arguments) -> Response:
    """What is to come, then what was, the newest first."""
    return await _list(visit)


async def write(visit: Visit, _: Arguments) -> Response:
    """Announce an event."""
    fields = visit.form()
    content: JsonObject = {"language": visit.language.code}
    content |= {name: fields[name].strip()[:LONGEST] for name in FIELDS if fields.get(name, "").strip()}
    try:
        point = typed_point(fields)
        if fields.get("place", "").strip() or point:
            place: JsonObject = {"name": fields.get("place", "").strip()[:300]}
            content["place"] = {**place, "point": point} if point else place
        await create(visit.portal.network, EVENT, content, visit.actor, publish=True)
    except Problem as problem:
        return await _list(visit, said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}network/events")


async def learn(visit: Visit, path: Arguments) -> Response:
    """Add what was learned at an event, in the open."""
    fields, network = visit.form(), visit.portal.network
    document = await retrieve_readable(network, EVENT, path["id"], visit.actor)
    learned: JsonObject = {"text": fields.get("learned", "").strip()[:LONGEST]}
    if fields.get("practice", ""):
        learned["practice"] = fields["practice"]
    before = cast("list[Json]", content_of(document).get("learned", []))
    try:
        reason = visit.say("What was learned was added.")
        await change(network, EVENT, path["id"], {"learned": [*before, learned]}, visit.actor, reason)
    except Problem as problem:
        return await _list(visit, said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}network/events")


async def _list(visit: Visit, *, said: Mapping[str, str] | None = None, mistake: str = "") -> Response:
    network, own, today = visit.portal.network, await own_did(visit), visit.now[:10]
    found = await newest_documents(network, EVENT, visit.actor, Sought(state="published"))
    practices = await newest_documents(network, PRACTICE, visit.actor, Sought(state="published"))
    values: dict[str, object] = {
        **places(visit, "events"),
        "coming": sorted((each for each in found if _last(each) >= today), key=_last),
        "past": sorted((each for each in found if _last(each) < today), key=_last, reverse=True),
        "origins": await origins(visit, found),
        "titles": {str(each["id"]): content_of(each)["title"] for each in practices},
        "short": partial(short_id, own=own),
        "own": own,
        "spec": _map(visit, found),
        "pick": await picker(visit),
        "said": said or {},
        "mistake": mistake,
        "may_write": may(visit, "steer"),
    }
    status = 400 if mistake else 200
    return visit.page(
        "network/events.html", visit.say("Events"), values, status=status, place="network/events"
    )


def _map(visit: Visit, found: Sequence[JsonObject]) -> JsonObject | None:
    """Where the events are that say so; None if none does."""
    placed = list[Placed]()
    for each in found:
        content = content_of(each)
        place = content.get("place")
        if isinstance(place, dict) and "point" in place:
            where, language = str(place.get("name", "")), str(content["language"])
            placed.append(Placed(str(each["id"]), str(content["title"]), where, place["point"], language))
    return points_map(visit, placed)


def _last(document: JsonObject) -> str:
    """The last day of an event."""
    content = content_of(document)
    return str(content.get("ends", content["begins"]))


EVENT_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/events", events, "nothing"),
    ("POST", "/network/events", write, "steer"),
    ("POST", "/network/events/{id}/learned", learn, "steer"),
)
