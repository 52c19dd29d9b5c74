"""What the addresses take and give by which nodes know each other, for the description of the node."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.routes.feed import DID_ROUTES, LARGEST_PAGE, LINES, USUAL_PAGE
from beffroi.network.routes.members import MEMBER_ROUTES
from beffroi.network.routes.nodes import NODE_ROUTES
from beffroi.network.rules.kind import ROOT
from beffroi.network.rules.said import SAID
from beffroi.web.description import Answer, Chapter, Content, Row, Told, query, ref, sentence_of
from beffroi.web.json_api import JSON
from beffroi.web.problem_json import PROBLEM

_TEXT: Final[JsonObject] = {"type": "string"}
_OBJECT: Final[JsonObject] = {"type": "object"}
_PEER: Final = Content((JSON,), ref("NetworkPeer"))
_IDENTITY: Final = Content((JSON,), ref("NetworkIdentity"))
_PROBLEM: Final = Content((PROBLEM,), {"type": "object", "required": ["title", "status"]})


def _object_of(*texts: str) -> JsonObject:
    return {"type": "object", "required": [*texts], "properties": dict.fromkeys(texts, _TEXT)}


def _listed(name: str, schema: str) -> Content:
    members: JsonObject = {name: {"type": "array", "items": ref(schema)}}
    return Content((JSON,), {"type": "object", "required": [name], "properties": members})


_NAMED: Final = Content((JSON,), {"type": "object", "properties": {"address": _TEXT, "did": _TEXT}})
_FEED: Final = Content((LINES,), {"type": "string", "description": "One compact JWS a line."})

_TOLD: Final[Mapping[tuple[str, str], tuple[tuple[str, ...], Content | None, tuple[Answer, ...]]]] = {
    ("GET", "/feed"): (("after", "limit"), None, (Answer(200, "A page of the feed.", _FEED),)),
    ("GET", "/feed/{did}"): (("after", "limit"), None, (Answer(200, "A page of its feed.", _FEED),)),
    ("GET", "/heads"): ((), None, (Answer(200, "All of them.", _FEED),)),
    ("GET", "/identity"): ((), None, (Answer(200, "It.", _IDENTITY),)),
    ("PUT", "/identity"): (
        (),
        Content((JSON,), SAID.document),
        (Answer(200, "It, as it is now.", _IDENTITY),),
    ),
    ("GET", "/peers"): ((), None, (Answer(200, "All of them.", _listed("peers", "NetworkPeer")),)),
    ("POST", "/peers"): ((), _NAMED, (Answer(201, "The peer.", _PEER),)),
    ("GET", "/peers/{did}"): ((), None, (Answer(200, "The peer.", _PEER),)),
    ("DELETE", "/peers/{did}"): (
        (),
        None,
        (Answer(204, "It is followed no more."), Answer(200, "A chapter still names it.", _PEER)),
    ),
    ("POST", "/peers/{did}/believe"): ((), None, (Answer(200, "The peer.", _PEER),)),
}


_ANSWER: Final = Content((JSON,), ref("NetworkLetterAnswer"))
_REQUEST: Final = Content((JSON,), ref("NetworkRequest"))
_JOINING: Final = Content((JSON,), ref("NetworkJoining"))
_INVITATION: Final = Content((JSON,), ref("NetworkInvitation"))
_JOIN_BODY: Final = Content(
    (JSON,), {"type": "object", "properties": {"address": _TEXT, "did": _TEXT, "code": _TEXT, "words": _TEXT}}
)
_LETTER_BODY: Final = Content(
    (JSON,), {"type": "object", "required": ["letter"], "properties": {"letter": _TEXT}}
)
_REASON_BODY: Final = Content((JSON,), {"type": "object", "properties": {"reason": _TEXT}})
_WORDS_BODY: Final = Content((JSON,), {"type": "object", "properties": {"words": _TEXT}})
_INVITE_BODY: Final = Content(
    (JSON,), {"type": "object", "properties": {"note": _TEXT, "days": {"type": "integer", "minimum": 1}}}
)
_MEMBERS_TOLD: Final[Mapping[tuple[str, str], tuple[tuple[str, ...], Content | None, tuple[Answer, ...]]]] = {
    ("POST", "/letters"): ((), _LETTER_BODY, (Answer(202, "What became of it.", _ANSWER),)),
    ("GET", "/letters/{id}"): ((), None, (Answer(200, "What became of it.", _ANSWER),)),
    ("GET", "/requests"): (
        ("state",),
        None,
        (Answer(200, "All of them.", _listed("requests", "NetworkRequest")),),
    ),
    ("POST", "/requests/{id}/accept"): ((), _REASON_BODY, (Answer(200, "The request.", _REQUEST),)),
    ("POST", "/requests/{id}/refuse"): ((), _REASON_BODY, (Answer(200, "The request.", _REQUEST),)),
    ("POST", "/members/{did}/end"): ((), _REASON_BODY, (Answer(200, "The membership, withdrawn."),)),
    ("GET", "/invitations"): (
        (),
        None,
        (Answer(200, "All of them.", _listed("invitations", "NetworkInvitation")),),
    ),
    ("POST", "/invitations"): ((), _INVITE_BODY, (Answer(201, "It, with its code.", _INVITATION),)),
    ("GET", "/joinings"): ((), None, (Answer(200, "All of them.", _listed("joinings", "NetworkJoining")),)),
    ("POST", "/joinings"): ((), _JOIN_BODY, (Answer(201, "What the chapter answers.", _JOINING),)),
    ("POST", "/joinings/{did}/leave"): ((), _WORDS_BODY, (Answer(200, "How it stands.", _JOINING),)),
}
_OPTIONAL: Final = frozenset({"/requests/{id}/accept", "/invitations", "/joinings/{did}/leave"})


def _tell(row: Row) -> Told:
    parameters, body, answers = {**_TOLD, **_MEMBERS_TOLD}[row.method, row.path]
    return Told(sentence_of(row), parameters, body, answers, row.path not in _OPTIONAL)


def _tell_did(row: Row) -> Told:
    content = Content(("application/did+json",), {"type": "object", "required": ["id", "verificationMethod"]})
    return Told(sentence_of(row), (), None, (Answer(200, "The document.", content),))


NODES_CHAPTER: Final = Chapter(
    name="Nodes of the network",
    about="Who this node is, its signed feed, and the nodes that it follows.",
    prefix=ROOT,
    rows=(*NODE_ROUTES, *MEMBER_ROUTES),
    tell=_tell,
    problem=_PROBLEM,
    parameters={
        "after": query({"type": "integer", "minimum": 0}, "The number of the last entry that is known.", 0),
        "limit": query(
            {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}, "How many."
        ),
        "state": query({"enum": ["asked", "accepted", "refused"]}, "Only those in this state."),
    },
    path={
        "did": {"schema": _TEXT, "description": "A DID (did:web), percent-encoded."},
        "id": {"schema": _TEXT, "description": "The id of a letter, which is that of its request."},
    },
    schemas={
        "NetworkIdentity": {
            "type": "object",
            "required": ["did", "jwk", "organisation", "place", "languages"],
            "properties": {"did": _TEXT, "jwk": _OBJECT, "organisation": _TEXT, "place": _OBJECT},
        },
        "NetworkLetterAnswer": _object_of("id", "state", "reason"),
        "NetworkRequest": _object_of("id", "member", "organisation", "asked", "state"),
        "NetworkJoining": _object_of("chapter", "address", "state", "request", "at", "why"),
        "NetworkInvitation": _object_of("note", "by", "created", "until"),
        "NetworkPeer": {
            "type": "object",
            "required": ["did", "address", "state", "since", "why", "sequence"],
            "properties": {
                "did": _TEXT,
                "address": _TEXT,
                "state": {"enum": ["following", "late", "broken"]},
                "since": {"type": "string", "format": "date-time"},
                "why": _TEXT,
                "sequence": {"type": "integer", "description": "The last entry that was verified."},
                "end": {"type": "integer", "description": "The last entry that the peer says it has."},
            },
        },
    },
)

DID_CHAPTER: Final = Chapter(
    name="Identity",
    about="The DID document of the node (did:web).",
    prefix="",
    rows=DID_ROUTES,
    tell=_tell_did,
    problem=_PROBLEM,
)
