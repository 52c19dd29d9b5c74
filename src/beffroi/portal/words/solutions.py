"""What the kinds of values are called that a solution asks for."""

from beffroi.portal.words.language import Language


def kind_name(language: Language, kind: str) -> str:
    """The kind of a value, as a manifest has it, in words; a kind that has none stays as it is."""
    say = language.say
    names = {
        "integer": say("whole number"),
        "number": say("number"),
        "text": say("text"),
        "boolean": say("yes or no"),
        "moment": say("date and time"),
        "list": say("list"),
        "object": say("group of values"),
        "geometry": say("place"),
        "relationship": say("link to a thing"),
    }
    return names.get(kind, kind)
