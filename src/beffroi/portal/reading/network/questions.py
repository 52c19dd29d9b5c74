"""Questions about a call as its page shows them: what was answered, what this firm asked, what waits."""

from dataclasses import dataclass

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.calls.applications import coordinates
from beffroi.network.operations.calls.questions import answers_of, asked_about
from beffroi.network.rules.calls.question import check_asks
from beffroi.portal.visit import Visit


@dataclass(frozen=True, slots=True)
class Questions:
    """`answers` are documents that everybody sees; `mine` is what this visitor's firm has asked; `waiting`
    what a coordinator has not answered yet; `open` says whether questions are taken now."""

    answers: list[JsonObject]
    mine: list[JsonObject]
    waiting: list[JsonObject]
    open: bool


async def questions_of(visit: Visit, call: JsonObject, content: JsonObject, own: str) -> Questions:
    """What of the questions about a call this visitor sees."""
    network, id, actor = visit.portal.network, str(call["id"]), visit.actor
    here = call["origin"] == own
    answers = await answers_of(network, id, actor)
    mine = await asked_about(network, id, actor.party) if here and actor.party else []
    waiting = await asked_about(network, id) if here and coordinates(actor) else []
    unanswered = [each for each in waiting if "answer" not in each]
    return Questions(answers, mine, unanswered, here and _takes(content, visit))


def _takes(content: JsonObject, visit: Visit) -> bool:
    try:
        check_asks(content, visit.now)
    except Problem:
        return False
    return True
