"""The audit log, for operators and auditors."""

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import encode
from beffroi.kernel.problem import BadRequestData, InvalidRequest, Problem
from beffroi.market.operations.auditing import LARGEST_PAGE, Sought, read_audit
from beffroi.market.operations.services import Market
from beffroi.market.rules.documents.question import FARTHEST, USUAL_PAGE
from beffroi.market.wire.problems import JSON
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

PARAMETERS = ("actor", "resource", "id", "since", "until", "offset", "limit")


async def audit_log(market: Market, request: Request, _: Arguments) -> Response:
    """What was done to documents: by whom, when and why, the oldest first."""
    given = request.parameters
    for name in given:
        if name not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise Problem(
                InvalidRequest, f"The parameter '{name[:100]}' is not known here; there are {known}."
            )
    actor, resource, id = (given.get(name, "") for name in ("actor", "resource", "id"))
    sought = Sought(actor, resource, id, _moment(given.get("since")), _moment(given.get("until")))
    offset = _number("offset", given.get("offset", "0"), FARTHEST)
    limit = _number("limit", given.get("limit", str(USUAL_PAGE)), LARGEST_PAGE)
    found = await read_audit(market.store, sought, request.actor, offset, limit)
    counts = {"x-total-count": str(found.total), "x-result-count": str(len(found.entries))}
    status = 200 if len(found.entries) == found.total else 206
    headers = {"content-type": JSON, "cache-control": "no-store", **counts}
    return Response(status, headers, encode([*found.entries]))


def _moment(text: str | None) -> Instant:
    if text is None:
        return NO_INSTANT
    moment = parse_instant(text)
    if moment is None:
        raise Problem(BadRequestData, f"'{text[:40]}' is no date-time with a zone.")
    return moment


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > most:
        raise Problem(BadRequestData, f"The parameter '{name}' is '{text[:50]}', no number from 0 to {most}.")
    return int(text)


AUDIT_ROUTES: tuple[Route[Market], ...] = (Route("GET", "/audit", audit_log, "Audit log", "browse"),)
