"""Connections that Beffroi makes to others: guarded, bounded, polite."""

from beffroi.outbound.address import checked_url
from beffroi.outbound.client import Answer, Client
from beffroi.outbound.policy import Failed, Policy, Refused

__all__ = ["Answer", "Client", "Failed", "Policy", "Refused", "checked_url"]
