"""Cookies (RFC 6265): read one from a request, and keep who is signed in."""

from http.cookies import CookieError, SimpleCookie
from typing import Final

from beffroi.web.message import Request

SESSION_COOKIE: Final = "beffroi_session"
LONGEST_HEADER: Final = 8_000


def cookie(request: Request, name: str) -> str:
    """The value of a cookie; empty without one or when the header cannot be read."""
    try:
        found = SimpleCookie(request.headers.get("cookie", "")[:LONGEST_HEADER]).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def session_cookie(request: Request, session: str) -> str:
    """The header that has a browser keep a session, for the pages of this node only."""
    return f"{SESSION_COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict{secure(request)}"


def secure(request: Request) -> str:
    """The attribute by which a cookie that came by https is never sent without it."""
    return "; Secure" if request.base.startswith("https://") else ""
