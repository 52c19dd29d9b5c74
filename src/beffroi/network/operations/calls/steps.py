"""Operations that take a call its way: draft, open, prolong, close, evaluate, cancel, clone."""

from collections.abc import Callable, Mapping
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.merge_patch import merged
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.network.operations.calls.deciding import Scene, call_of, on_call
from beffroi.network.operations.calls.evidence import check_requirements
from beffroi.network.operations.documents import write
from beffroi.network.operations.names import names_of
from beffroi.network.operations.needs import shared_need
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls import steps
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.clone import cloned
from beffroi.network.rules.calls.records import (
    applicants,
    application_key,
    body_of,
    box_key,
    jury_key,
    notices,
    put,
    with_notice,
)
from beffroi.network.rules.document import content_of, draft, published
from beffroi.network.rules.ledger import Ledger
from beffroi.web.message import Actor

LONGEST_NAME = 300


async def begin(network: Network, content: JsonObject, actor: Actor) -> JsonObject:
    """A new call, a draft. Raises Problem."""
    return await _made(network, steps.begun(content), actor)


async def call_for(network: Network, need: str, actor: Actor) -> JsonObject:
    """A draft of a joint call for a need that two cities or more have. Raises Problem(Conflict) for less."""
    shared = await shared_need(network, need, actor)
    if not shared.is_shared:
        raise Problem(
            Conflict, f"The need is shared by {len(shared.cities)} city; a joint call is for two or more."
        )
    content = content_of(shared.need)
    names = await names_of(network, shared.cities)
    cities: list[Json] = [{"id": did, "name": name[:LONGEST_NAME]} for did, name in names.items()]
    made: JsonObject = {
        "title": content["title"],
        "language": content["language"],
        "challenge": content["problem"],
        "domain": content["domain"],
        "needs": [shared.need["id"]],
        "cities": cities,
    }
    if "budget" in content:
        made["budget"] = content["budget"]
    return await begin(network, made, actor)


async def change(
    network: Network, name: str, patch: JsonObject, actor: Actor, reason: str = ""
) -> JsonObject:
    """Merge a patch (RFC 7396): anything of a draft; texts of an open call, with a reason. Raises Problem."""

    def step(scene: Scene) -> JsonObject:
        after = cast("JsonObject", merged(scene.record.body["content"], patch))
        document = scene.revise(steps.changed(scene.call, after, scene.now), reason)
        if scene.call["stage"] != "draft":
            tell(scene, {"what": "corrected", "reason": reason})
        return document

    return await _stepped(network, name, actor, step)


async def open_call(network: Network, name: str, actor: Actor) -> JsonObject:
    """Publish a call; it takes applications from its opening to its close. Raises Problem."""
    content = content_of(await call_of(network, name, actor))
    await check_requirements(network, content)
    await _check_cities(network, content, actor)

    def step(scene: Scene) -> JsonObject:
        content = steps.opened(scene.call, scene.now)
        document = published(CALL_KIND, scene.record, actor.name, scene.now)
        document["content"] = content
        scene.ledger.put(CALL_KIND, document)
        return document

    return await _stepped(network, name, actor, step)


async def close(network: Network, name: str, actor: Actor) -> JsonObject:
    """Say that the time for applications is over, once it is. Raises Problem(Conflict)."""
    return await _moved(network, name, actor, steps.closed, "The time for applications is over.")


async def evaluate(network: Network, name: str, actor: Actor) -> JsonObject:
    """Let the jury score. Raises Problem(Conflict)."""
    return await _moved(network, name, actor, steps.evaluating, "The jury scores.")


async def prolong(network: Network, name: str, calendar: JsonObject, reason: str, actor: Actor) -> JsonObject:
    """Move the calendar of an open call to later; every applicant is told. Raises Problem."""

    def step(scene: Scene) -> JsonObject:
        CALL_KIND.schema.check({**scene.call, "calendar": calendar}, "call")
        document = scene.revise(steps.prolonged(scene.call, calendar, reason, scene.now), reason)
        tell(scene, {"what": "prolonged", "reason": reason, "calendar": calendar})
        return document

    return await _stepped(network, name, actor, step)


async def cancel(network: Network, name: str, reason: str, actor: Actor) -> JsonObject:
    """End a call without an award, with the reason; every applicant is told. Raises Problem."""

    def step(scene: Scene) -> JsonObject:
        document = scene.revise(steps.cancelled(scene.call, reason, scene.now), reason)
        tell(scene, {"what": "cancelled", "reason": reason})
        return document

    return await _stepped(network, name, actor, step)


async def clone(network: Network, name: str, actor: Actor) -> JsonObject:
    """A draft of one's own from a published call of any node; nothing of its cities stays in it."""
    source = await call_of(network, name, actor)
    if "published" not in source:
        raise Problem(Conflict, "The call is a draft; only one that was published is cloned.")
    return await _made(network, cloned(source, await _names_known(network, source)), actor)


def tell(scene: Scene, told: JsonObject) -> None:
    """Tell every firm that has applied."""
    row: JsonObject = {"call": scene.id, "at": scene.now, **told}
    scene.ledger.add(*notices(scene.box, row))
    after = with_notice(scene.box)
    if after is not None:
        scene.ledger.add(put(box_key(scene.id), after))


async def _made(network: Network, content: JsonObject, actor: Actor) -> JsonObject:
    did = (await network.signer()).did
    id, made = CALL_KIND.id_of(did, network.new_id()), list[JsonObject]()

    def decide(_: Mapping[Key, Record], ledger: Ledger) -> None:
        made[:] = [draft(CALL_KIND, id, did, content, actor.name, ledger.at)]
        ledger.put(CALL_KIND, made[0])

    await write(network, (), decide)
    return made[0]


async def _moved(
    network: Network,
    name: str,
    actor: Actor,
    rule: Callable[[JsonObject, Instant], JsonObject],
    reason: str,
) -> JsonObject:
    return await _stepped(
        network, name, actor, lambda scene: scene.revise(rule(scene.call, scene.now), reason)
    )


async def _stepped(
    network: Network, name: str, actor: Actor, step: Callable[[Scene], JsonObject]
) -> JsonObject:
    made = list[JsonObject]()

    def rule(scene: Scene) -> None:
        made[:] = [step(scene)]

    await on_call(network, name, actor, rule)
    return made[0]


async def _check_cities(network: Network, content: JsonObject, actor: Actor) -> None:
    """Each city of a call for needs has one of these needs. Raises Problem(BadRequestData)."""
    needs = cast("list[str]", content.get("needs", []))
    if not needs:
        return
    having = {city for need in needs for city in (await shared_need(network, need, actor)).cities}
    for city in objects_in(content.get("cities")):
        if city["id"] not in having:
            raise Problem(
                BadRequestData, f"The city {city['id']} has not said that one of the call's needs is its own."
            )


async def _names_known(network: Network, source: JsonObject) -> list[str]:
    """Names that this node knows of a call: its jurors, and firms that applied once that may be known.

    Before, what is replaced in a clone would tell who has applied.
    """
    call = str(source["id"])
    found = await network.store.read([box_key(call), jury_key(call)])
    sealed = steps.is_sealed(content_of(source), network.now())
    ids = () if sealed else applicants(body_of(found, box_key(call))).values()
    records = await network.store.read([application_key(id) for id in ids])
    firms = [
        str(content_of(record.body)["firm"]) for record in records.values() if "content" in record.shared
    ]
    jury = body_of(found, jury_key(call))
    return [*firms, *(cast("list[str]", jury["jurors"]) if jury else [])]
