"""Terms: what may be done with what an offering sells, as a term of a productOffering or of an agreement.

In a document they are one element of `productOfferingTerm` (TMF620) or of `termOrCondition` (TMF651) whose
`@type` is DataUseTerm; the schema of its further members is served at the address in `@schemaLocation`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NoReturn, cast

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.offers.translations import LANGUAGES

TYPE: Final = "DataUseTerm"
SCHEMA_PATH: Final = "/schemas/DataUseTerm.json"
NAME: Final = "Terms of use"
PERSONAL_DATA: Final = ("none", "pseudonymised", "personal")
UNITS: Final[Mapping[str, str]] = {"day": "D", "week": "W", "month": "M", "year": "Y"}
"""The units of a duration and their letters in ISO 8601."""

MOST_WORDS: Final = 50
LONGEST_TEXT: Final = 20_000
LONGEST_NAME: Final = 300
GREATEST_DURATION: Final = 10_000

PURPOSE: Final = r"[a-z][a-z0-9-]{0,49}|https?://[^\s<>\"{}|\\^`]{1,300}|urn:[^\s<>\"{}|\\^`]{1,300}"
REGION: Final = r"[A-Z]{2}(-[A-Z0-9]{1,3})?|EEA"
URL: Final = r"https?://[^\s<>\"{}|\\^`]{1,1000}"
"""Patterns of a purpose, a region and an address."""

_PURPOSE, _REGION, _URL = re.compile(PURPOSE), re.compile(REGION), re.compile(URL)


@dataclass(frozen=True, slots=True)
class OwnLicence:
    """A licence in the provider's own words; `translation` has (language, name, text)."""

    name: str
    text: str
    url: str = ""
    translation: tuple[tuple[str, str, str], ...] = ()

    def said_in(self, code: str) -> tuple[str, str]:
        """Name and text in a language, or else as they are.

        >>> OwnLicence("Accord", "…", translation=(("en", "Agreement", "As is."),)).said_in("en")
        ('Agreement', 'As is.')
        """
        return self.names.get(code, self.name), self.texts.get(code, self.text)

    @property
    def names(self) -> dict[str, str]:
        """The name by the languages that it is translated to."""
        return {code: name for code, name, _ in self.translation}

    @property
    def texts(self) -> dict[str, str]:
        """The text by the languages that it is translated to."""
        return {code: text for code, _, text in self.translation}


@dataclass(frozen=True, slots=True)
class Terms:
    """`licence` is an SPDX identifier of our table or the provider's own text.

    `purposes` are what the data may be used for (none: anything); `regions` are ISO 3166 codes, EU or EEA,
    where it may be used (none: everywhere). The agreement runs from `since` to `until`, or for `duration`
    (amount and unit) from the moment it is made. `resale`: the data itself may be sold on. `personal_data`
    is one of PERSONAL_DATA.
    """

    licence: str | OwnLicence
    purposes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT
    duration: tuple[int, str] | None = None
    resale: bool = False
    personal_data: str = "none"


def terms_of(document: JsonObject) -> Terms | None:
    """The terms of a productOffering, of an agreement or of a list of terms in either; None without any.

    Raises Problem(BadRequestData) for terms that are not as the schema says, or given twice.
    """
    found = [each for each in _term_elements(document) if each.get("@type") == TYPE]
    if len(found) > 1:
        _bad(f"The document has {len(found)} terms of the type {TYPE}; one says all.")
    return read_terms(found[0]) if found else None


def read_terms(element: JsonObject) -> Terms:
    """One element as Terms. Raises Problem(BadRequestData) that names the member and the value."""
    since, until = _period(element)
    return Terms(
        licence=_licence(element.get("licence")),
        purposes=_words(element, "purpose", _PURPOSE, "a word such as 'research' or an IRI"),
        regions=_words(element, "region", _REGION, "a code of ISO 3166, EU or EEA"),
        since=since,
        until=until,
        duration=_duration(element.get("duration")),
        resale=_flag(element, "resale"),
        personal_data=_personal_data(element.get("personalData", "none")),
    )


def term_element(terms: Terms, base: str = "", description: str = "") -> JsonObject:
    """The terms as an element of a document; `base` is the node's address, `description` the text that a
    person reads. `read_terms` reads back what this writes."""
    element: JsonObject = {
        "@type": TYPE,
        "@baseType": "ProductOfferingTerm",
        "@schemaLocation": f"{base}{SCHEMA_PATH}",
        "name": NAME,
        "licence": _licence_member(terms.licence),
        "purpose": list[Json](terms.purposes),
        "region": list[Json](terms.regions),
        "resale": terms.resale,
        "personalData": terms.personal_data,
    }
    if description:
        element["description"] = description
    valid: JsonObject = {}
    if terms.since:
        valid["startDateTime"] = shortened(terms.since)
    if terms.until:
        valid["endDateTime"] = shortened(terms.until)
    if valid:
        element["validFor"] = valid
    if terms.duration:
        element["duration"] = {"amount": terms.duration[0], "units": terms.duration[1]}
    return element


def agreed(terms: Terms, at: Instant, until: Instant) -> Terms:
    """The terms of an agreement made at a moment: they begin then unless they begin later, and have an end
    instead of a duration. `until` is when the duration is over, as the calendar says."""
    end = terms.until if not terms.duration else min(filter(None, (terms.until, until)), default=NO_INSTANT)
    return replace(terms, since=max(terms.since, at), until=end, duration=None)


def _term_elements(document: JsonObject) -> list[JsonObject]:
    """Terms stand in an offering itself, and in the items of an agreement."""
    places = [document.get("productOfferingTerm"), document.get("termOrCondition")]
    items = document.get("agreementItem")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            places.append(item.get("termOrCondition"))
    found = list[JsonObject]()
    for place in places:
        found += objects_in(place)
    return found


def _licence(value: Json) -> str | OwnLicence:
    match value:
        case {"spdxId": str(name)}:
            if name not in LICENCES:
                _bad(f"The licence '{name[:100]}' is none of {', '.join(LICENCES)}; give its name and text.")
            return name
        case {"name": str(name), "text": str(text), **others}:
            url = others.get("url", "")
            if not name.strip() or len(name) > LONGEST_NAME:
                _bad(f"The name of the licence has {len(name)} characters, not 1 to {LONGEST_NAME}.")
            if not text.strip() or len(text) > LONGEST_TEXT:
                _bad(f"The text of the licence has {len(text)} characters, not 1 to {LONGEST_TEXT}.")
            if not isinstance(url, str) or (url and not _URL.fullmatch(url)):
                _bad(f"The address of the licence, {_shown(url)}, is no HTTP URL.")
            return OwnLicence(
                name, text, url, _licence_translation(cast("Json", others.get("translation", {})))
            )
        case None:
            _bad(f"The {TYPE} has no licence.")
        case _:
            _bad(f"The licence {_shown(value)} has neither an spdxId nor a name and a text.")


def _licence_translation(value: Json) -> tuple[tuple[str, str, str], ...]:
    found = list[tuple[str, str, str]]()
    rows = value if isinstance(value, dict) else {"": value}
    for code, row in rows.items():
        match row:
            case {"name": str(name), "text": str(text)} if (
                code in LANGUAGES
                and 0 < len(name.strip()) <= LONGEST_NAME
                and 0 < len(text.strip()) <= LONGEST_TEXT
            ):
                found.append((code, name, text))
            case _:
                _bad(
                    f"The translation of the licence to '{code[:40]}' is none to {', '.join(LANGUAGES)} "
                    f"with a name of up to {LONGEST_NAME} and a text of up to {LONGEST_TEXT} characters."
                )
    return tuple(found)


def _licence_member(licence: str | OwnLicence) -> JsonObject:
    if isinstance(licence, str):
        return {"spdxId": licence, "name": LICENCES[licence].en, "url": LICENCES[licence].url}
    member: JsonObject = {"name": licence.name, "text": licence.text}
    if licence.url:
        member["url"] = licence.url
    if licence.translation:
        member["translation"] = {
            code: {"name": name, "text": text} for code, name, text in licence.translation
        }
    return member


def _words(element: JsonObject, name: str, shape: re.Pattern[str], wanted: str) -> tuple[str, ...]:
    value = element.get(name, [])
    if not isinstance(value, list) or len(value) > MOST_WORDS:
        _bad(f"The member '{name}' is {_shown(value)} and no list of at most {MOST_WORDS} texts.")
    words = list[str]()
    for word in value:
        if not isinstance(word, str) or not shape.fullmatch(word):
            _bad(f"The member '{name}' holds {_shown(word)}, which is not {wanted}.")
        words.append(word)
    return tuple(dict.fromkeys(words))


def _period(element: JsonObject) -> tuple[Instant, Instant]:
    valid = element.get("validFor", {})
    if not isinstance(valid, dict):
        _bad(f"The member 'validFor' is {_shown(valid)} and no period.")
    since, until = _moment(valid, "startDateTime"), _moment(valid, "endDateTime")
    if since and until and until <= since:
        _bad(f"The terms end at {shortened(until)}, which is not after their start {shortened(since)}.")
    return since, until


def _moment(valid: JsonObject, name: str) -> Instant:
    value = valid.get(name)
    if value is None:
        return NO_INSTANT
    moment = parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        _bad(f"The member '{name}' is {_shown(value)} and no date-time with a zone.")
    return moment


def _duration(value: Json) -> tuple[int, str] | None:
    match value:
        case None:
            return None
        case {"amount": int(amount), "units": str(unit)} if not isinstance(amount, bool):
            unit = unit.lower().removesuffix("s")
            if unit not in UNITS:
                _bad(f"The duration is in '{unit[:50]}' and not in one of {', '.join(UNITS)}.")
            if not 0 < amount <= GREATEST_DURATION:
                _bad(f"The duration is {amount} {unit}, not 1 to {GREATEST_DURATION}.")
            return amount, unit
        case _:
            _bad(f"The duration {_shown(value)} has no amount and units.")


def _flag(element: JsonObject, name: str) -> bool:
    value = element.get(name, False)
    if not isinstance(value, bool):
        _bad(f"The member '{name}' is {_shown(value)} and not true or false.")
    return value


def _personal_data(value: Json) -> str:
    if not isinstance(value, str) or value not in PERSONAL_DATA:
        _bad(f"The member 'personalData' is {_shown(value)} and none of {', '.join(PERSONAL_DATA)}.")
    return value


def _shown(value: object) -> str:
    return repr(value)[:100]


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
