"""Asking about a call, answering for everybody to read, and correcting an answer: the forms of its page."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.calls import questions
from beffroi.portal.pages.network.calls import PLACE, show_call
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def ask(visit: Visit, path: Arguments) -> Response:
    """Ask, in the name of the firm that the account acts for; it stays unnamed."""
    fields = visit.form()
    said: JsonObject = {"question": fields.get("question", "").strip(), "language": visit.language.code}
    try:
        await questions.ask(visit.portal.network, path["id"], said, visit.actor)
    except Problem as problem:
        return await show_call(visit, path["id"], said=fields, mistake=problem.detail)
    return _to(visit, path)


async def answer(visit: Visit, path: Arguments) -> Response:
    """Answer a question, for everybody."""
    fields = visit.form()
    said: JsonObject = {name: fields.get(name, "").strip() for name in ("answer", "question")}
    try:
        await questions.answer(visit.portal.network, path["id"], path["question"], said, visit.actor)
    except Problem as problem:
        return await show_call(visit, path["id"], said=fields, mistake=problem.detail)
    return _to(visit, path)


async def correct(visit: Visit, path: Arguments) -> Response:
    """Correct an answer in the open, with the reason."""
    fields, network = visit.form(), visit.portal.network
    patch: JsonObject = {"answer": fields.get("answer", "").strip()}
    try:
        await questions.correct_answer(network, path["answer"], patch, fields.get("reason", ""), visit.actor)
    except Problem as problem:
        return await show_call(visit, path["id"], said=fields, mistake=problem.detail)
    return _to(visit, path)


def _to(visit: Visit, path: Arguments) -> Response:
    return see_other(f"{visit.home()}{PLACE}/{segment(path['id'])}#questions")


ASK_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("POST", "/network/calls/{id}/questions", ask, "trade"),
    ("POST", "/network/calls/{id}/questions/{question}", answer, "coordinate"),
    ("POST", "/network/calls/{id}/answers/{answer}", correct, "coordinate"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
