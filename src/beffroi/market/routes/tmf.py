"""Every address of the TM Forum Open APIs that we answer, made from the rows of the resources."""

from collections.abc import Mapping

from beffroi.market.operations.services import Market
from beffroi.market.routes.documents import Create, create_document, rows
from beffroi.market.routes.hubs import hub_rows
from beffroi.market.routes.reporting import create_usage
from beffroi.market.rules.apis import APIS, RESOURCES
from beffroi.market.rules.apis.tmf635 import USAGE
from beffroi.web.routing import Route

MAKERS: Mapping[str, Create] = {USAGE.name: create_usage}
"""Resources that are made in more ways than one."""

TMF_ROUTES: tuple[Route[Market], ...] = (
    *(row for each in RESOURCES.values() for row in rows(each, MAKERS.get(each.name, create_document))),
    *(row for api in APIS for row in hub_rows(api)),
)
