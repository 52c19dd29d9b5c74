"""Which addresses may be connected to (IANA special-purpose registries, RFC 6890)."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from yarl import URL

from beffroi.outbound.policy import Policy, Refused

PRIVATE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
) + tuple(ip_network(text) for text in ("::1/128", "fc00::/7"))
"""Loopback, private and carrier networks: a Policy can open them."""

NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""Unspecified, link-local (cloud metadata), documentation, benchmarks, multicast, tunnels."""

UNICAST = ip_network("2000::/3")
TRANSLATED = ip_network("64:ff9b::/96")
LONGEST_URL = 8_000

_LONGEST_NAME = 253
_NAME = re.compile(r"[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*\.?", re.ASCII)
"""Labels of up to 63 characters, none of them empty (RFC 1035, section 2.3.4)."""


def checked_url(text: str, policy: Policy) -> URL:
    """Read the URL of a request; what its host name stands for is checked when it is connected to.

    Raises Refused for any scheme but http and https, for credentials, and for an address that is
    written down and not allowed, in whatever spelling.

    >>> str(checked_url("https://example.org/a b", Policy()))
    'https://example.org/a%20b'
    >>> checked_url("http://127.0.0.1/", Policy())
    Traceback (most recent call last):
    beffroi.outbound.policy.Refused: The address 127.0.0.1 is not public.
    """
    if len(text) > LONGEST_URL:
        raise Refused(f"The URL is longer than {LONGEST_URL} characters.")
    try:
        url = URL(text)
        host, port = url.raw_host, url.port
    except ValueError as failure:
        raise Refused(f"'{text[:200]}' is not a URL: {failure}.") from failure
    if url.scheme not in {"http", "https"}:
        raise Refused(f"The URL '{text[:200]}' is neither http nor https.")
    if url.raw_user is not None or url.raw_password is not None:
        raise Refused(f"The URL for host '{host}' carries credentials.")
    check_host(host or "", policy)
    if port == 0:
        raise Refused(f"The URL '{text[:200]}' has port 0.")
    return url


def check_host(host: str, policy: Policy) -> None:
    """Raise Refused for a host that cannot be allowed whatever a name server says."""
    if not host:
        raise Refused("The URL has no host.")
    if ":" not in host and (_NAME.fullmatch(host) is None or len(host) > _LONGEST_NAME):
        raise Refused(f"'{host[:200]}' is not the name of a host.")
    if _is_local_name(host) and not policy.allow_private:
        raise Refused(f"The host '{host}' is not public.")
    address = _literal(host)
    if address is not None:
        check_address(address, policy)


def check_address(address: IPv4Address | IPv6Address, policy: Policy) -> None:
    """Raise Refused unless a connection to this address is allowed.

    >>> check_address(ip_address("::ffff:10.0.0.1"), Policy())
    Traceback (most recent call last):
    beffroi.outbound.policy.Refused: The address 10.0.0.1 is not public.
    """
    meant = _meant(address)
    if any(meant in network for network in PRIVATE):
        if policy.allow_private:
            return
        raise Refused(f"The address {meant} is not public.")
    if any(meant in network for network in NEVER):
        raise Refused(f"The address {meant} is never allowed.")
    if isinstance(meant, IPv6Address) and meant not in UNICAST:
        raise Refused(f"The address {meant} is never allowed.")


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv4-mapped or translated (NAT64, RFC 6052) IPv6 address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in TRANSLATED else address


def _is_local_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host spells; None for a name. Spellings that readers disagree about (decimal,
    octal, hexadecimal, short) are refused: sockets would connect to them (WHATWG URL, "ends in a number").
    """
    last = host.rstrip(".").rpartition(".")[2]
    if ":" not in host and not last.isdigit() and not _is_hexadecimal(last):
        return None
    try:
        return ip_address(host)
    except ValueError as failure:
        raise Refused(f"The host '{host}' is an address in an unusual spelling.") from failure


def _is_hexadecimal(label: str) -> bool:
    return label[:2].lower() == "0x" and all(c in "0123456789abcdefABCDEF" for c in label[2:])
