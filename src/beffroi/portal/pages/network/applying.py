"""Applying in three steps: the conditions, the answers, once more everything. Only the last one writes."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.network.operations.calls import applications
from beffroi.network.rules.calls.application import check_application
from beffroi.network.rules.calls.call import criteria_in
from beffroi.network.rules.calls.steps import check_takes, stage_at
from beffroi.network.rules.document import content_of
from beffroi.portal.pages.network.calls import PLACE, steps_call
from beffroi.portal.pages.network.places import places
from beffroi.portal.reading.network.needs import amount
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def apply(visit: Visit, path: Arguments) -> Response:
    """The first step, and the second once the conditions are agreed to."""
    call = await steps_call(visit, path["id"])
    check_takes(content_of(call), visit.now)
    applications.party_of(visit.actor)
    if visit.request.parameters.get("eligible") != "yes":
        return _step(visit, path["id"], call, "conditions", {})
    return _step(visit, path["id"], call, "answers", {"fields": await _known(visit, path["id"])})


async def review(visit: Visit, path: Arguments) -> Response:
    """The third step, the sending, and the way back to the second."""
    fields, id = visit.form(), path["id"]
    call = await steps_call(visit, id)
    criteria = criteria_in(content_of(call))
    content = application_content(fields, [*criteria], visit.language.code)
    if fields.get("do") == "back":
        return _step(visit, id, call, "answers", {"fields": fields})
    try:
        check_application(content, [*criteria])
        if fields.get("do") != "send":
            return _step(visit, id, call, "review", {"fields": fields, "application": content})
        await _sent(visit, id, content)
        if fields.get("pack", "").strip():
            pack = fields["pack"].strip().encode()
            await applications.attach(visit.portal.network, id, pack, visit.actor)
    except Problem as problem:
        return _step(visit, id, call, "answers", {"fields": fields, "mistake": problem.detail})
    return see_other(f"{visit.home()}{PLACE}/{segment(id)}/mine")


async def mine(visit: Visit, path: Arguments) -> Response:
    """The firm's own application, its receipts and what the firm was told."""
    return await _mine(visit, path["id"], "")


async def withdraw(visit: Visit, path: Arguments) -> Response:
    """Take the application back."""
    visit.form()
    try:
        await applications.withdraw(visit.portal.network, path["id"], visit.actor)
    except Problem as problem:
        return await _mine(visit, path["id"], problem.detail)
    return see_other(f"{visit.home()}{PLACE}/{segment(path['id'])}/mine")


def application_content(fields: Mapping[str, str], criteria: list[str], language: str) -> JsonObject:
    """The content of an application from the fields of its form."""
    content: JsonObject = {
        "firm": fields.get("firm", "").strip(),
        "language": language,
        "summary": fields.get("summary", "").strip(),
        "answers": {name: fields.get(f"answer.{name}", "").strip() for name in criteria},
        "price": {
            "currency": fields.get("currency", "").strip(),
            "amount": amount(fields.get("amount", "")),
        },
        "eligible": fields.get("eligible") == "yes",
    }
    for name in ("endpoint", "contact"):
        if fields.get(name, "").strip():
            content[name] = fields[name].strip()
    if fields.get("publishName") == "yes":
        content["publishName"] = True
    return content


async def _sent(visit: Visit, id: str, content: JsonObject) -> None:
    """Apply, or replace what the firm has sent before."""
    network, actor = visit.portal.network, visit.actor
    if (await _own(visit, id)).get("state") == "sealed":
        await applications.replace(network, id, content, actor)
    else:
        await applications.apply(network, id, content, actor)


async def _own(visit: Visit, id: str) -> JsonObject:
    """The firm's application; empty where there is none."""
    try:
        return await applications.own(visit.portal.network, id, visit.actor)
    except Problem as problem:
        if problem.kind is not ResourceNotFound:
            raise
        return {}


async def _known(visit: Visit, id: str) -> dict[str, str]:
    """What the firm has sent before, as the fields of the form."""
    own = await _own(visit, id)
    if "content" not in own:
        return {"currency": "EUR"}
    content = content_of(own)
    price, answers = content["price"], content["answers"]
    fields = {name: str(content.get(name, "")) for name in ("firm", "summary", "endpoint", "contact")}
    if isinstance(price, dict) and isinstance(answers, dict):
        fields |= {name: str(price[name]) for name in ("currency", "amount")}
        fields |= {f"answer.{name}": str(answer) for name, answer in answers.items()}
    return fields | ({"publishName": "yes"} if content.get("publishName") else {})


async def _mine(visit: Visit, id: str, mistake: str) -> Response:
    call = await steps_call(visit, id)
    content = content_of(call)
    values: dict[str, object] = {
        "own": await _own(visit, id),
        "stage": stage_at(content, visit.now),
        "mistake": mistake,
    }
    return _shown(visit, id, call, "mine", visit.say("My application"), values)


def _step(visit: Visit, id: str, call: JsonObject, step: str, values: Mapping[str, object]) -> Response:
    return _shown(visit, id, call, step, visit.say("Application"), {"step": step, **values})


def _shown(
    visit: Visit, id: str, call: JsonObject, template: str, title: str, values: Mapping[str, object]
) -> Response:
    content = content_of(call)
    address = f"{visit.home()}{PLACE}/{segment(id)}"
    filled = {**places(visit, "calls"), "mistake": "", "content": content, "address": address, **values}
    trail = ((f"{visit.home()}{PLACE}", visit.say("Calls")), (address, str(content["title"])))
    place = f"{PLACE}/{segment(id)}/{'mine' if template == 'mine' else 'apply'}"
    return visit.page(
        f"network/apply_{template}.html", title, filled, trail=trail, place=place,
        status=400 if filled["mistake"] else 200,
    )  # fmt: skip


APPLY_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/calls/{id}/apply", apply, "trade"),
    ("POST", "/network/calls/{id}/apply", review, "trade"),
    ("GET", "/network/calls/{id}/mine", mine, "trade"),
    ("POST", "/network/calls/{id}/mine/withdraw", withdraw, "trade"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
