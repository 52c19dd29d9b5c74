"""An offering on its way into the catalogue (TMF620): its terms can be read, and what it claims was proved.

An offering that claims MIM requirements cannot become active or launched while the newest verdicts on its
endpoint are others than PASS. The endpoint is the characteristic `endpointUrl` of the offering or of its
specification; for data of this node a provider states the node's own address there.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.dcat_offer import is_active
from beffroi.market.rules.publishing import Verdicts, claimed, may_publish, verdicts_of
from beffroi.market.rules.saleable import values_in
from beffroi.market.rules.terms import terms_of

CHECKS: Final = Key("", "check-list", "all")
"""The record that names the checks of the node's own tenant, the oldest first."""

ENDPOINT: Final = "endpointUrl"
MOST_LOOKED_AT: Final = 5
"""The newest checks of an address that are looked through for one that came to its end."""


def needs(body: JsonObject, before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """Its specification and, if it claims something, the newest checks of its endpoint."""
    if not _is_published(body, before):
        return ()
    specification = _specification_key(body)
    wanted = [specification] if specification else []
    if not claimed(body, _specification(body, known)):
        return wanted
    wanted.append(CHECKS)
    if CHECKS in known:
        wanted += _newest_checks(known[CHECKS].body, _endpoint(body, known))
    return wanted


def make(body: JsonObject, scene: Scene) -> Outcome:
    """A new offering. Raises Problem for terms that cannot be read, and for claims that were not proved."""
    terms_of(body)
    if is_active(body):
        _check_claims(body, scene.records)
    return Outcome(body)


def change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    """A changed offering: whatever it claims while it is published has to be proved at that moment."""
    terms_of(after)
    if _is_published(after, before):
        _check_claims(after, scene.records)
    return Outcome(after)


PRODUCT_OFFERINGS: Final = Behaviour(needs, make, change)


def _is_published(body: JsonObject, before: JsonObject | None) -> bool:
    """Whether an offering is published by this change, or claims something else while it is.

    One that was published with the same claims may be renamed: a check that fails later stops new
    publishing, and does not lock the document.
    """
    if not is_active(body):
        return False
    same = ("lifecycleStatus", "prodSpecCharValueUse", "productSpecification")
    return before is None or any(before.get(name) != body.get(name) for name in same)


def _check_claims(body: JsonObject, known: Mapping[Key, Record]) -> None:
    specification = _specification(body, known)
    endpoint = _endpoint(body, known)
    refusal = may_publish(claimed(body, specification), endpoint, _verdicts(endpoint, known))
    if refusal:
        raise Problem(Conflict, refusal)


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


def _endpoint(body: JsonObject, known: Mapping[Key, Record]) -> str:
    specification = _specification(body, known) or {}
    stated = [
        *values_in(body.get("prodSpecCharValueUse"), ENDPOINT),
        *values_in(specification.get("productSpecCharacteristic"), ENDPOINT),
    ]
    return next((each for each in stated if isinstance(each, str)), "")


def _specification(body: JsonObject, known: Mapping[Key, Record]) -> JsonObject | None:
    key = _specification_key(body)
    return known[key].body if key is not None and key in known else None


def _specification_key(body: JsonObject) -> Key | None:
    reference: Json = body.get("productSpecification")
    name = reference.get("id") if isinstance(reference, dict) else None
    return Key("", "tmf:productSpecification", name) if isinstance(name, str) else None
