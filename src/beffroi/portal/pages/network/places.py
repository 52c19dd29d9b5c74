"""The places of the network; and who may write in them."""

from beffroi.portal.pages.tabs import tabs
from beffroi.portal.visit import Visit
from beffroi.web.message import ANYBODY
from beffroi.web.routing import allowed


def places(visit: Visit, here: str) -> dict[str, object]:
    """What the template `tabs.html` shows. `here` is the path behind `network/`."""
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
    if visit.actor != ANYBODY:
        known.insert(1, ("for-you", visit.say("For you")))
    return tabs(visit.say("The network"), f"{visit.home()}network", known, here)


def may(visit: Visit, right: str) -> bool:
    """Whether the visitor may do what needs this right."""
    return allowed(visit.actor, right)
