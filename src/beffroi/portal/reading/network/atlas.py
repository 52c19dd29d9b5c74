"""Atlas: the nodes that this one knows, with where they are and what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.network.operations.documents import Sought, newest_documents
from beffroi.network.operations.peers import peers
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import address_of
from beffroi.network.rules.membership.kinds import CHAPTER
from beffroi.web.message import Actor

READER: Final = Actor("portal", frozenset())
CITY, CHAPTER_NODE = "city", "chapter"
COLOURS: Final = {CITY: "hue-0", CHAPTER_NODE: "hue-1"}


@dataclass(frozen=True, slots=True)
class Known:
    """A node: its DID, its name and its place's, the address at which it is reached, whether it is a city or
    a chapter, how following it goes (empty for this node), its point in WGS 84 degrees, if it says one."""

    did: str
    name: str
    place: str
    address: str
    sort: str
    state: str
    point: tuple[float, float] | None


async def known_nodes(network: Network, city: str) -> list[Known]:
    """This node, called `city`, first; then those that it follows, by name."""
    own = await network.signer()
    found = await newest_documents(network, CHAPTER, READER, Sought(state="published"))
    chapters = {str(each["origin"]) for each in found}
    said: JsonObject = {"organisation": city, "place": own.place}
    here = _known(own.did, said, "", chapters)
    others = [
        _known(str(each["did"]), cast("JsonObject", each.get("about") or {}), str(each["state"]), chapters)
        for each in await peers(network)
    ]
    return [here, *sorted(others, key=lambda node: node.name)]


def features(nodes: Sequence[Known]) -> JsonObject:
    """Those nodes that say where they are, as the map's script reads them (RFC 7946)."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [*node.point]},
                "properties": {"i": node.did, "n": node.name, "t": node.sort},
            }
            for node in nodes
            if node.point is not None
        ],
    }


def _known(did: str, said: Mapping[str, Json], state: str, chapters: set[str]) -> Known:
    place = said.get("place")
    where = place if isinstance(place, dict) else {}
    address = address_of(did)
    name = str(said.get("organisation", "")) or address.partition("//")[2]
    sort = CHAPTER_NODE if did in chapters else CITY
    return Known(did, name, str(where.get("name", "")), address, sort, state, _point(where.get("point")))


def _point(value: Json) -> tuple[float, float] | None:
    match value:
        case [int() | float() as east, int() | float() as north]:
            return float(east), float(north)
        case _:
            return None
