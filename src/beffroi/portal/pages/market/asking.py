"""Who asks for what the pages of the market write, and why, as the audit log has it."""

from beffroi.market.operations.writing import Asker
from beffroi.market.rules.audit.entry import IN_PORTAL
from beffroi.portal.visit import Visit


def asker_of(visit: Visit, reason: str = "") -> Asker:
    """The visitor; `reason` is what was said in the form."""
    return Asker(visit.actor, reason, IN_PORTAL)
