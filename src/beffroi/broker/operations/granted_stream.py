"""A stream of records as the holder of a grant sees them."""

from collections.abc import AsyncIterator, Awaitable, Callable

from beffroi.kernel.record import Record


async def nothing() -> AsyncIterator[Record]:
    """No record at all."""
    no_records: tuple[Record, ...] = ()
    for record in no_records:
        yield record


async def shown(
    records: AsyncIterator[Record], see: Callable[[Record], Awaitable[Record | None]]
) -> AsyncIterator[Record]:
    """Of the records those that are seen, as they are seen."""
    async for record in records:
        seen = await see(record)
        if seen is not None:
            yield seen
