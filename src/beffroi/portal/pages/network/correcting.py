"""Correct, publish or withdraw a document of this city, for kinds without a page of their own for it."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound
from beffroi.network.operations.documents import change, publish, retrieve_readable, versions, withdraw
from beffroi.network.rules.document import content_of
from beffroi.network.rules.exchange.kinds import EVENT, PRACTICE
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.needs.need import INTEREST_KIND
from beffroi.network.rules.solutions.documents import MAPPING, REPLICATION, SOLUTION
from beffroi.network.rules.strategy.kinds import INDICATOR, READING
from beffroi.portal.pages.network.places import places
from beffroi.portal.reading.network.forms import members_of, named
from beffroi.portal.reading.network.members import patch_of, shown
from beffroi.portal.reading.network.origins import own_did, short_id
from beffroi.portal.reading.network.points import picker
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def form(visit: Visit, path: Arguments) -> Response:
    """The form of a document, with all that was said before."""
    kind, document = await _found(visit, path)
    fields = shown(content_of(document), members_of(visit, document))
    return await _page(visit, kind, document, fields)


async def correct(visit: Visit, path: Arguments) -> Response:
    """Correct a document in the open, with the reason; a draft is only changed."""
    fields, network = visit.form(), visit.portal.network
    kind, document = await _found(visit, path)
    try:
        patch = patch_of(content_of(document), members_of(visit, document), fields)
        if not patch:
            raise Problem(BadRequestData, "The form says what the document says already.")
        await change(network, kind, str(document["id"]), patch, visit.actor, fields.get("why", ""))
    except Problem as problem:
        return await _page(visit, kind, document, fields, problem.detail)
    return await _back(visit, kind, document)


async def make_public(visit: Visit, path: Arguments) -> Response:
    """Publish a draft."""
    visit.form()
    kind, document = await _found(visit, path)
    try:
        await publish(visit.portal.network, kind, str(document["id"]), visit.actor)
    except Problem as problem:
        fields = shown(content_of(document), members_of(visit, document))
        return await _page(visit, kind, document, fields, problem.detail)
    return await _back(visit, kind, document)


async def take_back(visit: Visit, path: Arguments) -> Response:
    """Withdraw a document, with the reason."""
    fields = visit.form()
    kind, document = await _found(visit, path)
    try:
        await withdraw(visit.portal.network, kind, str(document["id"]), visit.actor, fields.get("reason", ""))
    except Problem as problem:
        known = shown(content_of(document), members_of(visit, document))
        return await _page(visit, kind, document, {**known, **fields}, problem.detail)
    return await _back(visit, kind, document)


async def _page(
    visit: Visit, kind: Kind, document: JsonObject, fields: Mapping[str, str], mistake: str = ""
) -> Response:
    id = short_id(str(document["id"]), await own_did(visit))
    back = await _address(visit, kind, document)
    members = members_of(visit, document)
    values: dict[str, object] = {
        **places(visit, back.rpartition("network/")[2].partition("/")[0]),
        "members": members,
        "document": document,
        "versions": (await versions(visit.portal.network, kind, id, visit.actor))[::-1],
        "pick": await picker(visit) if any(each.sort == "point" for each in members) else None,
        "said": fields,
        "mistake": mistake,
        "address": f"{visit.home()}{_HERE}/{kind.name}/{segment(id)}",
        "back": back,
    }
    title = str(content_of(document).get("title", "")) or named(visit, kind.name)
    return visit.page(
        "network/correct.html", visit.say("Correct or withdraw"), values, trail=((back, title),),
        status=400 if mistake else 200, place=f"{_HERE}/{kind.name}/{segment(id)}",
    )  # fmt: skip


async def _found(visit: Visit, path: Arguments) -> tuple[Kind, JsonObject]:
    kind = _KINDS.get(path["kind"])
    if kind is None:
        raise Problem(ResourceNotFound, f"There is no page to correct a '{path['kind'][:40]}' on.")
    document = await retrieve_readable(visit.portal.network, kind, path["id"], visit.actor)
    if document["origin"] != await own_did(visit):
        raise Problem(ResourceNotFound, f"There is no {kind.name} '{path['id'][:200]}' of this city.")
    return kind, document


async def _back(visit: Visit, kind: Kind, document: JsonObject) -> Response:
    return see_other(await _address(visit, kind, document))


async def _address(visit: Visit, kind: Kind, document: JsonObject) -> str:
    """The page on which a document stands."""
    content, own, network = content_of(document), await own_did(visit), visit.portal.network
    if kind is READING:
        indicator = await retrieve_readable(network, INDICATOR, str(content["indicator"]), visit.actor)
        return await _address(visit, INDICATOR, indicator)
    place, id = {
        "practice": ("practices", str(document["id"])),
        "event": ("events", ""),
        "indicator": ("strategy", str(content.get("shows", ""))),
        "interest": ("needs", str(content.get("need", ""))),
        "mapping": ("solutions", str(content.get("document", ""))),
        "replication": ("solutions", str(content.get("document", ""))),
        "solution": ("solutions", str(document["id"])),
    }[kind.name]
    base = f"{visit.home()}network/{place}"
    return f"{base}/{segment(short_id(id, own))}" if id else base


_HERE: Final = "network/correct"
_KINDS: Final = {
    kind.name: kind
    for kind in (INDICATOR, READING, INTEREST_KIND, PRACTICE, EVENT, SOLUTION, MAPPING, REPLICATION,
    )
}  # fmt: skip
_ONE: Final = f"/{_HERE}/{{kind}}/{{id}}"
CORRECTING_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", _ONE, form, "steer"),
    ("POST", _ONE, correct, "steer"),
    ("POST", f"{_ONE}/publish", make_public, "steer"),
    ("POST", f"{_ONE}/withdraw", take_back, "steer"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
