"""One decision over a call of this node and what is kept of it, in one commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Forbidden, Problem, SourceFailed
from beffroi.kernel.record import Key, Record
from beffroi.network.operations.documents import is_insider, missing, retrieve, whole_id, write
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.records import body_of, box_key, jury_key
from beffroi.network.rules.document import content_of, revised
from beffroi.network.rules.ledger import Ledger
from beffroi.web.message import Actor

_MOST_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True)
class Scene:
    """What a decision sees of a call, and the ledger that takes what it writes."""

    stored: Mapping[Key, Record]
    read: Set[Key]
    ledger: Ledger
    record: Record
    actor: Actor

    @property
    def id(self) -> str:
        return self.record.key.id

    @property
    def now(self) -> Instant:
        return self.ledger.at

    @property
    def call(self) -> JsonObject:
        """The content of the call."""
        return content_of(self.record.body)

    @property
    def box(self) -> JsonObject | None:
        """Who has applied."""
        return self.body(box_key(self.id))

    @property
    def jury(self) -> JsonObject | None:
        return self.body(jury_key(self.id))

    def body(self, key: Key) -> JsonObject | None:
        return body_of(self.stored, key)

    def lacks(self, keys: Iterable[Key]) -> frozenset[Key]:
        """Those of the keys that were not read."""
        return frozenset(keys) - self.read

    def revise(self, content: JsonObject, reason: str) -> JsonObject:
        """Write a new version of the call."""
        document = revised(CALL_KIND, self.record, content, self.actor.name, self.now, reason)
        self.ledger.put(CALL_KIND, document)
        return document


Rule: TypeAlias = Callable[[Scene], frozenset[Key] | None]
"""What writes into the scene's ledger, or raises, or says which records it has to see as well."""


async def on_call(network: Network, name: str, actor: Actor, rule: Rule, more: Sequence[Key] = ()) -> None:
    """Run a rule over a call of this node, its box and its jury, in one commit. Raises Problem."""
    did, id = (await network.signer()).did, await whole_id(network, CALL_KIND, name)
    key = CALL_KIND.key(id)
    reads = {key, box_key(id), jury_key(id), *more}
    for _ in range(_MOST_ROUNDS):
        wanted = list[Key]()

        def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
            record = stored.get(key)
            if record is None or not ("published" in record.shared or is_insider(actor)):
                raise missing(CALL_KIND, name)
            if record.shared["origin"] != did:
                raise Problem(Forbidden, f"The call is of {record.shared['origin']}, and decided there.")
            wanted[:] = rule(Scene(stored, frozenset(reads), ledger, record, actor)) or ()  # noqa: B023

        await write(network, [*reads], decide)
        if not wanted:
            return
        reads |= set(wanted)
    raise Problem(Conflict, "What the request is about changes too often; try again.")


async def call_of(network: Network, name: str, actor: Actor) -> JsonObject:
    """The whole document of a call that this actor may see. Raises Problem(ResourceNotFound)."""
    document = await retrieve(network, CALL_KIND, name, actor)
    if not CALL_KIND.holds(document):
        raise Problem(SourceFailed, f"The call of {document['origin']} is not one that this node can read.")
    return document
