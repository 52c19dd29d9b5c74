"""Problems as `application/problem+json` (RFC 9457), which OGC API Features names too (17-069r4, 7.6)."""

from urllib.parse import quote

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Problem
from beffroi.web.message import Request, Response
from beffroi.web.routing import PLAIN_STATUS

PROBLEM = "application/problem+json"


def problem_response(problem: Problem, request: Request) -> Response:
    """The answer to a request that cannot be served."""
    status = PLAIN_STATUS.get(problem.kind.name, 400)
    body: JsonObject = {
        "type": "about:blank",
        "title": problem.kind.title,
        "status": status,
        "detail": problem.detail,
        "instance": quote(request.path[:500]),
        "code": problem.kind.name,
    }
    return Response(status, {"content-type": PROBLEM, **problem.headers}, encode(body))
