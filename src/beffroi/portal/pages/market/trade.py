"""The rows of the market's pages for those who are signed in: holders, sellers, auditors."""

from typing import Final

from beffroi.portal.pages.market.account import (
    account,
    ask_to_erase,
    change_account,
    erase_account,
    export_account,
)
from beffroi.portal.pages.market.acting import move_sold, rate_mine
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
from beffroi.portal.pages.market.redrafting import (
    ask_to_discard,
    correct_draft,
    discard_draft,
    save_draft,
)
from beffroi.portal.pages.market.reporting import report_lines, report_one, reported
from beffroi.portal.pages.market.selling import decide_order, move_offer, offers, one_offer
from beffroi.portal.visit import Page

TRADE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/market/mine", mine, "browse"),
    ("GET", "/market/mine/{id}", one_of_mine, "browse"),
    ("POST", "/market/mine/{id}/secret", show_secret, "trade"),
    ("GET", "/market/mine/{id}/usage", usage_of_mine, "browse"),
    ("GET", "/market/mine/{id}/end", ask_to_end, "browse"),
    ("POST", "/market/mine/{id}/end", end, "trade"),
    ("GET", "/market/mine/{id}/reported", reported, "browse"),
    ("POST", "/market/mine/{id}/reported", report_one, "trade"),
    ("POST", "/market/mine/{id}/reported/table", report_lines, "trade"),
    ("POST", "/market/mine/{id}/rating", rate_mine, "trade"),
    ("POST", "/market/mine/{id}/state", move_sold, "trade"),
    ("GET", "/market/bills", bills, "browse"),
    ("GET", "/market/bills/{id}", one_bill, "browse"),
    ("GET", "/market/bills/{id}/pdf", bill_as_pdf, "browse"),
    ("GET", "/market/bills/{id}/xml", bill_as_xml, "browse"),
    ("GET", "/market/selling", offers, "browse"),
    ("GET", "/market/selling/new", new_offer, "trade"),
    ("POST", "/market/selling/new", make_offer, "trade"),
    ("GET", "/market/selling/{id}", one_offer, "browse"),
    ("POST", "/market/selling/{id}", move_offer, "trade"),
    ("GET", "/market/selling/{id}/correct", correct_draft, "trade"),
    ("POST", "/market/selling/{id}/correct", save_draft, "trade"),
    ("GET", "/market/selling/{id}/discard", ask_to_discard, "trade"),
    ("POST", "/market/selling/{id}/discard", discard_draft, "trade"),
    ("POST", "/market/selling/orders/{id}", decide_order, "trade"),
    ("GET", "/market/account", account, "browse"),
    ("POST", "/market/account", change_account, "trade"),
    ("GET", "/market/account/export", export_account, "browse"),
    ("GET", "/market/account/erase", ask_to_erase, "browse"),
    ("POST", "/market/account/erase", erase_account, "trade"),
    ("GET", "/market/audit", audit, "browse"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
