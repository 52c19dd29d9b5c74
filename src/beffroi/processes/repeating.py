"""How often a check of one host is repeated for somebody who compares: some times in some minutes."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem, TooManyRequests

MOST_REPEATED: Final = 5
WITHIN_S: Final = 600.0


@dataclass(slots=True)
class Repeats:
    """When checks were repeated, by the hosts that they asked: one has many addresses."""

    _at: dict[str, list[Instant]] = field(default_factory=dict[str, list[Instant]])

    def take(self, url: str, now: Instant) -> None:
        """Note one more. Raises Problem(TooManyRequests) for one too many, ValueError for no address."""
        since = plus_seconds(now, -WITHIN_S)
        recent = {each: [at for at in moments if at > since] for each, moments in self._at.items()}
        self._at = {each: moments for each, moments in recent.items() if moments}
        moments = self._at.setdefault(urlsplit(url).hostname or url, [])
        if len(moments) >= MOST_REPEATED:
            raise Problem(
                TooManyRequests,
                f"Checks of the host of '{url[:200]}' were repeated {len(moments)} times since {moments[0]}; "
                "try again later.",
                {"retry-after": f"{WITHIN_S:.0f}"},
            )
        moments.append(now)
