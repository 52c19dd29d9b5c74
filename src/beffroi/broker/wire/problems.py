"""Write problems as NGSI-LD does (clauses 5.5.2, 5.5.3, 6.3.2, 6.3.3)."""

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import AddressRefused, BadRequestData, Problem, ProblemKind
from beffroi.web.message import Request, Response
from beffroi.web.routing import PLAIN_STATUS

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
BLANK = "about:blank"
TABLE = frozenset(
    """AlreadyExists BadRequestData Conflict InternalError InvalidRequest LdContextNotAvailable
    NoMultiTenantSupport NonexistentTenant OperationNotSupported ResourceNotFound TooComplexQuery
    TooManyResults""".split()
)
"""The error types that there are (table 5.5.2-1); nobody else may name one in ETSI's namespace."""

STATUS = {**PLAIN_STATUS, "InvalidRequest": 400, "BadRequestData": 400}
"""The HTTP status of each kind of problem in NGSI-LD (clause 6.3.2)."""

NO_BODY = frozenset({"LengthRequired", "UnsupportedMediaType"})
"""Clause 6.3.4: these answers are a status alone, unless it is the content coding that is not read."""


def error_type(kind: ProblemKind) -> str:
    """The URI of an error type; where the table has none, the status says it all (RFC 7807, 4.2).

    >>> error_type(BadRequestData), error_type(ProblemKind("TooLarge", "The request is too large"))
    ('https://uri.etsi.org/ngsi-ld/errors/BadRequestData', 'about:blank')
    """
    return ERRORS + kind.name if kind.name in TABLE else BLANK


def kind_in_ngsi_ld(kind: ProblemKind) -> ProblemKind:
    """As what a problem is told: an address that nothing is sent to is data that does not do (5.8.1.4)."""
    return BadRequestData if kind is AddressRefused else kind


def problem_details(problem: Problem) -> JsonObject:
    """The ProblemDetails of clause 5.5.3 (RFC 7807)."""
    kind = kind_in_ngsi_ld(problem.kind)
    return {
        "type": error_type(kind),
        "title": kind.title,
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
