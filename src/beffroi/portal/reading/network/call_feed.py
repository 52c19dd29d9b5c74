"""The public steps of a call as an Atom feed (RFC 4287): what happened, corrections, answers, the award."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast
from xml.etree.ElementTree import Element, SubElement, tostring

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.xml_text import writable
from beffroi.network.rules.document import content_of
from beffroi.portal.visit import Visit

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
MOST_ENTRIES: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: a name below the call's id, when, and what is said of it."""

    name: str
    at: str
    title: str
    text: str = ""


def entries_of(
    visit: Visit, call: JsonObject, versions: Sequence[JsonObject], answers: Iterable[JsonObject]
) -> list[Entry]:
    """What happened with a call, the newest first."""
    content, say = content_of(call), visit.say
    words = {
        "opened": say("The call was opened."),
        "prolonged": say("The calendar has moved."),
        "closed": say("The time for applications is over."),
        "evaluating": say("The jury began."),
        "awarded": say("The call was awarded."),
        "cancelled": say("The call was cancelled."),
    }
    steps = objects_in(content["steps"])
    found = [
        Entry(f"step-{number}", str(row["at"]), words.get(step, step), str(row.get("reason", "")))
        for number, row in enumerate(steps, 1)
        if (step := str(row["step"]))
    ]
    for before, after in pairwise(versions):
        if after.get("correction") and _steps(before) == _steps(after):
            name = f"version-{after['version']}"
            corrected = say("A text of the call was corrected.")
            found.append(Entry(name, str(after["changed"]), corrected, str(after["correction"])))
    for each in answers:
        said = content_of(each)
        name = f"answer-{str(each['id']).rpartition('/')[2]}"
        title = say("Answered: %(question)s", question=said["question"])
        found.append(Entry(name, str(each["changed"]), title, str(said["answer"])))
    return sorted(found, key=lambda each: each.at)[::-1][:MOST_ENTRIES]


def atom(call: JsonObject, author: str, address: str, page: str, entries: Sequence[Entry]) -> bytes:
    """The feed. `address` is its own, `page` that of the call, both whole."""
    content = content_of(call)
    feed = Element("feed", {"xmlns": NAMESPACE})
    _put(feed, "id", str(call["id"]))
    _put(feed, "title", str(content["title"]))
    _put(feed, "updated", entries[0].at if entries else str(call["changed"]))
    _put(SubElement(feed, "author"), "name", author)
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": page})
    for each in entries:
        entry = SubElement(feed, "entry")
        _put(entry, "id", f"{call['id']}#{each.name}")
        _put(entry, "title", each.title)
        _put(entry, "updated", each.at)
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": page})
        _put(entry, "content", each.text or each.title)
    text: str = tostring(feed, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = writable(text)


def _steps(version: JsonObject) -> int:
    return len(cast("list[object]", content_of(version).get("steps", [])))
