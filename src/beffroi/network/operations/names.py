"""What nodes are called: as they say of themselves, or by their host if that is not known."""

from collections.abc import Iterable, Mapping

from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import address_of
from beffroi.network.rules.peer import peer_key


async def names_of(network: Network, dids: Iterable[str]) -> Mapping[str, str]:
    """The name of each of these nodes, by DID."""
    wanted = [*dict.fromkeys(dids)]
    own = await network.signer()
    peers = await network.store.read([peer_key(did) for did in wanted])
    names = dict[str, str]()
    for did in wanted:
        peer = peers.get(peer_key(did))
        about = peer.shared.get("about") if peer is not None else None
        said = str(about.get("organisation", "")) if isinstance(about, dict) else ""
        names[did] = own.organisation if did == own.did else said or address_of(did).partition("//")[2]
    return names
