"""The holders of products: what each may see now, what it has left, and the journal of what it was given."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.access.allowance import Spent, Stop, over, rate_headers, take
from beffroi.market.rules.access.grants import ACTIVE, Expand, declared
from beffroi.market.rules.access.journal_line import Counted, Counts
from beffroi.market.rules.access.meter import meter_key, spent_of
from beffroi.market.rules.access.scopes import within
from beffroi.processes.held_lines import HeldLines
from beffroi.processes.metering import fold
from beffroi.store.journal import Journal
from beffroi.store.port import Store
from beffroi.web.message import Request

PRODUCT = "tmf:product"
MOST_REMEMBERED = 10_000
MOST_REFUSED = 10
ONE_NOTIFICATION = Counted(0, 0, 0, 1)


@dataclass(slots=True)
class ProductHolders:
    """`clock` are seconds of a clock that only goes forward; `expand` gives short names their full ones.

    What a product grants is remembered as long as nothing is committed (`Store.mark`), so that what becomes
    of it works on the next request, and it is worked out once for each version. Lines of answers wait in
    `lines` until the answers leave.
    """

    store: Store
    lines: HeldLines
    now: Callable[[], Instant]
    clock: Callable[[], float]
    expand: Expand
    _declared: dict[str, tuple[int, int, Grant | None]] = field(
        default_factory=dict[str, tuple[int, int, Grant | None]]
    )
    _granted: dict[str, tuple[int, Grant | None]] = field(default_factory=dict[str, tuple[int, Grant | None]])
    _spent: dict[str, Spent] = field(default_factory=dict[str, Spent])
    _refusals: tuple[str, int] = ("", 0)
    _turn: Hashable | None = None
    _moment: tuple[Instant, int] = (NO_INSTANT, 0)
    mark: Callable[[], int] = field(init=False)
    """Unlike the one before, if something may have become of a product since."""

    def __post_init__(self) -> None:
        self.mark = self.store.mark

    def moment(self, turn: Hashable | None) -> tuple[Instant, int]:
        """The time and the mark, asked once for the requests of one turn of the event loop: what is committed
        in it is answered in a later one. `turn` is None for a request of none."""
        if turn is None or turn is not self._turn:
            self._turn, self._moment = turn, (self.now(), self.mark())
        return self._moment

    async def begin(self) -> None:
        """Fold what an earlier process left in the journal, so that quotas go on where they were."""
        await self.fold()

    @property
    def journal(self) -> Journal:
        return self.lines.journal

    async def fold(self) -> int:
        """Fold all that was noted into usage rows; how many this call wrote."""
        self.lines.flush()
        return await fold(self.store, self.journal)

    async def grant(self, product: str, at: Instant = NO_INSTANT) -> Grant | None:
        """What a product lets through now, and what it has used; None if nothing."""
        mark = self.store.mark()
        known = self._granted.get(product)
        if known is None or known[0] != mark:
            known = (mark, await self._read(product))
            if len(self._granted) >= MOST_REMEMBERED:
                self._granted.clear()
            self._granted[product] = known
        grant = known[1]
        if grant is None or (not grant.since and not grant.until):
            return grant
        now = at or self.now()
        return None if now < grant.since or (grant.until and now >= grant.until) else grant

    async def heard(self, product: str, scope: str) -> Grant | None:
        """What a token with this scope (empty: for all of it) lets through of a product now."""
        grant = await self.grant(product)
        return within(grant, scope) if grant is not None and scope else grant

    def take(self, grant: Grant, at: Instant) -> Stop | None:
        """Take one request from rate and quotas, or say why not; whoever has no limits is let through."""
        return take(grant, self._spent[grant.product], at, self.clock() if grant.rate else 0.0)

    def settle(self, grant: Grant, counted: Counts, at: Instant) -> Stop | None:
        """Count an answer that is ready, beyond its request; or say why the quotas have no room for it."""
        spent, more = self._spent[grant.product], (0, *counted[1:])
        stop = over(grant, spent, more, at)
        if stop is None:
            spent.add(more)
        return stop

    def stopped(self, grant: Grant, more: Counts, at: Instant) -> Stop | None:
        """Why the quotas have no room for so much more; nothing is taken."""
        return over(grant, self._spent[grant.product], more, at)

    def give_back(self, grant: Grant, size: int = 0) -> None:
        """A request that was taken and not answered, with so many bytes of its body."""
        self._spent[grant.product].add(Counted(-1, 0, -size))

    def note(self, grant: Grant, at: Instant, request: Request, status: int, counted: Counts) -> None:
        """Write the line of an answer that was counted, before it goes out. Raises Problem(StorageFull)."""
        where = request.route or request.path
        self.lines.hold((grant.product, at, request.method, where, status, counted, None))

    def count(self, grant: Grant, at: Instant, request: Request, status: int, counted: Counts) -> None:
        """The same for an answer that no limit has made anybody count before."""
        product, where = grant.product, request.route or request.path
        self.lines.hold((product, at, request.method, where, status, counted, self._spent[product]))

    def refused(self, product: str, at: Instant, request: Request, status: int) -> None:
        """Write the line of a request whose token was refused; `product` is empty if it is not known. Of more
        than MOST_REFUSED in a second the rest is not written."""
        second, number = self._refusals
        number = number + 1 if at[:19] == second else 1
        self._refusals = (at[:19], number)
        if number <= MOST_REFUSED:
            self.lines.hold((product, at, request.method, request.path, status, Counted(), None))

    def left(self, grant: Grant, at: Instant) -> dict[str, str]:
        """The RateLimit headers of an answer."""
        return rate_headers(grant, self._spent[grant.product], at)

    def may_notify(self, grant: Grant) -> bool:
        spent = self._spent[grant.product]
        spent.turn(self.now())
        return over(grant, spent, ONE_NOTIFICATION, self.now()) is None

    def notified(self, grant: Grant, entities: int, size: int) -> None:
        counted = Counted(0, entities, size, 1)
        self._spent[grant.product].add(counted)
        self.lines.hold((grant.product, self.now(), "NOTIFY", "", 200, counted, None))
        self.lines.flush()

    async def _read(self, product: str) -> Grant | None:
        """What a product grants as it stands in the store, and what it has used."""
        self.lines.flush()
        key, meter = Key("", PRODUCT, product), meter_key(product)
        found = await self.store.read([key] if product in self._spent else [key, meter])
        record = found.get(key)
        if record is None:
            return None
        if product not in self._spent:
            self._remember(product, spent_of(found.get(meter)))
        return self._of(product, record)

    def _of(self, product: str, record: Record) -> Grant | None:
        known = self._declared.get(product)
        if known is None or known[:2] != (record.number, record.version):
            known = (record.number, record.version, _declared(record, self.expand))
            if len(self._declared) >= MOST_REMEMBERED:
                self._declared.clear()
            self._declared[product] = known
        return known[2]

    def _remember(self, product: str, spent: Spent) -> None:
        self._spent[product] = spent


def _declared(record: Record, expand: Expand) -> Grant | None:
    """What an active product grants, its time apart; nothing if it does not say so clearly."""
    body = record.body
    if body.get("status") != ACTIVE:
        return None
    try:
        grant = declared(body, expand)
    except Problem:
        return None
    return grant if grant.types or grant.endpoint else None
