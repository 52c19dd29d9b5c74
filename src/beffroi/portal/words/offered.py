"""What an offering gives, line by line, as a reader without a page reads it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from beffroi.kernel.json import Json, encode
from beffroi.portal.words.language import Language


def given_line(language: Language, name: str, values: Sequence[Json]) -> str:
    """One characteristic, by its name in the catalogue; one that nobody knows here as it is written."""
    if name == "rateLimit":
        return "; ".join(
            language.say("%(n)s requests a second at most", n=_plain(language, one)) for one in values
        )
    title = _titles(language).get(name, name)
    write = _writers(language).get(name, str)
    told = (write(one) if isinstance(one, str) else _plain(language, one) for one in values)
    return titled(language, title, ", ".join(told))


def titled(language: Language, title: str, said: str) -> str:
    """A title and what is said under it, in a line."""
    return language.say("%(title)s: %(said)s", title=title, said=said)


def limit_lines(language: Language, total: int, each: int) -> Iterator[str]:
    """How many may hold an offering at once, in all and for each buyer; 0 for no limit."""
    said = [
        *([language.say("%(n)s in all", n=language.number(total))] if total else []),
        *([language.say("%(n)s for each buyer", n=language.number(each))] if each else []),
    ]
    if said:
        yield titled(language, language.say("At the same time"), ", ".join(said))


def _titles(language: Language) -> Mapping[str, str]:
    say = language.say
    return {
        "entityTypes": say("Data"),
        "attributes": say("Attributes"),
        "area": say("Area"),
        "live": say("Live changes"),
        "history": say("The past"),
        "sample": say("A first look for everybody"),
        "period": say("Period"),
        "tenant": say("Tenant"),
        "endpointUrl": say("Address"),
        "endpointDescription": say("Description of the interface"),
        "access": say("How buyers get in"),
        "methods": say("Methods beside GET and HEAD"),
        "credentialsUrl": say("Address of the service that hands over credentials"),
        "mimRequirements": say("Requirements that the offer claims"),
    }


def _writers(language: Language) -> Mapping[str, Callable[[str], str]]:
    """How texts are written of the characteristics whose words are codes."""
    ways = {
        "gate": language.say("Through this node, which checks and counts every request"),
        "webhook": language.say("With credentials of the service, which its provider hands over"),
    }
    return {
        "entityTypes": lambda name: _with_code(language.type_name(name), name),
        "attributes": lambda name: _with_code(language.attribute_name(name), name),
        "access": lambda way: ways.get(way, way),
    }


def _with_code(name: str, code: str) -> str:
    return name if name == code else f"{name} ({code})"


def _plain(language: Language, value: Json) -> str:
    """A value that is no text."""
    if isinstance(value, bool):
        return language.say("yes") if value else language.say("no")
    if isinstance(value, int | float):
        return language.number(value)
    return value if isinstance(value, str) else encode(value).decode()
