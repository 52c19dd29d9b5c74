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


def fresh() -> str:
    """What tells an entry from others of its moment."""
    return secrets.token_hex(16)


def access_entry(
    by: By, at: tuple[Instant, str], resource: str, name: str, what: str, granted: Mapping[str, Json]
) -> Change:
    """The entry of an account or a token called so; `granted` are its roles or rights, and its party.

    `at` is when, and `fresh()`, taken once before the commit is decided.
    """
    now, id = at
    entry = f"{now}|access|{id}"
    said: JsonObject = {member: value for member, value in granted.items() if value}
    return audit_entry(entry, by.actor, now, resource, name, what, by.reason, by.party, said)
