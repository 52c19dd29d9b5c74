"""Every address of OGC API Features that we answer, one row each."""

from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.routes.catalogue import collection, collection_list, conformance, landing
from beffroi.ogc.routes.openapi import openapi
from beffroi.ogc.routes.pages import item, items
from beffroi.ogc.routes.schemas import queryables, schema
from beffroi.web.routing import Route

OGC_ROUTES: tuple[Route[Ogc], ...] = (
    Route("GET", "/", landing, "17-069r4 7.2"),
    Route("GET", "/openapi", openapi, "17-069r4 7.3"),
    Route("GET", "/conformance", conformance, "17-069r4 7.4"),
    Route("GET", "/collections", collection_list, "17-069r4 7.13"),
    Route("GET", "/collections/{collection}", collection, "17-069r4 7.14"),
    Route("GET", "/collections/{collection}/items", items, "17-069r4 7.15"),
    Route("GET", "/collections/{collection}/items/{feature}", item, "17-069r4 7.16"),
    Route("GET", "/collections/{collection}/schema", schema, "23-058r1 (draft)"),
    Route("GET", "/collections/{collection}/queryables", queryables, "19-079r2 6.2"),
)
