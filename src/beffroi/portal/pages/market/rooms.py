"""The rooms of the market for those who trade, as a row of links over each of its pages."""

from dataclasses import dataclass

from beffroi.portal.visit import Visit


@dataclass(frozen=True, slots=True)
class Room:
    address: str
    name: str
    here: bool


def rooms(visit: Visit, here: str) -> dict[str, object]:
    """What the template `market/rooms.html` shows."""
    known = [
        ("mine", visit.say("My products")),
        ("bills", visit.say("Bills")),
        ("selling", visit.say("My offers")),
    ]
    base = f"{visit.home()}market/"
    return {"rooms": [Room(base + place, name, place == here) for place, name in known]}
