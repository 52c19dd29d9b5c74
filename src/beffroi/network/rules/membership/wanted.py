"""Whom a node follows because of its chapters: the chapters, those that they link to, and their members."""

from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.identity import address_of

JOINING: Final = "net:joining"
"""Store kind of what a node knows of its own way into a chapter, by the chapter's DID: `{"chapter",
"address", "state": "asked | member | refused | leaving | left", "request", "at", "why"}`."""
HEARD: Final = frozenset({"asked", "member"})
"""States in which a chapter is followed."""


def reasons(own: str, trusted: Sequence[str], documents: Sequence[JsonObject]) -> dict[str, list[str]]:
    """By the DID of each node that is to be followed, the chapters because of which.

    `trusted` are the chapters of this node, itself among them if it is one; `documents` are chapters and
    memberships that are known. What a chapter says counts only if it is the origin, and holds.
    """
    chapters = dict.fromkeys(trusted)
    wanted = dict[str, list[str]]()
    for did in trusted:
        for linked in _links(did, documents):
            _add(wanted, own, linked, did)
            chapters.setdefault(linked)
        _add(wanted, own, did, did)
    for document in documents:
        chapter, content = str(document["origin"]), _object(document["content"])
        if document["kind"] == "membership" and chapter in chapters and _holds(document):
            _add(wanted, own, str(content["member"]), chapter)
    return wanted


def is_chapter(own: str, documents: Sequence[JsonObject]) -> bool:
    """Whether the node has said that it is a chapter."""
    return any(each["kind"] == "chapter" and each["origin"] == own and _holds(each) for each in documents)


def membership_in(chapter: str, own: str, documents: Sequence[JsonObject]) -> JsonObject | None:
    """The newest document by which a chapter says that this node is, or was, its member."""
    found = [
        each
        for each in documents
        if each["kind"] == "membership"
        and each["origin"] == chapter
        and _object(each["content"]).get("member") == own
    ]
    holding = [each for each in found if _holds(each)]
    held = holding or found
    return held[-1] if held else None


def joined(joining: JsonObject, said: JsonObject | None) -> JsonObject:
    """What a node knows of its way into a chapter, after what the chapter says of it."""
    state = joining["state"]
    if said is None or state not in HEARD:
        return joining
    if _holds(said):
        return {**joining, "state": "member", "why": ""}
    if state == "member":
        why = str(_object(said.get("withdrawn")).get("reason", ""))
        return {**joining, "state": "left", "why": why}
    return joining


def _links(chapter: str, documents: Sequence[JsonObject]) -> list[str]:
    links = list[str]()
    for document in documents:
        if document["kind"] == "chapter" and document["origin"] == chapter and _holds(document):
            named = _object(document["content"]).get("chapters")
            links += [str(each) for each in named] if isinstance(named, list) else []
    return links


def _add(wanted: dict[str, list[str]], own: str, did: str, reason: str) -> None:
    if did == own:
        return
    try:
        address_of(did)
    except Problem:
        return
    known = wanted.setdefault(did, [])
    if reason not in known:
        known.append(reason)


def _holds(document: Mapping[str, Json]) -> bool:
    return document["state"] == "published"


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
