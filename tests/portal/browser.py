"""A real Chromium that looks at the test node and remembers everything that a visitor must not see."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import beffroi.portal.frontend

CHROMIUM = Path("/usr/bin/chromium")
FRONTEND = Path(beffroi.portal.frontend.__file__).parent
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
BUILT = FRONTEND.parent / "static" / "built" / "manifest.json"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu-compositing",  # only a map needs WebGL, which is software here: pages drawn by it cost four times as much
    "--disable-gpu-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
RUN = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(all => all.violations)"
DRAWN = """
window.drawn = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
    const width = this.measureText(text).width;
    const share = { right: 1, center: 0.5 }[this.textAlign] ?? 0;
    window.drawn.push({ text, left: this.getTransform().e + x - share * width });
    return draw.call(this, text, x, ...rest);
};
"""
"""Remembers what charts write: each text, and where it begins on its canvas."""

WIDTHS = (390, 1280)
TWICE = "document.documentElement.style.fontSize = '200%'"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@dataclass
class Look:
    """A page in the browser, with all that it asked for and complained about."""

    page: Page
    home: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the node and wait until its map, if it has one, is drawn."""
        self.page.goto(self.home + path)
        if self.page.locator("beffroi-map").count():
            waiting = self.page.locator("beffroi-map:visible:not([data-state=drawn])")
            expect(waiting).to_have_count(0, timeout=60_000)
        if self.page.locator("beffroi-chart").count():
            self.page.wait_for_selector("beffroi-chart .plot canvas", state="attached", timeout=20_000)
        return self.page

    def open(self, path: str) -> Page:
        """Open a page of the node without waiting for its map."""
        self.page.goto(self.home + path)
        return self.page

    @property
    def elsewhere(self) -> list[str]:
        """Requests that left the node."""
        own = (self.home, "data:", f"blob:{self.home}")
        return [address for address in self.requests if not address.startswith(own)]

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        found: Any = self.page.evaluate(RUN, RULES)
        return [
            f"{one['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
            for one in found
            for node in one["nodes"]
        ]

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def missing() -> str:
    """What a browser test needs and does not find; empty when all is there."""
    if not CHROMIUM.exists():
        return "Chromium is not installed: apt-get install chromium"
    if not AXE.exists() or not BUILT.exists():
        return "The islands are not built: python -m beffroi.portal.frontend"
    return ""


IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is there"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def look(browser: Browser, home: str, **context: Any) -> Iterator[Look]:
    """A fresh window; every request, console error and refused resource is written down."""
    settings: Any = {"viewport": {"width": 1280, "height": 900}, **context}
    window = browser.new_context(**settings)
    made = Look(window.new_page(), home)
    page = made.page
    page.on("request", lambda request: made.requests.append(request.url))
    page.on("console", lambda said: made.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda failure: made.complaints.append(str(failure)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e =>"
        " console.error('CSP', e.violatedDirective, e.blockedURI, e.sample))"
    )
    yield made
    window.close()


def faults(
    browser: Browser, home: str, addresses: Iterable[str], scheme: str, expected: Iterable[str] = ()
) -> list[str]:
    """What axe-core finds wrong with pages in a wide and in a narrow window; what leaves the node on the way,
    and what complains but is not expected to, are faults too."""
    found = list[str]()
    with look(browser, home, color_scheme=scheme) as window:
        for number, address in enumerate(addresses):
            window.go(address)
            for width in WIDTHS[:: 1 if number % 2 else -1]:  # every other page is opened in the narrow one
                window.page.set_viewport_size({"width": width, "height": 900})
                found += [f"{width} {address}: {one}" for one in window.violations()]
        found += [f"asks for {one}" for one in window.elsewhere]
        found += [one for one in window.complaints if one not in expected]
    return found


def too_wide(
    browser: Browser, home: str, addresses: Iterable[str], width: int, script: str = "0"
) -> list[str]:
    """Pages that scroll sideways in a window of this width once a script has run in them."""
    found = list[str]()
    with look(browser, home, viewport={"width": width, "height": 844}) as window:
        for address in addresses:
            window.open(address).evaluate(script)
            if window.overflow() > 0:
                found.append(f"{address}: {window.overflow()} px too wide")
    return found


def in_both(pages: Iterable[str]) -> list[str]:
    """The addresses of pages in both languages."""
    return [f"/{code}/{page}" for code, page in product(("fr", "en"), pages)]
