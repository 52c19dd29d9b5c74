"""End attributes whose past was provided: with an instance that stands for their deletion (clause 4.5.7)."""

from beffroi.broker.rules.provided.instance import new_name, stated
from beffroi.broker.rules.provided.provided import EVERY
from beffroi.broker.rules.provided.shelf import Shelf
from beffroi.broker.rules.temporal.evolution import SCOPE, deletion, scope_event
from beffroi.kernel.instant import Instant


def end_series(shelf: Shelf, name: str, dataset: str, now: Instant, seed: str) -> bool:
    """Add its deletion to an attribute with this datasetId, or EVERY; whether there is one."""
    chosen = [each for each in shelf.provided.named(name) if dataset in {EVERY, each.dataset}]
    for number, series in enumerate(chosen):
        event = scope_event([], now) if name == SCOPE else deletion(name, series.kind, series.dataset, now)
        ended = stated(new_name(seed, number, now), event.instance, now, deleted=True)
        shelf.insert(name, series.dataset, series.kind, ended)
    return bool(chosen)
