"""Which checks a node keeps: the newest of each address; and when verdicts changed, which is kept for good.

A record of kind `check` holds what pages show, one of kind `check-pack` the evidence, up to 40 MB. One
record of kind `check-list` names all checks of a tenant, the oldest first; one of kind `check-changes` for
each address says when the outcome of each requirement became another one.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.record import Key

CHECK, PACK, LIST, CHANGES = "check", "check-pack", "check-list", "check-changes"
USUAL_KEPT = 20
MOST_KEPT = 500
"""Checks of one tenant, whatever their addresses: the oldest go first."""
MOST_CHANGES = 200
"""Changes of one requirement that are kept: the newest ones."""


class Listed(NamedTuple):
    """One check that is kept."""

    id: str
    url: str


class Change(NamedTuple):
    """From this moment on (as written in the check) a requirement had this outcome."""

    at: str
    outcome: str


def list_key(tenant: str) -> Key:
    """The key of the record that names the checks of a tenant."""
    return Key(tenant, LIST, "all")


def changes_key(tenant: str, url: str) -> Key:
    """The key of the record that says when verdicts on an address changed."""
    return Key(tenant, CHANGES, blake2b(url.encode(), digest_size=16).hexdigest())


def listed_in(body: JsonObject) -> list[Listed]:
    """The checks that a `check-list` names, the oldest first."""
    return [Listed(str(one["id"]), str(one["url"])) for one in objects_in(body.get("checks"))]


def list_of(checks: Iterable[Listed]) -> JsonObject:
    """The body of a `check-list`."""
    return {"checks": [{"id": one.id, "url": one.url} for one in checks]}


def with_check(checks: list[Listed], new: Listed, most: int) -> tuple[list[Listed], list[Listed]]:
    """The list with one more check, and those that go for it: of its address only `most` stay.

    >>> with_check([Listed("1", "a"), Listed("2", "b")], Listed("3", "a"), 1)
    ([Listed(id='2', url='b'), Listed(id='3', url='a')], [Listed(id='1', url='a')])
    """
    together = [*checks, new]
    same = [one for one in together if one.url == new.url]
    gone = set(same[: max(0, len(same) - most)])
    stay = [one for one in together if one not in gone]
    gone.update(stay[: max(0, len(stay) - MOST_KEPT)])
    return [one for one in together if one not in gone], [one for one in together if one in gone]


def changes_in(body: JsonObject) -> dict[str, list[Change]]:
    """When the outcome of each requirement changed, the oldest first."""
    kept = body.get("requirements")
    return {
        name: [Change(str(one["at"]), str(one["outcome"])) for one in objects_in(changes)]
        for name, changes in (kept.items() if isinstance(kept, dict) else ())
    }


def with_outcomes(body: JsonObject, url: str, at: str, outcomes: Iterable[tuple[str, str]]) -> JsonObject:
    """The body of `check-changes` after a check: what is as it was leaves no trace.

    >>> first = with_outcomes({}, "u", "mon", [("C1", "PASS"), ("C2", "FAIL")])
    >>> changes_in(with_outcomes(first, "u", "tue", [("C1", "PASS"), ("C2", "PASS")]))["C2"]
    [Change(at='mon', outcome='FAIL'), Change(at='tue', outcome='PASS')]
    """
    kept = changes_in(body)
    for name, outcome in outcomes:
        changes = kept.setdefault(name, [])
        if not changes or changes[-1].outcome != outcome:
            changes.append(Change(at, outcome))
    written: dict[str, Json] = {
        name: [{"at": one.at, "outcome": one.outcome} for one in changes[-MOST_CHANGES:]]
        for name, changes in kept.items()
    }
    return {"url": url, "requirements": written}
