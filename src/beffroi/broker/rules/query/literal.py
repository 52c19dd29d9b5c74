"""Values in the query language: numbers, texts, moments, bare words, patterns (clauses 4.9, 4.6.3)."""

import math
import re
from datetime import date

import orjson

from beffroi.broker.rules.query.cursor import Cursor, is_name
from beffroi.broker.rules.query.query import Literals, Moment, Range
from beffroi.kernel.instant import parse_instant

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_COMMON_DATE_TIME = re.compile(
    r"[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z",
    re.ASCII,
)
"""In UTC, on one of the days that every month has."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:[.,](\d{1,6}))?Z", re.ASCII)
_QUOTED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)

_ENDS = ";|),"
_NEVER_IN_A_URI = frozenset(' "<>{}\\^`')
_LONGEST_INTEGER = 20
"""Characters: no integer that JSON from outside may have is longer."""


def moment_of(text: str) -> Moment | None:
    """Read a DateTime, Date or Time of clause 4.6.3; None if `text` is none of them.

    >>> moment_of("2018-12-04T12:00:00Z")
    Moment(sort='datetime', text='2018-12-04T12:00:00.000000Z')
    >>> moment_of("12:00:00.5Z").text, moment_of("2018-02-30")
    ('12:00:00.500000Z', None)
    """
    if "T" in text or "t" in text:
        instant = parse_instant(text)
        return None if instant is None else Moment("datetime", instant)
    found = _TIME.fullmatch(text)
    if found is not None:
        hour, minute, second, fraction = found.groups()
        return Moment("time", f"{hour}:{minute}:{second}.{fraction or '':0<6}Z")
    return Moment("date", text) if is_date(text) else None


def instant_text(text: str) -> str:
    """The Instant that a text is, or an empty text; most texts of a store need no calendar for it.

    >>> instant_text("2018-12-04T12:00:00.5Z"), instant_text("soon")
    ('2018-12-04T12:00:00.500000Z', '')
    """
    if _COMMON_DATE_TIME.fullmatch(text) is not None:
        return f"{text[:19]}.{text[20:-1]:0<6}Z"
    return parse_instant(text) or ""


def is_date(text: str) -> bool:
    """Whether this is a Date of clause 4.6.3: a day of the calendar as YYYY-MM-DD."""
    if _DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_values(cursor: Cursor) -> tuple[Literals | Range, ...]:
    """CompEqualityValue: a value, a range, or a list of them; white space may stand around commas."""
    values = [_value_or_range(cursor)]
    while _comma(cursor):
        values.append(_value_or_range(cursor))
    return tuple(values)


def read_comparable(cursor: Cursor) -> Literals:
    """ComparableValue, the only value that <, <=, > and >= take: no boolean, no bare word."""
    start = cursor.at
    quoted = cursor.peek() == '"'
    value = _value(cursor)
    if isinstance(value, bool) or (isinstance(value, str) and not quoted):
        cursor.at = start
        cursor.refuse("a number, a text in quotation marks, a date or a time is expected")
    return value


def read_pattern(cursor: Cursor) -> str:
    """RegExp: between quotation marks, or bare up to `;`, `|`, `)` outside of its own groups.

    Nothing is unescaped but the quotation mark, because the backslash belongs to the expression.
    """
    if cursor.peek() == '"':
        return _quoted(cursor)[1:-1].replace('\\"', '"')
    start = cursor.at
    depth, in_class, text = 0, False, cursor.text
    while cursor.at < cursor.end:
        character = text[cursor.at]
        if character == "\\":
            cursor.at += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
        elif depth and character == ")":
            depth -= 1
        elif not depth and character in ";|)":
            break
        cursor.at += 1
    cursor.at = min(cursor.at, cursor.end)
    if cursor.at == start:
        cursor.refuse("a regular expression is expected")
    return text[start : cursor.at]


def _comma(cursor: Cursor) -> bool:
    start = cursor.at
    while cursor.skip(" "):
        pass
    if cursor.skip(","):
        while cursor.skip(" "):
            pass
        return True
    cursor.at = start
    return False


def _value_or_range(cursor: Cursor) -> Literals | Range:
    start = cursor.at
    low = _value(cursor)
    if not cursor.skip(".."):
        return low
    high = read_comparable(cursor)
    if isinstance(low, bool) or _sort(low) != _sort(high):
        cursor.at = start
        cursor.refuse("a range needs two values of the same sort")
    return Range(low, high)


def _sort(value: Literals) -> str:
    match value:
        case Moment():
            return value.sort
        case str():
            return "text"
        case _:
            return "number"


def _value(cursor: Cursor) -> Literals:
    if cursor.peek() == '"':
        start = cursor.at
        quoted = _quoted(cursor)
        try:
            return str(orjson.loads(quoted.encode()))
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            cursor.at = start
            cursor.refuse("a text in quotation marks as JSON writes it is expected")
    return _moment_or_number(cursor) if cursor.peek() in "-0123456789" else _word(cursor)


def _quoted(cursor: Cursor) -> str:
    found = _QUOTED.match(cursor.text, cursor.at)
    if found is None:
        cursor.refuse("a text that ends with a quotation mark is expected")
    cursor.at = found.end()
    return found[0]


def _moment_or_number(cursor: Cursor) -> Literals:
    text, start = cursor.text, cursor.at
    for form in (_DATE_TIME, _DATE, _TIME):
        found = form.match(text, start)
        if found is not None and _ends(text, found.end()):
            moment = moment_of(found[0])
            if moment is None:
                cursor.refuse("a date and time of the calendar is expected")
            cursor.at = found.end()
            return moment
    found = _NUMBER.match(text, start)
    if found is None or not _ends(text, found.end()):
        cursor.refuse("a value is expected (texts stand between quotation marks)")
    number = float(found[0])
    if math.isinf(number):
        cursor.refuse("a number that fits into 64 bits is expected")
    cursor.at = found.end()
    whole = not found[1] and not found[2] and len(found[0]) <= _LONGEST_INTEGER
    return int(found[0]) if whole else number


def _ends(text: str, at: int) -> bool:
    return at == len(text) or text[at] in _ENDS or text[at] == " " or text.startswith("..", at)


def _word(cursor: Cursor) -> Literals:
    """A boolean, a URI, or a name that expandValues makes one (example 12 of clause 4.9)."""
    start = cursor.at
    word = cursor.until(_ENDS + " ")
    if word == "true":
        return True
    if word == "false":
        return False
    if not (_is_uri(word) if ":" in word else is_name(word.replace("-", "_"))):
        cursor.at = start
        cursor.refuse("a value is expected (texts stand between quotation marks)")
    return word


def _is_uri(word: str) -> bool:
    """As far as it matters here: a scheme, and no character that RFC 3987 forbids."""
    return word[0].isalpha() and word[-1] != ":" and word.isprintable() and _NEVER_IN_A_URI.isdisjoint(word)
