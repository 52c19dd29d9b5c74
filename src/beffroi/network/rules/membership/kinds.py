"""Chapters and memberships as documents: a chapter says which nodes are its members, in its own feed."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.identity import address_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.schema import LANGUAGE, LINE, MOMENT, TEXT, URL, Schema, list_of, object_of

MOST_LINKS: Final = 200
NODE: Final[JsonObject] = {"type": "string", "pattern": "^did:web:[^\\s/#?]+$", "maxLength": 400}
"""The DID of a node."""


def _check_chapter(content: JsonObject) -> None:
    chapters = content.get("chapters")
    for did in chapters if isinstance(chapters, list) else []:
        address_of(str(did))


def _check_membership(content: JsonObject) -> None:
    address_of(str(content["member"]))


CHAPTER: Final = Kind(
    "chapter",
    "chapters",
    "A chapter of the network: cities that work together, with a coordinator.",
    Schema(
        object_of(
            "name language",
            name=LINE,
            text=TEXT,
            language=LANGUAGE,
            territory=LINE,
            coordinator=LINE,
            page=URL,
            chapters={
                **list_of(NODE, MOST_LINKS),
                "description": "The nodes of other chapters that its members shall hear, too.",
            },
        )
    ),
    check=_check_chapter,
    writes="coordinate",
)
MEMBERSHIP: Final = Kind(
    "membership",
    "memberships",
    "That a node is a member of the chapter that says so.",
    Schema(
        object_of(
            "chapter member organisation since",
            chapter=NODE,
            member=NODE,
            organisation={**LINE, "maxLength": 200},
            place=LINE,
            since=MOMENT,
        )
    ),
    check=_check_membership,
    writes="coordinate",
    plain=False,
    facets=("content.member",),
)
MEMBERSHIP_KINDS: Final = (CHAPTER, MEMBERSHIP)
