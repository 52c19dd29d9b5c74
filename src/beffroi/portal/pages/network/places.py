"""The places of the network as a row of links over each of its pages; and who may write in them."""

from dataclasses import dataclass

from beffroi.portal.visit import Visit
from beffroi.web.routing import SUFFICE


@dataclass(frozen=True, slots=True)
class Place:
    address: str
    name: str
    here: bool


def places(visit: Visit, here: str) -> dict[str, object]:
    """What the template `network/places.html` shows. `here` is the path behind `network/`."""
    known = [
        ("", visit.say("Overview")),
        ("strategy", visit.say("Strategy")),
        ("needs", visit.say("Needs")),
        ("calls", visit.say("Calls")),
        ("solutions", visit.say("Solutions")),
        ("practices", visit.say("Practices")),
        ("events", visit.say("Events")),
        ("comparison", visit.say("Comparison")),
        ("clauses", visit.say("Clauses")),
        ("contracts", visit.say("Contracts")),
        ("nodes", visit.say("Nodes")),
    ]
    base = f"{visit.home()}network"
    return {"places": [Place(f"{base}/{path}".rstrip("/"), name, path == here) for path, name in known]}


def may(visit: Visit, right: str) -> bool:
    """Whether the visitor may do what needs this right."""
    return not visit.actor.may.isdisjoint(SUFFICE.get(right, (right,)))
