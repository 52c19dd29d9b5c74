"""The rows of the market's pages for those who are signed in: holders, sellers, auditors."""

from typing import Final

from beffroi.portal.pages.market.account import (
    account,
    ask_to_erase,
    change_account,
    erase_account,
    export_account,
)
from beffroi.portal.pages.market.audit import audit
from beffroi.portal.pages.market.bills import bill_as_pdf, bill_as_xml, bills, one_bill
from beffroi.portal.pages.market.mine import (
    ask_to_end,
    end,
    mine,
    one_of_mine,
    show_secret,
    usage_of_mine,
)
from beffroi.portal.pages.market.publishing import make_offer, new_offer
from beffroi.portal.pages.market.selling import decide_order, move_offer, offers, one_offer
from beffroi.portal.visit import Page

TRADE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/market/mine", mine, "read"),
    ("GET", "/market/mine/{id}", one_of_mine, "read"),
    ("POST", "/market/mine/{id}/secret", show_secret, "trade"),
    ("GET", "/market/mine/{id}/usage", usage_of_mine, "read"),
    ("GET", "/market/mine/{id}/end", ask_to_end, "read"),
    ("POST", "/market/mine/{id}/end", end, "trade"),
    ("GET", "/market/bills", bills, "read"),
    ("GET", "/market/bills/{id}", one_bill, "read"),
    ("GET", "/market/bills/{id}/pdf", bill_as_pdf, "read"),
    ("GET", "/market/bills/{id}/xml", bill_as_xml, "read"),
    ("GET", "/market/selling", offers, "read"),
    ("GET", "/market/selling/new", new_offer, "trade"),
    ("POST", "/market/selling/new", make_offer, "trade"),
    ("GET", "/market/selling/{id}", one_offer, "read"),
    ("POST", "/market/selling/{id}", move_offer, "trade"),
    ("POST", "/market/selling/orders/{id}", decide_order, "trade"),
    ("GET", "/market/account", account, "read"),
    ("POST", "/market/account", change_account, "trade"),
    ("GET", "/market/account/export", export_account, "read"),
    ("GET", "/market/account/erase", ask_to_erase, "read"),
    ("POST", "/market/account/erase", erase_account, "trade"),
    ("GET", "/market/audit", audit, "read"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
