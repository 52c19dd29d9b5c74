"""The course of a contract and the evidence of its runs: records of the node beside the documents."""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.contracts.course import Course, course_document, kept_after
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.ledger import Ledger

COURSE: Final = "net:course"
EVIDENCE: Final = "net:evidence"
MOST_HELD: Final = 50
"""Runs of one contract that breaches rest on, whose evidence is kept: the newest ones."""


def course_key(contract: str) -> Key:
    """Where the course of a contract is kept."""
    return Key(TENANT, COURSE, contract)


def evidence_key(run: str) -> Key:
    """Where the evidence pack of a run is kept."""
    return Key(TENANT, EVIDENCE, run)


async def stored_record(network: Network, key: Key, what: str, name: str) -> Record:
    """A record that has to be there. Raises Problem(ResourceNotFound)."""
    found = (await network.store.read([key])).get(key)
    if found is None:
        raise Problem(ResourceNotFound, f"There is no {what} '{name[:200]}'.")
    return found


def keep_course(
    ledger: Ledger,
    contract: str,
    stored: Mapping[Key, Record],
    course: Course,
    pack: bytes = b"",
    run: str = "",
) -> None:
    """Write the course, and the evidence of a new run; the oldest evidence that nothing rests on goes."""
    key = course_key(contract)
    body = stored[key].body if key in stored else {}
    kept = [str(each) for each in cast("list[Json]", body.get("kept", []))]
    held = [str(each) for each in cast("list[Json]", body.get("held", []))]
    if pack:
        news = course.breaches and run not in held
        held = [*held, run] if news else held
        kept, gone = kept_after(kept, run, [course.accepted, *held])
        ledger.add(Change(evidence_key(run), pack), *(Change(evidence_key(each), None) for each in gone))
    after: JsonObject = {**course_document(course), "kept": [*kept], "held": [*held[-MOST_HELD:]]}
    ledger.add(Change(key, document_of(after)))
