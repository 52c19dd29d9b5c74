"""The tenant that a request is about, the same for every room (ETSI GS CIM 009 V1.9.1, clause 6.3.14)."""

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.tenant import is_tenant
from beffroi.web.message import Request


def tenant_of(request: Request) -> str:
    """The tenant of a request; the default tenant is the empty text. Raises Problem(BadRequestData)."""
    tenant = request.headers.get("ngsild-tenant", "")
    if not is_tenant(tenant):
        raise Problem(BadRequestData, f"The tenant '{tenant[:100]}' is not a valid name.")
    return tenant
