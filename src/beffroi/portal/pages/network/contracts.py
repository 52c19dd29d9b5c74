"""Contracts: all of them, one with its runs and breaches, and the forms of the office."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from beffroi.kernel.json import JsonObject, decode_object
from beffroi.kernel.problem import Problem
from beffroi.network.operations.contracts import begin, decide_open, purpose_of, story
from beffroi.network.operations.documents import create, newest_documents, publish
from beffroi.network.rules.contracts.kinds import CONTRACT
from beffroi.network.rules.document import content_of
from beffroi.portal.pages.network.clauses import pack_for
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import own_did, short_id
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.portal.words.buying import (
    RESULT_CLASSES,
    STANDING_CLASSES,
    breach_name,
    change_name,
    clause_standing,
    contract_standing,
    requirement_names,
    run_outcome,
)
from beffroi.portal.words.verdicts import OUTCOME_CLASSES, outcome_name
from beffroi.proof.clauses.pack import pack_json
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

_PLAIN: Final = ("title", "endpoint", "begins", "ends")
MOST_SHOWN: Final = 100
_DAYS: Final = ("reviewDays", "patienceDays")


async def contracts(visit: Visit, _: Arguments) -> Response:
    """Every contract that the visitor may see, with where it stands."""
    return await _list(visit, {"requirement": visit.request.parameters.get("requirement", "")})


async def write(visit: Visit, _: Arguments) -> Response:
    """A new contract, published at once if that was ticked."""
    fields = visit.form()
    try:
        made = await create(
            visit.portal.network, CONTRACT, _content(fields), visit.actor, publish="publish" in fields
        )
    except Problem as problem:
        return await _list(visit, fields, problem.detail)
    return see_other(await _address(visit, made))


async def one_contract(visit: Visit, path: Arguments) -> Response:
    return await _one(visit, path["id"])


async def run(visit: Visit, path: Arguments) -> Response:
    """Begin a run of the tests; it is done in the background."""
    fields, network = visit.form(), visit.portal.network
    try:
        await begin(network, path["id"], purpose_of(fields.get("purpose", "")), visit.actor)
    except Problem as problem:
        return await _one(visit, path["id"], problem.detail)
    if network.buying is not None:
        network.buying.wake()
    return see_other(f"{visit.home()}network/contracts/{segment(path['id'])}")


async def show_all(visit: Visit, path: Arguments) -> Response:
    """Publish a contract: it and what is found from now on can be read by everybody."""
    visit.form()
    try:
        await publish(visit.portal.network, CONTRACT, path["id"], visit.actor)
    except Problem as problem:
        return await _one(visit, path["id"], problem.detail)
    return see_other(f"{visit.home()}network/contracts/{segment(path['id'])}")


async def decide(visit: Visit, path: Arguments) -> Response:
    """Decide in writing on an open clause of a run."""
    fields = visit.form()
    try:
        await decide_open(
            visit.portal.network,
            path["run"],
            fields.get("requirement", ""),
            fields.get("reason", ""),
            fields.get("document", ""),
            visit.actor,
        )
    except Problem as problem:
        return await _one(visit, path["id"], problem.detail)
    return see_other(f"{visit.home()}network/contracts/{segment(path['id'])}")


async def _list(visit: Visit, said: Mapping[str, str], mistake: str = "") -> Response:
    network, own = visit.portal.network, await own_did(visit)
    known = await newest_documents(network, CONTRACT, visit.actor, most=MOST_SHOWN)
    stories = [await story(network, str(one["id"]), visit.actor) for one in known]
    values: dict[str, object] = {
        **places(visit, "contracts"),
        **_names(visit),
        "stories": stories[::-1],
        "short": partial(short_id, own=own),
        "may_write": may(visit, "steer"),
        "said": said,
        "mistake": mistake,
    }
    status = 422 if mistake else 200
    return visit.page(
        "network/contracts.html", visit.say("Contracts"), values, status=status, place="network/contracts"
    )


async def _one(visit: Visit, id: str, mistake: str = "") -> Response:
    network, own = visit.portal.network, await own_did(visit)
    told = await story(network, id, visit.actor)
    content = content_of(told.contract)
    moments = [(_moment(one), one) for one in (*told.breaches, *told.runs)]
    values: dict[str, object] = {
        **places(visit, "contracts"),
        **_names(visit),
        "told": told,
        "content": content,
        "requirement_names": requirement_names(visit.language),
        "timeline": [one for _, one in sorted(moments, key=lambda pair: pair[0], reverse=True)],
        "last": next((one for one in told.runs if one["id"] == told.course.last), None),
        "mine": told.contract["origin"] == own,
        "may_write": may(visit, "steer") and told.contract["origin"] == own,
        "short": partial(short_id, own=own),
        "mistake": mistake,
        "address": await _address(visit, told.contract),
    }
    trail = ((f"{visit.home()}network/contracts", visit.say("Contracts")),)
    return visit.page(
        "network/contract.html",
        str(content["title"]),
        values,
        trail=trail,
        status=422 if mistake else 200,
        place=f"network/contracts/{segment(id)}",
    )


async def _address(visit: Visit, contract: JsonObject) -> str:
    name = short_id(str(contract["id"]), await own_did(visit))
    return f"{visit.home()}network/contracts/{segment(name)}"


def _moment(document: JsonObject) -> tuple[str, bool]:
    """When something happened; a breach stands over the run that found it."""
    content = content_of(document)
    at = content.get("on") or content.get("at") or document["created"]
    return str(at), document["kind"] == "breach"


def _content(fields: Mapping[str, str]) -> JsonObject:
    """What the form says of a contract. Raises Problem(BadRequestData)."""
    pack = pack_for(fields.get("requirement", "").replace(" ", ",").split(","))
    typed = {name: fields.get(name, "") for name in _DAYS}
    days: JsonObject = {name: int(text) for name, text in typed.items() if text.isdecimal() and len(text) < 5}
    return {
        **{name: fields.get(name, "").strip() for name in _PLAIN},
        "buyer": {"name": fields.get("buyer", "").strip()},
        "supplier": {"name": fields.get("supplier", "").strip()},
        "clauses": decode_object(pack_json(pack)),
        **days,
    }


def _names(visit: Visit) -> dict[str, object]:
    language = visit.language
    return {
        "outcome_name": partial(outcome_name, language),
        "outcome_class": OUTCOME_CLASSES,
        "standing_name": partial(clause_standing, language),
        "standing_class": STANDING_CLASSES,
        "run_name": partial(run_outcome, language),
        "contract_name": partial(contract_standing, language),
        "breach_name": partial(breach_name, language),
        "change_name": partial(change_name, language),
        "result_class": RESULT_CLASSES,
    }


CONTRACT_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/contracts", contracts, "nothing"),
    ("POST", "/network/contracts", write, "steer"),
    ("GET", "/network/contracts/{id}", one_contract, "nothing"),
    ("POST", "/network/contracts/{id}/run", run, "steer"),
    ("POST", "/network/contracts/{id}/publish", show_all, "steer"),
    ("POST", "/network/contracts/{id}/runs/{run}/decide", decide, "steer"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
