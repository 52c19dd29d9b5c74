"""What the address of the audit log takes and gives, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.operations.auditing import LARGEST_PAGE
from beffroi.market.routes.auditing import AUDIT_ROUTES, PARAMETERS
from beffroi.market.routes.inventory import PREFIX
from beffroi.market.rules.documents.question import FARTHEST, USUAL_PAGE
from beffroi.market.wire.bodies import JSON
from beffroi.web.description import Answer, Chapter, Content, Row, Told, query, ref, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}
_MEMBERS: Final = ("actor", "time", "resource", "id", "what", "reason", "party")
_LIST: Final = Content((JSON,), {"type": "array", "items": ref("AuditEntry")})
_COUNTS: Final = ("X-Total-Count", "X-Result-Count")


def _tell(row: Row) -> Told:
    answers = (Answer(200, "All of them.", _LIST, _COUNTS), Answer(206, "A part of them.", _LIST, _COUNTS))
    return Told(sentence_of(row), PARAMETERS, None, answers)


AUDIT_CHAPTER: Final = Chapter(
    name="Audit log",
    about="For operators and auditors.",
    prefix=PREFIX,
    rows=AUDIT_ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("TmfError")),
    parameters={
        "actor": query(_TEXT, "Who did it; `node` for the node itself.", "node"),
        "resource": query(_TEXT, "The kind of document.", "usageSpecification"),
        "id": query(_TEXT, "The id of the document.", "metered-access"),
        "since": query(_MOMENT, "From this moment on.", "2026-11-01T00:00:00Z"),
        "until": query(_MOMENT, "Before this moment.", "2026-12-01T00:00:00Z"),
        "offset": query({"type": "integer", "minimum": 0, "maximum": FARTHEST}, "How many are passed over."),
        "limit": query(
            {"type": "integer", "minimum": 0, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}, "How many."
        ),
    },
    schemas={
        "AuditEntry": {
            "type": "object",
            "required": [*_MEMBERS],
            "properties": {
                **dict.fromkeys((*_MEMBERS, "previous", "hash"), _TEXT),
                "time": _MOMENT,
                "granted": {
                    "type": "object",
                    "description": "What an account or a token is for: roles or rights, the party, the "
                    "account, until when; or the types that a permit names.",
                },
                "number": {"type": "integer", "minimum": 1},
            },
        }
    },
)
