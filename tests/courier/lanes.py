"""A courier whose handlers and clock a test sets, and what its handlers note."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from beffroi.courier.courier import Courier
from beffroi.courier.outcome import Fact, Outcome, Post
from beffroi.courier.patience import Patience
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.json import decode_object, encode
from beffroi.kernel.record import Change, Commit, Event, Key, Record
from beffroi.store.port import Pending, Store

START = Instant("2026-11-22T13:49:00.000000Z")
COUNT = Key("lille", "count", "sent")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Instant:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now = plus_seconds(self.now, seconds)


class World:
    """A store, a clock, a courier with one handler for lanes that start with `to:`, and what it told."""

    def __init__(
        self, store: Store, handler: Callable[[Sequence[Pending]], Awaitable[Outcome]], batch: int = 1
    ):
        self.store, self.clock, self.told = store, Clock(), list[Fact]()
        self.handler, self.batch = handler, batch
        self.courier = self.restarted()

    def restarted(self, most_lanes: int = 16) -> Courier:
        return Courier(
            self.store,
            [Post("to:", self.handler, self.batch)],
            self.clock,
            lambda: 1.0,
            patience=Patience(first_s=1, most_s=60, window_s=3600),
            most_lanes=most_lanes,
            tell=self.told.append,
        )

    async def put(self, *events: tuple[str, object], due: Instant = NO_INSTANT) -> None:
        rows = tuple(
            Event(f"to:{lane}", encode({"tenant": "lille", "at": self.clock.now, "text": text}), due)
            for lane, text in events
        )
        await self.store.transact([], lambda _: Commit(events=rows))

    async def left(self, lane: str) -> list[object]:
        return [text_of(event) for event in await self.store.pending(f"to:{lane}", 1000)]


def text_of(event: Pending) -> object:
    return decode_object(event.body)["text"]


def counting(stored: Mapping[Key, Record]) -> Commit:
    count = stored[COUNT].body["n"] if COUNT in stored else 0
    assert isinstance(count, int)
    return Commit((Change(COUNT, encode({"n": count + 1})),))


async def count(store: Store) -> object:
    return (await store.read([COUNT]))[COUNT].body["n"]
