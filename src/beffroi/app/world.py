"""The clock, the source of ids and chance of a node: asked for here and handed down."""

import random
import time
import uuid
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from beffroi.kernel.instant import Instant

_THREE: Final = tuple(f"{number:03}" for number in range(1_000))


def now() -> Instant:
    """The clock of the node."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return Instant(f"{_second(second)}.{_THREE[rest // 1_000_000]}{_THREE[rest // 1_000 % 1_000]}Z")


@lru_cache(maxsize=4)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


def new_id() -> str:
    """A fresh URN."""
    return f"urn:uuid:{uuid.uuid4()}"  # noqa: TID251 - the one source of ids


def new_uuid() -> str:
    """A fresh UUID, as the last part of an id."""
    return new_id().removeprefix("urn:uuid:")


def chance() -> float:
    """A number from 0 to 1, for jitter."""
    return random.random()  # noqa: S311 - spreads retries, guards nothing
