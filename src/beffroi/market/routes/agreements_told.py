"""What the address of an agreement's policy takes and gives, for the description of the node."""

from typing import Final

from beffroi.market.routes.agreements import AGREEMENT_ROUTES
from beffroi.market.routes.inventory import PREFIX
from beffroi.market.wire.bodies import JSON
from beffroi.market.wire.policy import POLICY
from beffroi.web.description import Answer, Chapter, Content, Row, Told, ref, sentence_of


def _tell(row: Row) -> Told:
    return Told(sentence_of(row), (), None, (Answer(200, "The policy.", POLICY),))


AGREEMENT_CHAPTER: Final = Chapter(
    name="What was agreed",
    about="Terms for machines, for the parties of an agreement.",
    prefix=PREFIX,
    rows=AGREEMENT_ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("TmfError")),
    path={"id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of the agreement."}},
)
