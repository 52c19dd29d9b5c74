"""Question: what a firm asks before it applies; the city's answer is published for all, who asked is not.

Until it is answered a question stays on the node of the call, and with whom it came from for good.
"""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.network.rules.calls.calendar import calendar_of
from beffroi.network.rules.calls.call import calendar_in
from beffroi.network.rules.calls.records import body_of
from beffroi.network.rules.calls.steps import check_takes
from beffroi.network.rules.kind import TENANT, Kind
from beffroi.network.rules.schema import DID_URL, LANGUAGE, Schema, object_of

MOST_OF_A_FIRM: Final = 20
MOST_OF_A_CALL: Final = 500
_WORDS: Final = "\\S"
_QUESTION: Final[JsonObject] = {"type": "string", "minLength": 10, "maxLength": 2_000, "pattern": _WORDS}
_ANSWER: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 5_000, "pattern": _WORDS}
ASKED: Final = Schema(object_of("question language", question=_QUESTION, language=LANGUAGE))
ANSWERED: Final = Schema(object_of("answer", answer=_ANSWER, question=_QUESTION))
"""What a city says: the answer, and the question in other words if its own would tell who asks."""

ANSWER_KIND: Final = Kind(
    "answer",
    "answers",
    "What a city answers to a question about its call, for everybody; it does not say who asked.",
    Schema(
        object_of(
            "call language question answer",
            call=DID_URL,
            language=LANGUAGE,
            question=_QUESTION,
            answer=_ANSWER,
        )
    ),
    writes="coordinate",
    plain=False,
    facets=("content.call",),
)


def asked_key(call: str) -> Key:
    """Who asked what about a call: parties by the ids of questions, in the order in which they came."""
    return Key(TENANT, "net:questions", call)


def question_key(question: str) -> Key:
    return Key(TENANT, "net:question", question)


def askers(stored: Mapping[Key, Record], call: str) -> dict[str, str]:
    """Parties by the ids of questions."""
    body = body_of(stored, asked_key(call))
    return {} if body is None else cast("dict[str, str]", body["askers"])


def check_asks(content: JsonObject, now: Instant) -> None:
    """Questions come while the call is open, up to the moment that its calendar says.

    Raises Problem(Conflict) with both times."""
    check_takes(content, now)
    until = calendar_of(calendar_in(content)).questions
    if now >= until:
        raise Problem(Conflict, f"The call took questions until {until}; this came at {now} and is too late.")


def check_room(known: Mapping[str, str], party: str) -> None:
    """A firm asks so often, and all of them together. Raises Problem(Conflict)."""
    if sum(each == party for each in known.values()) >= MOST_OF_A_FIRM:
        raise Problem(Conflict, f"The firm has asked {MOST_OF_A_FIRM} questions about this call already.")
    if len(known) >= MOST_OF_A_CALL:
        raise Problem(Conflict, f"The call has {MOST_OF_A_CALL} questions; it takes no more.")


def check_open(question: JsonObject) -> None:
    """A question is answered once; the answer is corrected then. Raises Problem(Conflict)."""
    if "answer" in question:
        raise Problem(Conflict, f"The question was answered at {question['answered']}; correct that answer.")


def check_corrects(patch: JsonObject) -> None:
    """Only what was said is corrected, not what it was said of. Raises Problem(BadRequestData)."""
    for name in patch:
        if name not in {"answer", "question"}:
            raise Problem(BadRequestData, f"The member '{name[:60]}' of an answer does not change.")


def answered(call: JsonObject, question: JsonObject, said: JsonObject) -> JsonObject:
    """The content of the answer that is published."""
    return {
        "call": call["id"],
        "language": question["language"],
        "question": str(said.get("question", question["question"])).strip(),
        "answer": str(said["answer"]).strip(),
    }


def unnamed(question: JsonObject) -> JsonObject:
    """A question as the city sees it: without who asks."""
    return {name: value for name, value in question.items() if name != "party"}
