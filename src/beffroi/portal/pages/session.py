"""Signing in with a name and a password or with a token, and out again: the browser keeps a session."""

from typing import Final

from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.portal.visit import Visit, see_other
from beffroi.web.cookie import session_cookie
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

LONGEST_ADDRESS: Final = 2_000
LONGEST_NAME: Final = 200


async def sign_in_form(visit: Visit, _: Arguments) -> Response:
    if visit.portal.doors.sign_in is None:
        raise Problem(ResourceNotFound, "This node needs no sign-in.")
    return _form(visit, after=visit.request.parameters.get("after", ""), refused=False)


async def sign_in(visit: Visit, _: Arguments) -> Response:
    """Trade a password or a token for a session. A wrong one shows the form again, with a sentence."""
    enter = visit.portal.doors.sign_in
    if enter is None:
        raise Problem(ResourceNotFound, "This node needs no sign-in.")
    fields = visit.form()
    session = await enter(fields.get("name", ""), fields.get("token", ""))
    after = fields.get("after", "")
    if session is None:
        return _form(visit, after=after, refused=True, name=fields.get("name", "")[:LONGEST_NAME])
    # who has a name is here for the market, and may see no more than that
    then = own_address(visit, after) if after or not fields.get("name") else f"{visit.home()}market"
    return see_other(then, {"set-cookie": session_cookie(visit.request, session)})


async def sign_out(visit: Visit, _: Arguments) -> Response:
    visit.form()
    leave = visit.portal.doors.sign_out
    if leave is not None and visit.session:
        await leave(visit.session)
    return see_other(visit.home(), {"set-cookie": f"{session_cookie(visit.request, '')}; Max-Age=0"})


def own_address(visit: Visit, after: str) -> str:
    """Where to go on after signing in: a page of this portal, or else the home page."""
    plain = after.isascii() and after.isprintable() and "\\" not in after and len(after) <= LONGEST_ADDRESS
    return after if plain and after.startswith(visit.home()) else visit.home()


def _form(visit: Visit, *, after: str, refused: bool, name: str = "") -> Response:
    """The form; after a refusal with the name that was typed, and never with the password."""
    values = {"refused": refused, "name": name, "after": own_address(visit, after) if after else ""}
    return visit.page("sign-in.html", visit.say("Sign in"), values, status=403 if refused else 200)
