"""Usage that a provider reports: a form and a table for who sells, what was reported for both parties."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, shortened
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.market.operations.billing import product_rows
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.reporting import report, report_table
from beffroi.market.rules.access.handover import is_handed_over
from beffroi.market.rules.access.reported_table import report_of
from beffroi.market.rules.access.usage_chain import METRICS, verify
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.holder import SELLER_ROLES, party_with
from beffroi.portal.pages.market.asking import asker_of
from beffroi.portal.pages.market.called import called
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.reading.market.reported import next_beginning, reported_rows
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.portal.words.trade import counted, metric_name, usage_state
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

MOST_SHOWN: Final = 400


async def reported(visit: Visit, path: Arguments) -> Response:
    return await _page(visit, path["id"], {})


async def report_one(visit: Visit, path: Arguments) -> Response:
    """One report; what is wrong with it shows the form again, as it was filled in."""
    fields = {name: text.strip() for name, text in visit.form().items()}
    product = await _product(visit, path["id"])
    try:
        await report(visit.market, report_of(fields, path["id"], _began(product)), asker_of(visit))
    except Problem as problem:
        return await _page(visit, path["id"], fields, problem.detail)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}/reported")


async def report_lines(visit: Visit, path: Arguments) -> Response:
    """A report for each line, one after another; the first that is refused is named, what came before it
    stays."""
    sent = visit.uploads().get("table", b"")
    await _product(visit, path["id"])
    try:
        await report_table(visit.market, path["id"], sent, asker_of(visit))
    except Problem as problem:
        return await _page(visit, path["id"], {}, problem.detail, sent=True)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}/reported")


async def _page(
    visit: Visit, id: str, filled: Mapping[str, str], mistake: str = "", *, sent: bool = False
) -> Response:
    product = await _product(visit, id)
    store = visit.market.store
    rows = await product_rows(store, str(product["id"]))
    shown = reported_rows(rows)
    address = f"{visit.home()}market/mine/{segment(id)}"
    begins = next_beginning(rows, _began(product))
    values: dict[str, object] = {
        **rooms(visit, "mine"),
        "rows": shown[:MOST_SHOWN],
        "more": len(shown) - len(shown[:MOST_SHOWN]),
        "names": await called(visit, {one.by for one in shown}),
        "broken": verify(rows),
        "metrics": [(one, metric_name(visit.language, one)) for one in METRICS],
        "counted": partial(counted, visit.language),
        "usage_state": partial(usage_state, visit.language),
        "may_report": _may_report(visit, product),
        "filled": {"from": shortened(begins) if begins else "", **filled},
        "mistake": mistake,
        "sent": sent,
        "address": f"{address}/reported",
        "product_address": address,
    }
    name = said_in(product, "name", visit.language.code) or id
    mine = (f"{visit.home()}market/mine", visit.say("My products"))
    title = visit.say("Reported usage of %(name)s", name=name)
    return visit.page(
        "market/reported.html", title, values, trail=(mine, (address, name)), status=422 if mistake else 200,
        place=f"market/mine/{segment(id)}/reported",
    )  # fmt: skip


async def _product(visit: Visit, id: str) -> JsonObject:
    """A product whose usage is reported. Raises Problem: ResourceNotFound, Conflict for any other."""
    product = await retrieve(visit.market, PRODUCT, id, visit.actor)
    if not is_handed_over(product):
        raise Problem(Conflict, f"The product '{id[:80]}' is measured by the gate; nobody reports its usage.")
    return product


def _may_report(visit: Visit, product: JsonObject) -> bool:
    may, seller = visit.actor.may, party_with(product, SELLER_ROLES)
    return OPERATE in may or (bool({"trade", "write"} & may) and visit.actor.party == seller != "")


def _began(product: JsonObject) -> Instant:
    return parse_instant(str(product.get("startDate"))) or NO_INSTANT
