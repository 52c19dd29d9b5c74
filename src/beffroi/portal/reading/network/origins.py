"""Origins: which nodes documents come from, and what these are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Record
from beffroi.network.operations.names import names_of
from beffroi.network.rules.identity import address_of
from beffroi.network.rules.peer import peer_key
from beffroi.portal.visit import Visit


@dataclass(frozen=True, slots=True)
class Origin:
    """A node: its DID, its name here, the address at which it is reached, whether it is this one, and, if it
    says so, its longitude and latitude."""

    did: str
    name: str
    address: str
    own: bool
    point: Json = None


async def own_did(visit: Visit) -> str:
    """The DID of this node."""
    return (await visit.portal.network.signer()).did


async def origins(visit: Visit, documents: Iterable[JsonObject]) -> Mapping[str, Origin]:
    """The nodes that these documents come from, by DID, and this one."""
    return await nodes_of(visit, (str(each["origin"]) for each in documents))


async def nodes_of(visit: Visit, named: Iterable[str]) -> Mapping[str, Origin]:
    """These nodes and this one, by DID. A node has the name that it gives itself, or that of its host if it
    is not known."""
    signer = await visit.portal.network.signer()
    own = signer.did
    dids = dict.fromkeys((own, *named))
    known = await visit.portal.store.read([peer_key(did) for did in dids])
    names = {**await names_of(visit.portal.network, dids), own: visit.portal.settings.city}
    points = {did: _point(known.get(peer_key(did))) for did in dids} | {own: signer.place.get("point")}
    return {did: Origin(did, names[did], address_of(did), did == own, points[did]) for did in dids}


def _point(peer: Record | None) -> Json:
    """Where a peer says that it is."""
    about = peer.shared.get("about") if peer is not None else None
    place = about.get("place") if isinstance(about, dict) else None
    return place.get("point") if isinstance(place, dict) else None


def short_id(id: str, own: str) -> str:
    """What names a document in addresses of this node: the last segment of an own one's id, else all of it.

    >>> short_id("did:web:a.example/needs/7", "did:web:a.example")
    '7'
    """
    return id.rpartition("/")[2] if id.startswith(f"{own}/") else id
