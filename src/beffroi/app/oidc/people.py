"""Who may what after signing in by a provider: the operator's table, a TOML file.

    claim = "email"

    [people."ana@city.example"]
    roles = ["provider"]
    party = "7d4a"

`claim` names a person; `sub` without one. An address counts only where the provider says that it has verified
it. Whoever is not in the table is signed in without roles.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from beffroi.app.accounts import ROLES, rights_of
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Person:
    roles: tuple[str, ...] = ()
    party: str = ""


NOBODY = Person()


@dataclass(frozen=True, slots=True)
class People:
    claim: str = "sub"
    known: Mapping[str, Person] = field(default_factory=dict[str, Person])

    def entry(self, claims: Mapping[str, Json], issuer: str) -> JsonObject:
        """The session of who these claims name: name, rights, roles, party, account."""
        said = claims.get(self.claim)
        sure = self.claim != "email" or claims.get("email_verified") is True
        person = self.known.get(said, NOBODY) if isinstance(said, str) and sure else NOBODY
        may = rights_of(person.roles)
        name = said if isinstance(said, str) and said and sure else str(claims["sub"])
        return {
            "name": _called(name, issuer),
            "may": list[Json](may),
            "roles": list[Json](person.roles),
            "party": person.party,
            "account": issuer,
        }

    def roles_of(self, name: str, issuer: str) -> tuple[str, ...]:
        """The roles of who is called so after signing in by this provider."""
        return next((each.roles for said, each in self.known.items() if _called(said, issuer) == name), ())


def _called(said: str, issuer: str) -> str:
    """Never the name of an account of this node."""
    return f"{said[:LONGEST_NAME]} ({urlsplit(issuer).netloc})"


def read_people(path: Path | None) -> People:
    """The table in a file. Raises Problem(BadRequestData)."""
    if path is None:
        return People()
    try:
        table = cast("JsonObject", tomllib.loads(path.read_text()))
    except (OSError, ValueError) as failure:
        raise Problem(BadRequestData, f"The table of people '{path}' cannot be read: {failure}.") from failure
    claim, people = table.get("claim", "sub"), table.get("people", {})
    if not isinstance(claim, str) or not isinstance(people, dict):
        raise Problem(BadRequestData, f"The table '{path}' needs a claim that is a text, and people.")
    return People(claim, {name: _person(name, said) for name, said in people.items()})


def _person(name: str, said: Json) -> Person:
    if not isinstance(said, dict):
        raise Problem(BadRequestData, f"What the table says of '{name}' are no roles and party.")
    roles, party = said.get("roles", []), said.get("party", "")
    if not isinstance(roles, list) or not isinstance(party, str):
        raise Problem(BadRequestData, f"The roles of '{name}' are no list, or the party is no text.")
    for role in roles:
        if role not in ROLES:
            raise Problem(BadRequestData, f"'{role}' of '{name}' is no role; there are {', '.join(ROLES)}.")
    return Person(tuple(map(str, roles)), party)
