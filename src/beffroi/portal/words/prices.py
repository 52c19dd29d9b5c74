"""Prices as people read them: what is asked, for what, and what costs nothing."""

from collections.abc import Sequence
from decimal import Decimal

from beffroi.kernel.grant import Quota
from beffroi.market.rules.prices.money import Money
from beffroi.market.rules.prices.pricing import DISCOUNT, FREE, ONE_TIME, PREPAID, USAGE, Plan, Tier, Unit
from beffroi.portal.words.language import Language

MOST_IN_HEADLINE = 2


def headline(language: Language, plans: Sequence[Plan]) -> str:
    """What an offer costs, in one line."""
    charged = [plan for plan in plans if plan.kind not in {FREE, DISCOUNT}]
    if not charged:
        return language.say("Free of charge")
    named = [_asked(language, plan) for plan in charged[:MOST_IN_HEADLINE]]
    more = ["…"] if len(charged) > MOST_IN_HEADLINE else []
    return " + ".join([*named, *more])


def price_kind(language: Language, kind: str) -> str:
    """The name of a kind of price, for the filter."""
    say = language.say
    names = {
        "free": say("Free of charge"),
        "one-time": say("Paid once"),
        "recurring": say("Subscription"),
        "usage": say("By use"),
    }
    return names.get(kind, kind)


def price_lines(language: Language, plan: Plan) -> list[str]:
    """One price in sentences: the amount, its tiers, its trial, its tax."""
    if plan.kind == FREE:
        return [language.say("Free of charge")]
    if plan.kind == DISCOUNT:
        return _discount(language, plan)
    asked = _tiers(language, plan) if len(plan.tiers) > 1 else [_asked(language, plan)]
    return [*asked, *_trial(language, plan), _tax(language, plan)]


def quota_words(language: Language, quota: Quota) -> str:
    """A quota in words, as "1,000 requests a day"."""
    what = many(language, quota.metric, Decimal(quota.amount))
    every = language.say("%(what)s a day") if quota.period == "day" else language.say("%(what)s a month")
    return every % {"what": what}


def many(language: Language, metric: str, amount: Decimal) -> str:
    """So many of what the gate counts."""
    say, n = language.say, language.number(float(amount))
    match metric:
        case "requests" | "request":
            return say("1 request") if amount == 1 else say("%(n)s requests", n=n)
        case "entities" | "entity":
            return say("1 entity") if amount == 1 else say("%(n)s entities", n=n)
        case "notifications" | "notification":
            return say("1 notification") if amount == 1 else say("%(n)s notifications", n=n)
        case "bytes" | "byte":
            return say("1 byte") if amount == 1 else say("%(n)s bytes", n=n)
        case "day":
            return say("1 day") if amount == 1 else say("%(n)s days", n=n)
        case "kB" | "MB" | "GB":
            units = {"kB": say("kB"), "MB": say("MB"), "GB": say("GB")}
            return f"{n} {units[metric]}"
        case _:
            return n if metric == "one" else f"{n} {metric}"


def _asked(language: Language, plan: Plan) -> str:
    """The amount and what it is for; of tiers the cheapest, after one that is free."""
    if plan.kind == USAGE and plan.unit is not None:
        first, *rest = plan.tiers
        if rest and not first.price.amount and first.up_to is not None:
            end = many(language, plan.unit.name, first.up_to)
            words = {"price": _price(language, rest[0].price), "what": _base(language, plan.unit)}
            return language.say("free up to %(end)s a month, then %(price)s for %(what)s", end=end, **words)
        price = min((tier.price for tier in plan.tiers), key=lambda one: one.amount)
        words = {"price": _price(language, price), "what": _base(language, plan.unit)}
        if len(plan.tiers) > 1:
            return language.say("from %(price)s for %(what)s", **words)
        return language.say("%(price)s for %(what)s", **words)
    amount = _price(language, plan.price) if plan.price is not None else ""
    if plan.kind == ONE_TIME:
        return language.say("%(price)s once", price=amount)
    return _each(language, plan) % {"price": amount}


def _each(language: Language, plan: Plan) -> str:
    say = language.say
    if plan.months:
        known = {
            1: say("%(price)s a month"),
            3: say("%(price)s a quarter"),
            12: say("%(price)s a year"),
        }
        return known.get(plan.months) or _escaped(
            language.say("%(price)s for %(n)s months", price="\0", n=plan.months)
        )
    known = {1: say("%(price)s a day"), 7: say("%(price)s a week")}
    return known.get(plan.days) or _escaped(language.say("%(price)s for %(n)s days", price="\0", n=plan.days))


def _escaped(sentence: str) -> str:
    return sentence.replace("%", "%%").replace("\0", "%(price)s")


def _tiers(language: Language, plan: Plan) -> list[str]:
    if plan.unit is None:
        return []
    said, floor = list[str](), Decimal(0)
    for tier in plan.tiers:
        said.append(_tier(language, plan.unit, tier, floor))
        floor = tier.up_to or floor
    return said


def _tier(language: Language, unit: Unit, tier: Tier, floor: Decimal) -> str:
    values = {
        "price": _price(language, tier.price),
        "what": _base(language, unit),
        "floor": language.number(float(floor)),
    }
    if tier.up_to is None:
        return language.say("above %(floor)s in a month: %(price)s for %(what)s", **values)
    end = many(language, unit.name, tier.up_to)
    if not tier.price.amount:
        return language.say("free up to %(end)s a month", end=end)
    return language.say("up to %(end)s in a month: %(price)s for %(what)s", end=end, **values)


def _trial(language: Language, plan: Plan) -> list[str]:
    if plan.trial_days:
        return [language.say("the first %(n)s days cost nothing", n=plan.trial_days)]
    if plan.trial_units and plan.unit is not None:
        what = many(language, plan.unit.name, plan.trial_units / plan.unit.size)
        return [language.say("the first %(what)s cost nothing", what=what)]
    return []


def _tax(language: Language, plan: Plan) -> str:
    if plan.kind == PREPAID:
        paid = language.say("paid in advance")
    elif plan.kind in {ONE_TIME, USAGE}:
        paid = ""
    else:
        paid = language.say("paid at the end of each period")
    if plan.tax.outside:
        tax = language.say("outside the scope of VAT")
    elif plan.tax.rate:
        tax = language.say("plus %(rate)s %% VAT", rate=language.number(float(plan.tax.rate)))
    else:
        tax = language.say("without VAT")
    return ", ".join(filter(None, (paid, tax)))


def _discount(language: Language, plan: Plan) -> list[str]:
    off = language.say("%(n)s %% off every charge", n=language.number(float(plan.percentage)))
    since = [language.say("from %(day)s on", day=language.day(plan.since))] if plan.since else []
    until = [language.say("until %(day)s", day=language.day(plan.until))] if plan.until else []
    return [" ".join([off, *since, *until])]


def _base(language: Language, unit: Unit) -> str:
    return many(language, unit.name, unit.amount)


def _price(language: Language, price: Money) -> str:
    return language.unit_price(price.amount, price.currency)
