"""Delete the oldest traces, in a transaction of its own."""

from beffroi.kernel.instant import Instant
from beffroi.store.postgres.connecting import Session
from beffroi.store.wording import Sql

_FORGET = """
DELETE FROM history WHERE at < ? AND number IN
(SELECT number FROM history WHERE number < (SELECT max(number) FROM history) ORDER BY number LIMIT ?)
RETURNING 1
"""


async def forget_traces(session: Session, before: Instant, limit: int) -> int:
    """How many of the oldest `limit` were from before this moment, and are gone; the newest of all stays."""
    await session.roll_back()
    try:
        (gone,) = await session.run(Sql(_FORGET, (before, limit)))
    except BaseException:
        await session.roll_back()
        raise
    return len(gone)
