"""GBFS 2 and 3: the feeds of a system, and its stations with their state (gbfs.org, versions 2.3 and 3.0)."""

from dataclasses import dataclass

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.rules.quoting import quoted, text_or

PREFERRED = ("fr", "en")


@dataclass(frozen=True, slots=True)
class System:
    """What the auto-discovery file says: its version and the address of each feed."""

    version: str
    feeds: dict[str, str]

    @property
    def major(self) -> int:
        head = self.version.partition(".")[0]
        return int(head) if head.isdecimal() else 1


def system_of(document: Json) -> System | None:
    """Read gbfs.json; None if it is something else.

    >>> system_of({"version": "2.3", "data": {"fr": {"feeds": [{"name": "a", "url": "http://x/a"}]}}}).feeds
    {'a': 'http://x/a'}
    """
    if not isinstance(document, dict):
        return None
    match document.get("data"):
        case {"feeds": list(feeds)}:
            found = _feeds(feeds)
        case dict(languages) if languages:
            chosen = next((each for each in PREFERRED if each in languages), next(iter(languages)))
            found = _feeds_of(languages[chosen])
        case _:
            return None
    return System(text_or(document.get("version"), "1.0", 20), found) if found else None


def stations_of(information: Json, status: Json) -> list[JsonObject]:
    """The stations of a system, each with its state; one that has no state has only what stays the same.

    Raises Problem(SourceFailed).
    """
    states = {quoted(each.get("station_id"), 300): each for each in _stations(status, "station_status")}
    return [
        {**station, **states.get(quoted(station.get("station_id"), 300), {})}
        for station in _stations(information, "station_information")
    ]


def seconds_to_live(document: Json) -> int:
    """How long a feed says it may be kept, in seconds."""
    value = document.get("ttl") if isinstance(document, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 86_400 else 60


def _feeds_of(language: Json) -> dict[str, str]:
    match language:
        case {"feeds": list(listed)}:
            return _feeds(listed)
        case _:
            return {}


def _feeds(listed: list[Json]) -> dict[str, str]:
    found = dict[str, str]()
    for each in listed[:200]:
        match each:
            case {"name": str(name), "url": str(url)}:
                found[name] = url
            case _:
                pass
    return found


def _stations(document: Json, feed: str) -> list[JsonObject]:
    match document:
        case {"data": {"stations": list(stations)}} if all(isinstance(each, dict) for each in stations):
            return [each for each in stations if isinstance(each, dict)]
        case _:
            raise Problem(SourceFailed, f"The feed '{feed}' holds no list of stations.")
