"""What stands behind an address, as a person chooses from it; and what would become of its records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from beffroi.kernel.geometry import Box
from beffroi.portal.reading.harvests import Reason, reasons_in
from beffroi.sources.operations.trial import Trial
from beffroi.sources.rules.dataset import Discovery
from beffroi.sources.rules.mapping.format import Mapping as Rules
from beffroi.sources.rules.source import Source

MOST_SHOWN: Final = 150
LONGEST_EXAMPLE: Final = 4_000


@dataclass(frozen=True, slots=True)
class Choosable:
    """A dataset. `read_as` is the source that reads it already, empty for none; `fitting` are the mappings
    that fit, the best first."""

    id: str
    title: str
    fields: int
    total: int | None
    problem: str
    read_as: str
    fitting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of the first records of a dataset; `stop` says why a run would stop, `cut_short` why
    no more of them were tried."""

    title: str
    mapping: str
    read: int
    mapped: int
    refused: int
    skipped: int
    turned: int
    places: Box | None
    reasons: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    unused: tuple[str, ...]
    example: str
    stop: str
    cut_short: str


def choosable(found: Discovery, known: Sequence[Source]) -> list[Choosable]:
    """The datasets, those first that can be added at once, then those that no mapping fits, then those that
    are read already."""
    names = {each.dataset: each.name for each in known if each.url == found.url}
    listed = [
        Choosable(
            each.dataset.id,
            each.dataset.title,
            len(each.dataset.fields),
            each.dataset.total,
            each.dataset.problem,
            names.get(each.dataset.id, ""),
            tuple(one.mapping for one in each.proposals),
        )
        for each in found.offered
    ]
    return sorted(listed, key=lambda one: (bool(one.read_as), not one.fitting))[:MOST_SHOWN]


def titles_of(mappings: Mapping[str, Rules], language: str) -> list[tuple[str, str]]:
    """The mappings by their names, with what they say of themselves, in the order of the names."""
    return [(name, mappings[name].title_in(language)) for name in sorted(mappings)]


def tried_of(title: str, trial: Trial) -> Tried:
    """A trial as a person reads it."""
    tally = trial.dry_run.tally
    shown = tally.shown(trial.mapping)
    examples = trial.dry_run.examples
    example = orjson.dumps(examples[0], option=orjson.OPT_INDENT_2).decode() if examples else ""
    return Tried(
        title=title,
        mapping=trial.mapping.name,
        read=tally.read,
        mapped=tally.mapped,
        refused=tally.refused,
        skipped=tally.skipped,
        turned=tally.swapped,
        places=tally.places,
        reasons=reasons_in(shown["reasons"]),
        notes=reasons_in(shown["notes"]),
        unused=tuple(str(each) for each in tally.filled if each not in trial.mapping.fields),
        example=example[:LONGEST_EXAMPLE],
        stop=trial.error,
        cut_short=trial.cut_short,
    )
