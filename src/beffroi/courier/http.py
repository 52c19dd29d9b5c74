"""Deliver a message over HTTP (clause 6.3.8): any 2xx is a delivery, a redirect is not followed."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Generator, Hashable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from beffroi.courier.patience import retry_after_s
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.outbound import Client, Failed, Refused

PAUSE_S = 1.0
MOST_REMEMBERED = 10_000
"""Endpoints of which is known how they answered, and likewise cooldowns; beyond that the one that was asked
for longest ago is forgotten."""
SLOW_S = 1.0
"""While a request to a URL is unanswered for longer, no other is sent there."""

LONGEST_HOLD_S = 5.0
"""What is held back is looked at again after this time at the latest: thousands of lanes may be."""

MOST_AT_ONCE = 32
"""Requests to one URL that answers; a URL that is not known to answer gets one."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many requests may be under way at once: to URLs that were never tried, to URLs that gave no answer
    last time, and to one host. What answers has all the rest of the courier's lanes to itself.
    """

    new: int = 384
    doubtful: int = 192
    host: int = 64


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to whom. After a failure the same `sender` sends nothing to the same URL for `cooldown_s`;
    other senders have cooldowns of their own (clause 5.2.15)."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float
    cooldown_s: float = 0.0
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How it went. `sent` is false when nothing was tried: the endpoint had just failed, or is silent."""

    delivered: bool
    reason: str = ""
    wait_s: float | None = None
    sent: bool = True


_Name = TypeVar("_Name", bound=Hashable)
_What = TypeVar("_What")
Standing: TypeAlias = Literal["answering", "new", "doubtful"]
DEFAULT_SHARES = Shares()

Deliver: TypeAlias = Callable[[Message], Awaitable[Receipt]]


@dataclass(slots=True)
class _Under:
    """The requests to one URL or host that are under way: when each began (loop time), the oldest first."""

    begun: dict[object, float] = field(default_factory=dict[object, float])
    one_less: asyncio.Event = field(default_factory=asyncio.Event)


class HttpDelivery:
    """Sends messages; knows which endpoints failed a moment ago or do not answer now, and spares them.

    An endpoint that hangs costs one waiting request, however many lanes have something for it; however many
    hang, they wait within their share.
    """

    def __init__(
        self,
        client: Client,
        now: Callable[[], Instant],
        shares: Shares = DEFAULT_SHARES,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._client, self._now, self._shares = client, now, shares
        self._most_remembered = most_remembered
        self._down_until: OrderedDict[tuple[str, ...], Instant] = OrderedDict()
        self._under: dict[str, _Under] = {}
        self._by_standing: Counter[Standing] = Counter()
        self._answers: OrderedDict[str, bool] = OrderedDict()

    async def deliver(self, message: Message) -> Receipt:
        """Never raises: what goes wrong is in the receipt. Waits at most SLOW_S for its turn."""
        place = _place(message.url)
        has_turn = await self._turn(message.url)
        rest = max(self._rest_s(key) for key in (_down(message.url), _cooling(message)))
        if rest > 0:
            return Receipt(False, f"'{place}' failed a moment ago.", rest, sent=False)
        if not has_turn:
            return Receipt(False, f"'{place}' is slow to answer.", self._hold_s(message.url), sent=False)
        if not self._has_share(message.url):
            return Receipt(False, f"Too many endpoints like '{place}' are silent.", SLOW_S, sent=False)
        with self._under_way(message.url):
            return await self._send(message, place)

    async def _send(self, message: Message, place: str) -> Receipt:
        try:
            answer = await self._client.send(
                "POST", message.url, message.headers, message.body, timeout_s=message.timeout_s
            )
        except Refused as refusal:
            return Receipt(False, str(refusal))
        except Failed as failure:
            self._remember(message.url, answers=False)
            self._mark_down(_down(message.url), PAUSE_S)
            self._mark_down(_cooling(message), message.cooldown_s)
            return Receipt(False, str(failure))
        self._remember(message.url, answers=True)
        if 200 <= answer.status < 300:
            return Receipt(True)
        self._mark_down(_cooling(message), message.cooldown_s)
        asked = retry_after_s(answer.headers.get("retry-after", ""), self._now())
        return Receipt(False, f"'{place}' answers with status {answer.status}.", asked)

    def _hold_s(self, url: str) -> float:
        """How long to hold back what is for a URL: as long again as it has been silent, within bounds."""
        under = self._under.get(url)
        if under is None:
            return SLOW_S
        silent = asyncio.get_running_loop().time() - next(iter(under.begun.values()))
        return min(max(silent, SLOW_S), LONGEST_HOLD_S)

    async def _turn(self, url: str) -> bool:
        """Wait until one more may be sent to this URL and its host; False if it takes too long to answer."""
        clock = asyncio.get_running_loop().time
        latest = clock() + SLOW_S
        while under := self._hindered(url, clock()):
            oldest = next(iter(under.begun.values())) + SLOW_S
            left = min(latest, oldest) - clock()
            if left <= 0:
                return False
            try:
                async with asyncio.timeout(left):
                    await under.one_less.wait()
            except TimeoutError:
                return False
        return True

    def _hindered(self, url: str, now: float) -> _Under | None:
        """What is under way and leaves no room for one more; None if there is room."""
        most = MOST_AT_ONCE if self._answers.get(url) else 1
        under = self._under.get(url)
        if under and (len(under.begun) >= most or next(iter(under.begun.values())) + SLOW_S <= now):
            return under
        under = self._under.get(_host(url))
        return under if under and len(under.begun) >= self._shares.host else None

    def _standing(self, url: str) -> Standing:
        answers = self._answers.get(url)
        if answers is None:
            return "new"
        return "answering" if answers else "doubtful"

    def _has_share(self, url: str) -> bool:
        """Whether one more may be sent to a URL of this standing."""
        match self._standing(url):
            case "answering":
                return True
            case "new":
                return self._by_standing["new"] < self._shares.new
            case "doubtful":
                return self._by_standing["doubtful"] < self._shares.doubtful

    @contextmanager
    def _under_way(self, url: str) -> Generator[None]:
        standing, request = self._standing(url), object()
        begun, keys = asyncio.get_running_loop().time(), (url, _host(url))
        self._by_standing[standing] += 1
        for key in keys:
            self._under.setdefault(key, _Under()).begun[request] = begun
        try:
            yield
        finally:
            self._by_standing[standing] -= 1
            for key in keys:
                self._over(key, request)

    def _over(self, key: str, request: object) -> None:
        under = self._under[key]
        del under.begun[request]
        under.one_less.set()
        under.one_less = asyncio.Event()
        if not under.begun:
            del self._under[key]

    def _remember(self, url: str, *, answers: bool) -> None:
        _keep(self._answers, url, answers, self._most_remembered)

    def _rest_s(self, key: tuple[str, ...]) -> float:
        until = self._down_until.get(key)
        if until is None:
            return 0.0
        rest = seconds_between(self._now(), until)
        if rest <= 0 or rest > 86_400:  # over, or the clock was set back
            del self._down_until[key]
            return 0.0
        self._down_until.move_to_end(key)
        return rest

    def _mark_down(self, key: tuple[str, ...], seconds: float) -> None:
        if seconds <= 0:
            return
        _keep(self._down_until, key, plus_seconds(self._now(), seconds), self._most_remembered)


def _keep(known: OrderedDict[_Name, _What], name: _Name, what: _What, most: int) -> None:
    """Remember this as the newest; of more than so many the oldest is forgotten."""
    known[name] = what
    known.move_to_end(name)
    if len(known) > most:
        known.popitem(last=False)


def _down(url: str) -> tuple[str, ...]:
    """The key of an endpoint that gave no answer, which everybody spares."""
    return (url,)


def _cooling(message: Message) -> tuple[str, ...]:
    """The key of a cooldown, which is its sender's alone."""
    return (message.url, message.sender)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _host(url: str) -> str:
    """The key of a host, which no URL can be."""
    return f" {_place(url)}"
