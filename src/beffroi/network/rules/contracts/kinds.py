"""Contract, acceptance (a run) and breach: what follows from clauses that are tests."""

from hashlib import sha256
from typing import Final, cast
from urllib.parse import parse_qsl, urlsplit

from beffroi.kernel.json import JsonObject, encode_canonical
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.schema import (
    DATE,
    DID_URL,
    LINE,
    MOMENT,
    TEXT,
    URL,
    Schema,
    list_of,
    object_of,
    one_of,
)

SECRET_NAMES: Final = frozenset({"key", "apikey", "api_key", "api-key", "token", "access_token", "password"})
HASH: Final[JsonObject] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
NOTICE_DAYS: Final = 90
"""The days by which a change is announced, where a contract says nothing else."""

_PARTY: Final = object_of(
    "name", name=LINE, id={**LINE, "description": "A DID, or the id of a party of this node's market."}
)
_DAYS: Final[JsonObject] = {"type": "integer", "minimum": 0, "maximum": 400}
_SAID: Final[JsonObject] = {"type": "string", "maxLength": 2_000}
_SENTENCE: Final = object_of("en fr", en=_SAID, fr=_SAID)
_OUTCOME: Final = one_of("PASS", "FAIL", "INCONCLUSIVE", "N/A", "ATTEST", "ADVICE")
_STANDING: Final = one_of("fulfilled", "failed", "open")
_CHANGE: Final = object_of(
    "kind where name before after",
    kind=one_of("gone", "changed", "new"),
    where=_SAID,
    name=_SAID,
    before=_SAID,
    after=_SAID,
)
_EVIDENCE: Final = object_of("sha256 bytes", sha256=HASH, bytes={"type": "integer", "minimum": 0})


def _check_contract(content: JsonObject) -> None:
    if str(content["ends"]) < str(content["begins"]):
        raise Problem(
            BadRequestData,
            f"The contract ends on {content['ends']}, before it begins on {content['begins']}.",
        )
    secret = [
        name
        for name, _ in parse_qsl(urlsplit(str(content["endpoint"])).query)
        if name.lower() in SECRET_NAMES
    ]
    if secret:
        raise Problem(
            BadRequestData, f"The endpoint carries a secret, '{secret[0]}': a contract is read by others."
        )
    clauses = cast("JsonObject", content["clauses"])
    bound = f"sha256:{sha256(encode_canonical(clauses['binds'])).hexdigest()}"
    if clauses["id"] != bound:
        raise Problem(
            BadRequestData,
            f"The clause pack was changed: it says {clauses['id']}, what it binds has {bound}.",
        )


_BINDS: Final[JsonObject] = {
    "type": "object",
    "required": ["requirements"],
    "properties": {
        "requirements": {
            "type": "array",
            "items": {"type": "object", "required": ["id"], "properties": {"id": LINE}},
        }
    },
}
"""What is shown of a pack; the checker reads all of it."""
_CLAUSES: Final[JsonObject] = {
    **object_of("format id binds", format={"const": "beffroi-clauses/1"}, id=HASH, binds=_BINDS),
    "description": "A clause pack, as `GET /network/v1/clauses` gives it.",
}
_DECISION: Final = object_of(
    "requirement reason at by",
    requirement=LINE,
    reason=TEXT,
    document=TEXT,
    at=MOMENT,
    by={**LINE, "description": "The organisation. Who it was there says its own record of the version."},
)

CONTRACT: Final = Kind(
    "contract",
    "contracts",
    "What a city bought, and the clauses that are tests: the same at acceptance and in every review.",
    Schema(
        object_of(
            "title buyer supplier endpoint clauses begins ends",
            title=LINE,
            text=TEXT,
            buyer=_PARTY,
            supplier=_PARTY,
            endpoint={**URL, "description": "The address of the delivered service, without a key."},
            area={
                "type": "array",
                "items": {"type": "number"},
                "minItems": 4,
                "maxItems": 4,
                "description": "West, south, east, north in degrees.",
            },
            clauses=_CLAUSES,
            begins=DATE,
            ends=DATE,
            reviewDays={**_DAYS, "minimum": 1, "description": "A review is made every so many days."},
            patienceDays={**_DAYS, "description": "Unreachable for longer is a breach."},
            noticeDays={**_DAYS, "description": "A change is announced so many days before."},
            notices=list_of(
                object_of(
                    "said from what names",
                    **{"said": DATE, "from": DATE, "what": TEXT, "names": list_of(LINE, 100, 1)},
                ),
                100,
            ),
            call=DID_URL,
            award=DID_URL,
            document={**URL, "description": "Where the contract can be read."},
        )
    ),
    _check_contract,
)

ACCEPTANCE: Final = Kind(
    "acceptance",
    "acceptances",
    "One run of the tests of a contract: at delivery, or a review. The evidence pack stands beside it.",
    Schema(
        object_of(
            "contract purpose clauses endpoint outcome",
            contract=DID_URL,
            purpose=one_of("acceptance", "review"),
            clauses=HASH,
            endpoint=URL,
            outcome=one_of("running", "passed", "failed", "open", "unreachable", "interrupted"),
            why={**_SAID, "description": "What prevented the run."},
            at=MOMENT,
            evidence=_EVIDENCE,
            verdicts=list_of(
                object_of(
                    "requirement rule outcome standing reason evidence",
                    requirement=LINE,
                    rule=LINE,
                    outcome=_OUTCOME,
                    standing=_STANDING,
                    reason=_SENTENCE,
                    evidence=list_of({"type": "integer"}, 100),
                ),
                200,
            ),
            decisions=list_of(_DECISION, 200),
            announced=list_of(_CHANGE, 200),
            breaches=list_of(DID_URL, 300),
        )
    ),
    plain=False,
    facets=("content.contract",),
)

BREACH: Final = Kind(
    "breach",
    "breaches",
    "On this day the service was not any more what was accepted: which verdict or which part, with evidence.",
    Schema(
        object_of(
            "contract what on run before",
            contract=DID_URL,
            what=one_of("verdict", "interface", "unreachable"),
            on=MOMENT,
            since={**MOMENT, "description": "Of a service that cannot be reached: since when."},
            run=DID_URL,
            before=DID_URL,
            verdicts=list_of(
                object_of(
                    "requirement before after reason",
                    requirement=LINE,
                    before=_OUTCOME,
                    after=_OUTCOME,
                    reason=_SENTENCE,
                ),
                200,
            ),
            changes=list_of(_CHANGE, 200),
            evidence=object_of("", before=_EVIDENCE, after=_EVIDENCE),
            ended=MOMENT,
            endedBy=DID_URL,
        )
    ),
    plain=False,
    facets=("content.contract",),
)

CONTRACT_KINDS: Final = (CONTRACT, ACCEPTANCE, BREACH)
