"""Clauses, comparisons, runs of contracts and their story."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import BadRequestData, InvalidRequest, OperationNotSupported, Problem
from beffroi.network.operations.contracts import begin, decide_open, evidence_of, purpose_of, story
from beffroi.network.operations.services import Buying, Network
from beffroi.network.routes.documents import CLAUSE, created, shown
from beffroi.network.rules.contracts.kinds import ACCEPTANCE
from beffroi.web.json_api import answer, body_of, optional_body_of, parameters_of, text_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def read_clauses(network: Network, request: Request, _: Arguments) -> Response:
    """Clauses for some requirements, bound to their tests: the pack (json), or the text (html, docx)."""
    asked = parameters_of(request, "requirement", "applies", "format", "lang")
    form, lang = asked.get("format", "json"), asked.get("lang", "both")
    names, applies = _names(asked.get("requirement", "")), _names(asked.get("applies", ""))
    media, text = await _buying(network).clauses(names, applies, form, lang)
    headers = {"content-type": media, "x-content-type-options": "nosniff"}
    if form != "html":
        headers["content-disposition"] = f'attachment; filename="clauses.{form}"'
    else:
        headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return Response(200, headers, text)


async def compare_packs(network: Network, request: Request, _: Arguments) -> Response:
    """A bidder's evidence pack judged again, and with `again` repeated: every difference and why."""
    body = body_of(request)
    evidence, clauses = body.get("evidence"), body.get("clauses")
    if not isinstance(evidence, dict) or not isinstance(clauses, dict):
        raise Problem(BadRequestData, "A comparison needs 'evidence', a pack, and 'clauses', a clause pack.")
    again = body.get("again", False)
    if not isinstance(again, bool):
        raise Problem(BadRequestData, "The member 'again' is true or false.")
    url = text_in(body, "url") or ""
    found = await _buying(network).compare(encode(evidence), encode(clauses), url, again=again)
    return answer(found)


async def begin_run(network: Network, request: Request, path: Arguments) -> Response:
    """Run the tests of a contract: its acceptance, or a review. The run is done in the background."""
    purpose = text_in(optional_body_of(request), "purpose") or ""
    buying = _buying(network)
    made = await begin(network, path["id"], purpose_of(purpose), request.actor)
    buying.wake()
    response = created(ACCEPTANCE, made, request)
    return Response(202, response.headers, response.body)


async def read_story(network: Network, request: Request, path: Arguments) -> Response:
    """Where a contract stands: its runs and its breaches, the newest first."""
    found = await story(network, path["id"], request.actor)
    runs: list[Json] = [shown(one, request.actor) for one in found.runs]
    breaches: list[Json] = [shown(one, request.actor) for one in found.breaches]
    body: JsonObject = {
        "contract": shown(found.contract, request.actor),
        "standing": found.standing,
        "accepted": found.course.accepted or None,
        "running": found.course.running or None,
        "unreachableSince": found.course.silent or None,
        "due": found.course.due or None,
        "runs": runs,
        "breaches": breaches,
    }
    return answer(body)


async def decide_clause(network: Network, request: Request, path: Arguments) -> Response:
    """Decide in writing that an open clause is fulfilled, with the reason and the document."""
    body = body_of(request)
    requirement, reason = text_in(body, "requirement"), text_in(body, "reason")
    if not requirement or not reason:
        raise Problem(BadRequestData, "A decision names the 'requirement' and the 'reason'.")
    document = text_in(body, "document") or ""
    return answer(await decide_open(network, path["id"], requirement, reason, document, request.actor))


async def read_evidence(network: Network, request: Request, path: Arguments) -> Response:
    """The evidence pack of a run, for anybody to judge again."""
    headers = {
        "content-type": "application/json",
        "content-disposition": 'attachment; filename="evidence.json"',
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, await evidence_of(network, path["id"], request.actor))


def _names(text: str) -> list[str]:
    if len(text) > 4_000:
        raise Problem(InvalidRequest, "The list of requirements has more than 4,000 characters.")
    return [name for name in text.split(",") if name]


def _buying(network: Network) -> Buying:
    if network.buying is None:
        raise Problem(OperationNotSupported, "This node runs no checks.")
    return network.buying


CONTRACT_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("GET", "/clauses", read_clauses, CLAUSE, "nothing"),
    Route("POST", "/pack-comparisons", compare_packs, CLAUSE, "steer"),
    Route("POST", "/contracts/{id}/run", begin_run, CLAUSE, "steer"),
    Route("GET", "/contracts/{id}/story", read_story, CLAUSE, "nothing"),
    Route("POST", "/acceptances/{id}/decide", decide_clause, CLAUSE, "steer"),
    Route("GET", "/acceptances/{id}/evidence", read_evidence, CLAUSE, "nothing"),
)
