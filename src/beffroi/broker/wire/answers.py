"""Write entities, pages and batch results as HTTP answers (clauses 6.3.6, 6.3.10, 6.3.13, 6.3.15)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast
from urllib.parse import quote, urlencode

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.jsonld import named
from beffroi.broker.rules.entity.results import Answer, BatchResult
from beffroi.broker.rules.entity.write import Refusal
from beffroi.broker.rules.query.query import Page
from beffroi.broker.rules.representation.linked import Shown
from beffroi.broker.rules.representation.represent import feature_of
from beffroi.broker.wire.headers import GEO_JSON, JSON, LD_JSON, context_link, prefers_plain_body
from beffroi.broker.wire.problems import echoed, problem_details
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.web.message import Request, Response, Tally

ROOT = "/ngsi-ld/v1"
_PLAIN = r"[A-Za-z0-9.]+=[A-Za-z0-9._~!$'()*,;:@/?%=+-]*"
_PLAIN_QUERY = re.compile(rf"(?:{_PLAIN}(?:&{_PLAIN})*)?")
"""Parameters whose names are not encoded, and whose values may stand in a Link as they are (RFC 3986)."""


def nothing(request: Request) -> Response:
    """204: done, and nothing to say."""
    return Response(204, echoed(request))


def created(request: Request, kind: str, resource_id: str) -> Response:
    """201 with the address of what was created."""
    location = f"{ROOT}/{kind}/{quote(resource_id, safe=':')}"
    return Response(201, {"location": location, **echoed(request)})


def updated(request: Request, changed: Sequence[str], refused: Sequence[Refusal]) -> Response:
    """204, or 207 with an UpdateResult (clause 5.2.18) if something was left alone."""
    if not refused:
        return nothing(request)
    left = {refusal.name for refusal in refused if not refusal.partly}
    body: JsonObject = {
        "updated": [name for name in changed if name not in left],
        "notUpdated": [{"attributeName": r.name, "reason": r.reason} for r in refused],
    }
    return Response(207, {"content-type": JSON, **echoed(request)}, encode(body))


def batch_response(request: Request, result: BatchResult, *, lists_created: bool) -> Response:
    """201 with the new ids, 204, or 207 with a BatchOperationResult (clauses 5.2.16, 6.14.3.1)."""
    headers = echoed(request)
    if result.problems:
        body: JsonObject = {
            "success": cast("Json", [*result.created, *result.changed]),
            "errors": [{"entityId": i, "error": problem_details(p)} for i, p in result.problems],
        }
        return Response(207, {"content-type": JSON, **headers}, encode(body))
    if lists_created and result.created:
        ids = list(dict.fromkeys(result.created))
        return Response(201, {"content-type": JSON, **headers}, encode(cast("Json", ids)))
    return Response(204, headers)


def written_response(request: Request, body: bytes, context: Context, media: str) -> Response:
    """One entity that is written already, in JSON or JSON-LD."""
    return _text_response(request, [body], context, media, {}, b"%s")


def written_page(
    request: Request, answer: Answer, page: Page, bodies: Sequence[bytes], context: Context, media: str
) -> Response:
    """A page of entities that are written already, in JSON or JSON-LD."""
    headers = page_headers(request, page, answer.more, answer.count, media)
    return _text_response(request, bodies, context, media, headers, b"[%s]")


def _text_response(
    request: Request,
    bodies: Sequence[bytes],
    context: Context,
    media: str,
    headers: Mapping[str, str],
    frame: bytes,
) -> Response:
    sent = {"content-type": media, **echoed(request), **headers}
    if media == LD_JSON:
        source = b'"@context":%s}' % encode(context.source)
        bodies = [b"{" + source if body == b"{}" else body[:-1] + b"," + source for body in bodies]
    else:
        sent = _linked(sent, context)
    return Response(200, sent, frame % b",".join(bodies), tally=Tally(len(bodies)))


def entity_response(request: Request, shown: Sequence[Shown], context: Context, media: str) -> Response:
    """One entity in the media type asked for, and those that flattened retrieval appends to it.

    The official suite wants an object, not an array, where there is nothing to append (docs/doubts.md).
    """
    one = shown[0]
    if media != GEO_JSON:
        body: Json = one.body if len(shown) == 1 else [each.body for each in shown]
        return replace(json_response(request, body, context, media), tally=Tally(len(shown)))
    if one.view.join and one.view.join.shape == "flat":
        return _geo_response(request, _collection(shown), context, {})
    return _geo_response(request, feature_of(*one), context, {})


def entities_response(
    request: Request, answer: Answer, page: Page, shown: Sequence[Shown], context: Context, media: str
) -> Response:
    """A page of entities with its links and its count."""
    headers = page_headers(request, page, answer.more, answer.count, media)
    if media == GEO_JSON:
        return _geo_response(request, _collection(shown), context, headers)
    body: Json = [each.body for each in shown]
    return replace(json_response(request, body, context, media, headers), tally=Tally(len(shown)))


def json_response(
    request: Request, body: Json, context: Context, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A body in JSON, with a Link to its @context, or in JSON-LD with the @context inside."""
    sent = {"content-type": media, **echoed(request), **(headers or {})}
    if media == LD_JSON:
        return Response(200, sent, encode(_with_context(body, context)))
    return Response(200, _linked(sent, context), encode(body))


def page_headers(request: Request, page: Page, more: bool, count: int | None, media: str) -> dict[str, str]:  # noqa: FBT001
    """Link headers to the pages around this one, and the number of all results."""
    links: list[str] = []
    if more and page.limit:
        links.append(_page_link(request, page.offset + page.limit, page.limit, "next", media))
    if page.offset and page.limit:
        links.append(_page_link(request, max(page.offset - page.limit, 0), page.limit, "prev", media))
    headers = {"link": ", ".join(links)} if links else {}
    if count is not None:
        headers["ngsild-results-count"] = str(count)
    return headers


def _page_link(request: Request, offset: int, limit: int, relation: str, media: str) -> str:
    query = _other_page(request.query, limit, offset)
    if query is None:
        parameters = {**request.parameters, "limit": str(limit), "offset": str(offset)}
        query = urlencode(parameters, quote_via=quote)
    return f'<{quote(request.path.rstrip("/"), safe="/:")}?{query}>; rel="{relation}"; type="{media}"'


def _other_page(query: str, limit: int, offset: int) -> str | None:
    """A query string as it came, for another page; None where it has to be written anew.

    >>> _other_page("type=Room&limit=5&q=n%3E3", 20, 40)
    'type=Room&q=n%3E3&limit=20&offset=40'
    """
    if _PLAIN_QUERY.fullmatch(query) is None:
        return None
    kept = [part for part in query.split("&") if part and not part.startswith(("limit=", "offset="))]
    return "&".join([*kept, f"limit={limit}", f"offset={offset}"])


def _geo_response(
    request: Request, body: JsonObject, context: Context, headers: Mapping[str, str]
) -> Response:
    sent = {"content-type": GEO_JSON, **echoed(request), **headers}
    if prefers_plain_body(request):
        return Response(200, _linked(sent, context), encode(body), tally=_features(body))
    return Response(200, sent, encode({**body, "@context": context.source}), tally=_features(body))


def _features(body: JsonObject) -> Tally:
    features = body.get("features")
    return Tally(len(features) if isinstance(features, list) else 1)


def _collection(shown: Iterable[Shown]) -> JsonObject:
    return {"type": "FeatureCollection", "features": [feature_of(*each) for each in shown]}


def _with_context(body: Json, context: Context) -> Json:
    if isinstance(body, list):
        return [_with_context(item, context) for item in body]
    return {**body, "@context": context.source} if isinstance(body, dict) else body


def _linked(headers: dict[str, str], context: Context) -> dict[str, str]:
    url = named(context.source)
    if url is None:
        return headers
    link = context_link(url)
    return {**headers, "link": f"{headers['link']}, {link}" if "link" in headers else link}
