"""Listeners: the subscriptions of each tenant, read once and read again when the audience says so."""

from dataclasses import dataclass, field

from beffroi.broker.rules.subscription.audience import audience_key, listeners
from beffroi.broker.rules.subscription.notification_match import Listener, listener_of
from beffroi.broker.rules.subscription.subscription_record import subscription_key, subscription_of
from beffroi.kernel.record import Key, Record
from beffroi.store.port import Store

MOST_TENANTS = 1_000


@dataclass(slots=True)
class _Known:
    """What was read at one state of the audience: number and version of its record."""

    state: tuple[int, int] = (0, 0)
    by_key: dict[Key, tuple[int, int, Listener]] = field(default_factory=dict[Key, tuple[int, int, Listener]])


class Listeners:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}

    async def of(self, tenant: str) -> list[Listener]:
        """The active subscriptions of a tenant as they are now, compiled."""
        key = audience_key(tenant)
        audience = (await self._store.read([key])).get(key)
        state = (audience.number, audience.version) if audience else (0, 0)
        known = self._known.get(tenant)
        if known is None or known.state != state:
            known = await self._read(tenant, audience, state, known or _Known())
            if len(self._known) >= MOST_TENANTS:
                self._known.clear()
            self._known[tenant] = known
        return [listener for _, _, listener in known.by_key.values()]

    async def _read(
        self, tenant: str, audience: Record | None, state: tuple[int, int], known: _Known
    ) -> _Known:
        """Read all that listen; those whose record is the same need not be compiled again."""
        keys = [subscription_key(tenant, name) for name in listeners(audience)]
        found = dict[Key, tuple[int, int, Listener]]()
        for key, record in (await self._store.read(keys)).items():
            earlier = known.by_key.get(key)
            if earlier is not None and earlier[:2] == (record.number, record.version):
                found[key] = earlier
            else:
                listener = listener_of(subscription_of(record.body))
                found[key] = (record.number, record.version, listener)
        return _Known(state, found)
