"""The pages of the network: strategy, needs and calls, solutions and practices, nodes."""

from typing import Final

from beffroi.portal.pages.network.applying import APPLY_PAGES
from beffroi.portal.pages.network.asking import ASK_PAGES
from beffroi.portal.pages.network.call_feed import CALL_FEED_PAGES
from beffroi.portal.pages.network.calls import CALL_PAGES
from beffroi.portal.pages.network.clauses import CLAUSE_PAGES
from beffroi.portal.pages.network.comparison import COMPARISON_PAGES
from beffroi.portal.pages.network.contracts import CONTRACT_PAGES
from beffroi.portal.pages.network.correcting import CORRECTING_PAGES
from beffroi.portal.pages.network.deploying import DEPLOY_PAGES
from beffroi.portal.pages.network.events import EVENT_PAGES
from beffroi.portal.pages.network.for_you import FOR_YOU_PAGES
from beffroi.portal.pages.network.hub import hub
from beffroi.portal.pages.network.judging import JUDGE_PAGES
from beffroi.portal.pages.network.needs import NEED_PAGES
from beffroi.portal.pages.network.nodes import NODE_PAGES
from beffroi.portal.pages.network.practices import PRACTICE_PAGES
from beffroi.portal.pages.network.solutions import SOLUTION_PAGES
from beffroi.portal.pages.network.strategy import STRATEGY_PAGES
from beffroi.portal.visit import Page

NETWORK_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network", hub, "nothing"),
    *FOR_YOU_PAGES,
    *NODE_PAGES,
    *STRATEGY_PAGES,
    *SOLUTION_PAGES,
    *DEPLOY_PAGES,
    *PRACTICE_PAGES,
    *EVENT_PAGES,
    *COMPARISON_PAGES,
    *CLAUSE_PAGES,
    *CONTRACT_PAGES,
    *NEED_PAGES,
    *CALL_PAGES,
    *CALL_FEED_PAGES,
    *APPLY_PAGES,
    *ASK_PAGES,
    *JUDGE_PAGES,
    *CORRECTING_PAGES,
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
