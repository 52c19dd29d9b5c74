"""How much one question may name: its lists of names, and the entity selectors of a body (clause 5.2.33)."""

from typing import Final

from beffroi.broker.rules.names import bad
from beffroi.broker.rules.query.cursor import LONGEST_TEXT
from beffroi.kernel.problem import Problem, TooComplexQuery

MOST_NAMES: Final = 1_000
MOST_IDS: Final = 1_000
MOST_SELECTORS: Final = 100


def check_list(what: str, text: str) -> None:
    """Refuse a comma-separated list of more than MOST_NAMES names or LONGEST_TEXT characters.

    >>> check_list("attrs", "a," * 1_000)
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The list attrs has 1001 names; at most 1000 are taken.
    """
    count = text.count(",") + 1
    if count > MOST_NAMES:
        raise Problem(TooComplexQuery, f"The list {what} has {count} names; at most {MOST_NAMES} are taken.")
    if len(text) > LONGEST_TEXT:
        detail = f"The list {what} has {len(text)} characters; at most {LONGEST_TEXT} are taken."
        raise Problem(TooComplexQuery, detail)


def check_ids(count: int) -> None:
    """Refuse more than MOST_IDS, those of all selectors together."""
    if count > MOST_IDS:
        raise Problem(TooComplexQuery, f"The query names {count} ids; at most {MOST_IDS} are taken.")


def check_selectors(count: int) -> None:
    """Refuse more than MOST_SELECTORS entity selectors."""
    if count > MOST_SELECTORS:
        bad(f"The member 'entities' has {count} entity selectors; at most {MOST_SELECTORS} are taken.")


def check_types(characters: int) -> None:
    """Refuse selections of types that are together longer than one may be."""
    if characters > LONGEST_TEXT:
        raise Problem(
            TooComplexQuery,
            f"The types of all selectors have {characters} characters; at most {LONGEST_TEXT} are taken.",
        )
