"""What a form says of a source: its area, its axes, how often it is read."""

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.portal.pages.filled import Form
from beffroi.portal.visit import Visit
from beffroi.sources.rules.mapping.place import AXES
from beffroi.sources.rules.source import Source, changed
from beffroi.sources.rules.whereabouts import said_of


def said_in_form(form: Form, source: Source) -> JsonObject:
    """What the form says of where the things of a source lie; an empty field says nothing. What cannot be
    said of the source stands in `form.mistakes`."""
    said: JsonObject = {}
    for name, words in (("area", ("", form.one("area"))), ("axes", (form.one("axes"), ""))):
        said |= checked(form, name, source, words)
    return said


def checked(form: Form, name: str, source: Source, words: tuple[str, str]) -> JsonObject:
    """What axes and area say of a source; nothing where they cannot, which is a mistake of the field."""
    try:
        said = said_of(*words)
        changed(source, said)
    except Problem as problem:
        form.wrong(name, problem.detail)
        return {}
    return said


def axes_names(visit: Visit) -> list[tuple[str, str]]:
    """What a person can say of exchanged longitudes and latitudes: codes with their words."""
    words = {
        "check": visit.say("stop when they are exchanged"),
        "detect": visit.say("turn them where they are exchanged"),
        "given": visit.say("leave them as they are"),
        "swapped": visit.say("turn them all"),
    }
    return [("", visit.say("as the mapping says")), *((code, words[code]) for code in AXES)]
