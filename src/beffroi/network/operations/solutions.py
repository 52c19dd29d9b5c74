"""Solutions: find one's manifest, by the id of its document or that in the manifest."""

from collections.abc import Sequence
from typing import cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, OperationNotSupported, Problem, ResourceNotFound
from beffroi.kernel.record import Record
from beffroi.network.operations.documents import may_see
from beffroi.network.operations.services import Network
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.network.rules.solutions.looking import Deployment, deployments_in, references_in, standing
from beffroi.network.rules.solutions.manifest import Manifest, parse_manifest
from beffroi.store.port import Find, Store, Where
from beffroi.web.message import Actor


async def find_solution(store: Store, name: str) -> JsonObject:
    """The document of a solution: its whole id, the last segment of it, or the id in its manifest.

    Raises Problem(ResourceNotFound); Problem(Conflict) if several go by that name."""
    found = await _named(store, name)
    if not found:
        raise Problem(ResourceNotFound, f"There is no solution '{name[:200]}'.")
    if len(found) > 1:
        raise Problem(Conflict, f"{len(found)} solutions go by '{name[:200]}': name one by its whole id.")
    return found[0].body


async def find_manifest(store: Store, name: str) -> Manifest:
    """The manifest of a known solution."""
    return manifest_in(await find_solution(store, name))


def manifest_in(document: JsonObject) -> Manifest:
    """The manifest in a solution's document. Raises Problem if it does not hold to the format."""
    if not SOLUTION.holds(document):
        raise Problem(BadRequestData, f"This node cannot read the solution '{document['id']}'.")
    content = cast("JsonObject", document["content"])
    return parse_manifest(cast("JsonObject", content["manifest"]))


async def ask_fit(
    network: Network, name: str, actor: Actor, node: str = "", mapping: JsonObject | None = None
) -> JsonObject:
    """Whether a solution runs on the data of a node: the report of the fit. Raises Problem."""
    document = await seen_solution(network, name, actor)
    manifest_in(document)
    if network.fit is None:
        raise Problem(OperationNotSupported, "This node measures no city.")
    content = cast("JsonObject", document["content"])
    return await network.fit(cast("JsonObject", content["manifest"]), node, mapping)


async def seen_solution(network: Network, name: str, actor: Actor) -> JsonObject:
    """The document of a solution, if the actor may see it. Raises Problem(ResourceNotFound)."""
    document = await find_solution(network.store, name)
    if not may_see(document, actor):
        raise Problem(ResourceNotFound, f"There is no solution '{name[:200]}'.")
    return document


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


async def _named(store: Store, name: str) -> Sequence[Record]:
    if name.startswith("did:"):
        key = SOLUTION.key(name)
        return list((await store.read([key])).values())
    by_manifest = await store.find(
        Find(TENANT, SOLUTION.record_kind, Where("content.manifest.id", "==", "text", name), limit=None)
    )
    standing = [each for each in by_manifest.records if "withdrawn" not in each.shared]
    if standing:
        return standing
    ending = f"/{SOLUTION.path}/{name}"
    found = await store.find(
        Find(TENANT, SOLUTION.record_kind, keep=lambda r: r.key.id.endswith(ending), limit=2)
    )
    return found.records
