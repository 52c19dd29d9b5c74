"""The rooms of the market for those who trade."""

from beffroi.market.rules.documents.visibility import sees_all
from beffroi.portal.pages.tabs import tabs
from beffroi.portal.visit import Visit


def rooms(visit: Visit, here: str) -> dict[str, object]:
    """What the template `tabs.html` shows; the log only for those who may read it."""
    known = [
        ("", visit.say("Offers")),
        ("mine", visit.say("My products")),
        ("bills", visit.say("Bills")),
        ("selling", visit.say("My offers")),
        ("account", visit.say("My account")),
    ]
    if sees_all(visit.actor):
        known.append(("audit", visit.say("Audit log")))
    return tabs(visit.say("Your market"), f"{visit.home()}market", known, here)
