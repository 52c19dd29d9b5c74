"""A draft of an offering as a file, TOML or JSON, in which a provider says what is sold and how.

name, description, provider                texts; `provider` is the id of an organization (TMF632)
language, [translation]                    en or fr; name, description and licence in the other one
types, attributes, area, live, history     data of this node; without `attributes` all of them
sample                                     whether everybody sees the first entities of it
[service]                                  or a service elsewhere: endpoint, description, access,
                                           credentials, posts, sample (a text)
rate, [[quota]]                            requests a second; metric, amount, period (day, month)
approval, [limit]                          whether each order waits for a word; total, party
[price]                                    kind, amount, each, free, vat
[terms]                                    licence, purposes, regions, months, resale, personal
[level.METRIC], level.greatest             target, credit, within, attributes
claims                                     ids of requirements
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NoReturn, cast

from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.xml_text import check_writable
from beffroi.market.rules.offers.draft import Asked, Draft, Service
from beffroi.market.rules.offers.saleable import area_of
from beffroi.market.rules.offers.translations import LANGUAGES
from beffroi.market.rules.prices.money import decimal_of
from beffroi.market.rules.prices.pricing import FREE
from beffroi.market.rules.service_level.promise import METRICS, Objective, Promise, Tier
from beffroi.market.rules.terms.data_use_term import OwnLicence, Terms

MOST_BYTES: Final = 1_000_000
SHOWN: Final = 40


def draft_in(content: bytes, provider: str = "") -> Draft:
    """The draft that a file describes; `provider` goes before the one that it names.

    Raises Problem(BadRequestData) for what is neither TOML nor JSON, a member that a draft does not have, and
    a value that cannot be one. Whether the draft can be made says `draft_check`.
    """
    members = _decoded(content)
    check_writable(members)
    whole = _Table(members, "")
    code = _language(whole)
    other = next(one for one in LANGUAGES if one != code)
    own = {"name": whole.text("name"), "description": whole.text("description")}
    translated = whole.table("translation")
    told = {"name": translated.text("name"), "description": translated.text("description")}
    months = (terms := whole.table("terms")).whole("months")
    named = whole.text("provider")
    service, price, limit = whole.table("service"), whole.table("price"), whole.table("limit")
    draft = Draft(
        name=own["name"],
        description=own["description"],
        provider=provider or named,
        types=whole.texts("types"),
        attributes=whole.texts("attributes") if "attributes" in whole.members else None,
        area=_area(whole),
        live=whole.flag("live"),
        history=whole.flag("history"),
        sample=whole.flag("sample"),
        rate=float(whole.number("rate")),
        quotas=tuple(map(_quota, whole.tables("quota"))),
        price=_price(price),
        approval=whole.flag("approval"),
        service=_service(service) if service.members else None,
        total=limit.whole("total"),
        per_party=limit.whole("party"),
        translation={code: _said(own), other: _said(told)} if any(told.values()) else {code: {}},
        promise=_promise(whole.table("level")),
        claims=whole.texts("claims"),
        terms=Terms(
            licence=_licence(terms, code, other, translated),
            purposes=terms.texts("purposes"),
            regions=terms.texts("regions"),
            duration=(months, "month") if months else None,
            resale=terms.flag("resale"),
            personal_data=terms.text("personal") or "none",
        ),
    )
    whole.check_read()
    of_data = draft.types or draft.sample or draft.area is not None or draft.attributes is not None
    if draft.service is not None and of_data:
        _bad("A draft sells data of this node or a service elsewhere, and not both in one.")
    if not draft.provider:
        _bad("It is not said who offers this.")
    return draft


@dataclass(slots=True)
class _Table:
    """One table of the file. `where` is its name, and what was read of it is not asked for again."""

    members: JsonObject
    where: str
    read: set[str] = field(default_factory=set[str])
    inner: "list[_Table]" = field(default_factory=list["_Table"])

    def get(self, name: str) -> Json:
        self.read.add(name)
        return self.members.get(name)

    def text(self, name: str) -> str:
        value = self.get(name)
        if value is not None and not isinstance(value, str):
            self._refuse(name, "is no text", value)
        return value.strip() if value else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.get(name)
        found = value if isinstance(value, list) else []
        if value is not None and (not isinstance(value, list) or not all(isinstance(v, str) for v in found)):
            self._refuse(name, "is no list of texts", value)
        return tuple(dict.fromkeys(cast("list[str]", found)))

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            self._refuse(name, "is neither true nor false", value)
        return bool(value)

    def number(self, name: str) -> Decimal:
        value = self.get(name)
        if value is None:
            return Decimal(0)
        number = decimal_of(value, f"The member '{self._name(name)}'")
        if number < 0:
            self._refuse(name, "is less than nothing", value)
        return number

    def whole(self, name: str) -> int:
        value = self.get(name)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self._refuse(name, "is no whole number", value)
        return value

    def table(self, name: str) -> "_Table":
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            self._refuse(name, "is no table", value)
        return self._inside(value or {}, self._name(name))

    def tables(self, name: str) -> "list[_Table]":
        value = self.get(name)
        found = value if isinstance(value, list) else []
        if value is not None and (not isinstance(value, list) or not all(isinstance(v, dict) for v in found)):
            self._refuse(name, "is no list of tables", value)
        return [self._inside(cast("JsonObject", one), self._name(name)) for one in found]

    def check_read(self) -> None:
        """Raise Problem for a member that nobody asked for: it would be passed over in silence."""
        for name in self.members:
            if name not in self.read:
                known = ", ".join(sorted(self.read))
                _bad(f"A draft has no member '{self._name(name)[:100]}'; here it has {known}.")
        for one in self.inner:
            if one.members:
                one.check_read()

    def _inside(self, members: JsonObject, where: str) -> "_Table":
        self.inner.append(_Table(members, where))
        return self.inner[-1]

    def _name(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def _refuse(self, name: str, what: str, value: Json) -> NoReturn:
        _bad(f"The member '{self._name(name)}' {what}: {encode(value).decode()[:SHOWN]}.")


def _decoded(content: bytes) -> JsonObject:
    """TOML goes through JSON, so that both hold the same values."""
    if len(content) > MOST_BYTES:
        _bad(f"The draft has more than {MOST_BYTES} bytes.")
    if content.lstrip().startswith(b"{"):
        return cast("JsonObject", decode(content))
    try:
        table = tomllib.loads(content.decode("utf-8-sig"), parse_float=_finite)
        return cast("JsonObject", decode(encode(cast("Json", table))))
    except UnicodeDecodeError as failure:
        raise Problem(BadRequestData, "The draft is no text in UTF-8.") from failure
    except (ValueError, RecursionError, TypeError) as failure:
        raise Problem(BadRequestData, f"The draft is no TOML: {failure}.") from failure


def _finite(text: str) -> float:
    """TOML knows infinity and what is no number; JSON does not."""
    number = float(text)
    if not math.isfinite(number):
        _bad(f"The draft has the number {text}.")
    return number


def _language(whole: _Table) -> str:
    code = whole.text("language") or LANGUAGES[0]
    if code not in LANGUAGES:
        _bad(f"There is no language '{code[:SHOWN]}'; there are {', '.join(LANGUAGES)}.")
    return code


def _said(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {name: text for name, text in texts.items() if text}


def _area(whole: _Table) -> Json:
    """GeoJSON, or a box of four numbers."""
    value = whole.get("area")
    match value:
        case None | dict():
            return value
        case [
            int() | float() as west,
            int() | float() as south,
            int() | float() as east,
            int() | float() as north,
        ]:
            return area_of(west, south, east, north)
        case _:
            _bad(f"The member 'area' is neither GeoJSON nor west, south, east, north: {str(value)[:SHOWN]}.")


def _quota(stated: _Table) -> Quota:
    return Quota(
        stated.text("metric") or "requests", stated.whole("amount"), stated.text("period") or "month"
    )


def _price(stated: _Table) -> Asked:
    kind = stated.text("kind") or FREE
    vat = stated.number("vat")
    amount, each, free = stated.number("amount"), stated.whole("each") or 1000, stated.whole("free")
    if kind == FREE and amount:
        _bad(f"The price is free and has the amount {amount}; 'price.kind' is once, monthly or requests.")
    return Asked(kind, amount, each, free, vat or None)


def _service(stated: _Table) -> Service:
    return Service(
        stated.text("endpoint"),
        stated.text("description"),
        stated.text("access") or "gate",
        stated.text("credentials"),
        stated.flag("posts"),
        stated.text("sample"),
    )


def _licence(terms: _Table, code: str, other: str, translated: _Table) -> str | OwnLicence:
    """An identifier, or a table with the provider's own words."""
    if not isinstance(terms.members.get("licence"), dict):
        return terms.text("licence")
    own, told = terms.table("licence"), translated.table("licence")
    name, text, url = own.text("name"), own.text("text"), own.text("url")
    said = (code, name, text)
    if not told.members:
        return OwnLicence(name, text, url, (said,))
    return OwnLicence(name, text, url, (said, (other, told.text("name"), told.text("text"))))


def _promise(level: _Table) -> Promise | None:
    found = tuple(one for metric in METRICS if (one := _objective(metric, level.table(metric))) is not None)
    greatest = level.number("greatest") or Decimal(100)
    if level.members and not found:
        _bad(f"A service level promises {', '.join(METRICS)}, and nothing of that is said.")
    return Promise(found, greatest) if found else None


def _objective(metric: str, stated: _Table) -> Objective | None:
    if not stated.members:
        return None
    target, credit = stated.number("target"), stated.number("credit")
    within = stated.whole("within") if metric == "freshness" else 0
    attributes = stated.texts("attributes") if metric == "completeness" else ()
    return Objective(metric, target, within, attributes, (Tier(target, credit),) if credit else ())


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
