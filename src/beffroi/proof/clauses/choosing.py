"""Choose requirements of the register by their ids, or all that a MIM requires by its name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from beffroi.proof.register import Register, Requirement

MOST_NAMES = 200


class ClauseError(ValueError):
    """A choice, a clause pack or a pack bound to one that cannot be used; the sentence says why."""


def chosen(register: Register, names: Iterable[str]) -> tuple[Requirement, ...]:
    """The requirements that names stand for, in the order of the register, each once.

    An id names one requirement; `MIM1` names every requirement of it that is required (SHALL).

    >>> from beffroi.proof.register import load_register
    >>> [one.id for one in chosen(load_register(), ["7.C5.R5.1", "1.c1.r1.1"])]
    ['1.C1.R1.1', '7.C5.R5.1']

    Raises ClauseError with the near names when the register has no such name, or when there is none.
    """
    given = [name.strip() for name in names if name.strip()]
    if not given:
        raise ClauseError("No requirement is chosen: name some, such as 1.C1.R1.1, or a MIM, such as MIM1.")
    if len(given) > MOST_NAMES:
        raise ClauseError(f"{len(given)} names are given; at most {MOST_NAMES} are read.")
    wanted = {one for name in given for one in _named(register, name)}
    return tuple(one for one in register.requirements if one.id in wanted)


def _named(register: Register, name: str) -> list[str]:
    upper = name.upper()
    if upper in register.names:
        return [one.id for one in register.requirements if one.mim == upper and one.level == "SHALL"]
    known = {one.id.upper(): one.id for one in register.requirements}
    if upper in known:
        return [known[upper]]
    near = get_close_matches(upper, [*known, *register.names], n=4, cutoff=0.5)
    nearest = ", ".join(known.get(one, one) for one in near) or ", ".join(register.names)
    raise ClauseError(
        f"There is no requirement '{name[:60]}' in the set {register.mim_set}; near to it: {nearest}."
    )
