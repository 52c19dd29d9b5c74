"""Users' regular expressions (clauses 4.9 and 5.7.2: IEEE 1003.2), run by RE2 in linear time.

Linear is not quick: where the automaton of an expression grows too large, RE2 goes through its program for
each byte of the text, at up to 14 ns a step. So programs and texts are bounded together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias, cast

import re2

from beffroi.kernel.effort import MOST_STEPS, Effort
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

LONGEST_PATTERN = 1_000
"""Characters."""

LARGEST_PROGRAM = 2_500
"""Steps of the program that an expression becomes: `.` is nine, `.{200}` 1,800, `\\pL` 1,200."""

_MEMORY = 1 << 20
"""Bytes that RE2 may use for one compiled pattern; a pattern that needs more is refused."""

_PLAIN = re.compile(r"(\^|\.\*)?([^\\^$.\[\](){}*+?|]*)(\$|\.\*)?")

Test: TypeAlias = Callable[[str], bool]


class _Options(Protocol):
    log_errors: bool
    max_mem: int
    never_capture: bool


class _Compiled(Protocol):
    @property
    def programsize(self) -> int: ...

    def search(self, text: str) -> object: ...


class _Re2(Protocol):
    """What is used of google-re2, which ships no types."""

    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802
    def compile(self, pattern: str, options: _Options) -> _Compiled: ...


_RE2 = cast("_Re2", re2)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression with its test: whether a text contains a match; `^` and `$` tie it to the ends.

    A test costs `steps` for each byte of the text; none for an expression of plain characters.
    """

    text: str
    steps: int
    test: Test


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    """Raises Problem(BadRequestData) for what is no regular expression, Problem(TooComplexQuery) for one
    that is too long or too large. Look-around and back references do not exist.

    >>> compile_pattern("^Eiffel").test("Eiffel Tower"), compile_pattern("^Tower").test("Eiffel Tower")
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
        compiled = _RE2.compile(pattern, options)
    except (_RE2.error, UnicodeEncodeError) as failure:
        reason = _reason(failure)
        if "too large" in reason:
            raise _too_large(pattern) from failure
        detail = f"The regular expression '{_shown(pattern)}' is not valid: {reason}."
        raise Problem(BadRequestData, detail) from failure
    plain = _plain_test(pattern)
    if plain is not None:
        return Pattern(pattern, 0, plain)
    if compiled.programsize > LARGEST_PROGRAM:
        raise _too_large(pattern)
    search = compiled.search
    return Pattern(pattern, compiled.programsize, lambda text: search(text) is not None)


def finder(pattern: str, effort: Effort) -> Test:
    """The test of an expression that `compile_pattern` takes, paid for by `effort`; a text costs nothing
    where the expression is tied to another start. The test raises Problem(TooComplexQuery)."""
    compiled, start = compile_pattern(pattern), literal_start(pattern)
    if not compiled.steps:
        return compiled.test
    steps, test = compiled.steps, compiled.test

    def found(text: str) -> bool:
        if not text.startswith(start):
            return False
        effort.steps -= steps * (len(text) if text.isascii() else len(text.encode()))
        if effort.steps < 0:
            raise _too_much(compiled)
        return test(text)

    return found


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


def _plain_test(pattern: str) -> Test | None:
    """The test of plain characters, tied to an end or not; None for what is more than that.

    >>> _plain_test("^Tour.*")("Tour Eiffel"), _plain_test("[Tt]our")
    (True, None)
    """
    parts = _PLAIN.fullmatch(pattern)
    if parts is None:
        return None
    before, words, after = parts.groups()
    if before == "^" and after == "$":
        return lambda text: text == words
    if before == "^":
        return lambda text: text.startswith(words)
    if after == "$":
        return lambda text: text.endswith(words)
    return lambda text: words in text


def _too_much(pattern: Pattern) -> Problem:
    detail = (
        f"The regular expression '{_shown(pattern.text)}' is too large for texts that it would be"
        f" tested on: its {pattern.steps:,} steps times their bytes are more than {MOST_STEPS:,}."
        " Narrow the query, or look for plain words, which have no such limit."
    )
    return Problem(TooComplexQuery, detail)


def _too_large(pattern: str) -> Problem:
    most = f"more than {LARGEST_PROGRAM:,} steps"
    detail = f"The regular expression '{_shown(pattern)}' becomes a program of {most}."
    return Problem(TooComplexQuery, detail)


def _shown(pattern: str) -> str:
    return pattern if len(pattern) <= 100 else f"{pattern[:100]}…"


def _reason(failure: Exception) -> str:
    detail: object = failure.args[0] if failure.args else ""
    if isinstance(failure, UnicodeEncodeError):
        return "it has a lone surrogate"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
