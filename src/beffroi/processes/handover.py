"""Hand over a provider's own credentials: ask for them, tell what becomes of the product, try again.

What is sent is a security event token (RFC 8417) signed with the node's key, pushed as RFC 8935 has it; the
answer to `wanted` and `renewed` holds the credentials. All tries of one event bear the same `jti`, which is
the Idempotency-Key too.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlsplit

from joserfc import jws

from beffroi.courier.outcome import Again, Done, Post
from beffroi.courier.outcome import Outcome as Handled
from beffroi.courier.patience import retry_after_s
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.committing import Picture
from beffroi.market.operations.keys import signing_key
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.access import handover as rules
from beffroi.market.rules.access.tokens import ALGORITHM
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING, PRODUCT_SPECIFICATION
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.behaviour import Outcome, Scene
from beffroi.market.rules.orders.awaiting import Handing, aborted, delayed, handed, needs_of
from beffroi.market.rules.orders.product_change import catalogue_keys
from beffroi.outbound import Answer, Failed, Refused
from beffroi.store.port import Pending

TIMEOUT_S: Final = 10.0
MOST_AT_ONCE: Final = 4
"""Requests to one host that wait for its answer at the same time."""

PASSING: Final = frozenset({408, 409, 423, 425, 429})
"""Statuses below 500 after which it is worth to ask again."""

REASON: Final = "the provider hands over the credentials"


class Ask(Protocol):
    """One guarded request (`outbound.Client`). Raises Refused or Failed."""

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        /,
        *,
        most_bytes: int,
        timeout_s: float,
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request: the content of a good answer, or why there is none and whether to ask again."""

    content: bytes = b""
    reason: str = ""
    passing: bool = False
    wait_s: float | None = None
    sent: bool = True


@dataclass(slots=True)
class Handover:
    """The handler of the lanes of products whose credentials are their provider's."""

    market: Market
    client: Ask
    _waiting: Counter[str] = field(default_factory=Counter[str])

    def posts(self) -> list[Post]:
        """The rows for the courier."""
        return [Post(rules.LANE, self.deliver), Post(rules.FORGET, self.forget)]

    async def deliver(self, events: Sequence[Pending]) -> Handled:
        """Deliver one event; of what is gone nothing is told."""
        told = decode_object(events[0].body)
        key = PRODUCT.key(str(told["product"]))
        record = (await self.market.store.read([key])).get(key)
        if record is None:
            return Done()
        product, what = record.body, str(told["what"])
        if what == rules.WANTED:
            return await self._wanted(product, told)
        reply = await self._asked(product, told)
        if what == rules.RENEWED:
            return self._renewed(product, told, reply)
        gave_up = product["status"] == "aborted " and reply.sent and not reply.passing
        if gave_up or not reply.reason:
            return Done()
        return Again(reply.reason, reply.wait_s, tried=reply.sent)

    async def forget(self, events: Sequence[Pending]) -> Handled:
        """Forget credentials that nobody looked at in time."""
        told = decode_object(events[0].body)
        product, event = str(told["product"]), str(told["id"])
        key = rules.handover_key(product)

        def note(stored: Mapping[Key, Record]) -> Commit:
            body = stored[key].body if key in stored else {}
            unseen = body.get("state") == rules.READY and body.get("asked") == event
            return Commit((rules.shown(product, body),)) if unseen else Commit()

        return Done((key,), note)

    async def _wanted(self, product: JsonObject, told: JsonObject) -> Handled:
        """Ask for the credentials of an order until they come, the provider refuses, or the time is over."""
        if product["status"] != "pendingActive":
            return Done()
        reply = await self._asked(product, told)
        sealed, reason = self._sealed(product, reply)
        case = Handing(str(product["id"]), str(told["id"]), sealed)
        if sealed:
            await self._act(product, partial(handed, case))
            return Done()
        until = plus_seconds(Instant(str(told["since"])), rules.TRIED_S)
        if reply.sent and (not (reply.passing or reply.content) or self.market.now() > until):
            await self._act(product, partial(aborted, case, reason))
            return Done()
        if reply.sent:
            await self._act(product, partial(delayed, case, reason, until))
        return Again(reason, reply.wait_s, tried=reply.sent)

    def _renewed(self, product: JsonObject, told: JsonObject, reply: Reply) -> Handled:
        id, event, now = str(product["id"]), str(told["id"]), self.market.now()
        sealed, reason = self._sealed(product, reply)
        key = rules.handover_key(id)
        late = seconds_between(Instant(str(told["since"])), now) > rules.TRIED_S
        if not sealed and not late and (reply.passing or reply.content):
            return Again(reason, reply.wait_s, tried=reply.sent)

        def note(stored: Mapping[Key, Record]) -> Commit:
            if key not in stored or stored[key].body.get("asked") != event:
                return Commit()
            if not sealed:
                return Commit((rules.refused(id, event, reason, now),))
            change, forget = rules.ready(id, event, sealed, now)
            return Commit((change,), (forget,))

        return Done((key,), note)

    def _sealed(self, product: JsonObject, reply: Reply) -> tuple[str, str]:
        """The credentials of a reply, sealed; or why there are none."""
        if reply.reason:
            return "", reply.reason
        try:
            values = rules.credentials_in(reply.content)
        except Problem as problem:
            return "", problem.detail
        return self.market.safe.seal(encode(values), str(product["id"])), ""

    async def _act(self, product: JsonObject, rule: Callable[[Scene], Outcome | None]) -> None:
        keys = [PRODUCT.key(str(product["id"]))]

        def needs(picture: Picture) -> Sequence[Key]:
            return needs_of(keys[0], picture.records)

        await act_as_node(self.market, needs, rule, REASON)

    async def _asked(self, product: JsonObject, told: JsonObject) -> Reply:
        url = await self._address(product)
        if not url:
            return Reply(reason=f"The offering has no '{rules.ADDRESS}' any more.")
        if not self.market.allow_private and not url.startswith("https://"):
            return Reply(reason=f"Secrets go over https only, and '{_place(url)}' is no such address.")
        host = urlsplit(url).netloc
        if self._waiting[host] >= MOST_AT_ONCE:
            return Reply(reason=f"'{_place(url)}' is slow to answer.", passing=True, wait_s=1.0, sent=False)
        body = await self._signed(product, told, url)
        headers = {
            "Content-Type": f"application/{rules.TYPE}",
            "Accept": "application/json",
            "Idempotency-Key": str(told["id"]),
        }
        with self._under_way(host):
            try:
                answer = await self.client.request(
                    "POST", url, headers, body, most_bytes=rules.MOST_BYTES, timeout_s=TIMEOUT_S
                )
            except Refused as refusal:
                return Reply(reason=str(refusal))
            except Failed as failure:
                return Reply(reason=str(failure), passing=True)
        return _reply(answer, _place(url), self.market.now())

    async def _signed(self, product: JsonObject, told: JsonObject, url: str) -> bytes:
        now = self.market.now()
        key = await signing_key(self.market.store, now)
        header = {"alg": ALGORITHM, "typ": rules.TYPE, "kid": str(key.kid)}
        claims = rules.claims(product, told, self.market.address, url, now)
        return jws.serialize_compact(header, encode(claims), key, algorithms=[ALGORITHM]).encode()

    async def _address(self, product: JsonObject) -> str:
        """Where the provider of a product is asked now: one that moved is found at the new address."""
        stored = await self.market.store.read(catalogue_keys(product))
        found = {key.kind: record.body for key, record in stored.items()}
        return rules.address_in(
            found.get(PRODUCT_OFFERING.kind, {}), found.get(PRODUCT_SPECIFICATION.kind, {})
        )

    @contextmanager
    def _under_way(self, host: str) -> Generator[None]:
        self._waiting[host] += 1
        try:
            yield
        finally:
            self._waiting[host] -= 1
            if not self._waiting[host]:
                del self._waiting[host]


def _reply(answer: Answer, place: str, now: Instant) -> Reply:
    wait = retry_after_s(answer.headers.get("retry-after", ""), now)
    if answer.status == 202:
        return Reply(reason=f"'{place}' has not made the credentials yet.", passing=True, wait_s=wait)
    if 200 <= answer.status < 300:
        return Reply(answer.body or b"{}")
    passing = answer.status >= 500 or answer.status in PASSING
    return Reply(reason=f"'{place}' answers with status {answer.status}.", passing=passing, wait_s=wait)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
