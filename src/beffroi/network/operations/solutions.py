"""Solutions: find one's manifest, by the id of its document or that in the manifest."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, OperationNotSupported, Problem, ResourceNotFound
from beffroi.network.operations.documents import may_see
from beffroi.network.operations.identity import known_did
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.network.rules.solutions.looking import Deployment, deployments_in, references_in, standing
from beffroi.network.rules.solutions.manifest import Manifest, parse_manifest
from beffroi.store.port import All, Either, Filter, Find, Store, Where
from beffroi.web.message import Actor

MOST_TOLD: Final = 5
"""Solutions of one name of which somebody is told to choose one."""
_PUBLISHED: Final = Where("state", "==", "text", "published")
_DRAFT: Final = Where("state", "==", "text", "draft")


def _every_one(_: JsonObject) -> bool:
    """For who sees everything."""
    return True


async def find_solution(
    store: Store, name: str, may_find: Callable[[JsonObject], bool] = _every_one
) -> JsonObject:
    """The document of a solution: its whole id, the id in its manifest, or of one of this node the last
    segment of its id. One of this node goes before others of that name.

    Raises Problem(ResourceNotFound); Problem(Conflict) if several go by that name."""
    async for candidates in _named(store, name):
        found = [each for each in candidates if may_find(each)]
        if len(found) > 1:
            ids = ", ".join(str(each["id"]) for each in found)
            raise Problem(
                Conflict, f"Several solutions go by '{name[:200]}': name one by its whole id, {ids}."
            )
        if found:
            return found[0]
    raise Problem(ResourceNotFound, f"There is no solution '{name[:200]}'.")


async def find_manifest(store: Store, name: str) -> Manifest:
    """The manifest of a known solution."""
    return manifest_in(await find_solution(store, name))


def manifest_in(document: JsonObject) -> Manifest:
    """The manifest in a solution's document. Raises Problem if it does not hold to the format."""
    if not SOLUTION.holds(document):
        raise Problem(BadRequestData, f"This node cannot read the solution '{document['id']}'.")
    content = content_of(document)
    return parse_manifest(cast("JsonObject", content["manifest"]))


async def ask_fit(
    network: Network, name: str, actor: Actor, node: str = "", mapping: JsonObject | None = None
) -> JsonObject:
    """Whether a solution runs on the data of a node: the report of the fit. Raises Problem."""
    document = await seen_solution(network, name, actor)
    manifest_in(document)
    if network.fit is None:
        raise Problem(OperationNotSupported, "This node measures no city.")
    content = content_of(document)
    return await network.fit(cast("JsonObject", content["manifest"]), node, mapping)


async def seen_solution(network: Network, name: str, actor: Actor) -> JsonObject:
    """The document of a solution, if the actor may see it. Raises Problem(ResourceNotFound)."""
    return await find_solution(network.store, name, lambda document: may_see(document, actor))


async def read_deployments(store: Store, document: JsonObject) -> list[JsonObject]:
    """The deployments that a solution claims, each with what was seen of it: those that run first."""
    return await _standing(store, list(deployments_in(document)))


async def read_references(store: Store, document: JsonObject) -> list[JsonObject]:
    """What a practice refers to, each with what was seen of it: what answers first."""
    return await _standing(store, list(references_in(document)))


async def _standing(store: Store, claimed: Sequence[Deployment]) -> list[JsonObject]:
    looks = await store.read([each.key for each in claimed])
    rows = [standing(each, looks[each.key].shared if each.key in looks else None) for each in claimed]
    return sorted(rows, key=lambda row: row["state"] == "gone")


async def _named(store: Store, name: str) -> AsyncIterator[list[JsonObject]]:
    """Who goes by a name, those before others first: by the whole id; of this node by the last segment, then
    by the manifest; of others by the manifest."""
    if name.startswith("did:"):
        yield await _read(store, name)
        return
    own = await known_did(store)
    by_manifest: list[Filter] = [
        Where("content.manifest.id", "==", "text", name),
        Either((_PUBLISHED, _DRAFT)),
    ]
    yield await _read(store, SOLUTION.id_of(own, name))
    yield await _found(store, [*by_manifest, Where("origin", "==", "text", own)])
    yield await _found(store, by_manifest)


async def _read(store: Store, id: str) -> list[JsonObject]:
    return [record.body for record in (await store.read([SOLUTION.key(id)])).values()]


async def _found(store: Store, where: Sequence[Filter]) -> list[JsonObject]:
    found = await store.find(Find(TENANT, SOLUTION.record_kind, where=All(tuple(where)), limit=MOST_TOLD))
    return [record.body for record in found.records]
