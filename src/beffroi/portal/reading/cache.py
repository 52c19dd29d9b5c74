"""Memory: what was worked out a moment ago and is still good enough to be shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

from beffroi.kernel.instant import Instant, seconds_between

MOST: Final = 64

Kept = TypeVar("Kept")


@dataclass(slots=True)
class Memory:
    """At most `MOST` values by a name, each with the moment at which it was worked out."""

    kept: dict[str, tuple[Instant, object]] = field(default_factory=dict[str, tuple[Instant, object]])

    async def recall(
        self, name: str, now: Instant, seconds: float, work_out: Callable[[], Awaitable[Kept]]
    ) -> Kept:
        """The value under `name` if it is younger than `seconds`; else work it out and keep it."""
        found = self.kept.get(name)
        if found is not None and seconds_between(found[0], now) < seconds:
            return cast("Kept", found[1])
        value = await work_out()
        while len(self.kept) >= MOST:
            self.kept.pop(next(iter(self.kept)))
        self.kept[name] = (now, value)
        return value

    def forget(self, name: str) -> None:
        """Work the value under `name` out anew when it is asked for next."""
        self.kept.pop(name, None)
