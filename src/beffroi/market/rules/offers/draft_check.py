"""What is wrong with a draft, by the part of it that is wrong: before anything of it is stored."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NoReturn

from beffroi.kernel.json import Json
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.access.handover import WEBHOOK, is_address
from beffroi.market.rules.offers.draft import Draft, Service, characteristics_of, price
from beffroi.market.rules.offers.saleable import ACCESS, LONGEST_SAMPLE
from beffroi.market.rules.offers.translations import LONGEST, check_translations
from beffroi.market.rules.orders.terms import GREATEST_LIMIT
from beffroi.market.rules.prices.selling import check_price
from beffroi.market.rules.service_level.promise import Objective, Promise, read_promise
from beffroi.market.rules.service_level.stated import promise_element
from beffroi.market.rules.terms.data_use_term import (
    LONGEST_NAME,
    LONGEST_TEXT,
    OwnLicence,
    read_terms,
    term_element,
)

MOST_CLAIMS: Final = 200
_REQUIREMENT = re.compile(r"\w{1,4}(\.\w{1,6}){1,6}", re.ASCII)
_WITHOUT_QUERY = re.compile(r"(?!.*/\.\./)[^?#@\s]+")


def check_draft(draft: Draft) -> None:
    """Raise Problem(BadRequestData) that says the first thing that is missing or cannot be."""
    for sentence in faults(draft).values():
        raise Problem(BadRequestData, sentence)


def faults(draft: Draft) -> Mapping[str, str]:
    """Sentences that say what is missing or cannot be, by part: title, description, translation, types,
    area, given, endpoint, access, credentials, sample, licence, licence_name, licence_text, licence_url,
    other_licence_name, terms, price, limit, claims, and the metrics that are promised. Empty for a draft
    that can be made."""
    found = dict[str, str]()
    for part, check in _checks(draft):
        try:
            check()
        except Problem as problem:
            found.setdefault(part, problem.detail)
    return found


def _checks(draft: Draft) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "title", lambda: _check_title(draft.name)
    yield "description", lambda: _check_description(draft.description)
    yield "translation", lambda: check_translations({"translation": _rows(draft)})
    if draft.service is None:
        yield "types", lambda: _check_types(draft)
        yield "area", lambda: _declare(replace(draft, rate=0.0, quotas=()))
    else:
        service = draft.service
        yield "endpoint", lambda: _check_endpoint(service)
        yield "access", lambda: _check_access(service)
        yield "credentials", lambda: _check_credentials(service)
        yield "sample", lambda: _check_sample(service.sample)
    yield "given", lambda: _declare(replace(draft, area=None, service=None))
    match draft.terms.licence:
        case OwnLicence() as own:
            yield from _own_licence(own)
        case licence:
            yield "licence", lambda: _check_licence(licence)
    yield "terms", lambda: read_terms(term_element(replace(draft.terms, licence="CC0-1.0")))
    yield "price", lambda: check_price(price(draft))
    for objective in draft.promise.objectives if draft.promise else ():
        yield objective.metric, partial(_check_objective, objective)
    yield "greatest", lambda: _check_promise(draft.promise)
    yield "claims", lambda: _check_claims(draft.claims)
    yield "limit", lambda: _check_limit(draft.total)
    yield "per_party", lambda: _check_limit(draft.per_party)


def _check_title(name: str) -> None:
    if not name.strip() or len(name) > LONGEST["name"]:
        _bad(f"A title has 1 to {LONGEST['name']} characters.")


def _check_description(text: str) -> None:
    if len(text) > LONGEST["description"]:
        _bad(f"A description has at most {LONGEST['description']} characters.")


def _check_types(draft: Draft) -> None:
    if not draft.types:
        _bad("Nothing is chosen to be offered.")


def _check_endpoint(service: Service) -> None:
    if not service.endpoint:
        _bad("The address of the service is missing.")
    if not _WITHOUT_QUERY.fullmatch(service.endpoint) or not is_address(service.endpoint):
        _bad(f"'{service.endpoint[:200]}' is no http or https address without query and user.")


def _check_credentials(service: Service) -> None:
    if service.access != WEBHOOK:
        return
    if not service.credentials:
        _bad("The address that hands over the credentials is missing.")
    if not is_address(service.credentials):
        _bad(f"'{service.credentials[:200]}' is no http or https address without a user.")


def _check_sample(text: str) -> None:
    if len(text) > LONGEST_SAMPLE:
        _bad(f"A sample has at most {LONGEST_SAMPLE} characters.")


def _check_access(service: Service) -> None:
    if service.access not in ACCESS:
        _bad(f"The access '{service.access[:40]}' is none of {', '.join(ACCESS)}.")


def _check_licence(licence: str) -> None:
    if licence not in LICENCES:
        _bad(f"The licence '{licence[:100]}' is none of {', '.join(LICENCES)}.")


def _own_licence(own: OwnLicence) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "licence_name", lambda: _check_licence_name(own.name)
    yield "licence_text", lambda: _check_licence_text(own.text)
    yield "licence_url", lambda: _check_licence_url(own.url)
    for _, name, text in own.translation[1:]:
        yield "other_licence_name", partial(_check_licence_name, name)
        yield "other_licence_text", partial(_check_licence_text, text)


def _check_licence_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        _bad(f"A licence in one's own words has a name of 1 to {LONGEST_NAME} characters.")


def _check_licence_text(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        _bad(f"A licence in one's own words has a text of 1 to {LONGEST_TEXT} characters.")


def _check_licence_url(url: str) -> None:
    if url and not is_address(url):
        _bad(f"'{url[:200]}' is no http or https address without a user.")


def _check_limit(most: int) -> None:
    if most > GREATEST_LIMIT:
        _bad(f"'{most}' is more than {GREATEST_LIMIT}, the most that a limit may be.")


def _check_objective(objective: Objective) -> None:
    read_promise(promise_element(Promise((objective,))))


def _check_promise(promise: Promise | None) -> None:
    if promise is not None:
        read_promise(promise_element(promise))


def _check_claims(claims: Sequence[str]) -> None:
    for claim in claims:
        if not _REQUIREMENT.fullmatch(claim):
            _bad(f"'{claim[:40]}' is no id of a requirement, such as 1.C1.R1.1.")
    if len(claims) > MOST_CLAIMS:
        _bad(f"{len(claims)} requirements are claimed; {MOST_CLAIMS} are the most.")


def _declare(draft: Draft) -> None:
    given = [{"name": name, "value": value} for name, value in characteristics_of(draft).items()]
    declared({"productCharacteristic": list[Json](given)}, str)


def _rows(draft: Draft) -> Json:
    return {code: dict[str, Json](row) for code, row in draft.translation.items()}


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
