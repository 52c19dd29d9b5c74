"""The rows of the portal: pages in every language, and what scripts and programs fetch."""

from functools import partial
from typing import Final

from beffroi.kernel.problem import Problem, ResourceNotFound, Unauthorized
from beffroi.portal.feeds.assets import asset, built_asset
from beffroi.portal.feeds.atlas import atlas
from beffroi.portal.feeds.base_map import base_map
from beffroi.portal.feeds.downloads import download
from beffroi.portal.feeds.features import features
from beffroi.portal.feeds.live import live
from beffroi.portal.feeds.runs import runs
from beffroi.portal.pages.about import about, accessibility, api
from beffroi.portal.pages.checks import checks, one_check, pack, start
from beffroi.portal.pages.entity import entity
from beffroi.portal.pages.home import home
from beffroi.portal.pages.market.shop import SHOP_PAGES
from beffroi.portal.pages.market.trade import TRADE_PAGES
from beffroi.portal.pages.network import NETWORK_PAGES
from beffroi.portal.pages.session import sign_in, sign_in_form, sign_out
from beffroi.portal.pages.sources import SOURCE_PAGES
from beffroi.portal.pages.types import one_type, types
from beffroi.portal.services import LANGUAGES, Portal
from beffroi.portal.visit import Page, Visit, language_for
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments, Render
from beffroi.web.routing import PLAIN_STATUS, Route, plain_problem

PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/", home, "read"),
    ("GET", "/types", types, "read"),
    ("GET", "/types/{type}", one_type, "read"),
    ("GET", "/entities/{id}", entity, "read"),
    *SOURCE_PAGES,
    ("GET", "/checks", checks, "read"),
    ("POST", "/checks", start, "operate"),
    ("GET", "/checks/{id}", one_check, "read"),
    ("GET", "/checks/{id}/pack", pack, "read"),
    ("GET", "/about", about, "nothing"),
    ("GET", "/accessibility", accessibility, "nothing"),
    ("GET", "/api", api, "read"),
    *SHOP_PAGES,
    *TRADE_PAGES,
    *NETWORK_PAGES,
    ("GET", "/sign-in", sign_in_form, "nothing"),
    ("POST", "/sign-in", sign_in, "nothing"),
    ("POST", "/sign-out", sign_out, "nothing"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""


def problem_page(portal: Portal) -> Render:
    """How this portal tells what went wrong: a page for browsers, a line of text for others."""

    def render(problem: Problem, request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", "text/html"):
            return plain_problem(problem, request)
        visit = Visit(portal, request, language_for(portal, request), portal.broker.now())
        status = PLAIN_STATUS.get(problem.kind.name, 400)
        titles = {
            ResourceNotFound.name: visit.say("This page does not exist"),
            Unauthorized.name: visit.say("You have to sign in"),
        }
        title = titles.get(problem.kind.name) or visit.say(problem.kind.title)
        answer = visit.page("problem.html", title, {"problem": problem}, status=status)
        return Response(status, {**answer.headers, **problem.headers}, answer.body)

    return render


async def choose_language(portal: Portal, request: Request, _: Arguments) -> Response:
    """The address of the node itself: go on to the visitor's language."""
    code = language_for(portal, request).code
    headers = {"location": f"/{code}/", "vary": "accept-language", "cache-control": "no-cache"}
    return Response(302, headers)


async def _serve(code: str, page: Page, portal: Portal, request: Request, path: Arguments) -> Response:
    return await page(Visit(portal, request, portal.languages[code], portal.broker.now()), path)


def _pages(code: str) -> tuple[Route[Portal], ...]:
    return tuple(
        Route(method, f"/{code}{path}", partial(_serve, code, page), "WCAG 2.1 AA", needs)
        for method, path, page, needs in PAGES
    )


PORTAL_ROUTES: Final[tuple[Route[Portal], ...]] = (
    Route("GET", "/", choose_language, "RFC 9110 12.5.4"),
    *(route for code in LANGUAGES for route in _pages(code)),
    Route("GET", "/download/{type}/{format}", download, "RFC 4180, RFC 7946, JSON-LD 1.1"),
    Route("GET", "/base-map.pmtiles", base_map, "RFC 9110 14"),
    Route("GET", "/features", features, "RFC 7946"),
    Route("GET", "/network-map", atlas, "RFC 7946", "nothing"),
    Route("GET", "/live", live, "HTML 9.2"),
    Route("GET", "/runs", runs, "HTML 9.2"),
    Route("GET", "/static/{name}", asset, "RFC 9111", "nothing"),
    Route("GET", "/static/built/{name}", built_asset, "RFC 9111", "nothing"),
)
