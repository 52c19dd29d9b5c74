"""The nodes on the map of the network as GeoJSON (RFC 7946)."""

from beffroi.kernel.json import encode
from beffroi.portal.reading.network.atlas import features, known_nodes
from beffroi.portal.services import Portal
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments


async def atlas(portal: Portal, _: Request, __: Arguments) -> Response:
    """This node and those that it follows, where they say that they are."""
    headers = {
        "content-type": "application/geo+json",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, encode(features(await known_nodes(portal.network, portal.settings.city))))
