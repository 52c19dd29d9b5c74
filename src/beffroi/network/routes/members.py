"""Chapters and their members: letters, requests, invitations, and this node's own way into a chapter."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations import chapters, joining
from beffroi.network.operations.following import Following
from beffroi.network.rules.membership.letter import MOST_LETTER_BYTES
from beffroi.web.json_api import answer, body_of, listed, optional_body_of, parameters_of, text_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

CLAUSE: Final = "Beffroi network 1"
USUAL_DAYS: Final = 14


async def receive_letter(room: Following, request: Request, _: Arguments) -> Response:
    """Receive a signed `letter` of a node that asks this chapter to join it, or leaves it."""
    text = body_of(request).get("letter")
    if not isinstance(text, str) or not 0 < len(text) <= MOST_LETTER_BYTES:
        raise Problem(
            BadRequestData, f"The member 'letter' is a JWS of up to {MOST_LETTER_BYTES:,} characters."
        )
    return answer(await chapters.receive(room, text), 202)


async def read_answer(room: Following, _: Request, path: Arguments) -> Response:
    """What became of a letter, for who knows its id."""
    return answer(await chapters.answer_to(room.network, path["id"]))


async def list_requests(room: Following, request: Request, _: Arguments) -> Response:
    """The requests to join this chapter."""
    state = parameters_of(request, "state").get("state", "")
    return listed("requests", await chapters.requests(room.network, state))


async def accept_request(room: Following, request: Request, path: Arguments) -> Response:
    """Let a node in: its membership is published."""
    reason = text_in(optional_body_of(request), "reason") or ""
    return answer(await chapters.accept(room, path["id"], request.actor, reason))


async def refuse_request(room: Following, request: Request, path: Arguments) -> Response:
    """Refuse a node, with the `reason` that it is told."""
    reason = text_in(body_of(request), "reason") or ""
    return answer(await chapters.refuse(room, path["id"], request.actor, reason))


async def end_membership(room: Following, request: Request, path: Arguments) -> Response:
    """End the membership of a node, with a `reason` that everybody sees."""
    reason = text_in(body_of(request), "reason") or ""
    return answer(await chapters.end(room, path["did"], request.actor, reason))


async def list_invitations(room: Following, _: Request, __: Arguments) -> Response:
    """The invitations of this chapter, without their codes."""
    return listed("invitations", await chapters.invitations(room.network))


async def make_invitation(room: Following, request: Request, _: Arguments) -> Response:
    """Invite a node: the code is shown this once, and is good once."""
    body = optional_body_of(request)
    note = text_in(body, "note") or ""
    return answer(await chapters.invite(room.network, note, _days(body), request.actor), 201)


async def list_joinings(room: Following, _: Request, __: Arguments) -> Response:
    """The chapters that this node has asked, is a member of, or has left."""
    return listed("joinings", await joining.joinings(room.network))


async def join_chapter(room: Following, request: Request, _: Arguments) -> Response:
    """Ask the chapter at an `address` to let this node in, with an invitation's `code` or with `words`."""
    body = body_of(request)
    named = text_in(body, "address") or text_in(body, "did")
    if named is None:
        raise Problem(BadRequestData, "Name the 'address' of a chapter, or its 'did'.")
    code, words = text_in(body, "code") or "", text_in(body, "words") or ""
    return answer(await joining.join(room, named, code, words), 201)


async def leave_chapter(room: Following, request: Request, path: Arguments) -> Response:
    """Leave a chapter, with or without `words`."""
    words = text_in(optional_body_of(request), "words") or ""
    return answer(await joining.leave(room, path["did"], words))


def _days(body: JsonObject) -> int:
    days = body.get("days", USUAL_DAYS)
    if isinstance(days, int) and not isinstance(days, bool):
        return days
    raise Problem(BadRequestData, f"The member 'days' is '{str(days)[:40]}', no number of days.")


MEMBER_ROUTES: Final[tuple[Route[Following], ...]] = (
    Route("POST", "/letters", receive_letter, CLAUSE, "nothing"),
    Route("GET", "/letters/{id}", read_answer, CLAUSE, "nothing"),
    Route("GET", "/requests", list_requests, CLAUSE, "coordinate"),
    Route("POST", "/requests/{id}/accept", accept_request, CLAUSE, "coordinate"),
    Route("POST", "/requests/{id}/refuse", refuse_request, CLAUSE, "coordinate"),
    Route("POST", "/members/{did}/end", end_membership, CLAUSE, "coordinate"),
    Route("GET", "/invitations", list_invitations, CLAUSE, "coordinate"),
    Route("POST", "/invitations", make_invitation, CLAUSE, "coordinate"),
    Route("GET", "/joinings", list_joinings, CLAUSE, "read"),
    Route("POST", "/joinings", join_chapter, CLAUSE, "operate"),
    Route("POST", "/joinings/{did}/leave", leave_chapter, CLAUSE, "operate"),
)
