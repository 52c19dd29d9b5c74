"""Questions about calls: what firms ask, and what cities answer for everybody to read."""

from typing import Final

from beffroi.kernel.json import Json
from beffroi.network.operations.calls import questions
from beffroi.network.operations.services import Network
from beffroi.network.routes.documents import CLAUSE, created
from beffroi.network.rules.calls.question import ANSWER_KIND
from beffroi.web.json_api import answer, body_of, parameters_of
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def ask_question(network: Network, request: Request, path: Arguments) -> Response:
    """Ask about an open call, up to the moment that its calendar says; nobody is told who asks."""
    return answer(await questions.ask(network, path["id"], body_of(request), request.actor), 201)


async def list_own_questions(network: Network, request: Request, path: Arguments) -> Response:
    """What the firm has asked, each with the id of its answer."""
    rows: list[Json] = [*await questions.own_questions(network, path["id"], request.actor)]
    return answer({"questions": rows})


async def list_questions(network: Network, request: Request, path: Arguments) -> Response:
    """Every question about a call, without who asked."""
    rows: list[Json] = [*await questions.all_questions(network, path["id"], request.actor)]
    return answer({"questions": rows})


async def answer_question(network: Network, request: Request, path: Arguments) -> Response:
    """Publish the answer to a question, once; `question` says it in words that do not tell who asks."""
    said, actor = body_of(request), request.actor
    made = await questions.answer(network, path["id"], path["question"], said, actor)
    return created(ANSWER_KIND, made, request)


async def correct_answer(network: Network, request: Request, path: Arguments) -> Response:
    """Correct an answer in the open, with the parameter `reason`: its text, or that of the question."""
    reason = parameters_of(request, "reason").get("reason", "")
    patch = body_of(request)
    return answer(await questions.correct_answer(network, path["id"], patch, reason, request.actor))


_ALL: Final = "/calls/{id}/questions"
QUESTION_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("POST", _ALL, ask_question, CLAUSE, "trade"),
    Route("GET", _ALL, list_questions, CLAUSE, "coordinate"),
    Route("GET", f"{_ALL}/mine", list_own_questions, CLAUSE, "trade"),
    Route("POST", f"{_ALL}/{{question}}/answer", answer_question, CLAUSE, "coordinate"),
    Route("PATCH", "/answers/{id}", correct_answer, CLAUSE, "coordinate"),
)
