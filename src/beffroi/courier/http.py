"""Deliver a message over HTTP (clause 6.3.8): any 2xx is a delivery, a redirect is not followed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from beffroi.courier.patience import retry_after_s
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.outbound import Client, Failed, Refused

PAUSE_S = 1.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to whom. After a failure nothing is sent to the same URL for `cooldown_s`."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float
    cooldown_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """How it went. `sent` is false when nothing was tried because the endpoint had just failed."""

    delivered: bool
    reason: str = ""
    wait_s: float | None = None
    sent: bool = True


Deliver: TypeAlias = Callable[[Message], Awaitable[Receipt]]


class HttpDelivery:
    """Sends messages; remembers which endpoints failed a moment ago, and spares them and us."""

    def __init__(self, client: Client, now: Callable[[], Instant]) -> None:
        self._client, self._now = client, now
        self._down_until: dict[str, Instant] = {}

    async def deliver(self, message: Message) -> Receipt:
        """Never raises: what goes wrong is in the receipt."""
        place = _place(message.url)
        rest = self._rest_s(message.url)
        if rest > 0:
            return Receipt(False, f"'{place}' failed a moment ago.", rest, sent=False)
        try:
            answer = await self._client.send(
                "POST", message.url, message.headers, message.body, timeout_s=message.timeout_s
            )
        except Refused as refusal:
            return Receipt(False, str(refusal))
        except Failed as failure:
            self._mark_down(message.url, max(message.cooldown_s, PAUSE_S))
            return Receipt(False, str(failure))
        if 200 <= answer.status < 300:
            return Receipt(True)
        self._mark_down(message.url, message.cooldown_s)
        asked = retry_after_s(answer.headers.get("retry-after", ""), self._now())
        return Receipt(False, f"'{place}' answers with status {answer.status}.", asked)

    def _rest_s(self, url: str) -> float:
        until = self._down_until.get(url)
        if until is None:
            return 0.0
        rest = seconds_between(self._now(), until)
        if rest <= 0 or rest > 86_400:  # over, or the clock was set back
            del self._down_until[url]
            return 0.0
        return rest

    def _mark_down(self, url: str, seconds: float) -> None:
        if seconds <= 0:
            return
        if len(self._down_until) >= MOST_REMEMBERED:
            self._down_until.clear()
        self._down_until[url] = plus_seconds(self._now(), seconds)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
