"""An offer as text: what a buyer reads before agreeing to it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from beffroi.cli.trading import Parties
from beffroi.kernel.instant import shortened
from beffroi.kernel.problem import Problem
from beffroi.market.operations.ordering import Offer
from beffroi.market.rules.offers.offered_grant import offered_limits, offered_values
from beffroi.market.rules.offers.publishing import CLAIM
from beffroi.market.rules.offers.sale_period import sale_period
from beffroi.market.rules.offers.saleable import DATA, SAMPLE, SERVICE
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.parties import sellers_in
from beffroi.market.rules.orders.placing import limits_of
from beffroi.market.rules.prices.pricing import Plan
from beffroi.market.rules.prices.selling import offered_plans, valid_at
from beffroi.market.rules.service_level.promise import Objective, promise_of
from beffroi.market.rules.terms.clauses import clauses
from beffroi.market.rules.terms.data_use_term import terms_of
from beffroi.market.wire.speech import speech
from beffroi.portal.words.labels import load_labels
from beffroi.portal.words.language import Language, load_language
from beffroi.portal.words.offered import given_line, limit_lines, titled
from beffroi.portal.words.prices import price_lines, quota_words
from beffroi.portal.words.refusals import said_in as refusal_in
from beffroi.portal.words.trade import level_names, offering_state, sale_words

AMONG_THE_TERMS = frozenset({"quota", "purpose", "region"})
"""Characteristics that are said in sentences of the terms."""


def offer_text(offer: Offer, parties: Parties, code: str) -> Iterator[str]:
    """The lines of an offer in a language: what it is, what is given, the price, the terms, the promise."""
    language = load_language(code, "UTC", load_labels())
    yield said_in(offer.offering, "name", code) or offer.name
    yield f"{_sellers(offer, parties)} · {_state(offer, language)}"
    yield from sale_words(language, sale_period(offer.offering), shortened)
    yield from filter(None, [said_in(offer.offering, "description", code)])
    yield from _section(language.say("What you get"), _given(offer, language))
    yield from _section(language.say("Price"), _prices(offer, language))
    yield from _section(language.say("Terms"), _terms(offer, code))
    yield from _section(language.say("Service level"), _promised(offer, language))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    said = list(lines)
    if said:
        yield from ("", title, *(f"  {line}" for line in said))


def _sellers(offer: Offer, parties: Parties) -> str:
    ids = [str(one["id"]) for one in sellers_in(offer.offering, offer.specification)]
    return ", ".join(parties.get(id, id) for id in ids) or "–"


def _state(offer: Offer, language: Language) -> str:
    return offering_state(language, str(offer.offering.get("lifecycleStatus")))


def _given(offer: Offer, language: Language) -> Iterator[str]:
    """The characteristics, how many may hold it, and how an order goes."""
    for name in (*DATA, *SERVICE, SAMPLE, CLAIM):
        values = offered_values(offer.offering, offer.specification, name)
        if values and name not in AMONG_THE_TERMS:
            yield given_line(language, name, values)
    yield from (
        quota_words(language, one) for one in offered_limits(offer.offering, offer.specification).quotas
    )
    yield from limit_lines(language, *limits_of(offer.offering))
    if offer.offering.get("approval") == "manual":
        yield language.say("The provider looks at each order and agrees to it or not.")


def _prices(offer: Offer, language: Language) -> Iterator[str]:
    try:
        what = f"The offer '{offer.name}'"
        plans = offered_plans(valid_at(list(offer.prices), offer.at, what), what)
    except Problem as problem:
        yield refusal_in(language.code, problem.detail) or problem.detail
        return
    for plan in plans:
        yield titled(language, _named(plan, language.code), " · ".join(price_lines(language, plan)))


def _named(plan: Plan, code: str) -> str:
    return plan.names.get(code) or plan.name


def _terms(offer: Offer, code: str) -> Iterator[str]:
    terms = terms_of(offer.offering)
    if terms is not None:
        limits = offered_limits(offer.offering, offer.specification)
        yield from (f"{number}. {one}" for number, one in enumerate(clauses(terms, limits, speech(code)), 1))


def _promised(offer: Offer, language: Language) -> Iterator[str]:
    """What is promised, and what a month below it gives back."""
    promise = promise_of(offer.offering)
    for one in promise.objectives if promise else ():
        said = f"{level_names(language)[one.metric]}{_within(one, language)}"
        yield f"{said} ≥ {_percent(language, one.target)}{_credits(one, language)}"


def _within(objective: Objective, language: Language) -> str:
    if objective.within:
        return f" (≤ {language.duration(objective.within)})"
    return f" ({', '.join(objective.attributes)})" if objective.attributes else ""


def _credits(objective: Objective, language: Language) -> str:
    said = ", ".join(
        titled(language, f"< {_percent(language, tier.below)}", f"−{_percent(language, tier.percent)}")
        for tier in objective.tiers
    )
    return f" ({said})" if said else ""


def _percent(language: Language, number: Decimal) -> str:
    return language.quantity(float(number), "P1")
