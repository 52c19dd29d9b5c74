"""What a document names: every id has to name a document here, or come with an address elsewhere (TMF630).

An id that comes with an address elsewhere and is known here all the same has to be one that the asker may
name, because rules look documents up by their ids.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, TooLarge
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.reach import reach
from beffroi.market.rules.documents.resource import Resource

MOST_REFERENCES = 500


@dataclass(frozen=True, slots=True)
class Reference:
    """An id that a member names; one of the keys has to exist, unless it is said to be `elsewhere`."""

    member: str
    id: str
    keys: tuple[Key, ...]
    elsewhere: bool = False


def references(resource: Resource, body: JsonObject, own: str) -> list[Reference]:
    """Every reference of a document; `own` is the address of this node.

    An object without an id holds its value itself. Raises Problem for what is no reference.
    """
    found = [
        reference
        for member, kinds in resource.references.items()
        for value in reach(body, member.split("."))
        for reference in _reference(resource, member, kinds, value, own)
    ]
    if len(found) > MOST_REFERENCES:
        raise Problem(TooLarge, f"The document names {len(found)} others; {MOST_REFERENCES} are allowed.")
    return found


def check_references(
    asked: Iterable[Reference], records: Mapping[Key, Record], sees: Callable[[Resource, JsonObject], bool]
) -> None:
    """Raise Problem(BadRequestData) for an id that names nothing, or nothing that the asker may see."""
    for reference in asked:
        stored = [records[key] for key in reference.keys if key in records]
        if reference.elsewhere and not stored:
            continue
        if not any(sees(RESOURCES[record.key.kind.removeprefix("tmf:")], record.body) for record in stored):
            raise Problem(
                BadRequestData,
                f"The member '{reference.member}' names '{reference.id[:100]}', which does not exist.",
            )


def names(body: JsonObject, member: str, id: str, own: str) -> bool:
    """Whether a member of a document names a document of this node by its id.

    >>> names({"category": [{"id": "7"}]}, "category", "7", "http://a.example")
    True
    >>> far = {"category": [{"id": "7", "href": "https://b.example/7"}]}
    >>> names(far, "category", "7", "http://a.example")
    False
    """
    return any(
        isinstance(value, dict) and value.get("id") == id and not is_foreign(value.get("href"), own)
        for value in reach(body, member.split("."))
    )


def party_id(resource: Resource, body: JsonObject) -> Iterator[str]:
    """The ids of all whom a document concerns."""
    for path in resource.parties:
        for value in reach(body, path.split(".")):
            if isinstance(value, str):
                yield value


def is_foreign(href: Json, own: str) -> bool:
    """Whether an address is absolute and not one of this node.

    >>> is_foreign("https://market.example/x/7", "http://localhost:1026"), is_foreign("/x/7", "http://localhost:1026")
    (True, False)
    """
    if not isinstance(href, str):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and parts.netloc != urlsplit(own).netloc


def _reference(
    resource: Resource, member: str, kinds: tuple[str, ...], value: Json, own: str
) -> Iterator[Reference]:
    if not isinstance(value, dict):
        raise Problem(
            BadRequestData, f"The member '{member}' of a {resource.name} is no reference: it is no object."
        )
    id = value.get("id")
    if id is None:
        if kinds == PARTIES:
            raise Problem(
                BadRequestData, f"The member '{member}' of a {resource.name} names nobody: it has no 'id'."
            )
        return
    if not isinstance(id, str) or not 0 < len(id) <= 1_000:
        raise Problem(
            BadRequestData, f"The 'id' in the member '{member}' is no text of 1 to 1,000 characters."
        )
    keys = tuple(RESOURCES[name].key(id) for name in kinds)
    yield Reference(member, id, keys, is_foreign(value.get("href"), own))
