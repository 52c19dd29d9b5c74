"""Clauses: terms as sentences that a person reads, in the language of whoever reads them.

The sentences here are English and are the keys of the catalogues (`market/wire/fr.po`); `say` gives them in
another language and fills the values in.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from beffroi.kernel.instant import Instant
from beffroi.kernel.licence import LICENCES, Licence
from beffroi.market.rules.terms.data_use_term import OwnLicence, Terms
from beffroi.market.rules.terms.odrl import Limits


class Speaker(Protocol):
    """One language. `say` translates a sentence and fills its values in; the others write values."""

    @property
    def code(self) -> str: ...
    def say(self, message: str, **values: object) -> str: ...
    def day(self, at: Instant) -> str: ...
    def number(self, value: float) -> str: ...
    def listed(self, words: Sequence[str]) -> str: ...
    def territory(self, code: str) -> str: ...


PURPOSES: Final[tuple[str, ...]] = (
    "research",
    "education",
    "journalism",
    "public-service",
    "statistics",
    "planning",
    "mobility-service",
    "energy-service",
    "commercial-product",
    "internal-use",
)
"""Purposes that have a name in every language; others are shown as they are written."""


def clauses(terms: Terms, limits: Limits, speaker: Speaker) -> tuple[str, ...]:
    """Every clause one sentence or, for a licence in the provider's own words, its text."""
    say = speaker.say
    found = [*_licence(terms.licence, speaker), _purpose(terms, speaker), _region(terms, speaker)]
    found += _period(terms, speaker)
    found.append(
        say("The data itself may be sold on to others.")
        if terms.resale
        else say("The data itself may not be sold on to others; what is made with it may.")
    )
    found.append(_personal(terms.personal_data, speaker))
    if limits.area is not None:
        found.append(say("Only data inside the area of the offering is given out."))
    found += [_quota(each.metric, each.amount, each.period, speaker) for each in limits.quotas]
    return tuple(found)


def _licence(licence: str | OwnLicence, speaker: Speaker) -> list[str]:
    say = speaker.say
    if isinstance(licence, OwnLicence):
        name, text = licence.said_in(speaker.code)
        return [say("The data is given under the provider's own licence “%(name)s”:", name=name), text]
    row = LICENCES[licence]
    named = say(
        "The data is given under the licence “%(name)s” (%(url)s).",
        name=row.name(speaker.code), url=row.url,
    )  # fmt: skip
    return [named, *_obligations(row, speaker)]


def _obligations(row: Licence, speaker: Speaker) -> list[str]:
    say = speaker.say
    asked = (
        (row.attribution, say("Whoever uses the data names its source.")),
        (row.share_alike, say("Databases made from the data are passed on under the same licence.")),
        (not row.commercial, say("The data may not be used for commercial ends.")),
        (not row.derivatives, say("Changed versions of the data may not be passed on.")),
    )
    return [sentence for holds, sentence in asked if holds]


def _purpose(terms: Terms, speaker: Speaker) -> str:
    if not terms.purposes:
        return speaker.say("The data may be used for any lawful purpose.")
    words = speaker.listed([purpose_name(each, speaker) for each in terms.purposes])
    return speaker.say("The data may be used for these purposes only: %(purposes)s.", purposes=words)


def purpose_name(purpose: str, speaker: Speaker) -> str:
    """What a purpose is called; one that is none of PURPOSES is shown as it is written."""
    say = speaker.say
    names = (
        say("research"),
        say("education"),
        say("journalism"),
        say("public service"),
        say("statistics"),
        say("planning"),
        say("mobility services"),
        say("energy services"),
        say("commercial products"),
        say("internal use"),
    )
    return dict[str, str](zip(PURPOSES, names, strict=True)).get(purpose, purpose)


def _region(terms: Terms, speaker: Speaker) -> str:
    if not terms.regions:
        return speaker.say("The data may be used in every country.")
    where = speaker.listed([speaker.territory(each) for each in terms.regions])
    return speaker.say("The data may be used in these places only: %(regions)s.", regions=where)


def _period(terms: Terms, speaker: Speaker) -> list[str]:
    say, found = speaker.say, list[str]()
    if terms.since:
        found.append(say("The agreement begins on %(day)s.", day=speaker.day(terms.since)))
    if terms.until:
        found.append(say("The agreement ends on %(day)s.", day=speaker.day(terms.until)))
    if terms.duration:
        found.append(_lasts(*terms.duration, speaker))
    if not terms.until and not terms.duration:
        found.append(say("The agreement has no end of its own; either party may end it."))
    return found


def _lasts(amount: int, unit: str, speaker: Speaker) -> str:
    say = speaker.say
    sentence = {
        "day": say("The agreement lasts so many days from the order: %(amount)s."),
        "week": say("The agreement lasts so many weeks from the order: %(amount)s."),
        "month": say("The agreement lasts so many months from the order: %(amount)s."),
        "year": say("The agreement lasts so many years from the order: %(amount)s."),
    }[unit]
    return sentence % {"amount": speaker.number(amount)}


def _personal(mark: str, speaker: Speaker) -> str:
    say = speaker.say
    return {
        "none": say("The data holds no personal data."),
        "pseudonymised": say(
            "The data holds pseudonymised personal data; whoever uses it does not try to find out who it is."
        ),
        "personal": say(
            "The data holds personal data; whoever uses it is responsible for it under the GDPR."
        ),
    }[mark]


def _quota(metric: str, amount: int, period: str, speaker: Speaker) -> str:
    say = speaker.say
    what = {
        "requests": say("requests"),
        "entities": say("entities"),
        "bytes": say("bytes"),
        "notifications": say("notifications"),
    }.get(metric, metric)
    sentence = (
        say("In each day at most this much is given out: %(amount)s %(what)s.")
        if period == "day"
        else say("In each month at most this much is given out: %(amount)s %(what)s.")
    )
    return sentence % {"amount": speaker.number(amount), "what": what}
