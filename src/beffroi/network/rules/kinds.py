"""Every kind of document that the network keeps, by its name."""

from collections.abc import Mapping
from typing import Final

from beffroi.network.rules.calls.award import AWARD_KIND
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.question import ANSWER_KIND
from beffroi.network.rules.contracts.kinds import CONTRACT_KINDS
from beffroi.network.rules.exchange.kinds import EXCHANGE_KINDS
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.membership.kinds import MEMBERSHIP_KINDS
from beffroi.network.rules.needs.need import INTEREST_KIND, NEED_KIND
from beffroi.network.rules.solutions.documents import SOLUTION_KINDS
from beffroi.network.rules.strategy.kinds import STRATEGY_KINDS

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        *STRATEGY_KINDS,
        *MEMBERSHIP_KINDS,
        NEED_KIND,
        INTEREST_KIND,
        CALL_KIND,
        AWARD_KIND,
        ANSWER_KIND,
        *SOLUTION_KINDS,
        *EXCHANGE_KINDS,
        *CONTRACT_KINDS,
    )
}
