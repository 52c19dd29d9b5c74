"""What an agreement says to machines: its terms as an ODRL Agreement, frozen and signed with it.

The member `policy` of a TMF651 agreement is an extension: `href` is where the node serves the policy, and
`content` is the policy without its @context.
"""

from collections.abc import Mapping

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.terms.data_use_term import Terms
from beffroi.market.rules.terms.odrl import Limits, Parties, policy_of


def policy_member(address: str, target: str, frozen: tuple[Terms, Limits], parties: Parties) -> JsonObject:
    """The member for what an agreement froze. `address` is where the policy will be served, `target` the
    dataset that was bought: the one that the offer was about."""
    return {"@type": "OdrlPolicy", "href": address, "content": policy_of(address, target, *frozen, parties)}


def policy_in(agreement: Mapping[str, Json]) -> JsonObject | None:
    """The policy of an agreement without its @context; None where it has none.

    >>> policy_in({"policy": {"content": {"@type": "Agreement"}}})
    {'@type': 'Agreement'}
    """
    member = agreement.get("policy")
    content = member.get("content") if isinstance(member, dict) else None
    return content if isinstance(content, dict) else None
