"""Sharing: which cities have a need, by the documents that say so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.document import content_of


@dataclass(frozen=True, slots=True)
class Shared:
    """A need with the interests of others in it, in the order in which they were said.

    `cities` are the identities (DIDs) of who has the need, its author first, each once.
    """

    need: JsonObject
    interests: tuple[JsonObject, ...]

    @property
    def cities(self) -> tuple[str, ...]:
        origins = [str(self.need["origin"]), *(str(each["origin"]) for each in self.interests)]
        return tuple(dict.fromkeys(origins))

    @property
    def is_shared(self) -> bool:
        """Whether two cities or more have this need."""
        return len(self.cities) >= 2


def shared_needs(needs: Iterable[JsonObject], interests: Iterable[JsonObject]) -> list[Shared]:
    """Each need with the interests in it. What is withdrawn or not published does not count; an interest of
    the need's own author, or a second one of the same city, adds nobody."""
    said: dict[str, dict[str, JsonObject]] = {}
    for interest in interests:
        if interest["state"] == "published":
            need = str(content_of(interest)["need"])
            said.setdefault(need, {}).setdefault(str(interest["origin"]), interest)
    return [
        Shared(need, _of_others(need, said.get(str(need["id"]), {})))
        for need in needs
        if need["state"] == "published"
    ]


def _of_others(need: JsonObject, said: Mapping[str, JsonObject]) -> tuple[JsonObject, ...]:
    return tuple(interest for origin, interest in said.items() if origin != need["origin"])
