"""The rows of the market's pages for buyers: everybody may look, who is signed in orders."""

from typing import Final

from beffroi.portal.pages.market.catalogue import catalogue
from beffroi.portal.pages.market.offer import offer
from beffroi.portal.pages.market.order import choose, confirm, place, terms
from beffroi.portal.pages.market.placed import placed
from beffroi.portal.visit import Page

SHOP_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/market", catalogue, "nothing"),
    ("GET", "/market/catalogue/{id}", offer, "nothing"),
    ("GET", "/market/catalogue/{id}/order", choose, "nothing"),
    ("GET", "/market/catalogue/{id}/order/terms", terms, "nothing"),
    ("GET", "/market/catalogue/{id}/order/confirm", confirm, "nothing"),
    ("POST", "/market/catalogue/{id}/order", place, "nothing"),
    ("GET", "/market/orders/{id}", placed, "nothing"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do: pages that need a party
say so themselves, with the way to sign in."""
