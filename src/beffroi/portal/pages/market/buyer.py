"""Who orders: the party that the visitor acts for, or that an operator orders for."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.resource import TENANT
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.rules.orders.holding import Wish
from beffroi.market.rules.orders.parties import party_name
from beffroi.portal.pages.market.called import called
from beffroi.portal.reading.market.offers import PARTIES
from beffroi.portal.visit import Visit
from beffroi.store.port import Find

TRADING: Final = frozenset({"trade", "write", OPERATE})


@dataclass(frozen=True, slots=True)
class Buyer:
    """A party of TMF632; `type` is Organization or Individual."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the visitor can do: order for `buyer`; else choose one of `choices`, or what `lacks` says.

    `lacks` is `session` (not signed in), `party` (acts for nobody), `right` (may not trade) or empty.
    """

    buyer: Buyer | None = None
    choices: tuple[Buyer, ...] = ()
    lacks: str = ""
    sign_in: str = ""


async def standing_of(visit: Visit, here: str, wanted: str) -> Standing:
    """How the visitor stands to ordering. `here` is the address to come back to after signing in, `wanted`
    the id of the party that an operator chose."""
    actor = visit.actor
    if not actor.may and not actor.party:
        return Standing(lacks="session", sign_in=_sign_in(visit, here))
    if actor.grant is not None or not TRADING & set(actor.may):
        return Standing(lacks="right")
    if actor.party:
        buyer = await _party(visit, actor.party)
        return Standing(buyer) if buyer else Standing(lacks="party")
    if OPERATE not in actor.may:
        return Standing(lacks="party")
    return await _operating(visit, wanted)


async def own_wish(visit: Visit) -> Wish:
    """One unit for the party that the visitor acts for."""
    party = visit.actor.party
    return Wish(party, (await called(visit, [party])).get(party, ""))


async def _operating(visit: Visit, wanted: str) -> Standing:
    choices = list[Buyer]()
    for kind in PARTIES:
        found = await visit.portal.market.store.find(Find(TENANT, kind.kind, limit=None))
        choices += [Buyer(one.key.id, party_name(one.body), kind.type) for one in found.records]
    buyer = next((one for one in choices if one.id == wanted), None)
    ordered = tuple(sorted(choices, key=lambda one: one.name.casefold()))
    return Standing(buyer, ordered, "" if ordered else "party")


async def _party(visit: Visit, id: str) -> Buyer | None:
    keys = [kind.key(id) for kind in PARTIES]
    found = await visit.portal.market.store.read(keys)
    for key in keys:
        if key in found:
            kind = RESOURCES[key.kind.removeprefix("tmf:")]
            return Buyer(id, party_name(found[key].body) or id, kind.type)
    return None


def _sign_in(visit: Visit, here: str) -> str:
    """The address of the form that leads back; empty where this node has none."""
    if visit.portal.doors.sign_in is None or not visit.portal.settings.sign_in:
        return ""
    return f"{visit.home()}sign-in?{urlencode({'after': here})}"
