"""Checked: what the newest check of an offered endpoint found, with the address of its evidence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Key
from beffroi.market.rules.offers.proof import MOST_LOOKED_AT
from beffroi.market.rules.offers.publishing import verdicts_of
from beffroi.portal.services import Portal
from beffroi.processes.kept_checks import CHECK, list_key, listed_in


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that came to its end: the outcome of each requirement by its id."""

    id: str
    finished: Instant
    outcomes: Mapping[str, str]

    @property
    def met(self) -> int:
        return self._count("PASS")

    @property
    def missed(self) -> int:
        return self._count("FAIL")

    @property
    def uncertain(self) -> int:
        return self._count("INCONCLUSIVE")

    def passes(self, claims: Collection[str]) -> bool:
        """Whether something is met, nothing is not, and everything claimed is."""
        return self.met > 0 and self.missed == 0 and all(self.outcomes.get(one) == "PASS" for one in claims)

    def _count(self, outcome: str) -> int:
        return sum(one == outcome for one in self.outcomes.values())


async def checked_of(portal: Portal, endpoints: Collection[str]) -> dict[str, Checked]:
    """The newest finished check of each address that has one; a slash at its end means nothing."""
    wanted = {one.rstrip("/") for one in endpoints if one}
    if not wanted:
        return {}
    listing = list_key(portal.tenant)
    stored = (await portal.store.read([listing])).get(listing)
    newest = dict[str, list[Key]]()
    for one in listed_in(stored.body)[::-1] if stored else []:
        if one.url.rstrip("/") in wanted:
            newest.setdefault(one.url.rstrip("/"), []).append(Key(portal.tenant, CHECK, one.id))
    looked_at = [key for keys in newest.values() for key in keys[:MOST_LOOKED_AT]]
    known = await portal.store.read(looked_at)
    found = dict[str, Checked]()
    for endpoint in endpoints:
        for key in newest.get(endpoint.rstrip("/"), [])[:MOST_LOOKED_AT]:
            verdicts = verdicts_of(known[key].body) if key in known else None
            if verdicts is not None:
                outcomes = {name: outcome for name, (outcome, _) in verdicts.outcomes.items()}
                found[endpoint] = Checked(key.id, verdicts.finished, outcomes)
                break
    return found
