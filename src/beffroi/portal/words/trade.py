"""What the codes of the market's documents are called on the pages of those who trade."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json
from beffroi.market.rules.bills.credit import missed_in
from beffroi.market.rules.bills.said import missed_words
from beffroi.market.rules.offers.sale_period import SalePeriod
from beffroi.portal.words.language import NARROW_SPACE, Language

STATE_CLASSES: Final = {
    "active": "good",
    "completed": "good",
    "settled": "good",
    "open": "unsure",
    "suspended": "bad",
    "failed": "bad",
    "rejected": "bad",
    "held": "unsure",
    "acknowledged": "unsure",
    "pending": "unsure",
    "inProgress": "unsure",
    "in study": "unsure",
    "created": "unsure",
    "pendingActive": "unsure",
    "pendingTerminate": "unsure",
}
"""How a state is coloured; others are neutral."""


def product_state(language: Language, state: str) -> str:
    say = language.say
    names = {
        "created": say("being made"),
        "pendingActive": say("being prepared"),
        "active": say("active"),
        "suspended": say("suspended"),
        "pendingTerminate": say("ending"),
        "terminated": say("ended"),
        "aborted_": say("not made"),
        "cancelled": say("cancelled"),
    }
    return names.get(state, state)


def bill_state(language: Language, state: str) -> str:
    say = language.say
    names = {
        "new": say("new"),
        "onHold": say("on hold"),
        "validated": say("checked"),
        "sent": say("sent"),
        "partiallyPaid": say("paid in part"),
        "settled": say("paid"),
    }
    return names.get(state, state)


def happening_names(language: Language, what: str) -> str:
    """What was done to a document, as the audit log says it: `state and change`; other words as they are."""
    say = language.say
    names = {
        "create": say("made"),
        "change": say("changed"),
        "state": say("new state"),
        "delete": say("removed"),
        "end": say("ended"),
        "password": say("new password"),
        "touch": say("looked through again"),
    }
    return ", ".join(names.get(each, each) for each in what.split(" and "))


def document_names(language: Language) -> dict[str, str]:
    """What the kinds of documents are called that the audit log names."""
    say = language.say
    return {
        "account": say("account"),
        "agreement": say("agreement"),
        "billingAccount": say("billing account"),
        "breach": say("breach"),
        "credential": say("credentials"),
        "credit": say("credit"),
        "customerBill": say("bill"),
        "customerBillOnDemand": say("bill on demand"),
        "hub": say("listener"),
        "individual": say("person"),
        "organization": say("organisation"),
        "permit": say("permit"),
        "product": say("product"),
        "productOffering": say("offer"),
        "productOfferingPrice": say("price"),
        "productOrder": say("order"),
        "productSpecification": say("specification of a product"),
        "queryUsageConsumption": say("question about usage"),
        "quote": say("quote"),
        "rating": say("rating"),
        "service": say("service"),
        "serviceLevelObjective": say("objective of a service level"),
        "serviceLevelSpecification": say("service level"),
        "signing key": say("key that signs tokens"),
        "source": say("source of data"),
        "token": say("token"),
        "usage": say("usage row"),
        "usageSpecification": say("specification of usage"),
    }


def level_names(language: Language) -> dict[str, str]:
    """What the metrics of service levels are called."""
    say = language.say
    return {
        "availability": say("Availability"),
        "freshness": say("Freshness"),
        "completeness": say("Completeness"),
    }


def usage_state(language: Language, state: str) -> str:
    """The state of a usage row (TMF635)."""
    say = language.say
    names = {
        "received": say("received"),
        "guided": say("received"),
        "rated": say("priced"),
        "rejected": say("rejected"),
        "billed": say("billed"),
    }
    return names.get(state, state)


def credit_reason(language: Language, credit: Mapping[str, Json]) -> str:
    """Why a credit is owed; as it was written where no measured month is the reason."""
    missed = missed_in(credit)
    return missed_words(missed, language.code) if missed is not None else str(credit.get("reason") or "")


def metric_name(language: Language, metric: str) -> str:
    say = language.say
    names = {
        "requests": say("requests"),
        "entities": say("things in answers"),
        "bytes": say("data volume"),
        "notifications": say("notifications"),
    }
    return names.get(metric, metric)


def period_name(language: Language, period: str) -> str:
    return language.say("today") if period == "day" else language.say("this month")


def counted(language: Language, metric: str, number: float) -> str:
    """A number of a metric; bytes in powers of ten with their unit."""
    if metric != "bytes":
        return language.number(number)
    units = ("o", "ko", "Mo", "Go", "To") if language.code == "fr" else ("B", "kB", "MB", "GB", "TB")
    size, place = float(number), 0
    while size >= 1000 and place < len(units) - 1:
        size, place = size / 1000, place + 1
    return f"{language.number(round(size, 2))}{NARROW_SPACE}{units[place]}"


def sale_words(language: Language, period: SalePeriod, written: Callable[[Instant], str]) -> Iterator[str]:
    """When an offering is on sale, where it says so; `written` writes a moment."""
    if period.since:
        yield language.say("On sale from %(day)s.", day=written(period.since))
    if period.until:
        yield language.say("On sale until %(day)s.", day=written(period.until))


def offering_state(language: Language, state: str) -> str:
    say = language.say
    names = {
        "in study": say("draft"),
        "in design": say("draft"),
        "in test": say("in test"),
        "active": say("on sale"),
        "launched": say("on sale"),
        "retired": say("off sale"),
        "obsolete": say("off sale for good"),
        "rejected": say("rejected"),
    }
    return names.get(state.lower(), state)
