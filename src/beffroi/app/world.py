"""The clock, the source of ids and chance of a node: asked for here and handed down."""

import random
import uuid
from datetime import UTC, datetime

from beffroi.kernel.instant import Instant, instant_of


def now() -> Instant:
    """The clock of the node."""
    return instant_of(datetime.now(UTC))  # noqa: TID251 - the one clock


def new_id() -> str:
    """A fresh URN."""
    return f"urn:uuid:{uuid.uuid4()}"  # noqa: TID251 - the one source of ids


def chance() -> float:
    """A number from 0 to 1, for jitter."""
    return random.random()  # noqa: S311 - spreads retries, guards nothing
