"""Connections that Beffroi makes to others: guarded, bounded, polite."""

from beffroi.outbound.address import checked_url
from beffroi.outbound.client import Answer, Client
from beffroi.outbound.policy import CutShort, Failed, Late, NotHttp, Policy, Refused, TooLarge, Unended
from beffroi.outbound.posting import Posted
from beffroi.outbound.stream import Pace, Stream

__all__ = [
    "Answer",
    "Client",
    "CutShort",
    "Failed",
    "Late",
    "NotHttp",
    "Pace",
    "Policy",
    "Posted",
    "Refused",
    "Stream",
    "TooLarge",
    "Unended",
    "checked_url",
]
