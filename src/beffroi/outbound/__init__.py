"""Connections that Beffroi makes to others: guarded, bounded, polite."""

from beffroi.outbound.address import checked_url
from beffroi.outbound.client import Answer, Client
from beffroi.outbound.policy import Failed, Policy, Refused
from beffroi.outbound.posting import Posted
from beffroi.outbound.stream import Pace, Stream

__all__ = ["Answer", "Client", "Failed", "Pace", "Policy", "Posted", "Refused", "Stream", "checked_url"]
