"""Write problems as NGSI-LD does (clauses 5.5.2, 5.5.3, 6.3.2, 6.3.3)."""

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Problem
from beffroi.web.message import Request, Response
from beffroi.web.routing import PLAIN_STATUS

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
STATUS = {**PLAIN_STATUS, "InvalidRequest": 400, "BadRequestData": 400}
"""The HTTP status of each kind of problem in NGSI-LD (clause 6.3.2)."""

NO_BODY = frozenset({"LengthRequired", "UnsupportedMediaType"})
"""Clause 6.3.4: these answers are a status alone, unless it is the content coding that is not read."""


def problem_details(problem: Problem) -> JsonObject:
    """The ProblemDetails of clause 5.2.18 (RFC 7807)."""
    return {
        "type": ERRORS + problem.kind.name,
        "title": problem.kind.title,
        "detail": problem.detail,
        "status": STATUS.get(problem.kind.name, 400),
    }


def problem_response(problem: Problem, request: Request) -> Response:
    """The answer to a request that cannot be served."""
    status = STATUS.get(problem.kind.name, 400)
    headers = {**echoed(request), **problem.headers}
    if problem.kind.name in NO_BODY and "accept-encoding" not in problem.headers:
        return Response(status, headers)
    return Response(status, {"content-type": "application/json", **headers}, encode(problem_details(problem)))


def echoed(request: Request) -> dict[str, str]:
    """The headers that every answer repeats (clause 6.3.14)."""
    tenant = request.headers.get("ngsild-tenant")
    return {"ngsild-tenant": tenant} if tenant and tenant.isascii() and tenant.isprintable() else {}
