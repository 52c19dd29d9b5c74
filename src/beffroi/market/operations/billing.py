"""Write the bills of a month: every account by itself, in one commit, whatever becomes of the others.

The commit holds the bill with its audit entry and its events, its lines, credits and the number. Usage rows
are rated before it and marked as billed after it; a run that was cut off does the rest the next time. Lines
and rows have no events and no entries of their own: the bill names them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.rating import mark_billed, rate_month
from beffroi.market.operations.services import Market
from beffroi.market.operations.settling import settle_months
from beffroi.market.rules.access.usage_chain import USAGE, began, number_of, product_of
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.bills.account import Account, account_of, subscription_of
from beffroi.market.rules.bills.credit import KIND as CREDIT
from beffroi.market.rules.bills.credit import month_named
from beffroi.market.rules.bills.run import ON_CYCLE, ON_DEMAND, Billed, Case, bill, reads
from beffroi.market.rules.documents.behaviour import Seed
from beffroi.market.rules.documents.event import Happening
from beffroi.market.rules.documents.hub import hub_key
from beffroi.market.rules.documents.plan import Act, planned
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, month_name, month_of, start_of
from beffroi.market.rules.prices.charging import Subscription
from beffroi.store.port import All, Between, Find, Store, Where

PRODUCT = "tmf:product"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one account, or of one product that no account could be found for. `last` is the
    account's last bill of the month, this one or an earlier one."""

    subject: str
    bill: JsonObject | None = None
    lines: int = 0
    problem: str = ""
    last: str = ""


async def bill_month(
    market: Market, month: str, tell: Callable[[int, int], None] | None = None
) -> list[Result]:
    """Bill every account for a month that is over, once its service levels are settled; `tell` hears how many
    of how many are done before each.

    An account that cannot be billed is a Result with its problem and stays as it was. Raises
    Problem(BadRequestData) for a month that goes on.
    """
    days, now = month_of(month), market.now()
    if now < start_of(days.last + ONE_DAY):
        raise Problem(BadRequestData, f"The month {month} is not over; it ends with {days.last.isoformat()}.")
    await settle_months(market)
    accounts, results = await _accounts(market.store)
    credits = await _credits(market.store, month)
    for done, (account, products) in enumerate(accounts.items()):
        if tell is not None:
            tell(done, len(accounts))
        results.append(await _bill(market, _Order(account, days, now, ON_CYCLE, products, credits)))
    return [result for result in results if result.bill is not None or result.problem]


async def bill_now(market: Market, buyer: str, account: str) -> list[Result]:
    """Bill one buyer, or one billingAccount, up to now (TMF678 customerBillOnDemand); what is empty is
    not looked at."""
    now = market.now()
    days = month_of(now[:7])
    accounts, _ = await _accounts(market.store)
    credits = await _credits(market.store, month_name(days))
    results: list[Result] = []
    for found, products in accounts.items():
        if (not buyer or found.buyer == buyer) and (not account or found.account == account):
            results.append(await _bill(market, _Order(found, days, now, ON_DEMAND, products, credits)))
    return results


@dataclass(frozen=True, slots=True)
class _Order:
    account: Account
    month: Days
    now: Instant
    run: str
    products: Sequence[Subscription]
    credits: Mapping[str, Sequence[tuple[str, str, str]]]


async def _accounts(store: Store) -> tuple[dict[Account, list[Subscription]], list[Result]]:
    """Products by account, and those that say too little."""
    accounts: dict[Account, list[Subscription]] = {}
    unclear: list[Result] = []
    async for record in store.stream(Find("", PRODUCT, limit=None)):
        try:
            subscription = subscription_of(record.body)
            if subscription is not None:
                accounts.setdefault(account_of(record.body, subscription), []).append(subscription)
        except Problem as problem:
            unclear.append(Result(record.key.id, problem=problem.detail))
    return accounts, unclear


async def _credits(store: Store, month: str) -> dict[str, list[tuple[str, str, str]]]:
    """Credits that are open, and those of the month itself, which may grow: id, product, and the month that
    each is of, by product."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    async for record in store.stream(Find("", CREDIT, limit=None)):
        body = record.body
        product, named = str(body["product"]), month_named(body)
        if body.get("state") == "open" or named == month:
            found.setdefault(product, []).append((record.key.id, product, named))
    return found


async def _bill(market: Market, order: _Order) -> Result:
    try:
        return await _billed(market, order)
    except Problem as problem:
        return Result(order.account.buyer, problem=problem.detail)


async def _billed(market: Market, order: _Order) -> Result:
    store = market.store
    rated = [await rate_month(store, of, order.month, order.now) for of in order.products]
    credits = [credit for of in order.products for credit in order.credits.get(of.product, ())]
    products = [(of, each.usage) for of, each in zip(order.products, rated, strict=True)]
    case = Case(order.account, order.month, order.now, order.run, products, credits)
    act = Act(order.now, Seed(market.new_id()), market.address, reason=f"bill of {month_name(order.month)}")
    made: list[Billed] = []

    def decide(stored: Mapping[Key, Record]) -> Commit:
        made[:] = [bill(case, stored)]
        told = [Happening(CUSTOMER_BILL, None, made[0].bill)] if made[0].bill is not None else []
        commit = planned(told, (), stored, act)
        return commit._replace(changes=(*commit.changes, *made[0].changes))

    await transact_chained(store, [*reads(case), hub_key(CUSTOMER_BILL.api)], decide)
    for each in rated:
        await mark_billed(store, each)
    return Result(order.account.buyer, made[0].bill, made[0].lines, last=made[0].last)


async def month_rows(store: Store, product: str, month: Days) -> list[JsonObject]:
    """The usage rows of a product that begin in a month, in the order of their numbers."""
    name = month_name(month)

    def keep(record: Record) -> bool:
        body = record.body
        return "meter" in body and product_of(body) == product and began(body)[:7] == name

    first, last = start_of(month.first), start_of(month.last + ONE_DAY)
    where = All((Where("meter.product", "==", "text", product), Between("meter.from", "text", first, last)))
    found = await store.find(Find("", USAGE, where=where, keep=keep, limit=None))
    return sorted((record.body for record in found.records), key=number_of)


async def product_rows(store: Store, product: str) -> list[JsonObject]:
    """All usage rows of a product, in the order of their numbers."""

    def keep(record: Record) -> bool:
        body = record.body
        return "meter" in body and product_of(body) == product

    where = Where("meter.product", "==", "text", product)
    found = await store.find(Find("", USAGE, where=where, keep=keep, limit=None))
    return sorted((record.body for record in found.records), key=number_of)
