"""Evolved: what one answer shows of an entity in the course of time, and where several are cut together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from beffroi.broker.rules.entity.entity import AttributeType
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.window import Placed
from beffroi.kernel.instant import NO_INSTANT, Instant, shortened


@dataclass(frozen=True, slots=True)
class Evolved:
    """An entity, or what is known of one that was deleted, with its instances, oldest first.

    `kinds` are the types of the attributes with instances in the time asked for. `cut` is the last moment
    that is whole, in the direction in which the answer is read; NO_INSTANT where nothing was left out.
    """

    id: str
    types: list[str]
    placed: Sequence[Placed]
    kinds: Mapping[str, AttributeType]
    created_at: str = ""
    modified_at: str = ""
    deleted_at: str = ""
    cut: Instant = NO_INSTANT


def cut_together(evolved: Sequence[Evolved], query: TemporalQuery) -> tuple[list[Evolved], Instant]:
    """Cut all entities of an answer at one moment, so that who reads on from it misses nothing (6.3.10).

    That moment is NO_INSTANT where nothing is cut.
    """
    cuts = [each.cut for each in evolved if each.cut]
    if not cuts:
        return list(evolved), NO_INSTANT
    if query.goes_backwards:
        end = max(cuts)
        return [_kept(each, [p for p in each.placed if p.moment >= end]) for each in evolved], end
    end = min(cuts)
    return [_kept(each, [p for p in each.placed if p.moment <= end]) for each in evolved], end


def content_range(evolved: Sequence[Evolved], query: TemporalQuery, end: Instant) -> str:
    """Which part of the time asked for a cut answer has: beginning, end and lastN or * (clause 6.3.10).

    The unit is written as the official suite has it (docs/doubts.md).
    """
    moments = [placed.moment for each in evolved for placed in each.placed]
    if query.goes_backwards:
        start = query.until or max(moments, default=end)
        return f"date-time {shortened(start)}-{shortened(min(moments, default=end))}/{query.last}"
    start = query.since or min(moments, default=end)
    return f"date-time {shortened(start)}-{shortened(max(moments, default=end))}/*"


def _kept(evolved: Evolved, placed: list[Placed]) -> Evolved:
    return replace(evolved, placed=placed)
