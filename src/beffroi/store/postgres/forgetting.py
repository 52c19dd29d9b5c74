"""Delete the oldest traces, in a transaction of its own."""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from beffroi.kernel.instant import Instant
from beffroi.store.postgres.connecting import Session, unescaped
from beffroi.store.wording import Sql

_FORGET = """
DELETE FROM history WHERE at < ? AND number IN
(SELECT number FROM history WHERE number < (SELECT max(number) FROM history) ORDER BY number LIMIT ?)
RETURNING collection, id, ends
"""
MARK_ENDED = """
UPDATE history SET ends = 1 WHERE number IN (
  SELECT (SELECT max(number) FROM history h WHERE h.collection = gone.collection AND h.id = gone.id)
"""
_MARK = f"""
{MARK_ENDED} FROM unnest(?::integer[], ?::text[]) AS gone (collection, id)
  WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.collection = gone.collection AND r.id = gone.id)
)
"""


async def forget_traces(session: Session, before: Instant, limit: int) -> int:
    """How many of the oldest `limit` were from before this moment, and are gone; the newest of all stays."""
    await session.roll_back()
    try:
        _, gone = await session.run(Sql("BEGIN"), Sql(_FORGET, (before, limit)))
        ended = [(collection, unescaped(str(id))) for collection, id, ends in gone if ends]
        if ended:  # where a clock was wrong, an older one of the same record may stay
            await session.run(Sql(_MARK, ([number for number, _ in ended], [id for _, id in ended])))
        await session.run(Sql("COMMIT"))
    except BaseException:
        await session.roll_back()
        raise
    return len(gone)
