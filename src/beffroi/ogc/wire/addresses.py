"""Addresses and links, all absolute, from the address under which the client reached us (RFC 8288)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from beffroi.kernel.json import JsonObject
from beffroi.ogc.operations.services import Ogc
from beffroi.web.message import Request

OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of this room as one client sees them."""

    root: str

    def landing(self) -> str:
        return f"{self.root}/"

    def at(self, path: str, parameters: Mapping[str, str] | None = None) -> str:
        """The address of a path of this room."""
        return f"{self.root}{path}" + (f"?{urlencode(parameters)}" if parameters else "")

    def collection(self, name: str, below: str = "", parameters: Mapping[str, str] | None = None) -> str:
        return self.at(f"/collections/{quote(name, safe='')}{below}", parameters)

    def feature(self, name: str, feature_id: str) -> str:
        return self.collection(name, f"/items/{quote(feature_id, safe=':')}")


def addresses(ogc: Ogc, request: Request) -> Addresses:
    return Addresses(request.base + ogc.prefix)


def link(rel: str, href: str, media: str = "", title: str = "") -> JsonObject:
    """A link object (17-069r4, 7.5.2)."""
    found: JsonObject = {"rel": rel, "href": href}
    if media:
        found["type"] = media
    if title:
        found["title"] = title
    return found


def links_of_publisher(ogc: Ogc) -> list[JsonObject]:
    """The links to the licence of the data and to who answers for it, if the node states them."""
    links = [link("license", ogc.licence, "", "Licence of the data")] if ogc.licence else []
    if ogc.contact:
        href = f"mailto:{ogc.contact}" if "@" in ogc.contact else ogc.contact
        links.append(link("author", href, "", ogc.publisher or "Contact"))
    return links


def attribution(ogc: Ogc) -> JsonObject:
    """Who is to be named with the data (`attribution` of OGC API Common, 19-072)."""
    return {"attribution": ogc.publisher} if ogc.publisher else {}
