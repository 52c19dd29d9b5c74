"""Will it run here? Measure a city, judge each need, try the mapping on the sampled entities."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.network.rules.solutions.facts import CityFacts
from beffroi.network.rules.solutions.fit import Fit, judge
from beffroi.network.rules.solutions.manifest import Manifest, parse_manifest
from beffroi.network.rules.solutions.mapping import (
    Mapped,
    Tally,
    TypeMapping,
    apply_all,
    mapping_document,
    parse_mapping,
    tally,
)  # fmt: skip
from beffroi.processes.measuring import Get, measure

MOST_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """What a type mapping made of the sampled entities: counts, and some results beside what went in."""

    mapping: TypeMapping
    tally: Tally
    shown: tuple[tuple[JsonObject, Mapped], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to *will it run here?*: the judgement, the facts it rests on, the dry run of its mapping."""

    manifest: Manifest
    facts: CityFacts
    fit: Fit
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Fitter:
    """How a node asks itself and others: `own` is its address, `token` what it shows there; addresses of
    others are asked with `get`, which is guarded, and shown nothing."""

    own: str
    token: Callable[[], Awaitable[str]]
    get_own: Get
    get: Get
    now: Callable[[], Instant]

    async def fit(self, manifest: JsonObject, node: str, mapping: JsonObject | None) -> JsonObject:
        """The report for a manifest on the node at an address, empty for this one. Raises Problem."""
        parsed, types = parse_manifest(manifest), parse_mapping(mapping) if mapping is not None else None
        own = node.rstrip("/") in {"", self.own}
        token = await self.token() if own else ""
        get, address = (self.get_own, self.own) if own else (self.get, node)
        return report(await will_it_run(get, address, parsed, self.now(), token, types))


async def will_it_run(
    get: Get,
    address: str,
    manifest: Manifest,
    now: Instant,
    token: str = "",
    mapping: Sequence[TypeMapping] | None = None,
) -> Answered:
    """Measure and judge; try `mapping`, or the one that the fit proposes, on what was sampled.

    Raises Problem if the node does not answer."""
    measured = await measure(get, address, manifest, now, token)
    fit = judge(manifest, measured.facts)
    if mapping is not None:
        fit = replace(fit, mapping=tuple(mapping))
    return Answered(manifest, measured.facts, fit, dry_run(fit.mapping, measured.samples))


def dry_run(mapping: Sequence[TypeMapping], samples: Mapping[str, Sequence[JsonObject]]) -> tuple[Trial, ...]:
    """Apply each type mapping to the sampled entities of its type."""
    trials = list[Trial]()
    for each in mapping:
        pairs = apply_all(each, samples.get(each.source, ()))
        trials.append(Trial(each, tally(mapped for _, mapped in pairs), tuple(pairs[:MOST_SHOWN])))
    return tuple(trials)


def mapping_of(answered: Answered) -> JsonObject:
    """The proposed mapping as a document for somebody to confirm."""
    manifest = answered.manifest
    return mapping_document(manifest.id, manifest.version, answered.facts.address, answered.fit.mapping)


def report(answered: Answered) -> JsonObject:
    """The whole answer as JSON; what people read stands in both languages."""
    fit, facts = answered.fit, answered.facts
    rows: list[Json] = [
        {
            "need": row.need, "attribute": row.attribute, "aspect": row.aspect, "verdict": row.verdict,
            "required": row.required, "source": row.source, "figures": row.figures,
            "reasons": {
                "en": [reason.text("en") for reason in row.reasons],
                "fr": [reason.text("fr") for reason in row.reasons],
            },
        }
        for row in fit.rows
    ]  # fmt: skip
    return {
        "solution": {"id": answered.manifest.id, "version": answered.manifest.version},
        "city": facts.address,
        "measured": facts.at,
        "requests": facts.requests,
        "verdict": fit.verdict,
        "cost": cast("JsonObject", asdict(fit.cost)),
        "rows": rows,
        "area": {
            "box": list[Json](facts.box) if facts.box else None,
            "cells": [list[Json](cell) for cell in sorted(facts.occupied)],
        },
        "licences": [*facts.licences],
        "unread": [*facts.unread],
        "mapping": mapping_of(answered),
        "dryRun": [_trial(each) for each in answered.trials],
    }


def _trial(trial: Trial) -> JsonObject:
    counted = trial.tally
    return {
        "need": trial.mapping.need,
        "from": trial.mapping.source,
        "entities": counted.entities,
        "whole": counted.whole,
        "missing": {name: dict[str, Json](reasons) for name, reasons in counted.missing.items()},
        "results": [{"entity": entity, "result": mapped.entity} for entity, mapped in trial.shown],
    }
