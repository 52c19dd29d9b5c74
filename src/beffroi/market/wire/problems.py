"""Problems as TMF630 writes them: code, reason, message, status, referenceError."""

from collections.abc import Mapping

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Problem
from beffroi.web.message import Request, Response
from beffroi.web.routing import PLAIN_STATUS

JSON = "application/json;charset=utf-8"
STATUS: Mapping[str, int] = {
    **PLAIN_STATUS,
    "TooComplexQuery": 400,
    "TooManyResults": 400,
    "OperationNotSupported": 501,
    "AddressRefused": 400,
}


def problem_response(problem: Problem, _: Request) -> Response:
    """The Error of TMF630: `code` is the name of our kind, `reason` its title, `message` the sentence."""
    status = STATUS.get(problem.kind.name, 400)
    body: JsonObject = {
        "code": problem.kind.name,
        "reason": problem.kind.title,
        "message": problem.detail,
        "status": str(status),
        "referenceError": f"urn:beffroi:problem:{problem.kind.name}",
        "@type": "Error",
    }
    return Response(status, {"content-type": JSON, **problem.headers}, encode(body))
