"""Query parameters of the market's own addresses."""

from collections.abc import Collection

from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.web.message import Request


def parameters_in(request: Request, known: Collection[str]) -> dict[str, str]:
    """The query parameters. Raises Problem(InvalidRequest) for one that is not known."""
    for name in request.parameters:
        if name not in known:
            raise Problem(InvalidRequest, f"The parameter '{name[:100]}' is not known here.")
    return request.parameters
