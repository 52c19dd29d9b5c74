"""What the address of credit notes takes and gives, for the description of the node."""

from typing import Final

from beffroi.market.routes.crediting import CREDIT_NOTE_ROUTES
from beffroi.market.routes.inventory import PREFIX
from beffroi.market.rules.bills.credit_note import LONGEST_REASON
from beffroi.market.wire.bodies import JSON
from beffroi.web.description import Answer, Chapter, Content, Row, Told, ref, sentence_of

_GIVEN: Final = Content(
    (JSON,),
    {
        "type": "object",
        "required": ["reason"],
        "properties": {
            "reason": {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON},
            "lines": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1},
                "description": "Numbers of lines; without them all that is left.",
            },
            "billAgain": {
                "type": "boolean",
                "default": False,
                "description": "Whether the next run bills anew what is taken back.",
            },
        },
    },
    {"reason": "The price was wrong.", "billAgain": True},
)


def _tell(row: Row) -> Told:
    made = Answer(201, "The credit note.", Content((JSON,), {"type": "object"}), ("Location",))
    return Told(sentence_of(row), (), _GIVEN, (made,))


CREDIT_NOTE_CHAPTER: Final = Chapter(
    name="Credit notes",
    about="For operators: a bill that is wrong is taken back by another document.",
    prefix=PREFIX,
    rows=CREDIT_NOTE_ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("TmfError")),
    path={"id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of a customerBill."}},
)
