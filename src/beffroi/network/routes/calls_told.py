"""What the addresses of needs and calls take and give, for the description of the node."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.network.rules.calls.application import APPLICATION
from beffroi.network.rules.calls.calendar import CALENDAR
from beffroi.network.rules.calls.call import CALL
from beffroi.network.rules.calls.jury import DECLARATION, JURY, SCORES
from beffroi.network.rules.calls.question import ANSWERED, ASKED
from beffroi.web.description import Answer, Content, Row, Told, ref, sentence_of
from beffroi.web.json_api import JSON, MERGE_PATCH

_TEXT: Final[JsonObject] = {"type": "string"}
_ANYTHING: Final[JsonObject] = {"type": "object"}


def _body(required: str, **members: JsonObject) -> Content:
    names: list[Json] = [*required.split()]
    return Content((JSON,), {"type": "object", "required": names, "properties": {**members}})


def _gives(says: str, required: str, **members: JsonObject) -> Answer:
    return Answer(200, says, _body(required, **members))


_ROWS: Final[JsonObject] = {"type": "array", "items": _ANYTHING}
_RECEIPT: Final[Mapping[str, JsonObject]] = {
    "id": _TEXT,
    "call": _TEXT,
    "state": {"enum": ["sealed", "withdrawn"]},
    "receipts": _ROWS,
}
_RECEIVED: Final = _gives("The receipt.", "id call state receipts", **_RECEIPT)
_APPLIED: Final = Answer(201, "The receipt.", _RECEIVED.content)
_OWN: Final = _gives("The application.", "id call state receipts notices", **_RECEIPT, notices=_ROWS)
_READ: Final = _gives("The application.", "id call state receipts content", **_RECEIPT, content=_ANYTHING)
_PACK: Final = Answer(200, "The evidence.", Content((JSON,), {}))
_COMPARED: Final = _gives(
    "The comparison.", "result fulfilled rows", rows=_ROWS, fulfilled={"type": "boolean"}
)
_APPLICATION: Final = Content((JSON,), APPLICATION.document)
_JURY: Final = _gives(
    "The jury.",
    "call jurors excused answers",
    call=_TEXT,
    jurors={"type": "array", "items": _TEXT},
    excused=_ANYTHING,
    answers=_ANYTHING,
)
_SHEET: Final = _gives("The sheet.", "application scores", application=_TEXT, scores=_ANYTHING)
_DRAFT: Final = Answer(201, "The draft.", Content((JSON,), ref("NetworkCall")), ("Location",))
_AWARD: Final = Answer(201, "The award.", Content((JSON,), ref("NetworkAward")), ("Location",))
_QUESTION: Final[Mapping[str, JsonObject]] = {"id": _TEXT, "call": _TEXT, "at": _TEXT, "question": _TEXT}
_ASKED: Final = Answer(201, "The question.", _body("id call at question", **_QUESTION))
_QUESTIONS: Final = _gives("The questions.", "questions", questions=_ROWS)
_ANSWER: Final = Answer(201, "The answer.", Content((JSON,), ref("NetworkAnswer")), ("Location",))
_ANSWER_AGAIN: Final = Answer(200, "The answer.", Content((JSON,), ref("NetworkAnswer")))
_REASON: Final = _body("reason", reason=_TEXT)
_ONE: Final = "/calls/{id}/applications/{application}"
_MINE: Final = "/calls/{id}/applications/mine"

_BODIES: Final[Mapping[tuple[str, str], Content]] = {
    ("POST", "/calls"): Content((JSON,), CALL.document),
    ("PATCH", "/calls/{id}"): Content((JSON, MERGE_PATCH), _ANYTHING),
    ("POST", "/calls/{id}/prolong"): _body("calendar reason", calendar=CALENDAR, reason=_TEXT),
    ("POST", "/calls/{id}/cancel"): _REASON,
    ("POST", "/calls/{id}/award"): _body(
        "application reasons", application=_TEXT, reasons=_TEXT, whyNotFirst=_TEXT
    ),
    ("POST", "/calls/{id}/applications"): _APPLICATION,
    ("PUT", _MINE): _APPLICATION,
    ("PUT", f"{_MINE}/pack"): Content((JSON,), {}),
    ("POST", f"{_ONE}/declaration"): Content((JSON,), DECLARATION.document),
    ("POST", f"{_ONE}/scores"): Content((JSON,), SCORES.document),
    ("POST", "/calls/{id}/questions"): Content((JSON,), ASKED.document),
    ("POST", "/calls/{id}/questions/{question}/answer"): Content((JSON,), ANSWERED.document),
    ("PATCH", "/answers/{id}"): Content((JSON, MERGE_PATCH), _ANYTHING),
    ("PUT", "/calls/{id}/jury"): Content((JSON,), JURY.document),
    ("POST", "/calls/{id}/jury/excuse"): _body("juror reason", juror=_TEXT, reason=_TEXT),
    ("POST", "/calls/{id}/jury/decline"): _body("", reason=_TEXT),
}
_ANSWERS: Final[Mapping[tuple[str, str], Answer]] = {
    ("GET", "/shared-needs"): _gives("The needs, with who has them.", "shared", shared=_ROWS),
    ("GET", "/needs/{id}/similar"): _gives("Similar needs, with the reasons.", "similar", similar=_ROWS),
    ("POST", "/needs/{id}/call"): _DRAFT,
    ("POST", "/calls"): _DRAFT,
    ("POST", "/calls/{id}/clone"): _DRAFT,
    ("POST", "/calls/{id}/award"): _AWARD,
    ("GET", "/calls/{id}/applications"): _gives("The applications.", "applications", applications=_ROWS),
    ("POST", "/calls/{id}/applications"): _APPLIED,
    ("GET", "/calls/{id}/application-count"): _gives(
        "The number.", "count published", count={"type": "integer"}, published=_TEXT
    ),
    ("GET", _MINE): _OWN,
    ("PUT", _MINE): _RECEIVED,
    ("DELETE", _MINE): _RECEIVED,
    ("PUT", f"{_MINE}/pack"): _RECEIVED,
    ("GET", f"{_MINE}/pack"): _PACK,
    ("GET", f"{_MINE}/comparison"): _COMPARED,
    ("GET", f"{_ONE}/comparison"): _COMPARED,
    ("POST", f"{_ONE}/comparison"): _COMPARED,
    ("GET", _ONE): _READ,
    ("GET", f"{_ONE}/pack"): _PACK,
    ("POST", f"{_ONE}/declaration"): _SHEET,
    ("POST", f"{_ONE}/scores"): _SHEET,
    ("GET", f"{_ONE}/scores"): _SHEET,
    ("POST", "/calls/{id}/questions"): _ASKED,
    ("GET", "/calls/{id}/questions"): _QUESTIONS,
    ("GET", "/calls/{id}/questions/mine"): _QUESTIONS,
    ("POST", "/calls/{id}/questions/{question}/answer"): _ANSWER,
    ("PATCH", "/answers/{id}"): _ANSWER_AGAIN,
    ("GET", "/calls/{id}/jury"): _JURY,
    ("PUT", "/calls/{id}/jury"): _JURY,
    ("POST", "/calls/{id}/jury/excuse"): _JURY,
    ("POST", "/calls/{id}/jury/accept"): _JURY,
    ("POST", "/calls/{id}/jury/decline"): _JURY,
    ("GET", "/calls/{id}/ranking"): _gives("The ranking.", "ranking tieRule", ranking=_ROWS, tieRule=_TEXT),
}
_CALL: Final = Answer(200, "The call.", Content((JSON,), ref("NetworkCall")))


def tell_call(row: Row) -> Told:
    """What one of the rows of needs and calls takes and gives."""
    key = (row.method, row.path)
    parameters = ("reason",) if row.method == "PATCH" else ()
    return Told(sentence_of(row), parameters, _BODIES.get(key), (_ANSWERS.get(key, _CALL),))
