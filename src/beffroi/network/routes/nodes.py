"""The rows by which nodes know each other: who this one is, what it says, whom it follows."""

from typing import Final

from beffroi.network.operations.services import Network
from beffroi.network.routes.feed import FEED_ROUTES
from beffroi.network.routes.peers import PEER_ROUTES
from beffroi.web.routing import Route

NODE_ROUTES: Final[tuple[Route[Network], ...]] = (*FEED_ROUTES, *PEER_ROUTES)
"""Below the root of the network."""
