"""Judge whether a solution runs on a city's data: each need covered, derivable or missing, with figures.

Pure: the needs of a manifest against measured facts; nothing is asked of anybody here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from beffroi.kernel.json import Json, JsonObject
from beffroi.network.rules.solutions.derive import Derived, derive
from beffroi.network.rules.solutions.facts import AttributeFacts, CityFacts, TypeFacts
from beffroi.network.rules.solutions.licensing import conflicts
from beffroi.network.rules.solutions.manifest import Attribute, Manifest, Need
from beffroi.network.rules.solutions.mapping import TypeMapping
from beffroi.network.rules.solutions.names import local, nearness
from beffroi.network.rules.solutions.parts import over_parts, part_of
from beffroi.network.rules.solutions.reasons import Reason

Verdict: TypeAlias = Literal["covered", "derivable", "missing"]
LEAST_TYPE: Final = 0.45
"""How near another type has to come: by its name, and by the attributes found in it."""
_ORDER: Final = {"covered": 0, "derivable": 1, "missing": 2}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing needed. `aspect` is entities, attribute, age, history, coverage, licence or crs; `source` is
    what of the city satisfies it."""

    need: str
    attribute: str
    aspect: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    required: bool = True
    source: str = ""
    figures: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Cost:
    """The gap as counts: attributes that are missing and that have to be derived, sampled entities without
    a needed value, and other needs (age, history, coverage, licence, crs) that are not met."""

    missing: int
    derivable: int
    without_value: int
    unmet: int


@dataclass(frozen=True, slots=True)
class Fit:
    """`verdict` is the worst of what is required; `mapping` has what can be had, covered or derived."""

    verdict: Verdict
    rows: tuple[Row, ...]
    mapping: tuple[TypeMapping, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class _Match:
    """A type of the city that stands for a needed one, and what each needed attribute comes from."""

    found: TypeFacts
    ways: tuple[Derived | tuple[Reason, ...], ...]
    exact: bool
    group: str = ""

    @property
    def part(self) -> float:
        return sum(isinstance(way, Derived) for way in self.ways) / len(self.ways)

    @property
    def sure(self) -> float:
        return sum(way.sure for way in self.ways if isinstance(way, Derived)) / len(self.ways)


def judge(manifest: Manifest, facts: CityFacts) -> Fit:
    """Each need against what was measured."""
    rows, mapping, without = list[Row](), list[TypeMapping](), 0
    for need in manifest.needs:
        match = _match(need, facts)
        if match is None:
            rows.append(Row(need.type, "", "entities", "missing", (Reason("no-type"),), need.required))
            rows += [_absent(need, each) for each in need.attributes]
            continue
        rows.append(_entities(need, match))
        for attribute, way in zip(need.attributes, match.ways, strict=True):
            rows += _attribute_rows(need, attribute, way, match.found, facts)
            without += _without_value(way, match.found)
        rows += _coverage(need, match.found, facts)
        mapping.append(_mapping(need, match))
    rows += [_licence(manifest, facts), _crs(manifest, facts)]
    return Fit(
        _worst([row.verdict for row in rows if row.required]),
        tuple(rows),
        tuple(mapping),
        _cost(rows, without),
    )


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    worst: Verdict = "covered"
    for each in verdicts:
        worst = each if _ORDER[each] > _ORDER[worst] else worst
    return worst


def _match(need: Need, facts: CityFacts) -> _Match | None:
    """The type itself if it is there, or else the one that comes nearest."""
    best: tuple[float, _Match] | None = None
    for found in facts.types.values():
        exact = found.name == need.uri if need.uri else local(found.name) == need.type
        ways = tuple(derive(attribute, found) for attribute in need.attributes)
        match = _of_parts(need, _Match(found, ways, exact))
        score = 2 + match.sure if exact else 0.3 * nearness(need.type, found.name) + 0.7 * match.sure
        if best is None or score > best[0]:
            best = score, match
    return best[1] if best is not None and best[0] >= LEAST_TYPE else None


def _of_parts(need: Need, match: _Match) -> _Match:
    """The same, where the city's entities are parts of what is needed: several name one whole.

    How many parts there are is the total that nothing else says; numbers are summed over the parts."""
    group = part_of(need.type, match.found)
    if group is None:
        return match
    pairs = zip(need.attributes, match.ways, strict=True)
    return replace(match, ways=tuple(over_parts(each, way, group) for each, way in pairs), group=group.name)


def _entities(need: Need, match: _Match) -> Row:
    count: JsonObject = {"count": match.found.count, "sampled": match.found.sampled, "needed": need.entities}
    reasons = [Reason("count", {"count": str(match.found.count)})]
    verdict: Verdict = "covered"
    if not match.exact:
        values = {"found": local(match.found.name), "part": _percent(match.part)}
        reasons.insert(0, Reason("other-type", values))
        verdict = "derivable"
    if match.group:
        reasons.insert(-1, Reason("parts", {"found": local(match.group)}))
        verdict = "derivable"
    if match.found.count < need.entities:
        values = {"count": str(match.found.count), "needed": str(need.entities)}
        reasons[-1], verdict = Reason("too-few", values), "missing"
    return Row(need.type, "", "entities", verdict, tuple(reasons), need.required, match.found.name, count)


def _absent(need: Need, attribute: Attribute) -> Row:
    required = need.required and attribute.required
    return Row(need.type, attribute.name, "attribute", "missing", (Reason("no-type"),), required)


def _attribute_rows(
    need: Need, wanted: Attribute, way: Derived | tuple[Reason, ...], found: TypeFacts, facts: CityFacts
) -> Iterator[Row]:
    required = need.required and wanted.required
    if not isinstance(way, Derived):
        yield Row(need.type, wanted.name, "attribute", "missing", way, required)
        return
    share = _share(way, found)
    figures: JsonObject = {"share": round(share, 4), "needed": wanted.share, "unit": way.inputs[0].unit}
    reasons = [Reason("same", {"name": wanted.name})] if way.as_it_is else [*way.reasons]
    verdict: Verdict = "covered" if way.as_it_is else "derivable"
    if share < wanted.share:
        verdict = "missing"
        reasons.append(Reason("share-low", {"share": _percent(share), "needed": _percent(wanted.share)}))
    else:
        reasons.append(Reason("share", {"share": _percent(share)}))
    source = " ".join(each.name for each in way.inputs)
    yield Row(need.type, wanted.name, "attribute", verdict, tuple(reasons), required, source, figures)
    if wanted.max_age_s:
        yield _age(need, wanted, way.inputs, required)
    if wanted.history_s:
        yield _history(need, wanted, way.inputs, facts, required)


def _age(need: Need, wanted: Attribute, inputs: tuple[AttributeFacts, ...], required: bool) -> Row:  # noqa: FBT001
    """How old the values are; of several that go in, the oldest decides.

    A value that never changes (a total) has no moment: only those that have one are asked."""
    dated = [each for each in inputs if each.p90_s is not None and each.median_s is not None]
    if not dated:
        return Row(need.type, wanted.name, "age", "missing", (Reason("age-unknown"),), required)
    median = max(each.median_s or 0.0 for each in dated)
    p90 = max(each.p90_s or 0.0 for each in dated)
    figures: JsonObject = {"median": round(median, 1), "p90": round(p90, 1), "needed": wanted.max_age_s}
    if p90 > wanted.max_age_s:
        values = {"p90": span(p90), "needed": span(wanted.max_age_s)}
        return Row(
            need.type, wanted.name, "age", "missing", (Reason("age-old", values),), required, figures=figures
        )
    reason = Reason("age", {"median": span(median), "p90": span(p90)})
    return Row(need.type, wanted.name, "age", "covered", (reason,), required, figures=figures)


def _history(
    need: Need,
    wanted: Attribute,
    inputs: tuple[AttributeFacts, ...],
    facts: CityFacts,
    required: bool,  # noqa: FBT001
) -> Row:
    reach = min((facts.history_s.get(each.name, 0.0) for each in inputs), default=0.0)
    figures: JsonObject = {"span": round(reach), "needed": wanted.history_s}
    verdict: Verdict = "covered" if reach >= wanted.history_s else "missing"
    values = {"found": span(reach), "needed": span(wanted.history_s)}
    code = "history-none" if reach <= 0 else "history" if verdict == "covered" else "history-short"
    return Row(need.type, wanted.name, "history", verdict, (Reason(code, values),), required, figures=figures)


def _coverage(need: Need, found: TypeFacts, facts: CityFacts) -> list[Row]:
    """Of the parts of the city's box in which there is anything, how many hold one."""
    if not need.coverage:
        return []
    held, everywhere = len(found.cells), len(facts.occupied)
    share = held / everywhere if everywhere else 0.0
    figures: JsonObject = {
        "cells": held, "of": everywhere, "share": round(share, 4), "needed": need.coverage,
        "grid": [list[Json](cell) for cell in sorted(found.cells)],
    }  # fmt: skip
    verdict: Verdict = "covered" if share >= need.coverage else "missing"
    reason = (
        Reason("coverage", {"held": str(held), "all": str(everywhere)}) if held else Reason("coverage-none")
    )
    return [Row(need.type, "", "coverage", verdict, (reason,), need.required, figures=figures)]


def _licence(manifest: Manifest, facts: CityFacts) -> Row:
    found = conflicts(facts.licences, manifest.use)
    named = ", ".join(facts.licences)
    if not found:
        return Row("", "", "licence", "covered", (Reason("licence", {"licence": named}),), source=named)
    return Row("", "", "licence", "missing", found, source=named)


def _crs(manifest: Manifest, facts: CityFacts) -> Row:
    both = [each for each in manifest.crs if each in facts.crs]
    if both:
        return Row("", "", "crs", "covered", (Reason("crs", {"crs": both[0]}),), source=both[0])
    values = {"found": ", ".join(facts.crs) or "–", "needed": ", ".join(manifest.crs)}
    return Row("", "", "crs", "missing", (Reason("crs-apart", values),))


def _mapping(need: Need, match: _Match) -> TypeMapping:
    ways = zip(need.attributes, match.ways, strict=True)
    made = {wanted.name: way.expression for wanted, way in ways if isinstance(way, Derived)}
    return TypeMapping(need.type, match.found.name, made, (match.group,) if match.group else ())


def _share(way: Derived, found: TypeFacts) -> float:
    """Of the sampled entities, how many can have the value: as many as have the rarest input."""
    return min(each.present for each in way.inputs) / found.sampled if found.sampled else 0.0


def _without_value(way: Derived | tuple[Reason, ...], found: TypeFacts) -> int:
    present = min(each.present for each in way.inputs) if isinstance(way, Derived) else 0
    return found.sampled - present


def _cost(rows: list[Row], without: int) -> Cost:
    attributes = [row for row in rows if row.aspect == "attribute"]
    return Cost(
        missing=sum(row.verdict == "missing" for row in attributes),
        derivable=sum(row.verdict == "derivable" for row in attributes),
        without_value=without,
        unmet=sum(row.verdict == "missing" for row in rows if row.aspect != "attribute"),
    )


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %") if share in {0, 1} else f"{share * 100:.1f} %"


def span(seconds: float) -> str:
    """A span for people, in two parts at most.

    >>> span(95), span(7200), span(86_400 * 3)
    ('1 min 35 s', '2 h', '3 d')
    """
    rest, parts = round(seconds), list[str]()
    for name, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        whole, rest = divmod(rest, length)
        parts += [f"{whole} {name}"] if whole else []
    return " ".join(parts[:2]) or "0 s"
