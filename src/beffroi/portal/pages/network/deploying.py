"""Where a solution of this city runs: say one place more, or take one off, in the open."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Problem
from beffroi.network.operations.documents import change
from beffroi.network.operations.solutions import seen_solution
from beffroi.network.rules.document import content_of
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.portal.pages.network.solutions import show_solution
from beffroi.portal.reading.network.points import typed_point
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def add(visit: Visit, path: Arguments) -> Response:
    """Say one more place where the solution runs; it will be looked at."""
    fields = visit.form()
    try:
        point = typed_point(fields)
        said: JsonObject = {
            name: fields[name].strip()
            for name in ("city", "endpoint", "shows", "since")
            if fields.get(name, "").strip()
        }
        if point:
            said["point"] = point
        solution, known = await _known(visit, path["id"])
        await _write(visit, solution, [*known, said], visit.say("A place where it runs was added."))
    except Problem as problem:
        return await show_solution(visit, path["id"], said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}{_HERE}/{segment(path['id'])}")


async def end(visit: Visit, path: Arguments) -> Response:
    """Take a place off, with the reason."""
    fields = visit.form()
    try:
        solution, known = await _known(visit, path["id"])
        left: list[Json] = [each for each in known if each["endpoint"] != fields.get("endpoint")]
        await _write(visit, solution, left, fields.get("reason", ""))
    except Problem as problem:
        return await show_solution(visit, path["id"], said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}{_HERE}/{segment(path['id'])}")


async def _known(visit: Visit, id: str) -> tuple[str, list[JsonObject]]:
    """The whole id of a solution, and where it is said to run."""
    document = await seen_solution(visit.portal.network, id, visit.actor)
    content = content_of(document)
    return str(document["id"]), objects_in(content.get("deployments"))


async def _write(visit: Visit, solution: str, deployments: list[Json], reason: str) -> None:
    patch: JsonObject = {"deployments": deployments}
    await change(visit.portal.network, SOLUTION, solution, patch, visit.actor, reason)


_HERE: Final = "network/solutions"
DEPLOY_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("POST", "/network/solutions/{id}/deployments", add, "steer"),
    ("POST", "/network/solutions/{id}/deployments/end", end, "steer"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
