"""Open the monitor: how a node asks itself, and what it shows there."""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from beffroi.app.access import add_passing_token
from beffroi.app.access_entry import By
from beffroi.app.documents import own_context_url
from beffroi.broker.rules.context.context import Context
from beffroi.config import Settings
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.market.operations.services import Market
from beffroi.market.rules.documents.plan import NODE
from beffroi.outbound import Answer, Client, Policy
from beffroi.processes.monitoring import Monitor

MONITOR: Final = "monitor"
TOKEN_SECONDS: Final = 24 * 3600.0
"""A day: each token has an entry in the audit log, and the monitor is to leave few."""
PROBING: Final = By(NODE, "To measure what offerings promise.")
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - how a node that listens there asks itself


@dataclass(slots=True)
class Pass:
    """The token with which the node reads at its own address; a new one before the old one ends."""

    market: Market
    token: str = ""
    until: Instant = NO_INSTANT

    async def show(self) -> str:
        """The token, made anew where it would end soon."""
        now = self.market.now()
        if not self.token or not now < plus_seconds(self.until, -TOKEN_SECONDS / 2):
            self.until = plus_seconds(now, TOKEN_SECONDS)
            self.token = await add_passing_token(
                self.market.store, MONITOR, ["read"], now, TOKEN_SECONDS, PROBING
            )
        return self.token


@asynccontextmanager
async def open_monitor(
    settings: Settings, market: Market, guarded: Client, context: Context
) -> AsyncGenerator[Monitor]:
    """The monitor of a node. The address of the node may be private, those that others state may not."""
    async with Client(Policy(allow_private=True)) as own:
        yield Monitor(
            market=market,
            own=own_address(settings),
            context=own_context_url(settings),
            expand=context.expand,
            token=Pass(market).show if settings.needs_sign_in else _nothing,
            get_own=partial(_once, own),
            get=guarded.get,
            clock=time.monotonic,
            interval=settings.monitor_seconds,
        )


def own_address(settings: Settings) -> str:
    """Where the node reaches itself: as the public does, or else where it listens.

    >>> own_address(Settings(host="0.0.0.0", port=80)), own_address(Settings(base="https://city.example"))
    ('http://127.0.0.1:80', 'https://city.example')
    """
    host = EVERYWHERE.get(settings.host)
    return f"http://{host}:{settings.port}" if host and not settings.base else settings.address


async def _nothing() -> str:
    return ""


async def _once(
    client: Client, url: str, headers: Mapping[str, str], *, most_bytes: int, timeout_s: float
) -> Answer:
    """A request that follows no redirect: what is shown at the own address is shown nowhere else."""
    return await client.request("GET", url, headers, most_bytes=most_bytes, timeout_s=timeout_s)
