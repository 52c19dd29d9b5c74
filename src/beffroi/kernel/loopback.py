"""Which names and addresses of a host are those of this machine alone."""

from functools import lru_cache
from ipaddress import ip_address


@lru_cache(maxsize=1_024)
def is_loopback(host: str) -> bool:
    """True for `localhost` and loopback addresses.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
