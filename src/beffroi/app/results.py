"""Let a program write its results and nothing else: entities of the types that its token names.

Such a token opens one row, the batch upsert of NGSI-LD (clause 5.6.8), for entities whose id begins with
`urn:ngsi-ld:{type}:`, without a context or a tenant, so that a name cannot mean another one.
"""

from typing import Final

from beffroi.broker.wire.answers import ROOT
from beffroi.kernel.json import Json, decode
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.web.body import Incoming
from beffroi.web.message import Request

PATH: Final = f"{ROOT}/entityOperations/upsert"
_FOREIGN: Final = ("link", "ngsild-tenant")


async def check_results(request: Request, incoming: Incoming | None) -> None:
    """Read the body and refuse what is not a result of this actor. Raises Problem(Forbidden)."""
    actor = request.actor
    if request.method != "POST" or request.path.rstrip("/") != PATH:
        raise Problem(Forbidden, f"'{actor.name}' may write results with POST {PATH}, and do nothing else.")
    for name in _FOREIGN:
        if name in request.headers:
            raise Problem(Forbidden, f"Results are written without the header '{name}'.")
    if incoming is not None:
        request.body = await incoming.read()
    found = decode(request.body)
    for entity in found if isinstance(found, list) else [found]:
        _check_entity(entity, actor.name, actor.writes)


def _check_entity(entity: Json, name: str, types: frozenset[str]) -> None:
    type, id = (entity.get("type"), entity.get("id")) if isinstance(entity, dict) else (None, None)
    if not isinstance(entity, dict) or "@context" in entity:
        raise Problem(Forbidden, "A result is an entity without an @context.")
    if not isinstance(type, str) or type not in types:
        allowed = ", ".join(sorted(types))
        raise Problem(
            Forbidden, f"'{name}' may write entities of the type {allowed}, and not of {str(type)[:100]!r}."
        )
    if not isinstance(id, str) or not id.startswith(f"urn:ngsi-ld:{type}:"):
        raise Problem(Forbidden, f"The id {str(id)[:100]!r} does not begin with 'urn:ngsi-ld:{type}:'.")
