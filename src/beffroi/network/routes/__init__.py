"""Every operation of the network one row."""

from typing import Final

from beffroi.network.operations.services import Network
from beffroi.network.routes.calls import CALL_ROUTES
from beffroi.network.routes.comparison import COMPARISON_ROUTES
from beffroi.network.routes.contracts import CONTRACT_ROUTES
from beffroi.network.routes.documents import document_rows
from beffroi.network.routes.needs import NEED_ROUTES
from beffroi.network.routes.questions import QUESTION_ROUTES
from beffroi.network.routes.solutions import SOLUTION_ROUTES
from beffroi.network.routes.strategy import STRATEGY_ROUTES
from beffroi.network.rules.kinds import KINDS
from beffroi.web.routing import Route

NETWORK_ROUTES: Final[tuple[Route[Network], ...]] = (
    *(row for kind in KINDS.values() for row in document_rows(kind)),
    *STRATEGY_ROUTES,
    *NEED_ROUTES,
    *CALL_ROUTES,
    *QUESTION_ROUTES,
    *SOLUTION_ROUTES,
    *COMPARISON_ROUTES,
    *CONTRACT_ROUTES,
)
