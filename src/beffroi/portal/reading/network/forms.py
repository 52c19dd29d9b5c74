"""What of a document can be corrected on a form, by its kind, in the visitor's words."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.document import content_of
from beffroi.portal.reading.network.members import Field
from beffroi.portal.visit import Visit
from beffroi.portal.words.needs import domain_names

Members: TypeAlias = Callable[[Visit, JsonObject], tuple[Field, ...]]


def members_of(visit: Visit, document: JsonObject) -> tuple[Field, ...]:
    """The fields of the form of a document; none where it can only be withdrawn."""
    return _MEMBERS[str(document["kind"])](visit, content_of(document))


def named(visit: Visit, kind: str) -> str:
    """What a document without a title is called."""
    say = visit.say
    words = {
        "reading": say("Reading"),
        "interest": say("Ours too"),
        "mapping": say("Mapping"),
        "replication": say("Replication"),
        "solution": say("The solution"),
    }
    return words.get(kind, kind)


def _indicator(visit: Visit, _: JsonObject) -> tuple[Field, ...]:
    say = visit.say
    return (
        Field("title", say("Title"), required=True),
        Field("unit", say("Unit"), required=True),
        Field("start", say("Start"), "decimal"),
        Field("target", say("Target"), "decimal"),
        Field("by", say("By when"), "day"),
    )


def _reading(visit: Visit, content: JsonObject) -> tuple[Field, ...]:
    """What was typed in can be typed anew; what was computed cannot."""
    if cast("JsonObject", content["source"])["how"] == "computed":
        return ()
    say = visit.say
    return (
        Field("value", say("Value"), "decimal", required=True),
        Field("at", say("On"), "moment", required=True),
        Field("source.note", say("Where it is from")),
    )


def _interest(visit: Visit, _: JsonObject) -> tuple[Field, ...]:
    return (Field("wishes", visit.say("What we wish besides, one a line"), "lines"),)


def _practice(visit: Visit, _: JsonObject) -> tuple[Field, ...]:
    say = visit.say
    return (
        Field("title", say("Title"), required=True),
        Field("domain", say("Domain"), "choice", required=True, choices=domain_names(visit.language)),
        Field("text", say("What was done"), "text"),
        Field("endpoint", say("Address of what runs"), "url"),
        Field("document", say("or of a document"), "url"),
        Field("contract", say("Contract: its text, or its address"), "text", required=True),
        Field("cost.amount", say("Cost"), "decimal", required=True),
        Field("cost.currency", say("Currency"), required=True),
        Field("cost.note", say("What the cost is for")),
        Field("result", say("Result, with figures"), "text", required=True),
    )


def _event(visit: Visit, _: JsonObject) -> tuple[Field, ...]:
    say = visit.say
    sorts = {"meeting": say("meeting"), "tour": say("tour"), "online": say("online")}
    return (
        Field("title", say("Title"), required=True),
        Field("sort", say("Kind"), "choice", required=True, choices=sorts),
        Field("begins", say("Begins"), "day", required=True),
        Field("ends", say("Ends"), "day"),
        Field("place.name", say("Place")),
        Field("place.point", "", "point"),
        Field("address", say("Web address"), "url"),
        Field("text", say("What it is about"), "text"),
    )


def _nothing(_visit: Visit, _: JsonObject) -> tuple[Field, ...]:
    return ()


_MEMBERS: Final[Mapping[str, Members]] = {
    "indicator": _indicator,
    "reading": _reading,
    "interest": _interest,
    "practice": _practice,
    "event": _event,
    "solution": _nothing,
    "mapping": _nothing,
    "replication": _nothing,
}
