"""How often a check of one address is repeated for somebody who compares: some times in some minutes."""

from dataclasses import dataclass, field
from typing import Final

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem, TooManyRequests

MOST_REPEATED: Final = 5
WITHIN_S: Final = 600.0


@dataclass(slots=True)
class Repeats:
    """When checks were repeated, by their addresses."""

    _at: dict[str, list[Instant]] = field(default_factory=dict[str, list[Instant]])

    def take(self, url: str, now: Instant) -> None:
        """Note one more. Raises Problem(TooManyRequests) for one too many."""
        since = plus_seconds(now, -WITHIN_S)
        recent = {each: [at for at in moments if at > since] for each, moments in self._at.items()}
        self._at = {each: moments for each, moments in recent.items() if moments}
        moments = self._at.setdefault(url, [])
        if len(moments) >= MOST_REPEATED:
            raise Problem(
                TooManyRequests,
                f"The check of '{url[:200]}' was repeated {len(moments)} times since {moments[0]}; "
                "try again later.",
                {"retry-after": f"{WITHIN_S:.0f}"},
            )
        moments.append(now)
