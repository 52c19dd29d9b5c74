"""Operations on needs: similar ones of all cities, and those that several cities have."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.network.operations.documents import retrieve
from beffroi.network.operations.services import Network
from beffroi.network.rules.kind import TENANT, Kind
from beffroi.network.rules.needs.need import INTEREST_KIND, NEED_KIND
from beffroi.network.rules.needs.sharing import Shared, shared_needs
from beffroi.network.rules.needs.similarity import Likeness, Profile, most_alike, profile
from beffroi.store.port import All, Find, Where
from beffroi.web.message import Actor

MOST_COMPARED: Final = 3_000
"""The newest public needs that a need is compared with."""


async def similar(network: Network, name: str, actor: Actor) -> list[tuple[JsonObject, Likeness]]:
    """The public needs that are like this one, the most alike first. Raises Problem(ResourceNotFound)."""
    asked = await need_of(network, name, actor)
    others = [need for need in await _public(network, NEED_KIND) if need["id"] != asked["id"]]
    by_id = {str(need["id"]): need for need in others}
    found = await asyncio.to_thread(_compared, asked, others[-MOST_COMPARED:])
    return [(by_id[id], like) for id, like in found]


async def shared_need(network: Network, name: str, actor: Actor) -> Shared:
    """A need with all who have it. Raises Problem(ResourceNotFound)."""
    need = await need_of(network, name, actor)
    interests = await _public(network, INTEREST_KIND, Where("content.need", "==", "text", str(need["id"])))
    found = shared_needs([need], interests)
    return found[0] if found else Shared(need, ())


async def needs_of_several(network: Network) -> list[Shared]:
    """Every public need that two cities or more have, those of most cities first."""
    needs, interests = await _public(network, NEED_KIND), await _public(network, INTEREST_KIND)
    found = [shared for shared in shared_needs(needs, interests) if shared.is_shared]
    return sorted(found, key=lambda shared: -len(shared.cities))


async def _public(network: Network, kind: Kind, *where: Where) -> list[JsonObject]:
    state = Where("state", "==", "text", "published")
    found = await network.store.find(Find(TENANT, kind.record_kind, where=All((state, *where)), limit=None))
    bodies = [record.body for record in found.records]
    return [body for body in bodies if kind.holds(body)]


async def need_of(network: Network, name: str, actor: Actor) -> JsonObject:
    """One need, of this node or of another. Raises Problem, also for one that this node cannot read."""
    document = await retrieve(network, NEED_KIND, name, actor)
    if not NEED_KIND.holds(document):
        raise Problem(SourceFailed, f"The need of {document['origin']} is not one that this node can read.")
    return document


def _compared(asked: JsonObject, others: Sequence[JsonObject]) -> list[tuple[str, Likeness]]:
    profiles = ((str(need["id"]), _profile(encode(need["content"]))) for need in others)
    return most_alike(_profile(encode(asked["content"])), profiles)


@lru_cache(maxsize=3_000)
def _profile(content: bytes) -> Profile:
    """Reading a need takes longer than comparing it; those that are looked at often are kept."""
    return profile(decode_object(content))
