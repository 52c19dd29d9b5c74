"""How what somebody sends is read as entities and attributes."""

from typing import Literal, NamedTuple, TypeAlias

from beffroi.broker.rules.context.context import Context

Nulls: TypeAlias = Literal["none", "whole", "inside"]
"""Where the NGSI-LD Null may stand (clause 5.5.4): nowhere; in an update for an attribute or a member as a
whole; in a merge inside values, too."""


class Reading(NamedTuple):
    """How input is read: with which context, whether types and values may be missing (a fragment), where
    nulls may stand, and whether any may be there at all: if the bytes show that none is, nobody looks for
    them; whether it is in simplified form, in which language strings of maps are."""

    context: Context
    fragment: bool = False
    nulls: Nulls = "none"
    may_hold_null: bool = True
    simplified: bool = False
    lang: str = ""
