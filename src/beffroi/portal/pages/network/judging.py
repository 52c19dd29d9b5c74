"""The jury's desk, one application with its sheet, and for coordinators the ranking and the award."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.network.operations.calls import applications, jury
from beffroi.network.operations.calls.evidence import compare_pack
from beffroi.network.rules.calls.award import Decision, explained
from beffroi.network.rules.calls.call import criteria_in
from beffroi.network.rules.document import content_of
from beffroi.portal.pages.network.calls import PLACE, steps_call
from beffroi.portal.pages.network.clauses import show_comparison
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def desk(visit: Visit, path: Arguments) -> Response:
    """All applications that this juror may read, with how far their sheet is."""
    id, network, actor = path["id"], visit.portal.network, visit.actor
    call = await steps_call(visit, id)
    if await jury.is_asked(network, str(call["id"]), actor):
        return _shown(visit, id, call, "jury", visit.say("Jury desk"), {"invited": True})
    found = await applications.read_all(network, id, actor)
    sheets = {str(each["id"]): await jury.sheet_of(network, id, str(each["id"]), actor) for each in found}
    values: dict[str, object] = {
        "invited": False,
        "applications": found,
        "sheets": sheets,
        "total": await applications.counted(network, id, actor),
        "last": _last,
    }
    return _shown(visit, id, call, "jury", visit.say("Jury desk"), values)


async def reply(visit: Visit, path: Arguments) -> Response:
    """Accept or decline to be in the jury."""
    fields, id, network = visit.form(), path["id"], visit.portal.network
    if fields.get("do") == "decline":
        await jury.decline(network, id, fields.get("reason", ""), visit.actor)
        return see_other(f"{visit.home()}{PLACE}/{segment(id)}")
    await jury.accept(network, id, visit.actor)
    stage = content_of(await steps_call(visit, id))["stage"]
    desk = "/jury" if stage in {"evaluating", "awarded"} else ""
    return see_other(f"{visit.home()}{PLACE}/{segment(id)}{desk}")


async def sheet(visit: Visit, path: Arguments) -> Response:
    """One application, and what this juror says of it."""
    return await _sheet(visit, path)


async def weigh(visit: Visit, path: Arguments) -> Response:
    """The evidence of an application judged again, on the page that compares packs."""
    return await _weighed(visit, path, again=False)


async def repeat(visit: Visit, path: Arguments) -> Response:
    """The same, beside a run of our own."""
    visit.form()
    return await _weighed(visit, path, again=True)


async def _weighed(visit: Visit, path: Arguments, *, again: bool) -> Response:
    id, application, actor = path["id"], path["application"], visit.actor
    found = await compare_pack(visit.portal.network, id, application, actor, again=again)
    place = f"{PLACE}/{segment(id)}/jury/{segment(application)}/evidence"
    return show_comparison(visit, url=str(found["url"]), found=found, place=place)


async def judge(visit: Visit, path: Arguments) -> Response:
    """Declare a conflict or that there is none, or give points."""
    fields, id, application = visit.form(), path["id"], path["application"]
    network, actor = visit.portal.network, visit.actor
    address = f"{visit.home()}{PLACE}/{segment(id)}/jury"
    try:
        if fields.get("do") == "conflict":
            given: JsonObject = {"conflict": True, "reason": fields.get("reason", "").strip()}
            await jury.declare(network, id, application, given, actor)
            return see_other(address)
        if fields.get("do") == "free":
            await jury.declare(network, id, application, {"conflict": False}, actor)
        else:
            call = content_of(await steps_call(visit, id))
            await jury.score(network, id, application, _points(fields, [*criteria_in(call)]), actor)
    except Problem as problem:
        return await _sheet(visit, path, said=fields, mistake=problem.detail)
    return see_other(f"{address}/{segment(application)}")


async def ranking(visit: Visit, path: Arguments) -> Response:
    """The ranking, explained."""
    return await _ranking(visit, path["id"])


async def decide(visit: Visit, path: Arguments) -> Response:
    """Award the call."""
    fields, id = visit.form(), path["id"]
    decision = Decision(
        fields.get("application", ""), fields.get("reasons", ""), fields.get("whyNotFirst", "")
    )
    try:
        await jury.decide(visit.portal.network, id, decision, visit.actor)
    except Problem as problem:
        return await _ranking(visit, id, said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}{PLACE}/{segment(id)}")


def _points(fields: Mapping[str, str], criteria: list[str]) -> JsonObject:
    """The points of the criteria that the form says something of."""
    scores: JsonObject = {}
    for name in criteria:
        points, reason = fields.get(f"points.{name}", "").strip(), fields.get(f"reason.{name}", "").strip()
        if points or reason:
            whole = points.isascii() and points.isdigit() and len(points) < 4
            scores[name] = {"points": int(points) if whole else points, "reason": reason}
    return {"scores": scores}


async def _sheet(
    visit: Visit, path: Arguments, *, said: Mapping[str, str] | None = None, mistake: str = ""
) -> Response:
    id, network, actor = path["id"], visit.portal.network, visit.actor
    call = await steps_call(visit, id)
    found = await applications.read_one(network, id, path["application"], actor)
    values: dict[str, object] = {
        "application": found,
        "sheet": await jury.sheet_of(network, id, str(found["id"]), actor),
        "pack_address": f"/network/v1/calls/{segment(id)}/applications/{segment(_last(found))}/pack",
        "here_address": f"{visit.home()}{PLACE}/{segment(id)}/jury/{segment(_last(found))}",
        "said": said or {},
        "mistake": mistake,
    }
    title = str(content_of(found)["firm"])
    rest = f"jury/{segment(_last(found))}"
    return _shown(visit, id, call, "sheet", title, values, rest=rest)


async def _ranking(
    visit: Visit, id: str, *, said: Mapping[str, str] | None = None, mistake: str = ""
) -> Response:
    network, actor = visit.portal.network, visit.actor
    if not may(visit, "coordinate"):
        raise Problem(Forbidden, "The ranking is read by coordinators; the award publishes it.")
    call = await steps_call(visit, id)
    rows = await jury.ranked(network, id, actor)
    firms = {
        str(each["id"]): content_of(each)["firm"] for each in await applications.read_all(network, id, actor)
    }
    values: dict[str, object] = {
        "rows": [explained(row) for row in rows],
        "firms": firms,
        "seats": await jury.jury_of(network, id, actor),
        "decides": content_of(call)["stage"] == "evaluating",
        "said": said or {},
        "mistake": mistake,
    }
    return _shown(visit, id, call, "ranking", visit.say("Ranking"), values)


def _shown(
    visit: Visit,
    id: str,
    call: JsonObject,
    template: str,
    title: str,
    values: Mapping[str, object],
    *,
    rest: str = "",
) -> Response:
    content = content_of(call)
    address = f"{visit.home()}{PLACE}/{segment(id)}"
    filled = {**places(visit, "calls"), "mistake": "", "content": content, "address": address, **values}
    trail = [(f"{visit.home()}{PLACE}", visit.say("Calls")), (address, str(content["title"]))]
    if template == "sheet":
        trail.append((f"{address}/jury", visit.say("Jury desk")))
    return visit.page(
        f"network/{template}.html", title, filled, trail=tuple(trail),
        place=f"{PLACE}/{segment(id)}/{rest or template}", status=400 if filled["mistake"] else 200,
    )  # fmt: skip


def _last(application: JsonObject) -> str:
    return str(application["id"]).rpartition("/")[2]


JUDGE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/calls/{id}/jury", desk, "judge"),
    ("POST", "/network/calls/{id}/invitation", reply, "judge"),
    ("GET", "/network/calls/{id}/jury/{application}", sheet, "judge"),
    ("POST", "/network/calls/{id}/jury/{application}", judge, "judge"),
    ("GET", "/network/calls/{id}/jury/{application}/evidence", weigh, "judge"),
    ("POST", "/network/calls/{id}/jury/{application}/evidence", repeat, "judge"),
    ("GET", "/network/calls/{id}/ranking", ranking, "coordinate"),
    ("POST", "/network/calls/{id}/ranking", decide, "coordinate"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
