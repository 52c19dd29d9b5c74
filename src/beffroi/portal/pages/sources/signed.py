"""What a page needs to change sources: the node's harvester, and a store that writes down who does it."""

from beffroi.kernel.problem import OperationNotSupported, Problem
from beffroi.market.rules.audit.entry import IN_PORTAL
from beffroi.portal.visit import Visit
from beffroi.processes.harvest import Harvester
from beffroi.processes.signed_sources import SignedSources


def harvester_of(visit: Visit) -> Harvester:
    """Raises Problem(OperationNotSupported) where the node has none for its pages."""
    found = visit.portal.harvester
    if found is None:
        raise Problem(OperationNotSupported, "This node does not change its sources from its pages.")
    return found


def signed(visit: Visit) -> SignedSources:
    """The store for what the visitor does to sources."""
    return SignedSources(
        visit.portal.store, visit.actor.name, harvester_of(visit).world.now, visit.market.new_id, IN_PORTAL
    )
