"""Every NGSI-LD operation that we answer, one row each; the conformance page is printed from here."""

from beffroi.broker.operations.services import Broker
from beffroi.broker.routes.batch import BATCH_ROUTES
from beffroi.broker.routes.discovery import DISCOVERY_ROUTES
from beffroi.broker.routes.entities import ENTITY_ROUTES
from beffroi.broker.routes.provision import PROVISION_ROUTES
from beffroi.broker.routes.subscriptions import SUBSCRIPTION_ROUTES
from beffroi.broker.routes.temporal import TEMPORAL_ROUTES
from beffroi.web.routing import Route

ROUTES: tuple[Route[Broker], ...] = (
    *ENTITY_ROUTES,
    *BATCH_ROUTES,
    *DISCOVERY_ROUTES,
    *SUBSCRIPTION_ROUTES,
    *TEMPORAL_ROUTES,
    *PROVISION_ROUTES,
)
