"""Calls: all of them, one with its calendar, criteria and steps, and what a coordinator does with it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.network.operations.calls import applications, jury, steps
from beffroi.network.operations.calls.deciding import call_of
from beffroi.network.operations.documents import newest_documents, retrieve, versions
from beffroi.network.rules.calls.award import AWARD_KIND, PUBLISHED
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.steps import TEXTS, stage_at
from beffroi.network.rules.document import content_of
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.calls import (
    MOST_CRITERIA,
    content_from,
    fields_of,
    later_calendar,
    milestones,
    typed_calendar,
)
from beffroi.portal.reading.network.origins import origins, own_did, short_id
from beffroi.portal.reading.network.questions import questions_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.portal.words.buying import requirement_names
from beffroi.portal.words.needs import domain_names
from beffroi.proof.register import load_register
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

PLACE: Final = "network/calls"


async def calls(visit: Visit, _: Arguments) -> Response:
    """Calls of this city and of those that it follows, open ones first."""
    return await _list(visit)


async def begin(visit: Visit, _: Arguments) -> Response:
    """A new draft without a need."""
    fields = visit.form()
    content: JsonObject = {
        "title": fields.get("title", "").strip(),
        "language": visit.language.code,
        "challenge": fields.get("challenge", "").strip(),
        "domain": fields.get("domain", ""),
        "cities": [{"id": await own_did(visit), "name": visit.portal.settings.city}],
    }
    try:
        made = await steps.begin(visit.portal.network, content, visit.actor)
    except Problem as problem:
        return await _list(visit, said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}{PLACE}/{segment(str(made['id']).rpartition('/')[2])}/draft")


async def call(visit: Visit, path: Arguments) -> Response:
    """One call."""
    return await show_call(visit, path["id"])


async def draft(visit: Visit, path: Arguments) -> Response:
    """The form of a draft."""
    document = await steps_call(visit, path["id"])
    return await _draft(visit, document, fields_of(content_of(document)))


async def keep_draft(visit: Visit, path: Arguments) -> Response:
    """Keep what the form of a draft says, and open the call if that is asked."""
    lists = visit.lists()
    fields = visit.form()
    document = await steps_call(visit, path["id"])
    register = load_register()
    before = content_of(document)
    after = content_from(before, fields, lists.get("requirement", []), register.version)
    patch: JsonObject = {**after, **{name: None for name in before if name not in after}}
    try:
        await steps.change(visit.portal.network, path["id"], patch, visit.actor)
        if fields.get("do") == "open":
            await steps.open_call(visit.portal.network, path["id"], visit.actor)
    except Problem as problem:
        return await _draft(visit, document, fields, lists.get("requirement", []), problem.detail)
    return see_other(f"{visit.home()}{PLACE}/{segment(path['id'])}")


async def step(visit: Visit, path: Arguments) -> Response:
    """Close, evaluate, prolong, cancel or clone a call."""
    fields, network, actor, id = visit.form(), visit.portal.network, visit.actor, path["id"]
    reason = fields.get("reason", "")
    try:
        match path["step"]:
            case "clone":
                made = await steps.clone(network, id, actor)
                return see_other(f"{visit.home()}{PLACE}/{segment(str(made['id']).rpartition('/')[2])}/draft")
            case "prolong":
                calendar = later_calendar(content_of(await steps_call(visit, id)), fields)
                await steps.prolong(network, id, calendar, reason, actor)
            case "correct":
                patch: JsonObject = {name: fields.get(name, "").strip() or None for name in sorted(TEXTS)}
                await steps.change(network, id, patch, actor, reason)
            case "cancel":
                await steps.cancel(network, id, reason, actor)
            case "invite":
                names = [line.strip() for line in fields.get("jurors", "").splitlines() if line.strip()]
                await jury.invite(network, id, {"jurors": [*names]}, actor)
            case "excuse":
                await jury.excuse(network, id, fields.get("juror", ""), reason, actor)
            case name if name in _PLAIN:
                await _PLAIN[name](network, id, actor)
            case name:
                raise Problem(ResourceNotFound, f"A call has no step '{name[:40]}'.")
    except Problem as problem:
        return await show_call(visit, id, said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}{PLACE}/{segment(id)}")


async def show_call(
    visit: Visit, id: str, *, said: Mapping[str, str] | None = None, mistake: str = ""
) -> Response:
    """The page of a call."""
    network, own = visit.portal.network, await own_did(visit)
    document = await call_of(network, id, visit.actor)
    content = content_of(document)
    coordinates = may(visit, "coordinate") and document["origin"] == own
    values: dict[str, object] = {
        **places(visit, "calls"),
        "call": document,
        "content": content,
        "stage": stage_at(content, visit.now) if "calendar" in content else content["stage"],
        "milestones": milestones(content, visit.now, visit.language.in_zone),
        "origin": (await origins(visit, [document]))[str(document["origin"])],
        "requirements": _named(visit, content),
        "questions": await questions_of(visit, document, content, own),
        "count": await applications.counted(network, id, visit.actor),
        "award": await _award(visit, content),
        "versions": (await versions(network, CALL_KIND, id, visit.actor))[::-1],
        "domain": domain_names(visit.language)[str(content["domain"])],
        "published_note": PUBLISHED,
        "is_own": document["origin"] == own,
        "coordinates": coordinates,
        "clones": may(visit, "coordinate"),
        "judges": may(visit, "judge") and document["origin"] == own,
        "applies": bool(visit.actor.party) and document["origin"] == own,
        "moments": typed_calendar(content) if "calendar" in content else {},
        "jury": await jury.jury_of(network, id, visit.actor) if coordinates else None,
        "invited": await jury.is_asked(network, str(document["id"]), visit.actor),
        "said": said or {},
        "mistake": mistake,
        "address": f"{visit.home()}{PLACE}/{segment(short_id(str(document['id']), own))}",
        "short": partial(short_id, own=own),
    }
    trail = ((f"{visit.home()}{PLACE}", visit.say("Calls")),)
    return visit.page(
        "network/call.html", str(content["title"]), values, trail=trail, status=400 if mistake else 200,
        place=f"{PLACE}/{segment(id)}",
    )  # fmt: skip


async def steps_call(visit: Visit, id: str) -> JsonObject:
    """The call of this id. Raises Problem(ResourceNotFound)."""
    return await call_of(visit.portal.network, id, visit.actor)


async def _list(visit: Visit, *, said: Mapping[str, str] | None = None, mistake: str = "") -> Response:
    network, own = visit.portal.network, await own_did(visit)
    found = await newest_documents(network, CALL_KIND, visit.actor)
    rows = [
        (each, stage_at(content_of(each), visit.now) if "calendar" in content_of(each) else "draft")
        for each in found
    ]
    order = ("open", "closed", "evaluating", "awarded", "draft", "cancelled")
    values: dict[str, object] = {
        **places(visit, "calls"),
        "rows": sorted(rows, key=lambda row: order.index(str(row[1]))),
        "origins": await origins(visit, found),
        "domains": domain_names(visit.language),
        "coordinates": may(visit, "coordinate"),
        "said": said or {},
        "mistake": mistake,
        "short": partial(short_id, own=own),
    }
    status = 400 if mistake else 200
    return visit.page("network/calls.html", visit.say("Calls"), values, status=status, place=PLACE)


async def _draft(
    visit: Visit,
    document: JsonObject,
    fields: Mapping[str, str],
    chosen: list[str] | None = None,
    mistake: str = "",
) -> Response:
    content = content_of(document)
    register = load_register()
    required = cast("JsonObject", content.get("requirements", {})).get("ids", [])
    id = str(document["id"]).rpartition("/")[2]
    address = f"{visit.home()}{PLACE}/{segment(id)}"
    values: dict[str, object] = {
        **places(visit, "calls"),
        "content": content,
        "fields": fields,
        "chosen": set(cast("list[str]", required) if chosen is None else chosen),
        "register": register,
        "requirements": [
            (each.mim, each.id, each.text.in_language(visit.language.code)) for each in register.requirements
        ],
        "criteria": range(MOST_CRITERIA),
        "mistake": mistake,
        "address": address,
    }
    trail = ((f"{visit.home()}{PLACE}", visit.say("Calls")), (address, str(content["title"])))
    return visit.page(
        "network/draft.html", visit.say("Draft"), values, trail=trail, status=400 if mistake else 200,
        place=f"{PLACE}/{segment(id)}/draft",
    )  # fmt: skip


async def _award(visit: Visit, content: JsonObject) -> JsonObject | None:
    if "award" not in content:
        return None
    try:
        award = await retrieve(visit.portal.network, AWARD_KIND, str(content["award"]), visit.actor)
    except Problem:
        return None  # of another node, and not heard yet
    return award if AWARD_KIND.holds(award) else None


def _named(visit: Visit, content: JsonObject) -> list[tuple[str, str]]:
    """Ids of requirements with their names in the register, where it knows them."""
    asked = cast("JsonObject", content.get("requirements", {}))
    names = requirement_names(visit.language)
    return [(id, names.get(id, "")) for id in cast("list[str]", asked.get("ids", []))]


_PLAIN: Final[Mapping[str, Callable[..., Awaitable[JsonObject]]]] = {
    "close": steps.close,
    "evaluate": steps.evaluate,
}
CALL_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/calls", calls, "nothing"),
    ("POST", "/network/calls", begin, "coordinate"),
    ("GET", "/network/calls/{id}", call, "nothing"),
    ("GET", "/network/calls/{id}/draft", draft, "coordinate"),
    ("POST", "/network/calls/{id}/draft", keep_draft, "coordinate"),
    ("POST", "/network/calls/{id}/{step}", step, "coordinate"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
