"""The IRIs in policies: what is sold, who sells and who buys, and the policy of an agreement."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.references import is_foreign
from beffroi.market.rules.terms.data_use_term import URL

_URL: Final = re.compile(URL)


def offer_address(base: str, offering: str) -> str:
    """The dataset of an offering, by its id; the node's own address `base` has no slash at its end."""
    return f"{base}/dcat/offers/{quote(offering, safe='')}"


def policy_address(base: str, agreement: str) -> str:
    """Where the node serves the policy of an agreement."""
    return f"{base}/market/agreements/{quote(agreement, safe='')}/policy"


def party_keys(party: JsonObject) -> list[Key]:
    """Where a party of this node may be kept: as any of the kinds that a party has."""
    return [RESOURCES[kind].key(str(party["id"])) for kind in PARTIES]


def party_address(base: str, party: JsonObject, kept: Collection[Key]) -> str:
    """The address of a party, given a reference to it and which of its keys are there; the address of a
    party of another node is what the reference says.

    >>> party_address("https://a.example", {"id": "7"}, [])
    'https://a.example/tmf-api/party/v4/organization/7'
    """
    href = party.get("href")
    if isinstance(href, str) and is_foreign(href, base) and _URL.fullmatch(href):
        return href
    id = str(party["id"])
    kind = next((name for name in PARTIES if RESOURCES[name].key(id) in kept), PARTIES[0])
    return f"{base}{RESOURCES[kind].path}/{quote(id, safe='')}"
