"""An address as it may be shown: user and keys are masked (RFC 3986, 3.2.1 and 3.4)."""

import re
from typing import Final
from urllib.parse import unquote_plus

MASK: Final = "***"
SECRET_NAMES: Final = frozenset(
    {
        "access_key",
        "access_token",
        "api-key",
        "api_key",
        "api_token",
        "apikey",
        "apitoken",
        "auth",
        "auth_token",
        "authorization",
        "client_secret",
        "key",
        "passwd",
        "password",
        "pwd",
        "secret",
        "sig",
        "signature",
        "subscription-key",
        "token",
        "x-amz-credential",
        "x-amz-security-token",
        "x-amz-signature",
        "x-api-key",
    }
)
"""Parameters of a query whose values let somebody in, in small letters."""

_NAMED = re.compile(r"^(\s*[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@")
"""An address with a user, or a user and a password, before its host."""
_PARAMETER = re.compile(r"([?&;])([^?&;=#]*)=([^&;#]*)")


def names_somebody(url: str) -> bool:
    """Whether an address carries a user or a password.

    >>> names_somebody("http://bob:hunter2@host/"), names_somebody("http://host/@bob")
    (True, False)
    """
    return _NAMED.match(url) is not None


def shown_url(url: str) -> str:
    """An address as a page may show it: user, password and keys are masked.

    >>> shown_url("http://bob:hunter2@host/a?apikey=s3&limit=1")
    'http://***@host/a?apikey=***&limit=1'
    """
    return _PARAMETER.sub(_masked, _NAMED.sub(rf"\1//{MASK}@", url))


def _masked(found: re.Match[str]) -> str:
    joint, name, _ = found.groups()
    return f"{joint}{name}={MASK}" if unquote_plus(name).strip().lower() in SECRET_NAMES else found[0]
