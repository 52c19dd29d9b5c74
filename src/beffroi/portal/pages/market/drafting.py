"""A form as a draft of an offering: numbers as people write them, areas as a box or as GeoJSON."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, decode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.offers.draft import Asked, Draft
from beffroi.market.rules.terms.data_use_term import Terms

Lists = Mapping[str, Sequence[str]]
VATS: Final = ("20", "10", "5.5", "")
"""Rates that a form offers; empty: outside the scope of VAT."""

_WHOLE = re.compile(r"\d{1,12}", re.ASCII)


def draft_in(fields: Lists, provider: str, known: Sequence[str]) -> Draft:
    """The draft that a form describes; `known` are the attributes that it offered. Raises
    Problem(BadRequestData) for a number or an area that is none."""
    attributes = [one for one in fields.get("attribute", ()) if one in known]
    if known and not attributes:
        raise Problem(BadRequestData, "No attribute is chosen.")
    requests = whole(fields, "quota")
    months = whole(fields, "months")
    return Draft(
        name=one(fields, "name").strip(),
        description=one(fields, "description").strip(),
        provider=provider,
        types=tuple(dict.fromkeys(fields.get("type", ()))),
        attributes=None if len(attributes) == len(known) else tuple(attributes),
        area=area_in(one(fields, "area")),
        live=bool(one(fields, "live")),
        history=bool(one(fields, "history")),
        rate=float(whole(fields, "rate")),
        quotas=(Quota("requests", requests, "month"),) if requests else (),
        price=_price(fields),
        approval=bool(one(fields, "approval")),
        terms=Terms(
            licence=one(fields, "licence"),
            purposes=tuple(fields.get("purpose", ())),
            regions=tuple(filter(None, fields.get("region", ()))),
            duration=(months, "month") if months else None,
            resale=bool(one(fields, "resale")),
            personal_data=one(fields, "personal") or "none",
        ),
    )


def one(fields: Lists, name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def whole(fields: Lists, name: str) -> int:
    """A whole number; 0 for an empty field.

    >>> whole({"quota": ["20 000"]}, "quota")
    20000
    """
    text = re.sub(r"\s", "", one(fields, name))
    if not text:
        return 0
    if not _WHOLE.fullmatch(text):
        raise Problem(BadRequestData, f"'{text[:40]}' is no whole number.")
    return int(text)


def decimal(text: str) -> Decimal:
    """A number with a comma or a point.

    >>> decimal("1 234,50")
    Decimal('1234.50')
    """
    try:
        number = Decimal(re.sub(r"\s", "", text).replace(",", "."))
    except InvalidOperation:
        raise Problem(BadRequestData, f"'{text[:40]}' is no amount.") from None
    if not number.is_finite() or number < 0:
        raise Problem(BadRequestData, f"'{text[:40]}' is no amount.")
    return number


def area_in(text: str) -> Json:
    """A GeoJSON area, of a Feature too, or the box `west, south, east, north`; None for an empty field.

    >>> area_in("3, 50.6, 3.1, 50.7")["coordinates"][0][2]
    [3.1, 50.7]
    """
    text = text.strip()
    if not text:
        return None
    if text.startswith("{"):
        try:
            found = decode(text.encode())
        except ValueError:
            raise Problem(BadRequestData, "The area is no JSON.") from None
        shape = found.get("geometry", found) if isinstance(found, dict) else found
        return shape if isinstance(shape, dict) else {}
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise Problem(BadRequestData, f"'{text[:60]}' is no area: west, south, east, north.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise Problem(BadRequestData, f"'{text[:60]}' is no area: west, south, east, north.")
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring: list[Json] = [list[Json](corner) for corner in corners]
    return {"type": "Polygon", "coordinates": [ring]}


def _price(fields: Lists) -> Asked:
    kind = one(fields, "price") or "free"
    if kind == "free":
        return Asked()
    vat = one(fields, "vat")
    amount = decimal(one(fields, "amount"))
    each = whole(fields, "each") or 1000
    return Asked(kind, amount, each, whole(fields, "free"), decimal(vat) if vat else None)
