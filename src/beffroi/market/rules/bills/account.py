"""Who is billed by whom: an account, and a product (TMF637) as far as bills go.

Of a product are read `name`, `translation`, `startDate`, `terminationDate`, `productPrice` (frozen, see
`selling`), `billingAccount`, the parties in `relatedParty` with the roles of a seller and of a buyer, and the
extension member `suspension`: TimePeriods, `[{"startDateTime": …, "endDateTime": …}]`; the last may lack its
end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, encode, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.documents.roles import BUYER_ROLES, SELLER_ROLES
from beffroi.market.rules.offers.translations import translated
from beffroi.market.rules.orders.agreed_end import agreed_end
from beffroi.market.rules.prices.charging import Subscription
from beffroi.market.rules.prices.pricing import currency_of
from beffroi.market.rules.prices.selling import sold_plans

CHARGED_STATES = frozenset({"active", "suspended", "pendingTerminate", "terminated"})


@dataclass(frozen=True, slots=True)
class Account:
    """One bill is of one account: a seller, a buyer, a billingAccount (empty: the buyer's own), a currency,
    and whether its lines are outside the scope of tax, which no invoice may mix with others."""

    seller: str
    buyer: str
    account: str
    currency: str
    outside: bool

    @property
    def key(self) -> str:
        """A short name that is the same in every run."""
        parts: list[Json] = [self.seller, self.buyer, self.account, self.currency, self.outside]
        return sha256(encode(parts)).hexdigest()[:20]


def account_of(product: Mapping[str, Json], subscription: Subscription) -> Account:
    """Raises Problem(BadRequestData) where the product does not say who sells and who buys."""
    seller, buyer = _party(product, SELLER_ROLES, "seller"), _party(product, BUYER_ROLES, "buyer")
    reference = product.get("billingAccount")
    account = str(reference.get("id") or "") if isinstance(reference, dict) else ""
    outside = all(plan.tax.outside for plan in subscription.plans)
    return Account(seller, buyer, account, currency_of(subscription.plans), outside)


def subscription_of(product: Mapping[str, Json]) -> Subscription | None:
    """The product as far as charges go; None for one that never began. Raises Problem(BadRequestData)."""
    if product.get("status") not in CHARGED_STATES:
        return None
    since = _moment(product, "startDate")
    if since == NO_INSTANT:
        raise Problem(BadRequestData, f"{_name(product)} has no startDate.")
    pauses = objects_in(product.get("suspension"))
    return Subscription(
        str(product.get("id")),
        str(product.get("name") or ""),
        sold_plans(product),
        since,
        _ends(product),
        tuple((_moment(p, "startDateTime"), _moment(p, "endDateTime")) for p in pauses),
        translated(product, "name"),
    )


def _party(product: Mapping[str, Json], roles: frozenset[str], what: str) -> str:
    parties = product.get("relatedParty")
    for party in parties if isinstance(parties, list) else []:
        if isinstance(party, dict) and str(party.get("role", "")).lower() in roles and party.get("id"):
            return str(party["id"])
    raise Problem(BadRequestData, f"{_name(product)} names no {what} among its relatedParty.")


def _ends(product: Mapping[str, Json]) -> Instant:
    """When the product ends. Raises Problem(BadRequestData) for a terminationDate that is no moment."""
    _moment(product, "terminationDate")
    return agreed_end(product)


def _moment(document: Mapping[str, Json], name: str) -> Instant:
    stated = document.get(name)
    if stated is None:
        return NO_INSTANT
    moment = parse_instant(stated) if isinstance(stated, str) else None
    if moment is None:
        raise Problem(BadRequestData, f"'{str(stated)[:40]}' is no date and time, {name} of a product.")
    return moment


def _name(product: Mapping[str, Json]) -> str:
    return f"The product '{str(product.get('id'))[:80]}'"
