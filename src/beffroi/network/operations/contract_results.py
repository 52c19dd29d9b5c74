"""Write down what a run of a contract's tests brought, and what follows, in one commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.network.operations.contract_course import course_key, keep_course, stored_record
from beffroi.network.operations.documents import write
from beffroi.network.operations.services import Network
from beffroi.network.rules.contracts.course import Run, Step, after_run, course_of
from beffroi.network.rules.contracts.kinds import ACCEPTANCE, BREACH, CONTRACT
from beffroi.network.rules.document import content_of, draft, revised
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.ledger import Ledger
from beffroi.web.message import Actor

AGAIN: Final = "The service is again as it was accepted, or was accepted anew."


@dataclass(frozen=True, slots=True)
class Brought:
    """What a run brought from outside. `pack` is the evidence pack. `why` says what prevented the run, where
    it was not the service."""

    at: Instant
    reached: bool
    verdicts: Sequence[JsonObject] = ()
    changes: Sequence[JsonObject] = ()
    pack: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Ending:
    """A run that ends: what is known before the records are read. `accepted` is empty before there is one."""

    id: str
    contract: str
    accepted: str
    did: str
    names: tuple[str, ...]
    brought: Brought
    by: str

    def write(self, stored: Mapping[Key, Record], ledger: Ledger) -> JsonObject:
        """The run with its result, the breaches and the course, put into the ledger."""
        key = course_key(self.contract)
        course = course_of(stored[key].body)
        if course.running != self.id or course.accepted != self.accepted:
            raise Problem(Conflict, f"The run '{self.id}' is not under way.")
        step = self._step(stored)
        public = "published" in stored[CONTRACT.key(self.contract)].shared
        evidence = _evidence(self.brought.pack)
        for id, (_, breach) in zip(self.names, step.begins, strict=False):
            both: JsonObject = {**cast("JsonObject", breach.get("evidence", {}))}
            if evidence:
                both["after"] = evidence
            content: JsonObject = {"contract": self.contract, **breach, "evidence": both}
            _put(ledger, BREACH, draft(BREACH, id, self.did, content, self.by, ledger.at), public=public)
        for id in step.ends:
            record = stored[BREACH.key(id)]
            content = {**content_of(record.body), "ended": self.brought.at, "endedBy": self.id}
            ledger.put(BREACH, revised(BREACH, record, content, self.by, ledger.at, AGAIN))
        began = dict(zip(self.names, step.begins, strict=False))
        record = stored[ACCEPTANCE.key(self.id)]
        ran = _ran(content_of(record.body), self.brought, step, evidence, [*began])
        made = _put(ledger, ACCEPTANCE, revised(ACCEPTANCE, record, ran, self.by, ledger.at), public=public)
        opened = {mark: id for id, (marks, _) in began.items() for mark in marks}
        later = replace(step.course, open={**step.course.breaches, **opened})
        keep_course(ledger, self.contract, stored, later, self.brought.pack, self.id)
        return made

    def _step(self, stored: Mapping[Key, Record]) -> Step:
        purpose = str(content_of(stored[ACCEPTANCE.key(self.id)].body)["purpose"])
        seen = Run(
            self.id,
            self.brought.at,
            purpose,
            self.brought.reached,
            self.brought.verdicts,
            self.brought.changes,
            prevented=bool(self.brought.why),
        )
        accepted = content_of(stored[ACCEPTANCE.key(self.accepted)].body) if self.accepted else {}
        course = course_of(stored[course_key(self.contract)].body)
        return after_run(content_of(stored[CONTRACT.key(self.contract)].body), course, accepted, seen)


async def finish(network: Network, run_id: str, brought: Brought, actor: Actor) -> JsonObject:
    """Write down what a run brought, the breaches that it begins or ends, and when the next one is due.

    Raises Problem when the run is not under way.
    """
    run = await stored_record(network, ACCEPTANCE.key(run_id), "acceptance", run_id)
    contract = str(content_of(run.body)["contract"])
    key = course_key(contract)
    before = course_of((await stored_record(network, key, "course", contract)).body)
    did, made = (await network.signer()).did, list[JsonObject]()
    names = tuple(BREACH.id_of(did, network.new_id()) for _ in range(3))
    ending = _Ending(run_id, contract, before.accepted, did, names, brought, actor.name)
    reads = [key, CONTRACT.key(contract), ACCEPTANCE.key(run_id)]
    reads += [BREACH.key(id) for id in sorted(set(before.breaches.values()))]
    reads += [ACCEPTANCE.key(before.accepted)] if before.accepted else []

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        made[:] = [ending.write(stored, ledger)]

    await write(network, reads, decide)
    return made[0]


def _put(ledger: Ledger, kind: Kind, document: JsonObject, *, public: bool) -> JsonObject:
    """Write a new document or a next version; what belongs to a published contract is published."""
    shown = {"published": ledger.at, **document, "state": "published"} if public else document
    ledger.put(kind, shown)
    return shown


def _ran(
    content: JsonObject, brought: Brought, step: Step, evidence: JsonObject, breaches: list[str]
) -> JsonObject:
    ids: list[Json] = [*breaches]
    members: JsonObject = {
        "verdicts": [*brought.verdicts],
        "decisions": [*step.decisions],
        "announced": [*step.announced],
        "breaches": ids,
        "evidence": evidence,
        "why": brought.why[:2_000],
    }
    told = {name: value for name, value in members.items() if value}
    return {**content, "outcome": step.outcome, "at": brought.at, **told}


def _evidence(pack: bytes) -> JsonObject:
    return {"sha256": f"sha256:{sha256(pack).hexdigest()}", "bytes": len(pack)} if pack else {}
