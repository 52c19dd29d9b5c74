"""What a tenant may be called (ETSI GS CIM 009 V1.9.1, clause 6.3.14), wherever it is named."""

import re
from typing import Final

LONGEST_TENANT: Final = 200

_TENANT: Final = re.compile(r"[\w.:/@~+-]+(?: [\w.:/@~+-]+)*")


def is_tenant(name: str) -> bool:
    """Whether a tenant may be called so; the default tenant has the empty name.

    >>> is_tenant("school"), is_tenant(""), is_tenant("a, b")
    (True, True, False)
    """
    return not name or (len(name) <= LONGEST_TENANT and _TENANT.fullmatch(name) is not None)
