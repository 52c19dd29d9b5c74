"""A policy on the wire: JSON-LD as ODRL writes it, or the same triples in another syntax."""

import asyncio
from typing import Final

from beffroi.kernel.json import JsonObject, encode
from beffroi.market.rules.terms.odrl import alone, as_node
from beffroi.market.wire.rdf import MEDIA_TYPES, suffix_of, written
from beffroi.web.description import Content
from beffroi.web.message import Request, Response

POLICY: Final = Content((MEDIA_TYPES["jsonld"], MEDIA_TYPES["ttl"], MEDIA_TYPES["rdf"]), {})
"""A policy, for the description of the node."""


async def policy_answer(request: Request, policy: JsonObject) -> Response:
    """A policy without its @context in the syntax that the client likes best, JSON-LD before others.

    Raises Problem(NotAcceptable).
    """
    suffix = suffix_of(request, "jsonld")
    if suffix == "jsonld":
        body = encode(alone(policy))
    else:
        body = await asyncio.to_thread(written, as_node(policy), suffix)
    kind = MEDIA_TYPES[suffix] + ("; charset=utf-8" if suffix == "ttl" else "")
    return Response(200, {"content-type": kind, "vary": "accept"}, body)
