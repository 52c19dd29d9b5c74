"""Clone: the call of another city as a draft of one's own; nothing of the first city stays in it.

Only members that say what any city asks go along, and their texts without names, contacts, addresses, dates
and amounts. Where it comes from is said in `clonedFrom` and nowhere else. A city's name that is inflected
("Lillois") is not found by rule: `replaced` names the texts that were touched, for an officer to read.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.network.rules.calls.specific import Cleaner, cleaner
from beffroi.network.rules.document import content_of

SPECIFIC: Final = (
    "needs",
    "cities",
    "calendar",
    "budget",
    "place",
    "contact",
    "steps",
    "award",
    "clonedFrom",
)
"""Members of a call that are of its cities; none goes along."""

_TEXTS: Final = ("title", "challenge", "contract")


def cloned(source: JsonObject, others: Sequence[str] = ()) -> JsonObject:
    """The content of a draft from a whole call document. `others` are names that are known besides: of firms
    that applied, of jurors, of the source's node."""
    content = content_of(source)
    language = str(content["language"])
    cleaning = cleaner([*specific_values(source), *others], language)
    made: JsonObject = {"language": language, "domain": content["domain"]}
    for name in _TEXTS:
        if name in content:
            made[name] = cleaning.clean(str(content[name]))
    if "eligibility" in content:
        made["eligibility"] = [cleaning.clean(each) for each in cast("list[str]", content["eligibility"])]
    if "criteria" in content:
        criteria = objects_in(content["criteria"])
        made["criteria"] = [_criterion(each, place, cleaning) for place, each in enumerate(criteria, 1)]
    if "requirements" in content:
        made["requirements"] = content["requirements"]
    replaced: list[Json] = [name for name in made if made[name] != content[name]]
    origin: JsonObject = {"call": source["id"], "version": source["version"], "replaced": replaced}
    return {**made, "clonedFrom": origin, "stage": "draft", "steps": []}


def specific_values(source: JsonObject) -> list[str]:
    """Every text and number in the members of a call that are of its cities."""
    content = content_of(source)
    origin = str(source["origin"])
    values = [origin, origin.removeprefix("did:web:"), str(source["id"])]
    for name in SPECIFIC:
        values += _leaves(content.get(name))
    return [value for value in dict.fromkeys(values) if len(value) > 1]


def _leaves(value: Json) -> Iterator[str]:
    match value:
        case dict():
            yield from _all(value.values())
        case list():
            yield from _all(value)
        case str():
            yield value
        case _:
            return


def _all(values: Iterable[Json]) -> Iterator[str]:
    for value in values:
        yield from _leaves(value)


def _criterion(criterion: JsonObject, place: int, cleaning: Cleaner) -> JsonObject:
    id = str(criterion["id"])
    made: JsonObject = {
        "id": id if cleaning.clean(id) == id else f"criterion-{place}",
        "name": cleaning.clean(str(criterion["name"])),
        "weight": criterion["weight"],
    }
    if "description" in criterion:
        made["description"] = cleaning.clean(str(criterion["description"]))
    return made
