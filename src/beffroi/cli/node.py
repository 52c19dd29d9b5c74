"""A node for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings

Result = TypeVar("Result")


def with_node(settings: Settings, work: Callable[[Node], Awaitable[Result]]) -> Result:
    """Open a node without its server, do the work, close it."""

    async def run() -> Result:
        async with open_node(settings) as node:
            return await work(node)

    return asyncio.run(run())
