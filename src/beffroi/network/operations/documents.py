"""Documents of the network: make, change, publish, withdraw, read; what followed nodes say is read only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.merge_patch import merged
from beffroi.kernel.problem import Forbidden, Problem, ResourceNotFound
from beffroi.kernel.record import Commit, Key, Record
from beffroi.network.operations.services import Network
from beffroi.network.rules import feed
from beffroi.network.rules.document import draft, published, revised, withdrawn
from beffroi.network.rules.kind import TENANT, Kind, version_key
from beffroi.network.rules.ledger import Ledger
from beffroi.store.port import All, Either, Filter, Find, Where
from beffroi.web.message import Actor

LARGEST_PAGE = 1_000
MOST_VERSIONS = 1_000
"""The newest versions of a document, that are read at once: a followed one may claim any number of them."""
_PUBLIC: Filter = Either(
    (Where("state", "==", "text", "published"), Where("state", "==", "text", "withdrawn"))
)
_INSIDERS = frozenset({"steer", "coordinate", "write", "operate"})

Decision: TypeAlias = Callable[[Mapping[Key, Record], Ledger], None]
"""What a change of documents is: it puts what it makes of the stored records into the ledger, or raises."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which documents: of which origin (a DID), in which state; empty means any. `facets` are texts by the
    kind's own paths."""

    origin: str = ""
    state: str = ""
    facets: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Documents in the order in which this node got to know them; `after` leads to the next page, 0 if there
    is none. `total` is how many there are in all."""

    documents: list[JsonObject]
    after: int
    total: int


async def write(network: Network, reads: Sequence[Key], decide: Decision) -> None:
    """Run one decision over the records `reads`; what it puts into the ledger is stored in one commit."""
    signer, at = await network.signer(), network.now()

    def run(stored: Mapping[Key, Record]) -> Commit:
        ledger = Ledger(stored, signer, at, network.simulated)
        decide(stored, ledger)
        return ledger.commit()

    await network.store.transact([*reads, feed.HEAD], run)


async def create(
    network: Network, kind: Kind, content: JsonObject, actor: Actor, *, publish: bool = False
) -> JsonObject:
    """A new document of this node, a draft or published at once. Raises Problem."""
    did = (await network.signer()).did
    id, made = kind.id_of(did, network.new_id()), list[JsonObject]()

    def decide(_: Mapping[Key, Record], ledger: Ledger) -> None:
        document = draft(kind, id, did, content, actor.name, ledger.at)
        if publish:
            kind.complete(content)
            document |= {"state": "published", "published": ledger.at}
        ledger.put(kind, document)
        made[:] = [document]

    await write(network, (), decide)
    return made[0]


async def change(
    network: Network, kind: Kind, name: str, patch: JsonObject, actor: Actor, reason: str = ""
) -> JsonObject:
    """Merge a patch (RFC 7396) into the content of a document of this node. Raises Problem."""

    def step(record: Record, at: Instant) -> JsonObject:
        content = cast("JsonObject", merged(record.body["content"], patch))
        return revised(kind, record, content, actor.name, at, reason)

    return await _step(network, kind, name, step)


async def publish(network: Network, kind: Kind, name: str, actor: Actor) -> JsonObject:
    """Make a draft public. Raises Problem."""
    return await _step(network, kind, name, lambda record, at: published(kind, record, actor.name, at))


async def withdraw(network: Network, kind: Kind, name: str, actor: Actor, reason: str) -> JsonObject:
    """Say that a document does not hold any more. Raises Problem."""
    return await _step(
        network, kind, name, lambda record, at: withdrawn(kind, record, actor.name, at, reason)
    )


async def retrieve(network: Network, kind: Kind, name: str, actor: Actor) -> JsonObject:
    """One document, of this node or of one that it follows. Raises Problem(ResourceNotFound), also for a
    draft that the actor may not see."""
    key = kind.key(await whole_id(network, kind, name))
    record = (await network.store.read([key])).get(key)
    if record is None or not may_see(record.shared, actor):
        raise missing(kind, name)
    return record.body


async def retrieve_readable(network: Network, kind: Kind, name: str, actor: Actor) -> JsonObject:
    """One document whose content this node can read. Raises Problem(ResourceNotFound)."""
    document = await retrieve(network, kind, name, actor)
    if not kind.holds(document):
        raise missing(kind, name)
    return document


async def versions(network: Network, kind: Kind, name: str, actor: Actor) -> list[JsonObject]:
    """The newest versions of a document that the actor may see, up to MOST_VERSIONS, the oldest first."""
    document = await retrieve(network, kind, name, actor)
    newest = int(str(document["version"]))
    numbers = range(max(newest - MOST_VERSIONS, 0) + 1, newest + 1)
    keys = [version_key(str(document["id"]), number) for number in numbers]
    found = await network.store.read(keys)
    rows = [found[key].body for key in keys if key in found]
    return [row for row in rows if may_see(row, actor)]


async def documents(
    network: Network, kind: Kind, actor: Actor, sought: Sought | None = None, after: int = 0, limit: int = 100
) -> Page:
    """A page of the documents that the actor may see, whatever node they are from."""
    find = replace(_find(kind, actor, sought), after=after, limit=limit, count=True)
    found = await network.store.find(find)
    last = found.records[-1].number if found.more else 0
    return Page([record.body for record in found.records], last, found.count or 0)


async def newest_documents(
    network: Network, kind: Kind, actor: Actor, sought: Sought | None = None, most: int = LARGEST_PAGE
) -> list[JsonObject]:
    """The documents that this node got to know last, of those that the actor may see and this node can read:
    up to `most`, in the order in which they came."""
    find = replace(_find(kind, actor, sought), limit=most, count=True)
    found = await network.store.find(find)
    if found.more:
        found = await network.store.find(replace(find, offset=(found.count or 0) - most, count=False))
    return [record.body for record in found.records if kind.holds(record.shared)]


async def all_documents(
    network: Network, kind: Kind, actor: Actor, sought: Sought | None = None
) -> list[JsonObject]:
    """Every document that the actor may see and this node can read, a page at a time. Others say how many
    they publish: who shows theirs to anybody takes `newest_documents`."""
    found, after = list[JsonObject](), 0
    while True:
        page = await documents(network, kind, actor, sought, after, LARGEST_PAGE)
        found += [each for each in page.documents if kind.holds(each)]
        after = page.after
        if not after:
            return found


def _find(kind: Kind, actor: Actor, sought: Sought | None) -> Find:
    asked = sought or Sought()
    texts = {"origin": asked.origin, "state": asked.state, **(asked.facets or {})}
    where = All(tuple(Where(path, "==", "text", text) for path, text in texts.items() if text))
    return Find(TENANT, kind.record_kind, where=where if is_insider(actor) else All((where, _PUBLIC)))


def is_insider(actor: Actor) -> bool:
    """Whether the actor works for this node and sees what is not public yet."""
    return not actor.may.isdisjoint(_INSIDERS)


def may_see(document: JsonObject, actor: Actor) -> bool:
    """Whether a document is public, or its actor an insider."""
    return "published" in document or is_insider(actor)


async def whole_id(network: Network, kind: Kind, name: str) -> str:
    """The id of a document that is named by it, or, if it is of this node, by its last segment alone."""
    return name if name.startswith("did:") else kind.id_of((await network.signer()).did, name)


def missing(kind: Kind, name: str) -> Problem:
    """That there is no such document, or none that the actor may see."""
    return Problem(ResourceNotFound, f"There is no {kind.name} '{name[:200]}'.")


async def _step(
    network: Network, kind: Kind, name: str, step: Callable[[Record, Instant], JsonObject]
) -> JsonObject:
    """The next version of a document of this node."""
    did, id, made = (await network.signer()).did, await whole_id(network, kind, name), list[JsonObject]()
    key = kind.key(id)

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        record = stored.get(key)
        if record is None:
            raise missing(kind, name)
        if record.shared["origin"] != did:
            raise Problem(Forbidden, f"The {kind.name} is of {record.shared['origin']}, and changed there.")
        made[:] = [step(record, ledger.at)]
        ledger.put(kind, made[0])

    await write(network, (key,), decide)
    return made[0]
