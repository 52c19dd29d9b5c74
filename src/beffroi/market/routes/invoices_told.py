"""What the addresses of invoices take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.invoices import INVOICE_ROUTES
from beffroi.market.rules.bills.document import PDF, XML
from beffroi.market.wire.speech import LANGUAGES
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, ref, sentence_of

_FILE: Final[JsonObject] = {"type": "string", "format": "binary"}


def _tell(row: Row) -> Told:
    kind = PDF if row.path.endswith("pdf") else XML
    answer = Answer(200, "The invoice.", Content((kind,), _FILE), ("Content-Language",))
    return Told(sentence_of(row), ("Accept-Language",), None, (answer,))


INVOICE_CHAPTER: Final = Chapter(
    name="Invoices",
    about="What the billDocument of a customerBill leads to, for whoever may read the bill.",
    prefix="",
    rows=INVOICE_ROUTES,
    tell=_tell,
    problem=Content(("application/json",), ref("TmfError")),
    path={"id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of a customerBill."}},
    parameters={
        "Accept-Language": header(
            {"type": "string"}, f"One of {', '.join(LANGUAGES)} is answered, or else English."
        )
    },
    schemas={},
)
