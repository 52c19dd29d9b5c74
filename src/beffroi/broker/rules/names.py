"""Check the names that clients give: ids (URIs), attribute and type names (clause 4.6.2), moments."""

import re
from functools import lru_cache
from typing import NoReturn

from beffroi.kernel.instant import is_date_time
from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem

LONGEST_ID = 2_000
LONGEST_NAME = 500
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?Z")
_NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_]\w*)?")


def bad(sentence: str) -> NoReturn:
    """Refuse what a client sent (BadRequestData)."""
    raise Problem(BadRequestData, sentence)


def is_uri(text: str) -> bool:
    """True for an absolute URI or IRI (RFC 3986, RFC 3987), as far as NGSI-LD needs it.

    >>> is_uri("urn:ngsi-ld:Room:1"), is_uri("Room 1")
    (True, False)
    """
    return len(text) <= LONGEST_ID and _SCHEME.fullmatch(text) is not None


def check_uri(value: Json, what: str) -> str:
    """Return `value` if it is a URI, or else refuse it in the name of `what`.

    >>> check_uri("room1", "The entity id")
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The entity id 'room1' is not a URI.
    """
    if not isinstance(value, str):
        bad(f"{what} is not a string.")
    if not is_uri(value):
        bad(f"{what} '{value[:200]}' is not a URI.")
    return value


@lru_cache(maxsize=4_096)
def check_name(name: str, what: str) -> str:
    """Return `name` if clause 4.6.2 allows it: letters, numbers, `_`, one prefix; or a whole URI.

    >>> check_name("niveau_d_eau", "Attribute")
    'niveau_d_eau'
    """
    if len(name) > LONGEST_NAME:
        bad(f"{what} '{name[:50]}…' is longer than {LONGEST_NAME} characters.")
    if (_NAME.fullmatch(name) and name not in {"id", "type"}) or (
        ("/" in name or name.startswith("urn:")) and is_uri(name)
    ):
        return name
    bad(f"{what} '{name[:200]}' is not a valid name: it must be letters, numbers and _, or a URI.")


def check_moment(value: Json, what: str) -> str:
    """Return `value` if it is a DateTime of clause 4.6.3: in UTC, written with a Z, and with at most six
    digits after the second.

    >>> check_moment("2026-11-22T14:49:00.5Z", "The observedAt")
    '2026-11-22T14:49:00.5Z'
    """
    if not isinstance(value, str) or not _is_moment(value):
        bad(
            f"{what} {_shown(value)} is no date-time in UTC such as 2026-11-22T13:49:00Z, with at most six "
            "digits after the second."
        )
    return value


@lru_cache(maxsize=1_024)
def _is_moment(text: str) -> bool:
    return _MOMENT.fullmatch(text) is not None and is_date_time(text)


def _shown(value: Json) -> str:
    return f"'{value[:100]}'" if isinstance(value, str) else f"of type {type(value).__name__}"
