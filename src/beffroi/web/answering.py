"""Answer one request: find its row, let the actor in, read the body, serve, render what goes wrong."""

from collections.abc import Callable
from typing import Final

from beffroi.kernel.problem import InternalError, Problem
from beffroi.web.body import Incoming
from beffroi.web.failure import Failure
from beffroi.web.message import Request, Response
from beffroi.web.paths import Render
from beffroi.web.routing import READING, WITHOUT_BODY, Table


async def answer(
    table: Table, request: Request, admit: Callable[[Request, str], None], incoming: Incoming | None = None
) -> Response:
    """Answer one request: find the row, let `admit` refuse the actor, read the body that is `incoming`,
    serve, render a problem. Who may not pass has not had a body read; without it the request has its body."""
    render: Render | None = None
    try:
        endpoint, arguments = table.find(request)
        request.route, render = endpoint.path, endpoint.render
        admit(request, endpoint.needs)
        if incoming is not None and request.method not in WITHOUT_BODY:
            request.body = await incoming.read()
        request.only_reads = endpoint.needs in READING
        return await endpoint.serve(request, arguments)
    except Problem as problem:
        response = (render or table.render(request))(_tellable(problem, request), request)
        if problem.kind is InternalError:
            raise Failure(response, problem) from problem
        return response
    except Exception as failure:
        raise Failure((render or table.render(request))(_FAILED, request), failure) from failure


def _tellable(problem: Problem, request: Request) -> Problem:
    """A problem as the client may know it: who bought a part learns of no other record."""
    return _FAILED if problem.kind is InternalError and request.actor.grant is not None else problem


_FAILED: Final = Problem(InternalError, "The node failed; its log says where.")
