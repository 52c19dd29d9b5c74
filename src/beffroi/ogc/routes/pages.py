"""Features of a collection, a page or one of them (17-069r4, 7.15, 7.16)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from beffroi.broker.rules.entity.entity import KIND, entity_key, entity_of
from beffroi.broker.rules.entity.expiry import lasting_records
from beffroi.broker.rules.names import is_uri
from beffroi.kernel.instant import Instant, datetime_of, shortened
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import Problem, ResourceNotFound, TooComplexQuery
from beffroi.kernel.record import Record
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.operations.survey import PIECE, survey_of, type_of, whole_survey_of
from beffroi.ogc.rules.bounds import encloses
from beffroi.ogc.rules.columns import Survey
from beffroi.ogc.rules.selection import keeper, narrowed
from beffroi.ogc.wire import parameters as wire
from beffroi.ogc.wire.addresses import CRS84, Addresses, addresses, link
from beffroi.ogc.wire.parameters import CSV, FORMATS, GEOJSON, JSON, Asked
from beffroi.ogc.wire.writing import Frame, csv_pieces, feature, geojson_pieces
from beffroi.store.port import Find, Found
from beffroi.web.message import Request, Response, Tally
from beffroi.web.paths import Arguments
from beffroi.web.tenant import tenant_of

EDITION = "1"
"""Changes when the same entity is shown differently, so that no cache keeps the old shape."""

CSV_TYPE = "text/csv; charset=utf-8; header=present"
ITEM_FORMATS = {"json": GEOJSON, "geojson": GEOJSON}


@dataclass(frozen=True, slots=True)
class Page:
    """One page to be written: its first records, and where it ends (`last`, None: with these)."""

    first: Found
    next: int | None
    last: int | None


async def items(ogc: Ogc, request: Request, path: Arguments) -> Response:
    """A page of features. Up to PIECE features come in one piece with an ETag, more in several."""
    media = wire.media_of(request, FORMATS, (GEOJSON, JSON, CSV))
    tenant, name = tenant_of(request), path["collection"]
    entity_type = await type_of(ogc, tenant, name)
    given = request.parameters
    columns, geometries = list[str](), frozenset[str]()
    asked = None
    if media == CSV or "bbox" in given or wire.needs_columns(given):
        look = whole_survey_of if media == CSV or wire.needs_columns(given) else survey_of
        survey = await look(ogc, tenant, entity_type)
        asked = _without_needless_bounds(wire.read_items(given, entity_type, survey.columns), survey)
        geometries = frozenset(survey.geometries)
        columns = [column for column in survey.columns if not asked.columns or column in asked.columns]
    asked = asked or wire.read_items(given, entity_type, {})
    make = _Maker(ogc, tenant, asked, geometries)
    page = await _page(ogc, make, asked)
    following = None if page.next is None else wire.place_of(page.next, page.first.count)
    links = _links(addresses(ogc, request), name, request, media, following)
    headers = _headers(media, links)
    if page.last is None:
        headers["etag"] = _etag(request, media, page, columns)
        if _is_known(request, headers["etag"]):
            return Response(304, headers)
    tally = Tally()
    records = _counted_into(tally, ogc, _records(ogc, make, page))
    if media == CSV:
        pieces = csv_pieces(records, columns, ogc.reader)
    else:
        frame = Frame(page.first.count, shortened(ogc.broker.now()), links)
        pieces = geojson_pieces(records, frame, ogc.reader, asked.columns)
    if page.last is not None:
        return Response(200, headers, pieces=pieces, tally=tally)
    return Response(200, headers, b"".join([piece async for piece in pieces]), tally=tally)


async def item(ogc: Ogc, request: Request, path: Arguments) -> Response:
    """One feature; its id is the entity's id."""
    wire.only(request, frozenset({"f"}))
    media = wire.media_of(request, ITEM_FORMATS, (GEOJSON, JSON))
    tenant, name, feature_id = tenant_of(request), path["collection"], path["feature"]
    entity_type = await type_of(ogc, tenant, name)
    key = entity_key(tenant, feature_id)
    found = await ogc.broker.store.read([key]) if is_uri(feature_id) else {}
    record = next(iter(lasting_records(found.values(), ogc.broker.now)), None)
    if record is None or entity_type not in entity_of(record.body)["type"]:
        raise Problem(ResourceNotFound, f"The collection '{name}' has no feature '{feature_id[:200]}'.")
    body = feature(record, ogc.reader, frozenset())
    at = addresses(ogc, request)
    links = [
        link("self", at.feature(name, feature_id), media),
        link("collection", at.collection(name), JSON, name),
    ]
    body["links"] = list[Json](links)
    headers = _headers(media, [])
    headers["etag"] = _tag(request.base, media, _version(record))
    changed = entity_of(record.body).get("modifiedAt")
    if changed:
        headers["last-modified"] = format_datetime(datetime_of(Instant(changed)), usegmt=True)
    if _is_known(request, headers["etag"]) or _is_unchanged(request, changed or ""):
        return Response(304, headers)
    return Response(200, headers, encode(body), tally=Tally(1))


def _without_needless_bounds(asked: Asked, survey: Survey) -> Asked:
    """The same without bounds that every feature lies within, so that an index alone can count."""
    bounds = asked.selection.bounds
    if bounds is None or survey.box is None or survey.unplaced or not survey.whole:
        return asked
    if not encloses(bounds, survey.box):
        return asked
    return replace(asked, selection=replace(asked.selection, bounds=None))


class _Maker:
    """Makes the Find of one request; every search gets its own allowance of features to read."""

    def __init__(self, ogc: Ogc, tenant: str, asked: Asked, geometries: frozenset[str]) -> None:
        self._ogc = ogc
        self._tenant = tenant
        self._asked = asked
        self._where = narrowed(asked.selection, geometries, ogc.context)

    @property
    def is_cheap(self) -> bool:
        """Whether an index alone can count."""
        return self._asked.selection.is_everything

    def find(self, after: int, limit: int, *, offset: int = 0, count: bool = False) -> Find:
        keep = None if self.is_cheap else keeper(self._asked.selection, self._ogc.reader)
        return Find(
            self._tenant, KIND, self._where, keep, exact=self.is_cheap,
            after=after, offset=offset, limit=limit, count=count,
        )  # fmt: skip


async def _page(ogc: Ogc, make: _Maker, asked: Asked) -> Page:
    """Find the first records, and for a long page its last one, so that `next` is known before."""
    find = ogc.broker.store.find
    first = await _counted(ogc, make, asked)
    if not first.more or asked.limit <= PIECE:
        left = replace(first, records=lasting_records(first.records, ogc.broker.now))
        return Page(left, first.records[-1].number if first.more else None, None)
    end = await find(make.find(asked.after, 1, offset=asked.limit - 1))
    if not end.records:
        return Page(first, None, 1 << 62)
    last = end.records[0].number
    return Page(first, last if end.more else None, last)


async def _counted(ogc: Ogc, make: _Maker, asked: Asked) -> Found:
    """The first records; all that match are counted on the first page, and the links carry the number on."""
    find, limit = ogc.broker.store.find, min(asked.limit, PIECE)
    if not asked.after:
        try:
            return await find(make.find(asked.after, limit, count=True))
        except Problem as problem:
            if problem.kind is not TooComplexQuery:
                raise
    return replace(await find(make.find(asked.after, limit)), count=asked.matched)


async def _records(ogc: Ogc, make: _Maker, page: Page) -> AsyncIterator[list[Record]]:
    """The records of a page, PIECE at a time."""
    found = page.first
    yield found.records
    while page.last is not None and found.more:
        found = await ogc.broker.store.find(make.find(found.records[-1].number, PIECE))
        some = [record for record in found.records if record.number <= page.last]
        yield some
        if len(some) < len(found.records) or not some or some[-1].number == page.last:
            return


async def _counted_into(
    tally: Tally, ogc: Ogc, pages: AsyncIterator[list[Record]]
) -> AsyncIterator[list[Record]]:
    """What is left of the records (NGSI-LD clause 4.22), counted."""
    async for stored in pages:
        records = lasting_records(stored, ogc.broker.now)
        tally.entities += len(records)
        yield records


def _links(at: Addresses, name: str, request: Request, media: str, following: str | None) -> list[JsonObject]:
    given = {key: text for key, text in request.parameters.items() if key not in {"f", "after"}}
    chosen = {"f": request.parameters["f"]} if "f" in request.parameters else {}
    start = {"after": request.parameters["after"]} if "after" in request.parameters else {}
    links = [link("self", at.collection(name, "/items", {**given, **chosen, **start}), media)]
    for word, other in (("geojson", GEOJSON), ("csv", CSV)):
        if other != media:
            href = at.collection(name, "/items", {**given, "f": word, **start})
            links.append(link("alternate", href, other))
    if following is not None:
        href = at.collection(name, "/items", {**given, **chosen, "after": following})
        links.append(link("next", href, media))
    links.append(link("collection", at.collection(name), JSON, name))
    return links


def _headers(media: str, links: list[JsonObject]) -> dict[str, str]:
    headers = {
        "content-type": CSV_TYPE if media == CSV else media,
        "content-crs": f"<{CRS84}>",
        "cache-control": "no-cache",
        "vary": "accept, ngsild-tenant",
    }
    if links:
        headers["link"] = ", ".join(
            f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in links
        )
    return headers


def _etag(request: Request, media: str, page: Page, columns: Sequence[str]) -> str:
    """A mark of all that the page shows but the moment: its records in their versions, and the count."""
    versions = map(_version, page.first.records)
    heading = ",".join(columns) if media == CSV else ""
    around = (request.base, request.query, media, heading, str(page.first.count), str(page.next))
    return _tag(*around, *versions)


def _version(record: Record) -> str:
    """What has lost something that expired is shorter than it was, and of the same version."""
    return f"{record.number}.{record.version}.{len(record.document)}"


def _tag(*parts: str) -> str:
    return f'W/"{sha256(chr(10).join((EDITION, *parts)).encode()).hexdigest()[:32]}"'


def _is_known(request: Request, tag: str) -> bool:
    """RFC 9110, 13.1.2: weak comparison with the tags that the client has."""
    given = request.headers.get("if-none-match", "")
    names = {name.strip().removeprefix("W/") for name in given[:10_000].split(",")}
    return "*" in names or tag.removeprefix("W/") in names


def _is_unchanged(request: Request, changed: str) -> bool:
    """RFC 9110, 13.1.3: a date counts only where no tag is given."""
    given: Mapping[str, str] = request.headers
    if "if-none-match" in given or "if-modified-since" not in given or not changed:
        return False
    try:
        since = parsedate_to_datetime(given["if-modified-since"])
        return datetime_of(Instant(changed)).replace(microsecond=0) <= since
    except (TypeError, ValueError):
        return False
