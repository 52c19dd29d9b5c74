"""The addresses of parties that documents refer to."""

from collections.abc import Iterable

from beffroi.kernel.json import JsonObject
from beffroi.market.rules.terms.addresses import party_address, party_keys
from beffroi.store.port import Store


async def addresses_of(store: Store, parties: Iterable[JsonObject], base: str) -> dict[str, str]:
    """The address of each party by its id, given references to them; `base` is the node's own address."""
    named = {str(party["id"]): party for party in parties}
    kept = await store.read(sorted({key for party in named.values() for key in party_keys(party)}))
    return {id: party_address(base, party, kept) for id, party in named.items()}
