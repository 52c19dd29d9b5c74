"""What the addresses of clauses, comparisons of packs, and contracts take and give."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.web.description import Answer, Content, Told, ref
from beffroi.web.json_api import JSON

_TEXT: Final[JsonObject] = {"type": "string"}
_PACK: Final[JsonObject] = {"type": "object", "required": ["format"]}
CONTRACTS_TOLD: Final = {
    "/clauses": Told(
        "Clauses for some requirements, bound to their tests.",
        ("requirement", "applies", "format", "lang"),
        None,
        (Answer(200, "The clause pack, or its text.", Content((JSON,), _PACK)),),
    ),
    "/pack-comparisons": Told(
        "A bidder's evidence pack judged again, and with `again` repeated: every difference and why.",
        (),
        Content(
            (JSON,),
            {
                "type": "object",
                "required": ["evidence", "clauses"],
                "properties": {
                    "evidence": {**_PACK, "description": "A pack of `beffroi check`."},
                    "clauses": _PACK,
                    "url": {**_TEXT, "description": "The address that was offered."},
                    "again": {"type": "boolean"},
                },
            },
        ),
        (Answer(200, "The comparison.", Content((JSON,), _PACK)),),
    ),
    "/contracts/{id}/run": Told(
        "Run the tests of a contract: its acceptance, or a review, in the background.",
        (),
        Content((JSON,), {"type": "object", "properties": {"purpose": {"enum": ["acceptance", "review"]}}}),
        (Answer(202, "The run.", Content((JSON,), ref("NetworkAcceptance")), ("Location",)),),
    ),
    "/contracts/{id}/story": Told(
        "Where a contract stands: its runs and its breaches, the newest first.",
        (),
        None,
        (
            Answer(
                200, "The story.", Content((JSON,), {"type": "object", "required": ["contract", "standing"]})
            ),
        ),
    ),
    "/acceptances/{id}/decide": Told(
        "Decide in writing that an open clause is fulfilled.",
        (),
        Content(
            (JSON,),
            {
                "type": "object",
                "required": ["requirement", "reason"],
                "properties": {"requirement": _TEXT, "reason": _TEXT, "document": _TEXT},
            },
        ),
        (Answer(200, "The run.", Content((JSON,), ref("NetworkAcceptance"))),),
    ),
    "/acceptances/{id}/evidence": Told(
        "The evidence pack of a run.", (), None, (Answer(200, "The pack.", Content((JSON,), _PACK)),)
    ),
}
