"""What the addresses take and give by which nodes know each other, for the description of the node."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.routes.feed import DID_ROUTES, LARGEST_PAGE, LINES, USUAL_PAGE
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


def _listed(name: str, schema: str) -> Content:
    members: JsonObject = {name: {"type": "array", "items": ref(schema)}}
    return Content((JSON,), {"type": "object", "required": [name], "properties": members})


_NAMED: Final = Content((JSON,), {"type": "object", "properties": {"address": _TEXT, "did": _TEXT}})
_FEED: Final = Content((LINES,), {"type": "string", "description": "One compact JWS a line."})

_TOLD: Final[Mapping[tuple[str, str], tuple[tuple[str, ...], Content | None, tuple[Answer, ...]]]] = {
    ("GET", "/feed"): (("after", "limit"), None, (Answer(200, "A page of the feed.", _FEED),)),
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


def _tell(row: Row) -> Told:
    parameters, body, answers = _TOLD[row.method, row.path]
    return Told(sentence_of(row), parameters, body, answers)


def _tell_did(row: Row) -> Told:
    content = Content(("application/did+json",), {"type": "object", "required": ["id", "verificationMethod"]})
    return Told(sentence_of(row), (), None, (Answer(200, "The document.", content),))


NODES_CHAPTER: Final = Chapter(
    name="Nodes of the network",
    about="Who this node is, its signed feed, and the nodes that it follows.",
    prefix=ROOT,
    rows=NODE_ROUTES,
    tell=_tell,
    problem=_PROBLEM,
    parameters={
        "after": query({"type": "integer", "minimum": 0}, "The number of the last entry that is known.", 0),
        "limit": query(
            {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}, "How many."
        ),
    },
    path={"did": {"schema": _TEXT, "description": "A DID (did:web), percent-encoded."}},
    schemas={
        "NetworkIdentity": {
            "type": "object",
            "required": ["did", "jwk", "organisation", "place", "languages"],
            "properties": {"did": _TEXT, "jwk": _OBJECT, "organisation": _TEXT, "place": _OBJECT},
        },
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
