"""Resolver: looks a host name up once, checks what it finds, and hands out only checked addresses.

The connection goes to the address that was checked, so that a name server that changes its mind
between check and connection (DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Protocol

from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from beffroi.outbound.address import check_address, check_host
from beffroi.outbound.policy import Policy, Refused

NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
MOST_LOOKUPS = 32


class LookUp(Protocol):
    """`socket.getaddrinfo`, or what stands in for a name server."""

    def __call__(
        self, host: str, port: int, family: int, type: int, /
    ) -> Sequence[tuple[int, int, int, str, tuple[object, ...]]]: ...


class Resolver(AbstractResolver):
    """Has threads of its own: name servers that hang must not hold up the rest of the process."""

    def __init__(self, policy: Policy, look_up: LookUp) -> None:
        self._policy, self._look_up = policy, look_up
        self._threads = ThreadPoolExecutor(MOST_LOOKUPS, thread_name_prefix="resolve")

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The allowed addresses of a name. Raises OSError if there is none, Refused if none is allowed."""
        check_host(host, self._policy)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, self._look_up, host, port, family, socket.SOCK_STREAM
        )
        addresses = dict.fromkeys((kind, str(where[0])) for kind, _, _, _, where in found)
        allowed, reason = list[ResolveResult](), "has no address"
        for kind, address in addresses:
            try:
                check_address(ip_address(address), self._policy)
            except Refused as refusal:
                reason = str(refusal)
            else:
                allowed.append(
                    {
                        "hostname": host,
                        "host": address,
                        "port": port,
                        "family": kind,
                        "proto": 0,
                        "flags": NUMERIC,
                    }
                )
        if not allowed:
            raise Refused(f"The host '{host}' leads nowhere allowed: {reason}")
        return allowed

    @override
    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
