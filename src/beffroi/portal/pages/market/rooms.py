"""The rooms of the market for those who trade, as a row of links over each of its pages."""

from dataclasses import dataclass

from beffroi.market.rules.documents.visibility import sees_all
from beffroi.portal.visit import Visit


@dataclass(frozen=True, slots=True)
class Room:
    address: str
    name: str
    here: bool


def rooms(visit: Visit, here: str) -> dict[str, object]:
    """What the template `market/rooms.html` shows; the log only for those who may read it."""
    known = [
        ("mine", visit.say("My products")),
        ("bills", visit.say("Bills")),
        ("selling", visit.say("My offers")),
        ("account", visit.say("My account")),
    ]
    if sees_all(visit.actor):
        known.append(("audit", visit.say("Audit log")))
    base = f"{visit.home()}market/"
    return {"rooms": [Room(base + place, name, place == here) for place, name in known]}
