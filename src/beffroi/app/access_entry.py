"""Who gets access, in the audit log: an entry for each account and token that is made, changed or removed.

It stands in the commit of the change, and holds no password, no token and no hash of one.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Change
from beffroi.market.rules.audit.entry import ON_COMMAND_LINE, audit_entry
from beffroi.web.message import LOCAL


@dataclass(frozen=True, slots=True)
class By:
    """Who gives or takes access, why, and the party that who does it acts for."""

    actor: str = LOCAL.name
    reason: str = ON_COMMAND_LINE
    party: str = ""


BY_COMMAND: Final = By()
"""Somebody on the machine of the node, who said no reason."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When access is given or taken, and what tells it from others of its moment."""

    at: Instant
    id: str


def occasion(now: Instant) -> Occasion:
    """One for each entry, made before the commit is decided: that may happen twice."""
    return Occasion(now, secrets.token_hex(16))


def access_entry(
    by: By, on: Occasion, resource: str, name: str, what: str, granted: Mapping[str, Json]
) -> Change:
    """The entry of an account or a token called so; `granted` are its roles or rights, and its party."""
    entry = f"{on.at}|access|{on.id}"
    said: JsonObject = {member: value for member, value in granted.items() if value}
    return audit_entry(entry, by.actor, on.at, resource, name, what, by.reason, by.party, said)
