"""What the parties are called that a page names, in its language."""

from collections.abc import Iterable, Mapping

from beffroi.portal.reading.market.held import party_names
from beffroi.portal.visit import Visit


async def called(visit: Visit, ids: Iterable[str]) -> Mapping[str, str]:
    """The names by the ids; one that was erased has none, which is said."""
    return await party_names(visit.market.store, ids, visit.say("an erased person"))
