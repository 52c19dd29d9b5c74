"""Operations on needs: similar ones of all cities, and those that several cities have."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.network.operations.documents import Sought, newest_documents, retrieve
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import content_of
from beffroi.network.rules.needs.need import INTEREST_KIND, NEED_KIND
from beffroi.network.rules.needs.sharing import Shared, shared_needs
from beffroi.network.rules.needs.similarity import Likeness, Profile, most_alike, profile
from beffroi.web.message import ANYBODY, Actor

MOST_COMPARED: Final = 3_000
"""The newest public needs that a need is compared with."""
MOST_INTERESTS: Final = 3_000
PUBLISHED: Final = Sought(state="published")


async def similar(network: Network, name: str, actor: Actor) -> list[tuple[JsonObject, Likeness]]:
    """The public needs that are like this one, the most alike first. Raises Problem(ResourceNotFound)."""
    asked = await need_of(network, name, actor)
    newest = await newest_documents(network, NEED_KIND, actor, PUBLISHED, MOST_COMPARED)
    others = [need for need in newest if need["id"] != asked["id"]]
    by_id = {str(need["id"]): need for need in others}
    found = await asyncio.to_thread(_compared, asked, others)
    return [(by_id[id], like) for id, like in found]


async def shared_need(network: Network, name: str, actor: Actor) -> Shared:
    """A need with all who have it. Raises Problem(ResourceNotFound)."""
    need = await need_of(network, name, actor)
    of_it = replace(PUBLISHED, facets={"content.need": str(need["id"])})
    interests = await newest_documents(network, INTEREST_KIND, actor, of_it)
    found = shared_needs([need], interests)
    return found[0] if found else Shared(need, ())


async def needs_of_several(network: Network) -> list[Shared]:
    """The public needs that two cities or more have, as the newest interests say it, those of most cities
    first."""
    interests = await newest_documents(network, INTEREST_KIND, ANYBODY, PUBLISHED, MOST_INTERESTS)
    keys = [NEED_KIND.key(id) for id in dict.fromkeys(str(content_of(each)["need"]) for each in interests)]
    stored = await network.store.read(keys)
    needs = [stored[key].body for key in keys if key in stored and NEED_KIND.holds(stored[key].shared)]
    found = [shared for shared in shared_needs(needs, interests) if shared.is_shared]
    return sorted(found, key=lambda shared: -len(shared.cities))


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
