"""Whether what an offering claims was proved: the newest verdicts on the endpoint that its products get."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.offers.publishing import Verdicts, check_proved, claimed, verdicts_of
from beffroi.market.rules.service_level.place import endpoint_of

CHECKS: Final = Key("", "check-list", "all")
"""The record that names the checks of the node's own tenant, the oldest first."""

MOST_LOOKED_AT: Final = 5
"""The newest checks of an address that are looked through for one that came to its end."""


def proof_keys(
    offering: JsonObject, specification: JsonObject | None, known: Mapping[Key, Record]
) -> list[Key]:
    """Where it claims something, the newest checks of its endpoint."""
    if not claimed(offering, specification):
        return []
    if CHECKS not in known:
        return [CHECKS]
    return [CHECKS, *_newest_checks(known[CHECKS].body, endpoint_of(offering, specification))]


def check_claims(offering: JsonObject, specification: JsonObject | None, known: Mapping[Key, Record]) -> None:
    """Raise Problem(Conflict) for requirements that are claimed and were not proved."""
    endpoint = endpoint_of(offering, specification)
    check_proved(claimed(offering, specification), endpoint, _verdicts(endpoint, known))


def _verdicts(endpoint: str, known: Mapping[Key, Record]) -> Verdicts | None:
    """Those of the newest check of the endpoint that came to its end."""
    if CHECKS not in known:
        return None
    checks = [known[key].body for key in _newest_checks(known[CHECKS].body, endpoint) if key in known]
    return next((found for each in checks if (found := verdicts_of(each))), None)


def _newest_checks(listing: JsonObject, endpoint: str) -> list[Key]:
    """The newest first."""
    listed = listing.get("checks")
    ids = [
        str(each["id"])
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict) and _same(str(each.get("url")), endpoint)
    ]
    return [Key("", "check", name) for name in reversed(ids[-MOST_LOOKED_AT:])]


def _same(one: str, other: str) -> bool:
    """Whether two addresses are the same; a slash at the end means nothing."""
    return bool(other) and one.rstrip("/") == other.rstrip("/")
