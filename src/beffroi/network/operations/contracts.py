"""Contracts: begin a run of the tests, decide on what it leaves open, tell the whole story."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, cast

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem, ResourceNotFound
from beffroi.kernel.record import Key, Record
from beffroi.network.operations.contract_course import (
    COURSE,
    course_key,
    evidence_key,
    keep_course,
    stored_record,
)
from beffroi.network.operations.documents import Sought, newest_documents, retrieve, whole_id, write
from beffroi.network.operations.services import Network
from beffroi.network.rules.contracts.course import (
    Course,
    course_of,
    decided,
    outcome_of,
    standing_from,
    standing_of,
)
from beffroi.network.rules.contracts.kinds import ACCEPTANCE, BREACH, CONTRACT
from beffroi.network.rules.document import content_of, draft, revised
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.ledger import Ledger
from beffroi.store.port import Find
from beffroi.web.message import Actor

MOST_TOLD: Final = 200
"""Runs, and breaches, of one contract that are told; others have addresses of their own."""
Purpose: TypeAlias = Literal["acceptance", "review", ""]


@dataclass(frozen=True, slots=True)
class Story:
    """A contract with everything that was run and found, the newest first."""

    contract: JsonObject
    standing: str
    course: Course
    runs: list[JsonObject]
    breaches: list[JsonObject]


def purpose_of(text: str) -> Purpose:
    """What a run is for. Raises Problem(BadRequestData)."""
    match text:
        case "" | "acceptance" | "review":
            return text
        case _:
            raise Problem(BadRequestData, f"The purpose is '{text[:40]}'; there are acceptance and review.")


async def begin(network: Network, name: str, purpose: Purpose, actor: Actor) -> JsonObject:
    """Write down that a run begins; it is done in the background. Raises Problem.

    Without a purpose it is an acceptance until one has passed, and a review after that.
    """
    contract = await retrieve(network, CONTRACT, name, actor)
    did, id = (await network.signer()).did, str(contract["id"])
    run_id, key, made = ACCEPTANCE.id_of(did, network.new_id()), course_key(id), list[JsonObject]()
    reads = [key, CONTRACT.key(id), *await _accepted_keys(network, key)]

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        held = stored[CONTRACT.key(id)].body
        course = course_of(stored[key].body if key in stored else {})
        content = content_of(held)
        _may_run(held, course, did)
        wanted = purpose or ("review" if course.accepted else "acceptance")
        clauses = cast("JsonObject", content["clauses"])
        if wanted == "review":
            _may_review(course, stored, str(clauses["id"]))
        document = draft(
            ACCEPTANCE,
            run_id,
            did,
            {
                "contract": id,
                "purpose": wanted,
                "clauses": clauses["id"],
                "endpoint": content["endpoint"],
                "outcome": "running",
            },
            actor.name,
            ledger.at,
        )
        ledger.put(ACCEPTANCE, document)
        keep_course(ledger, id, stored, _with_running(course, run_id))
        made[:] = [document]

    await write(network, reads, decide)
    return made[0]


async def decide_open(
    network: Network, name: str, requirement: str, reason: str, document: str, actor: Actor
) -> JsonObject:
    """A written decision that an open clause is fulfilled; a failed one cannot be decided away."""
    id = await whole_id(network, ACCEPTANCE, name)
    run = await stored_record(network, ACCEPTANCE.key(id), "acceptance", name)
    contract = str(content_of(run.body)["contract"])
    key, made = course_key(contract), list[JsonObject]()
    own = await network.signer()

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        record = stored[ACCEPTANCE.key(id)]
        if record.shared["origin"] != own.did:
            raise Problem(Forbidden, f"The run is of {record.shared['origin']}, and decided there.")
        content = content_of(record.body)
        verdicts = objects_in(content.get("verdicts"))
        found = next((one for one in verdicts if one["requirement"] == requirement), None)
        if found is None or found["standing"] != "open":
            standing = found["standing"] if found else "not among the clauses of this run"
            raise Problem(
                BadRequestData,
                f"The clause '{requirement[:60]}' is {standing}: only what is open is decided in writing.",
            )
        if not reason.strip():
            raise Problem(BadRequestData, "A decision says why, and this one does not.")
        taken: JsonObject = {
            "requirement": requirement,
            "reason": reason.strip(),
            **({"document": document} if document else {}),
            "at": ledger.at,
            "by": (own.organisation or own.did)[:300],
        }
        others = [one for one in objects_in(content.get("decisions")) if one["requirement"] != requirement]
        after: JsonObject = {**content, "decisions": [*others, taken]}
        after["outcome"] = outcome_of(verdicts, objects_in(after["decisions"]))
        made[:] = [revised(ACCEPTANCE, record, after, actor.name, ledger.at, reason)]
        ledger.put(ACCEPTANCE, made[0])
        held = content_of(stored[CONTRACT.key(contract)].body)
        course = course_of(stored[key].body)
        keep_course(ledger, contract, stored, decided(held, course, id, after, ledger.at))

    await write(network, [key, CONTRACT.key(contract), ACCEPTANCE.key(id)], decide)
    return made[0]


async def story(network: Network, name: str, actor: Actor) -> Story:
    """A contract, where it stands, its newest runs and breaches, as far as the actor may see them. Only the
    node of the contract says what was run and found."""
    contract = await retrieve(network, CONTRACT, name, actor)
    id = str(contract["id"])
    key = course_key(id)
    record = (await network.store.read([key])).get(key)
    course = course_of(record.body if record else {})
    sought = Sought(str(contract["origin"]), facets={"content.contract": id})
    runs = await newest_documents(network, ACCEPTANCE, actor, sought, MOST_TOLD)
    breaches = await newest_documents(network, BREACH, actor, sought, MOST_TOLD)
    if contract["origin"] != (await network.signer()).did:
        told = standing_from([content_of(one) for one in runs], [content_of(one) for one in breaches])
        return Story(contract, told, course, runs[::-1], breaches[::-1])
    last = next((one for one in reversed(runs) if one["id"] == course.last), None)
    outcome = str(content_of(last)["outcome"]) if last else ""
    return Story(contract, standing_of(course, outcome), course, runs[::-1], breaches[::-1])


async def evidence_of(network: Network, name: str, actor: Actor) -> bytes:
    """The evidence pack of a run. Raises Problem(ResourceNotFound), also when it is not kept any more."""
    run = await retrieve(network, ACCEPTANCE, name, actor)
    key = evidence_key(str(run["id"]))
    record = (await network.store.read([key])).get(key)
    if record is None:
        raise Problem(ResourceNotFound, f"There is no evidence of the run '{name[:200]}' here.")
    return record.document


async def under_way(network: Network) -> list[str]:
    """The runs that are to be done now: begun by somebody, or interrupted by a restart."""
    return [course.running for _, course in await _courses(network) if course.running]


async def due(network: Network) -> list[str]:
    """The contracts whose review is due."""
    now = str(network.now())
    return [
        id
        for id, course in await _courses(network)
        if course.due and course.due <= now and not course.running
    ]


async def rest(network: Network, contract: str) -> None:
    """Review a contract no more by itself: it was withdrawn, or has other clauses now."""
    key = course_key(contract)

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        if key in stored:
            course = course_of(stored[key].body)
            keep_course(ledger, contract, stored, replace(course, due=""))

    await write(network, [key], decide)


async def _courses(network: Network) -> list[tuple[str, Course]]:
    if not await network.store.tenants():
        return []
    found = await network.store.find(Find(TENANT, COURSE, limit=None))
    return [(record.key.id, course_of(record.body)) for record in found.records]


async def _accepted_keys(network: Network, key: Key) -> list[Key]:
    record = (await network.store.read([key])).get(key)
    accepted = course_of(record.body).accepted if record else ""
    return [ACCEPTANCE.key(accepted)] if accepted else []


def _may_run(contract: JsonObject, course: Course, did: str) -> None:
    if contract["origin"] != did:
        raise Problem(Forbidden, f"The contract is of {contract['origin']}, and tested there.")
    if "withdrawn" in contract:
        raise Problem(Conflict, "The contract was withdrawn.")
    if course.running:
        raise Problem(Conflict, f"A run is under way: {course.running}.")


def _may_review(course: Course, stored: Mapping[Key, Record], clauses: str) -> None:
    if not course.accepted:
        raise Problem(Conflict, "Nothing was accepted yet that a review could be compared with.")
    record = stored.get(ACCEPTANCE.key(course.accepted))
    accepted = content_of(record.body) if record else {}
    if accepted.get("clauses") != clauses:
        raise Problem(
            Conflict, f"The clauses are {clauses}, accepted was {accepted.get('clauses')}: accept anew."
        )


def _with_running(course: Course, run: str) -> Course:
    return Course(course.accepted, course.last, run, course.silent, "", course.breaches)
