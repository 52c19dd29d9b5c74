"""Calls: each step one row, what firms send, what the jury says, the ranking and the award."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations.calls import applications, evidence, jury, steps
from beffroi.network.operations.services import Network
from beffroi.network.routes.documents import CLAUSE, created
from beffroi.network.rules.calls.award import AWARD_KIND, PUBLISHED, Decision, explained
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.ranking import TIE_RULE
from beffroi.web.json_api import JSON, answer, body_of, optional_body_of, parameters_of, text_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def create_call(network: Network, request: Request, _: Arguments) -> Response:
    """A new call, a draft."""
    return created(CALL_KIND, await steps.begin(network, body_of(request), request.actor), request)


async def change_call(network: Network, request: Request, path: Arguments) -> Response:
    """Merge a patch (RFC 7396): anything of a draft; texts of an open call, with the parameter `reason`."""
    reason = parameters_of(request, "reason").get("reason", "")
    return answer(await steps.change(network, path["id"], body_of(request), request.actor, reason))


async def open_call(network: Network, request: Request, path: Arguments) -> Response:
    """Publish a call; it takes applications from its opening to its close."""
    return answer(await steps.open_call(network, path["id"], request.actor))


async def close_call(network: Network, request: Request, path: Arguments) -> Response:
    """Say that the time for applications is over, once it is."""
    return answer(await steps.close(network, path["id"], request.actor))


async def evaluate_call(network: Network, request: Request, path: Arguments) -> Response:
    """Let the jury score."""
    return answer(await steps.evaluate(network, path["id"], request.actor))


async def prolong_call(network: Network, request: Request, path: Arguments) -> Response:
    """Move the calendar of an open call to later, with the reason; every applicant is told."""
    body = body_of(request)
    calendar = body.get("calendar")
    if not isinstance(calendar, dict):
        raise Problem(BadRequestData, "The member 'calendar' is the whole calendar as it shall be.")
    reason = text_in(body, "reason") or ""
    return answer(await steps.prolong(network, path["id"], calendar, reason, request.actor))


async def cancel_call(network: Network, request: Request, path: Arguments) -> Response:
    """End a call without an award, with the reason; every applicant is told."""
    reason = text_in(body_of(request), "reason") or ""
    return answer(await steps.cancel(network, path["id"], reason, request.actor))


async def clone_call(network: Network, request: Request, path: Arguments) -> Response:
    """A draft of one's own from a published call of any city; nothing of the first stays in it."""
    return created(CALL_KIND, await steps.clone(network, path["id"], request.actor), request)


async def list_applications(network: Network, request: Request, path: Arguments) -> Response:
    """All applications, after the close, for the jury and for coordinators."""
    rows: list[Json] = [*await applications.read_all(network, path["id"], request.actor)]
    return answer({"applications": rows})


async def count_applications(network: Network, request: Request, path: Arguments) -> Response:
    """How many applications stand, for everybody, also before the close; and what an award publishes."""
    count = await applications.counted(network, path["id"], request.actor)
    return answer({"count": count, "published": PUBLISHED})


async def apply_for_call(network: Network, request: Request, path: Arguments) -> Response:
    """Apply, in the name of the firm that the account acts for; the same once more changes nothing."""
    return answer(await applications.apply(network, path["id"], body_of(request), request.actor), 201)


async def read_own_application(network: Network, request: Request, path: Arguments) -> Response:
    """The firm's own application, with its receipts and what the firm was told since."""
    return answer(await applications.own(network, path["id"], request.actor))


async def replace_application(network: Network, request: Request, path: Arguments) -> Response:
    """Another application in the place of the firm's own, until the close."""
    return answer(await applications.replace(network, path["id"], body_of(request), request.actor))


async def withdraw_application(network: Network, request: Request, path: Arguments) -> Response:
    """Take back the firm's application, until the close; what it said is forgotten."""
    return answer(await applications.withdraw(network, path["id"], request.actor))


async def attach_pack(network: Network, request: Request, path: Arguments) -> Response:
    """Attach the evidence of the firm's self-check (`beffroi check --json`), until the close."""
    return answer(await applications.attach(network, path["id"], request.body, request.actor))


async def read_own_pack(network: Network, request: Request, path: Arguments) -> Response:
    """The evidence that the firm has attached."""
    own = await applications.own(network, path["id"], request.actor)
    return _pack(await applications.read_pack(network, own))


async def read_application(network: Network, request: Request, path: Arguments) -> Response:
    """One application, after the close, for the jury and for coordinators."""
    found = await applications.read_one(network, path["id"], path["application"], request.actor)
    return answer(found)


async def read_application_pack(network: Network, request: Request, path: Arguments) -> Response:
    """The evidence that came with an application, after the close."""
    found = await applications.read_one(network, path["id"], path["application"], request.actor)
    return _pack(await applications.read_pack(network, found))


async def compare_own_evidence(network: Network, request: Request, path: Arguments) -> Response:
    """The evidence that the firm has attached, judged again as the jury will see it."""
    return answer(await evidence.compare_own_pack(network, path["id"], request.actor))


async def compare_evidence(network: Network, request: Request, path: Arguments) -> Response:
    """The evidence of an application judged again."""
    parameters_of(request)
    id, application = path["id"], path["application"]
    return answer(await evidence.compare_pack(network, id, application, request.actor, again=False))


async def repeat_check(network: Network, request: Request, path: Arguments) -> Response:
    """The evidence of an application judged again, beside a run of our own that this begins."""
    id, application = path["id"], path["application"]
    return answer(await evidence.compare_pack(network, id, application, request.actor, again=True))


async def read_jury(network: Network, request: Request, path: Arguments) -> Response:
    """Who is in the jury, for those who are and for coordinators."""
    return answer(await jury.jury_of(network, path["id"], request.actor))


async def invite_jury(network: Network, request: Request, path: Arguments) -> Response:
    """Invite accounts with the role juror, all by their names; who is named stays."""
    return answer(await jury.invite(network, path["id"], body_of(request), request.actor))


async def accept_invitation(network: Network, request: Request, path: Arguments) -> Response:
    """Be in the jury that one is invited to."""
    return answer(await jury.accept(network, path["id"], request.actor))


async def decline_invitation(network: Network, request: Request, path: Arguments) -> Response:
    """Not be in the jury that one is invited to, with or without a `reason`."""
    reason = text_in(optional_body_of(request), "reason") or ""
    return answer(await jury.decline(network, path["id"], reason, request.actor))


async def excuse_juror(network: Network, request: Request, path: Arguments) -> Response:
    """Let a juror's points count no more, with the reason."""
    body = body_of(request)
    juror, reason = text_in(body, "juror") or "", text_in(body, "reason") or ""
    return answer(await jury.excuse(network, path["id"], juror, reason, request.actor))


async def declare_conflict(network: Network, request: Request, path: Arguments) -> Response:
    """Declare a conflict of interest with an application, or that there is none."""
    given, actor = body_of(request), request.actor
    return answer(await jury.declare(network, path["id"], path["application"], given, actor))


async def give_points(network: Network, request: Request, path: Arguments) -> Response:
    """Give points from 0 to 10 with reasons, for some or all criteria, each once."""
    given, actor = body_of(request), request.actor
    return answer(await jury.score(network, path["id"], path["application"], given, actor))


async def read_points(network: Network, request: Request, path: Arguments) -> Response:
    """What this juror has said of an application so far."""
    return answer(await jury.sheet_of(network, path["id"], path["application"], request.actor))


async def show_ranking(network: Network, request: Request, path: Arguments) -> Response:
    """The ranking as it is, explained, with what is missing."""
    rows = await jury.ranked(network, path["id"], request.actor)
    return answer({"ranking": [explained(row) for row in rows], "tieRule": TIE_RULE})


async def award_call(network: Network, request: Request, path: Arguments) -> Response:
    """Award a call: one decision, published with the ranking."""
    body = body_of(request)
    said: Mapping[str, str] = {name: text_in(body, name) or "" for name in DECIDED}
    decision = Decision(said["application"], said["reasons"], said["whyNotFirst"])
    if unknown := [name for name in body if name not in DECIDED]:
        raise Problem(BadRequestData, f"An award has no member '{unknown[0][:60]}'.")
    return created(AWARD_KIND, await jury.decide(network, path["id"], decision, request.actor), request)


def _pack(bytes: bytes) -> Response:
    headers = {"content-type": JSON, "content-disposition": 'attachment; filename="self-check.json"'}
    return Response(200, headers, bytes)


DECIDED: Final = ("application", "reasons", "whyNotFirst")
_CALL: Final = "/calls/{id}"
_ALL: Final = f"{_CALL}/applications"
_MINE: Final = f"{_ALL}/mine"
_ONE: Final = f"{_ALL}/{{application}}"

CALL_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("POST", "/calls", create_call, CLAUSE, "coordinate"),
    Route("PATCH", _CALL, change_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/open", open_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/prolong", prolong_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/close", close_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/evaluate", evaluate_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/cancel", cancel_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/award", award_call, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/clone", clone_call, CLAUSE, "coordinate"),
    Route("GET", _ALL, list_applications, CLAUSE),
    Route("GET", f"{_CALL}/application-count", count_applications, CLAUSE, "nothing"),
    Route("POST", _ALL, apply_for_call, CLAUSE, "trade"),
    Route("GET", _MINE, read_own_application, CLAUSE, "trade"),
    Route("PUT", _MINE, replace_application, CLAUSE, "trade"),
    Route("DELETE", _MINE, withdraw_application, CLAUSE, "trade"),
    Route("PUT", f"{_MINE}/pack", attach_pack, CLAUSE, "trade"),
    Route("GET", f"{_MINE}/pack", read_own_pack, CLAUSE, "trade"),
    Route("GET", f"{_MINE}/comparison", compare_own_evidence, CLAUSE, "trade"),
    Route("GET", _ONE, read_application, CLAUSE),
    Route("GET", f"{_ONE}/comparison", compare_evidence, CLAUSE),
    Route("POST", f"{_ONE}/comparison", repeat_check, CLAUSE, "read"),
    Route("GET", f"{_ONE}/pack", read_application_pack, CLAUSE),
    Route("POST", f"{_ONE}/declaration", declare_conflict, CLAUSE, "judge"),
    Route("POST", f"{_ONE}/scores", give_points, CLAUSE, "judge"),
    Route("GET", f"{_ONE}/scores", read_points, CLAUSE, "judge"),
    Route("GET", f"{_CALL}/jury", read_jury, CLAUSE),
    Route("PUT", f"{_CALL}/jury", invite_jury, CLAUSE, "coordinate"),
    Route("POST", f"{_CALL}/jury/accept", accept_invitation, CLAUSE, "judge"),
    Route("POST", f"{_CALL}/jury/decline", decline_invitation, CLAUSE, "judge"),
    Route("POST", f"{_CALL}/jury/excuse", excuse_juror, CLAUSE, "coordinate"),
    Route("GET", f"{_CALL}/ranking", show_ranking, CLAUSE),
)
