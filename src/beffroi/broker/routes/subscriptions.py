"""Subscriptions (clauses 6.10, 6.11)."""

from beffroi.broker.operations.services import Broker
from beffroi.web.routing import Route

SUBSCRIPTION_ROUTES: tuple[Route[Broker], ...] = ()
