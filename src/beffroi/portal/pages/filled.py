"""A form as somebody filled it in: fields with numbers as people write them, and what is wrong with each."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.offers.translations import LANGUAGES

Lists = Mapping[str, Sequence[str]]
Read = TypeVar("Read")
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(slots=True)
class Form:
    """The fields of a form in the language `code`; `mistakes` are sentences by the field that is wrong."""

    fields: Lists
    code: str
    mistakes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def other(self) -> str:
        """The other one of the two languages."""
        return next(each for each in LANGUAGES if each != self.code)

    def one(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "").strip()

    def wrong(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field, unless that was said."""
        self.mistakes.setdefault(name, sentence)

    def take(self, name: str, read: Callable[[str], Read], instead: Read) -> Read:
        """What a field says; `instead` where that cannot be read, which is a mistake."""
        try:
            return read(self.one(name))
        except Problem as problem:
            self.mistakes[name] = problem.detail
            return instead

    def whole(self, name: str) -> int:
        return self.take(name, whole, 0)


def whole(text: str) -> int:
    """A whole number; 0 for an empty field.

    >>> whole("20 000")
    20000
    """
    digits = re.sub(r"\s", "", text)
    if not digits:
        return 0
    if _WHOLE.fullmatch(digits.removeprefix("-")) and digits.startswith("-"):
        raise Problem(BadRequestData, f"'{digits[:40]}' is less than zero.")
    if not _WHOLE.fullmatch(digits):
        raise Problem(BadRequestData, f"'{digits[:40]}' is no whole number.")
    return int(digits)


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
