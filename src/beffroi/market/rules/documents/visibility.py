"""Who sees a document and who may write it: a party those that concern it, an operator all.

What somebody may not see does not exist for them.
"""

from collections.abc import Collection
from typing import Protocol

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.references import party_id
from beffroi.market.rules.documents.resource import Resource

OPERATE = "operate"
AUDITOR = "auditor"


class Actor(Protocol):
    """Who asks, as far as these rules look at it: the name, the rights, the roles, and the party's id."""

    @property
    def name(self) -> str: ...
    @property
    def may(self) -> Collection[str]: ...
    @property
    def roles(self) -> Collection[str]: ...
    @property
    def party(self) -> str: ...


def sees_all(actor: Actor) -> bool:
    """An operator and an auditor see every document."""
    return OPERATE in actor.may or AUDITOR in actor.roles


def visible(resource: Resource, body: JsonObject, actor: Actor) -> bool:
    """Whether the document exists for this actor."""
    return is_public(resource, body) or sees_all(actor) or concerns(resource, body, actor.party)


def is_public(resource: Resource, body: JsonObject) -> bool:
    """Whether everybody who may read sees the document: a draft is its maker's."""
    if not resource.hidden:
        return resource.public
    return resource.public and str(body.get(resource.state_member)).lower() not in resource.hidden


def nameable(resource: Resource, body: JsonObject, actor: Actor) -> bool:
    """Whether a document of this actor may name it: parties can be named without being seen."""
    return resource.name in PARTIES or visible(resource, body, actor)


def concerns(resource: Resource, body: JsonObject, party: str) -> bool:
    """Whether the document concerns this party."""
    return bool(party) and party in party_id(resource, body)


def check_may_write(resource: Resource, body: JsonObject, actor: Actor) -> None:
    """Raise Problem(Forbidden) for a document that does not concern the actor's party."""
    if OPERATE in actor.may or concerns(resource, body, actor.party):
        return
    member = resource.parties[0].partition(".")[0]
    if not actor.party:
        raise Problem(Forbidden, f"'{actor.name}' acts for no party; documents are written for one.")
    raise Problem(
        Forbidden, f"'{actor.name}' may write a {resource.name} only if '{member}' names '{actor.party}'."
    )
