"""What the parties of a document are to each other: who buys, who sells (the `role` of a relatedParty)."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias, get_args

from beffroi.kernel.json import JsonObject, objects_in

Role: TypeAlias = Literal["buyer", "seller"]

SELLER_ROLES: Final = frozenset({"seller", "provider", "productprovider", "supplier"})
BUYER_ROLES: Final = frozenset({"buyer", "customer", "consumer"})
_WORDS: Final[Mapping[Role, frozenset[str]]] = {"buyer": BUYER_ROLES, "seller": SELLER_ROLES}


def role_path(role: Role) -> str:
    """The path of the facet that holds the ids of parties with a role; it is no path of a member."""
    return f"relatedParty[{role}]"


ROLE_PATHS: Final[Mapping[str, Role]] = {role_path(role): role for role in get_args(Role)}


def with_role(body: JsonObject, role: Role) -> Iterator[str]:
    """The ids of the parties of a document that have a role.

    >>> parties = [{"id": "7", "role": "Customer"}, {"id": "8", "role": "seller"}]
    >>> list(with_role({"relatedParty": parties}, "buyer"))
    ['7']
    """
    for party in objects_in(body.get("relatedParty")):
        id = party.get("id")
        if isinstance(id, str) and str(party.get("role", "")).casefold() in _WORDS[role]:
            yield id
