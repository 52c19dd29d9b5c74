"""A node for pages about solutions: a small city with other names than those asked for, and what others say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.network.solutions.cities import city, entity, place, reference
from tests.portal.node import Node, make_node

from beffroi.kernel.instant import Instant
from beffroi.network.operations.documents import create
from beffroi.network.rules.solutions.documents import MAPPING, REPLICATION, SOLUTION
from beffroi.network.rules.solutions.fit import judge
from beffroi.network.rules.solutions.looking import deployments_in, looked
from beffroi.network.rules.solutions.manifest import parse_manifest
from beffroi.network.rules.solutions.mapping import parse_mapping
from beffroi.processes.fit import Answered, dry_run, report
from beffroi.web.message import LOCAL

STATIONS = [
    entity(
        n, "StationVélo", nb_velos_dispo=n, nb_places_dispo=2, etat="OUVERT", location=place(3 + n / 9, 50)
    )
    for n in range(6)
]
PLACES = (("Onetown", "as claimed"), ("Twotown", "alive"), ("Threetown", "away"))


async def fit(manifest: Any, node: str, mapping: Any) -> Any:
    """The answer of a city that has the stations above and nothing else."""
    parsed = parse_manifest(manifest)
    facts = city(*STATIONS)
    judged = judge(parsed, facts)
    types = parse_mapping(mapping) if mapping is not None else judged.mapping
    return report(Answered(parsed, facts, judged, dry_run(types, {"StationVélo": STATIONS})))


@contextmanager
def solving_node(clock: Callable[[], Instant] | None = None) -> Iterator[Node]:
    """The reference solution with deployments that run, do not, and are gone; two replications; a mapping."""
    with make_node(clock, fit=fit) as node:
        network = node.portal.network
        deployments = [
            {"city": name, "endpoint": f"https://{name}.example/x", "shows": "AvailabilityForecast"}
            for name, _ in PLACES
        ]
        content: Any = {"manifest": reference(), "deployments": deployments}
        document = node.run(create(network, SOLUTION, content, LOCAL, publish=True))
        for deployment, (_, sight) in zip(deployments_in(document), PLACES, strict=True):
            known: Any = None
            for _ in range(3):
                known = looked(known, deployment, sight, "It is simulated.", network.now())  # type: ignore[arg-type]
            node.keep(deployment.key.kind, deployment.key.id, known)
        types: Any = [{"need": "A", "from": "B", "attributes": {"x": {"from": "y"}}}]
        mapping: Any = {"mapping": "1", "node": "https://onetown.example", "types": types}
        node.run(
            create(network, MAPPING, {"solution": "availability", "mapping": mapping}, LOCAL, publish=True)
        )
        for outcome in ("runs", "failed"):
            node.run(create(network, REPLICATION, record(outcome, network.now()), LOCAL, publish=True))
        yield node


def record(outcome: str, at: str) -> Any:
    cost = {
        "orders": 1, "attributesMissing": 1, "attributesDerived": 2, "needsUnmet": 0, "valuesAbsent": 6, "seconds": 3.5,
    }  # fmt: skip
    return {
        "solution": "availability", "version": "1.0.0", "city": "Onetown (simulated)",
        "node": "https://onetown.example", "outcome": outcome, "began": at, "ended": at,
        "missing": ["BikeHireDockingStation.addressLocality"], "cost": cost, "results": {"count": 580},
        **({"reason": "The program ended with code 1: nothing works (simulated)"} if outcome == "failed" else {}),
    }  # fmt: skip
