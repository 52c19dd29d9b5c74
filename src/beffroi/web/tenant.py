"""The tenant that a request is about, the same for every room (ETSI GS CIM 009 V1.9.1, clause 6.3.14)."""

import re

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.web.message import Request

LONGEST_TENANT = 200

_TENANT = re.compile(r"[\w.:/@~+-]+(?: [\w.:/@~+-]+)*")


def tenant_of(request: Request) -> str:
    """The tenant of a request; the default tenant is the empty text. Raises Problem(BadRequestData)."""
    tenant = request.headers.get("ngsild-tenant", "")
    if tenant and (len(tenant) > LONGEST_TENANT or not _TENANT.fullmatch(tenant)):
        raise Problem(BadRequestData, f"The tenant '{tenant[:100]}' is not a valid name.")
    return tenant
