"""Needs: all with a map and a filter, one with who shares it and what is like it, and forms to say them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.calls.steps import call_for
from beffroi.network.operations.documents import (
    change,
    create,
    newest_documents,
    retrieve_readable,
    versions,
    withdraw,
)
from beffroi.network.operations.needs import need_of, needs_of_several, shared_need, similar
from beffroi.network.rules.document import content_of
from beffroi.network.rules.needs.need import INTEREST_KIND, NEED_KIND
from beffroi.network.rules.needs.sharing import Shared
from beffroi.network.rules.needs.similarity import Likeness
from beffroi.network.rules.needs.vocabulary import DOMAINS
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.needs import need_content, need_fields, patch_to
from beffroi.portal.reading.network.origins import Origin, origins, own_did, short_id
from beffroi.portal.reading.network.points import Placed, picker, points_map
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.portal.words.needs import domain_names, level_names, question_names
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

PLACE: Final = "network/needs"
MOST_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One need in the list, with how many cities have it."""

    need: JsonObject
    cities: int


async def needs(visit: Visit, _: Arguments) -> Response:
    """Needs of this city and of those that it follows."""
    return await _list(visit)


async def write_need(visit: Visit, _: Arguments) -> Response:
    """A new need, published."""
    fields = visit.form()
    try:
        content = need_content(fields, visit.language.code)
        made = await create(visit.portal.network, NEED_KIND, content, visit.actor, publish=True)
    except Problem as problem:
        return await _list(visit, said=fields, mistake=problem.detail)
    return await _to(visit, str(made["id"]))


async def need(visit: Visit, path: Arguments) -> Response:
    """One need."""
    return await _one(visit, path["id"])


async def ours_too(visit: Visit, path: Arguments) -> Response:
    """Say that the need is this city's as well, with its own wishes."""
    fields, network = visit.form(), visit.portal.network
    asked = await need_of(network, path["id"], visit.actor)
    wishes: list[Json] = [line.strip() for line in fields.get("wishes", "").splitlines() if line.strip()]
    content: JsonObject = {"need": asked["id"], "language": visit.language.code, "wishes": wishes}
    try:
        await create(network, INTEREST_KIND, content, visit.actor, publish=True)
    except Problem as problem:
        return await _one(visit, path["id"], said=fields, mistake=problem.detail)
    return await _to(visit, str(asked["id"]))


async def take_need_back(visit: Visit, path: Arguments) -> Response:
    """Withdraw a need of this city, with the reason."""
    fields = visit.form()
    try:
        await withdraw(visit.portal.network, NEED_KIND, path["id"], visit.actor, fields.get("reason", ""))
    except Problem as problem:
        return await _one(visit, path["id"], said=fields, mistake=problem.detail)
    return await _to(visit, path["id"])


async def reword(visit: Visit, path: Arguments) -> Response:
    """The form in which a need of this city is corrected."""
    document = await retrieve_readable(visit.portal.network, NEED_KIND, path["id"], visit.actor)
    return await _form(visit, document, need_fields(content_of(document)))


async def correct_need(visit: Visit, path: Arguments) -> Response:
    """Correct a need in the open, with the reason."""
    fields, network = visit.form(), visit.portal.network
    document = await retrieve_readable(network, NEED_KIND, path["id"], visit.actor)
    before = content_of(document)
    try:
        patch = patch_to(before, need_content(fields, visit.language.code, before))
        await change(network, NEED_KIND, path["id"], patch, visit.actor, fields.get("why", ""))
    except Problem as problem:
        return await _form(visit, document, fields, problem.detail)
    return await _to(visit, path["id"])


async def make_call(visit: Visit, path: Arguments) -> Response:
    """A draft of a joint call for a need that several cities have."""
    visit.form()
    try:
        made = await call_for(visit.portal.network, path["id"], visit.actor)
    except Problem as problem:
        return await _one(visit, path["id"], mistake=problem.detail)
    name = segment(str(made["id"]).rpartition("/")[2])
    return see_other(f"{visit.home()}network/calls/{name}/draft")


async def _list(visit: Visit, *, said: Mapping[str, str] | None = None, mistake: str = "") -> Response:
    network, asked = visit.portal.network, visit.request.parameters if visit.request.method == "GET" else {}
    domain, only = asked.get("domain", ""), asked.get("shared", "")
    shared = {str(each.need["id"]): len(each.cities) for each in await needs_of_several(network)}
    found = await newest_documents(network, NEED_KIND, visit.actor)
    known = [each for each in found if "withdrawn" not in each]
    lines = [
        Line(each, shared.get(str(each["id"]), 1))
        for each in known
        if domain in {"", str(content_of(each)["domain"])} and (not only or str(each["id"]) in shared)
    ]
    cities = await origins(visit, known)
    values: dict[str, object] = {
        **places(visit, "needs"),
        "lines": sorted(lines, key=lambda line: -line.cities)[:MOST_SHOWN],
        "more": max(len(lines) - MOST_SHOWN, 0),
        "origins": cities,
        "counts": {code: sum(content_of(each)["domain"] == code for each in known) for code in DOMAINS},
        "domain": domain,
        "only_shared": bool(only),
        "spec": _map(visit, [line.need for line in lines], cities),
        "may_write": may(visit, "steer"),
        "pick": await picker(visit),
        "said": said or {},
        "mistake": mistake,
        **_words(visit, await own_did(visit)),
    }
    status = 400 if mistake else 200
    return visit.page("network/needs.html", visit.say("Needs"), values, status=status, place=PLACE)


async def _one(
    visit: Visit, id: str, *, said: Mapping[str, str] | None = None, mistake: str = ""
) -> Response:
    network, own = visit.portal.network, await own_did(visit)
    shared: Shared = await shared_need(network, id, visit.actor)
    alike: Sequence[tuple[JsonObject, Likeness]] = await similar(network, id, visit.actor)
    known = [shared.need, *shared.interests, *(need for need, _ in alike)]
    content, cities = content_of(shared.need), await origins(visit, known)
    values: dict[str, object] = {
        **places(visit, "needs"),
        "need": shared.need,
        "content": content,
        "shared": shared,
        "alike": alike,
        "origins": cities,
        "spec": _map(visit, [shared.need], cities),
        "versions": (await versions(network, NEED_KIND, id, visit.actor))[::-1],
        "is_own": shared.need["origin"] == own,
        "own": own,
        "is_ours": own in shared.cities,
        "may_write": may(visit, "steer"),
        "may_call": may(visit, "coordinate"),
        "said": said or {},
        "mistake": mistake,
        **_words(visit, own),
    }
    trail = ((f"{visit.home()}{PLACE}", visit.say("Needs")),)
    return visit.page(
        "network/need.html", str(content["title"]), values, trail=trail, status=400 if mistake else 200,
        place=f"{PLACE}/{segment(id)}",
    )  # fmt: skip


async def _form(visit: Visit, document: JsonObject, fields: Mapping[str, str], mistake: str = "") -> Response:
    own = await own_did(visit)
    id = short_id(str(document["id"]), own)
    address = f"{visit.home()}{PLACE}/{segment(id)}"
    values: dict[str, object] = {
        **places(visit, "needs"),
        "pick": await picker(visit),
        "said": fields,
        "mistake": mistake,
        "address": address,
        **_words(visit, own),
    }
    trail = ((f"{visit.home()}{PLACE}", visit.say("Needs")), (address, str(content_of(document)["title"])))
    return visit.page(
        "network/need_correct.html", visit.say("Correct this need"), values, trail=trail,
        status=400 if mistake else 200, place=f"{PLACE}/{segment(id)}/correct",
    )  # fmt: skip


def _words(visit: Visit, own: str) -> dict[str, object]:
    """The names of domains, questions and levels in the visitor's language."""
    return {
        "domains": domain_names(visit.language),
        "questions": question_names(visit.language),
        "levels": level_names(visit.language),
        "short": partial(short_id, own=own),
    }


def _map(visit: Visit, needs: Sequence[JsonObject], known: Mapping[str, Origin]) -> JsonObject | None:
    """Where the needs are, or else the cities that have them; None if none says so."""
    own = next(did for did, origin in known.items() if origin.own)
    placed = [
        Placed(
            short_id(str(each["id"]), own),
            str(content_of(each)["title"]),
            origin.name,
            at,
            str(content_of(each)["language"]),
        )
        for each in needs
        if (at := _point(each, origin := known[str(each["origin"])]))
    ]
    return points_map(visit, placed, f"{visit.home()}{PLACE}/")


def _point(need: JsonObject, origin: Origin) -> Json:
    location = content_of(need).get("location")
    return location["coordinates"] if isinstance(location, dict) else origin.point


async def _to(visit: Visit, id: str) -> Response:
    name = segment(short_id(id, await own_did(visit)))
    return see_other(f"{visit.home()}{PLACE}/{name}")


NEED_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/needs", needs, "nothing"),
    ("POST", "/network/needs", write_need, "steer"),
    ("GET", "/network/needs/{id}", need, "nothing"),
    ("POST", "/network/needs/{id}/ours-too", ours_too, "steer"),
    ("GET", "/network/needs/{id}/correct", reword, "steer"),
    ("POST", "/network/needs/{id}/correct", correct_need, "steer"),
    ("POST", "/network/needs/{id}/withdraw", take_need_back, "steer"),
    ("POST", "/network/needs/{id}/call", make_call, "coordinate"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
