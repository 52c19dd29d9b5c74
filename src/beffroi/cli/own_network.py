"""Addresses of this machine and its network, typed at a command."""

from beffroi.outbound import Policy, Refused, checked_url


def is_own_network(url: str) -> bool:
    """Whether an address that somebody typed is of this machine or its network.

    What is typed at a command is the operator's own word, so such an address is allowed there.

    >>> is_own_network("http://127.0.0.1:1026/ogc"), is_own_network("https://example.org/")
    (True, False)
    """
    try:
        checked_url(url, Policy())
    except Refused:
        try:
            checked_url(url, Policy(allow_private=True))
        except Refused:
            return False
        return True
    return False
