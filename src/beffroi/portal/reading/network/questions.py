"""Questions about a call as its page shows them: what was answered, what this firm asked, what waits."""

from dataclasses import dataclass

from beffroi.kernel.json import JsonObject
from beffroi.network.operations.calls.questions import all_questions, answers_of, own_questions
from beffroi.network.rules.calls.calendar import calendar_of
from beffroi.network.rules.calls.call import calendar_in
from beffroi.network.rules.calls.steps import stage_at
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
    may_answer = here and not actor.may.isdisjoint({"coordinate", "operate"})
    answers = await answers_of(network, id, actor)
    mine = await own_questions(network, id, actor) if here and actor.party else []
    waiting = await all_questions(network, id, actor) if may_answer else []
    unanswered = [each for each in waiting if "answer" not in each]
    return Questions(answers, mine, unanswered, here and _takes(content, visit))


def _takes(content: JsonObject, visit: Visit) -> bool:
    if "calendar" not in content or stage_at(content, visit.now) != "open":
        return False
    calendar = calendar_of(calendar_in(content))
    return calendar.opens <= visit.now < calendar.questions
