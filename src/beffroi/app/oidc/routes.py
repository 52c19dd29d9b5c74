"""The two addresses of a sign-in by a provider: where it begins, and where the browser comes back to.

What a sign-in has to bring back stands on the server, under the hash of a cookie that only this browser has,
and can be used once.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

from beffroi.app.access import open_session
from beffroi.app.oidc.people import People
from beffroi.app.oidc.provider import Attempt, Provider, new_attempt
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem, Unavailable
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.store.port import Find, Store
from beffroi.web.cookie import cookie, secure, session_cookie
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

BEGIN: Final = "/oidc/begin"
RETURN: Final = "/oidc/return"
COOKIE: Final = "beffroi_oidc"
KIND: Final = "oidc-sign-in"
LASTS_S: Final = 600
MOST_WAITING: Final = 10_000
LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Room:
    provider: Provider
    people: People
    store: Store
    now: Callable[[], Instant]


async def begin(room: Room, request: Request, _: Arguments) -> Response:
    """Send the browser to the provider."""
    now, attempt, secret = room.now(), new_attempt(), secrets.token_urlsafe(32)
    address = await room.provider.address(attempt, now)
    await _make_room(room.store, now)
    body: JsonObject = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "after": _own(request.parameters.get("after", "")),
        "until": plus_seconds(now, LASTS_S),
    }
    await room.store.transact([], lambda _: Commit((Change(_key(secret), document_of(body)),)))
    # Lax: the provider's page sends the browser back from another site
    kept = f"{COOKIE}={secret}; Path=/oidc; HttpOnly; SameSite=Lax; Max-Age={LASTS_S}{secure(request)}"
    return Response(303, {"location": address, "cache-control": "no-store", "set-cookie": kept})


async def come_back(room: Room, request: Request, _: Arguments) -> Response:
    """Trade what the provider has sent for a session. Raises Problem(Forbidden)."""
    now, said = room.now(), request.parameters
    begun = await _taken(room.store, cookie(request, COOKIE), now)
    if begun is None or not hmac.compare_digest(said.get("state", "").encode(), str(begun["state"]).encode()):
        raise Problem(
            Forbidden, "This sign-in was not begun in this browser, or it has expired. Begin again."
        )
    if said.get("iss", room.provider.registration.issuer) != room.provider.registration.issuer:
        raise Problem(Forbidden, "This sign-in was answered by another provider.")  # RFC 9207
    code = said.get("code", "")
    if not code:
        reason = said.get("error", "no code")[:100]
        raise Problem(Forbidden, f"The provider did not let you in: {reason}.")
    attempt = Attempt(str(begun["state"]), str(begun["nonce"]), str(begun["verifier"]))
    claims = await room.provider.claims(code, attempt, now)
    entry = room.people.entry(claims, room.provider.registration.issuer)
    session = await open_session(room.store, entry, now)
    return _arrived(request, session, str(begun["after"]))


def _arrived(request: Request, session: str, after: str) -> Response:
    """A page that goes on by itself: a redirect would still come from the provider's site, and a browser
    keeps a strict cookie from it."""
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Beffroi</title>'
        f'<meta http-equiv="refresh" content="0; url={escape(after)}">'
        f'<p><a href="{escape(after)}">Continuer / Continue</a></p></html>'
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "set-cookie": session_cookie(request, session),
    }
    return Response(200, headers, page.encode())


async def _taken(store: Store, cookie: str, now: Instant) -> JsonObject | None:
    """What stands under a cookie, which is gone afterwards."""
    key, found = _key(cookie), list[JsonObject]()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        found[:] = [stored[key].body] if key in stored else []
        return Commit((Change(key, None),)) if found else Commit()

    if cookie:
        await store.transact([key], decide)
    return found[0] if found and str(found[0]["until"]) > now else None


async def _make_room(store: Store, now: Instant) -> None:
    """Forget what has expired. Raises Problem(Unavailable) if too many wait."""
    waiting = (await store.find(Find("", KIND, limit=None))).records
    old = [record for record in waiting if str(record.body["until"]) <= now]
    if old:
        await store.transact([], lambda _: Commit(tuple(Change(record.key, None) for record in old)))
    if len(waiting) - len(old) >= MOST_WAITING:
        raise Problem(Unavailable, "Too many people sign in at once. Try again in a few minutes.")


def _own(after: str) -> str:
    """A page of this node, or else the first one."""
    plain = after.isascii() and after.isprintable() and "\\" not in after and len(after) <= LONGEST
    return after if plain and after.startswith("/") and not after.startswith("//") else "/"


def _key(cookie: str) -> Key:
    return Key("", KIND, sha256(cookie.encode()).hexdigest())


OIDC_ROUTES: Final[tuple[Route[Room], ...]] = (
    Route("GET", BEGIN, begin, "OpenID Connect Core 1.0, 3.1.2.1", "nothing"),
    Route("GET", RETURN, come_back, "OpenID Connect Core 1.0, 3.1.2.5", "nothing"),
)
