"""Users' regular expressions (clauses 4.9 and 5.7.2: IEEE 1003.2), run by RE2 in linear time."""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, TypeAlias, cast

import re2

from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

LONGEST_PATTERN = 1_000
"""Characters."""

_MEMORY = 1 << 20
"""Bytes that RE2 may use for one compiled pattern; a pattern that needs more is refused."""

Test: TypeAlias = Callable[[str], bool]


class _Options(Protocol):
    log_errors: bool
    max_mem: int
    never_capture: bool


class _Compiled(Protocol):
    def search(self, text: str) -> object: ...


class _Re2(Protocol):
    """What is used of google-re2, which ships no types."""

    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802
    def compile(self, pattern: str, options: _Options) -> _Compiled: ...


_RE2 = cast("_Re2", re2)


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Test:
    """A test whether a text contains a match; `^` and `$` tie it to the ends.

    Raises Problem(BadRequestData) for what is no regular expression, Problem(TooComplexQuery) for one
    that is too long or needs too much memory. Look-around and back references do not exist.

    >>> compile_pattern("^Eiffel")("Eiffel Tower"), compile_pattern("^Tower")("Eiffel Tower")
    (True, False)
    """
    if len(pattern) > LONGEST_PATTERN:
        detail = (
            f"The regular expression has {len(pattern)} characters; at most {LONGEST_PATTERN} are allowed."
        )
        raise Problem(TooComplexQuery, detail)
    options = _RE2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.never_capture = True
    try:
        search = _RE2.compile(pattern, options).search
    except (_RE2.error, UnicodeEncodeError) as failure:
        reason = _reason(failure)
        if "too large" in reason:
            raise Problem(TooComplexQuery, f"The regular expression '{pattern}' is too large.") from failure
        detail = f"The regular expression '{pattern}' is not valid: {reason}."
        raise Problem(BadRequestData, detail) from failure
    return lambda text: search(text) is not None


def literal_start(pattern: str) -> str:
    """What every match begins with if the pattern is tied to the start: its plain characters after `^`.

    >>> literal_start("^urn:ngsi-ld:Room:[0-9]+$"), literal_start("Room")
    ('urn:ngsi-ld:Room:', '')
    """
    if not pattern.startswith("^") or "|" in pattern:
        return ""
    plain = 1
    while plain < len(pattern) and pattern[plain] not in "\\^$.[](){}*+?|":
        plain += 1
    if plain < len(pattern) and pattern[plain] in "*?{":
        plain -= 1
    return pattern[1:plain]


def _reason(failure: Exception) -> str:
    detail: object = failure.args[0] if failure.args else ""
    if isinstance(failure, UnicodeEncodeError):
        return "it has a lone surrogate"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
