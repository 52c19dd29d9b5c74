"""Every address of the TM Forum Open APIs that we answer, made from the rows of the resources."""

from beffroi.market.operations.services import Market
from beffroi.market.routes.documents import rows
from beffroi.market.routes.hubs import hub_rows
from beffroi.market.rules.apis import APIS, RESOURCES
from beffroi.web.routing import Route

TMF_ROUTES: tuple[Route[Market], ...] = (
    *(row for resource in RESOURCES.values() for row in rows(resource)),
    *(row for api in APIS for row in hub_rows(api)),
)
