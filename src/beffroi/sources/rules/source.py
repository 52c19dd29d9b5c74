"""Source: where a dataset comes from, which mapping reads it, how often; a record of kind `source`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Key
from beffroi.kernel.shown_url import shown_url
from beffroi.sources.rules.dataset import FAMILIES, USUAL_INTERVAL_S, Discovery, Family, common_area
from beffroi.sources.rules.mapping.identity import check_name, name_from
from beffroi.sources.rules.mapping.moment import zone_of
from beffroi.sources.rules.mapping.place import AXES, Axes
from beffroi.sources.rules.reading.document import box_of

KIND = "source"
SHORTEST_INTERVAL_S = 5
LONGEST_INTERVAL_S = 31 * 86_400
RESERVED = frozenset({"discovery", "mappings"})
"""Names that stand in the addresses of the API."""
MOST_PATIENCE = 32
"""A source that fails is asked more and more rarely, up to this many intervals apart."""


@dataclass(frozen=True, slots=True)
class Source:
    """One dataset of one portal, as the node reads it.

    `name` stands in the ids of its entities. `deletes` says that entities which vanish from the source are
    deleted; otherwise they are only reported. `axes` takes the place of what the mapping says of exchanged
    axes. `last_*` speak of the last run that ended, `failures` counts the runs that failed since one did not,
    and `places` is the box in which the last complete run placed things. `asked_at` is when somebody asked
    for a run at once that has not begun since.
    """

    name: str
    title: str
    url: str
    family: Family
    dataset: str
    mapping: str
    interval_s: int = USUAL_INTERVAL_S
    area: Box | None = None
    zone: str | None = None
    axes: Axes | None = None
    deletes: bool = False
    paused: bool = False
    added_at: str = ""
    last_run: str = ""
    last_at: Instant = NO_INSTANT
    last_state: str = ""
    failures: int = 0
    places: Box | None = None
    asked_at: Instant = NO_INSTANT

    @property
    def is_awaited(self) -> bool:
        """Whether it was never read, or somebody has asked for a run: it is due at once."""
        return self.last_at == NO_INSTANT or self.asked_at != NO_INSTANT

    @property
    def due_at(self) -> Instant:
        """When it should be read next."""
        if self.is_awaited:
            return NO_INSTANT
        return plus_seconds(self.last_at, self.interval_s * min(2**self.failures, MOST_PATIENCE))

    def shown(self) -> JsonObject:
        """As JSON, as it is stored."""
        return {
            "name": self.name,
            "title": self.title,
            "url": self.url,
            "family": self.family,
            "dataset": self.dataset,
            "mapping": self.mapping,
            "interval": self.interval_s,
            "area": None if self.area is None else list[Json](self.area),
            "zone": self.zone,
            "axes": self.axes,
            "deletes": self.deletes,
            "paused": self.paused,
            "addedAt": self.added_at,
            "lastRun": self.last_run,
            "lastAt": self.last_at,
            "lastState": self.last_state,
            "failures": self.failures,
            "places": None if self.places is None else list[Json](self.places),
            "askedAt": self.asked_at,
        }


def served(source: Source) -> JsonObject:
    """As JSON for those who ask: keys in its address stay with the node."""
    return {**source.shown(), "url": shown_url(source.url)}


def source_key(tenant: str, name: str) -> Key:
    """The key of the record that holds this source."""
    return Key(tenant, KIND, name)


def source_of(body: JsonObject) -> Source:
    """Read a source as `shown` writes it, or as somebody asks for one; raises Problem(BadRequestData)."""
    interval = _whole(body, "interval", USUAL_INTERVAL_S)
    if not SHORTEST_INTERVAL_S <= interval <= LONGEST_INTERVAL_S:
        raise Problem(
            BadRequestData,
            f"The interval of a source is {SHORTEST_INTERVAL_S} to {LONGEST_INTERVAL_S} s, not {interval}.",
        )
    return Source(
        name=_name(body),
        title=_text(body, "title") or _text(body, "name"),
        url=_text(body, "url"),
        family=_family(body.get("family")),
        dataset=_text(body, "dataset"),
        mapping=_text(body, "mapping"),
        interval_s=interval,
        area=box_of(body.get("area")),
        zone=_zone(body),
        axes=_axes(body.get("axes")),
        deletes=body.get("deletes") is True,
        paused=body.get("paused") is True,
        added_at=_text(body, "addedAt"),
        last_run=_text(body, "lastRun"),
        last_at=Instant(_text(body, "lastAt")),
        last_state=_text(body, "lastState"),
        failures=_whole(body, "failures", 0),
        places=box_of(body.get("places")),
        asked_at=Instant(_text(body, "askedAt")),
    )


def changed(source: Source, said: JsonObject) -> Source:
    """The source with what somebody says of it now; raises Problem(BadRequestData).

    Where its places, or what is made of them, may be others, those of earlier runs count no more.
    """
    after = source_of({**source.shown(), **said})
    if after.area is None and said.get("area") is not None:
        raise Problem(
            BadRequestData,
            "The area of a source is west, south, east, north in degrees, less than 20 wide and high.",
        )
    same = (after.axes, after.area, after.mapping) == (source.axes, source.area, source.mapping)
    return after if same else replace(after, places=None)


def asked(source: Source, now: Instant) -> Source:
    """The source, to be read at once: its turn comes before that of its interval."""
    return replace(source, asked_at=now)


def _axes(written: Json) -> Axes | None:
    for axes in AXES:
        if axes == written:
            return axes
    if written is None:
        return None
    raise Problem(BadRequestData, f"The axes of a source are one of {', '.join(AXES)}.")


def _zone(body: JsonObject) -> str | None:
    name = _text(body, "zone")
    if name:
        zone_of(name)
    return name or None


def sources_from(discovery: Discovery, known: Sequence[Source], now: Instant) -> list[Source]:
    """A source for each dataset that a mapping fits and that no known source reads already.

    Each has the best mapping and a name that is not taken.
    """
    names = {*(source.name for source in known), *RESERVED}
    read = {source.dataset for source in known if source.url == discovery.url}
    area = common_area(offered.dataset.area for offered in discovery.offered)
    found = list[Source]()
    for offered in discovery.offered:
        if not offered.proposals or offered.dataset.id in read:
            continue
        dataset = offered.dataset
        name = _free(name_from(dataset.id), names)
        names.add(name)
        source = Source(
            name=name,
            title=dataset.title,
            url=discovery.url,
            family=discovery.family,
            dataset=dataset.id,
            mapping=offered.proposals[0].mapping,
            interval_s=dataset.interval_s,
            area=dataset.area or area,
            added_at=now,
        )
        found.append(source)
    return found


def after_run(
    source: Source,
    run: str,
    at: Instant,
    *,
    state: str,
    places: Box | None = None,
    began: Instant = NO_INSTANT,
) -> Source:
    """The source once a run has ended that has placed things in this box; `began` if it took time."""
    failures = 0 if state == "completed" else min(source.failures + 1, 10)
    return replace(
        source,
        last_run=run,
        last_at=at,
        last_state=state,
        failures=failures,
        # what was asked for while it ran is still to be done: it may be read otherwise now
        asked_at=source.asked_at if source.asked_at > (began or at) else NO_INSTANT,
        places=source.places if state != "completed" or places is None else places,
    )


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)


def _name(body: JsonObject) -> str:
    name = check_name(_text(body, "name"), "name of a source")
    if name in RESERVED:
        raise Problem(BadRequestData, f"'{name}' cannot be the name of a source.")
    return name


def _family(written: Json) -> Family:
    for family in FAMILIES:
        if family == written:
            return family
    raise Problem(BadRequestData, f"The family of a source is one of {', '.join(FAMILIES)}.")


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 4_000:
        raise Problem(BadRequestData, f"The member '{name}' of a source is a text.")
    return value


def _whole(body: JsonObject, name: str, usual: int) -> int:
    value = body.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Problem(BadRequestData, f"The member '{name}' of a source is a whole number.")
    return value
