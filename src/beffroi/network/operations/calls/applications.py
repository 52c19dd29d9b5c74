"""Operations of firms: apply, replace, withdraw, attach a self-check; and reading it all after the close."""

from collections.abc import Callable
from typing import TypeAlias, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Forbidden, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Key
from beffroi.network.operations.calls.deciding import Scene, call_of, on_call
from beffroi.network.operations.documents import whole_id
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls import application as rules
from beffroi.network.rules.calls.call import CALL_KIND, criteria_in
from beffroi.network.rules.calls.jury import Juror, is_seated
from beffroi.network.rules.calls.records import (
    MOST_APPLICATIONS,
    applicants,
    application_key,
    body_of,
    box_key,
    jury_key,
    notice_key,
    pack_bytes,
    pack_change,
    pack_key,
    put,
    sheet_key,
    told_so_far,
    with_applicant,
)
from beffroi.network.rules.calls.steps import check_takes, is_sealed
from beffroi.network.rules.document import content_of
from beffroi.web.message import Actor

_Rule: TypeAlias = Callable[[Scene], JsonObject | frozenset[Key]]
"""The application as it is to be kept, or the records that are needed to say."""


async def apply(network: Network, name: str, content: JsonObject, actor: Actor) -> JsonObject:
    """Take a firm's application; the same once more changes nothing. Gives the receipt. Raises Problem."""
    fresh, party = network.new_id(), party_of(actor)

    def rule(scene: Scene) -> JsonObject | frozenset[Key]:
        _check_open(scene, content)
        known = applicants(scene.box).get(party)
        id = known or f"{scene.id}/applications/{fresh}"
        if missing := scene.lacks([application_key(id)]):
            return missing
        if known is None and len(applicants(scene.box)) >= MOST_APPLICATIONS:
            raise Problem(Conflict, f"The call has {MOST_APPLICATIONS} applications; it takes no more.")
        row: JsonObject = {"id": id, "call": scene.id, "party": party}
        after = rules.applied(scene.body(application_key(id)), row, content, scene.now)
        scene.ledger.add(put(box_key(scene.id), with_applicant(scene.box, scene.id, party, id)))
        return after

    return rules.receipt(await _kept(network, name, actor, rule))


async def replace(network: Network, name: str, content: JsonObject, actor: Actor) -> JsonObject:
    """Another application in the place of the firm's own. Gives the receipt. Raises Problem."""

    def rule(scene: Scene) -> JsonObject | frozenset[Key]:
        _check_open(scene, content)
        return _own_or_more(scene) or rules.replaced(_own(scene), content, scene.now)

    return rules.receipt(await _kept(network, name, actor, rule))


async def withdraw(network: Network, name: str, actor: Actor) -> JsonObject:
    """Take back the firm's application; what it said is forgotten. Gives the receipt. Raises Problem."""

    def rule(scene: Scene) -> JsonObject | frozenset[Key]:
        check_takes(scene.call, scene.now)
        if missing := _own_or_more(scene):
            return missing
        after = rules.withdrawn(_own(scene), scene.now)
        scene.ledger.add(Change(pack_key(str(after["id"])), None))
        return after

    return rules.receipt(await _kept(network, name, actor, rule))


async def attach(network: Network, name: str, pack: bytes, actor: Actor) -> JsonObject:
    """Attach the evidence of a self-check to the firm's application. Gives the receipt. Raises Problem."""

    def rule(scene: Scene) -> JsonObject | frozenset[Key]:
        check_takes(scene.call, scene.now)
        if missing := _own_or_more(scene):
            return missing
        after = rules.with_pack(_own(scene), pack, scene.now)
        scene.ledger.add(pack_change(str(after["id"]), pack))
        return after

    return rules.receipt(await _kept(network, name, actor, rule))


async def own(network: Network, name: str, actor: Actor) -> JsonObject:
    """The firm's own application, with what the firm was told since. Raises Problem(ResourceNotFound)."""
    party = party_of(actor)
    call = str((await call_of(network, name, actor))["id"])
    box = body_of(await network.store.read([box_key(call)]), box_key(call))
    found = await application_in(network, box, party)
    if found is None:
        raise Problem(ResourceNotFound, "The firm has no application for this call.")
    return found


async def application_in(network: Network, box: JsonObject | None, party: str) -> JsonObject | None:
    """A firm's application in the box of a call, with what the firm was told since."""
    id = applicants(box).get(party)
    if id is None:
        return None
    keys = [notice_key(id, number + 1) for number in range(told_so_far(box))]
    found = await network.store.read([application_key(id), *keys])
    stored = found[application_key(id)].body
    return {**stored, "notices": [found[key].body for key in keys if key in found]}


async def counted(network: Network, name: str, actor: Actor) -> int:
    """How many applications stand. Raises Problem(ResourceNotFound) for no such call."""
    return len(await _standing(network, str((await call_of(network, name, actor))["id"])))


async def read_all(network: Network, name: str, actor: Actor) -> list[JsonObject]:
    """All applications that stand, after the close, for the jury and for coordinators. Raises Problem.

    A juror does not see one that they declared a conflict with.
    """
    call, judges = await _reading(network, name, actor)
    standing = await _standing(network, call)
    return await _without_conflicts(network, standing, actor) if judges else standing


async def read_one(network: Network, name: str, application: str, actor: Actor) -> JsonObject:
    """One of those that `read_all` gives; named by its id or the last segment of it. Raises Problem."""
    call, judges = await _reading(network, name, actor)
    key = application_key(await application_id(network, name, application))
    found = body_of(await network.store.read([key]), key)
    standing = [found] if found and found["call"] == call and found["state"] == "sealed" else []
    for each in await _without_conflicts(network, standing, actor) if judges else standing:
        return each
    raise no_application(application)


async def _reading(network: Network, name: str, actor: Actor) -> tuple[str, bool]:
    """The id of a call whose applications the actor may read, and whether as a juror. Raises Problem."""
    call = await call_of(network, name, actor)
    id = str(call["id"])
    judges = is_seated(body_of(await network.store.read([jury_key(id)]), jury_key(id)), juror_of(actor))
    if not (judges or coordinates(actor)):
        raise Problem(Forbidden, "Applications are read by the call's jury and by coordinators only.")
    if is_sealed(content_of(call), network.now()):
        raise Problem(Conflict, "Applications are sealed until the call closes; nobody reads them before.")
    return id, judges


async def _without_conflicts(network: Network, standing: list[JsonObject], juror: Actor) -> list[JsonObject]:
    keys = {str(each["id"]): sheet_key(str(each["id"]), juror.name) for each in standing}
    sheets = await network.store.read([*keys.values()])
    conflicts = {id for id, key in keys.items() if key in sheets and _in_conflict(sheets[key].body)}
    return [each for each in standing if each["id"] not in conflicts]


async def read_pack(network: Network, application: JsonObject) -> bytes:
    """The self-check of an application that the actor may read. Raises Problem(ResourceNotFound)."""
    key = pack_key(str(application["id"]))
    body = body_of(await network.store.read([key]), key)
    if body is None:
        raise Problem(ResourceNotFound, "The application has no self-check.")
    return pack_bytes(body)


def no_application(name: str) -> Problem:
    """That there is none, or none that the actor may see."""
    return Problem(ResourceNotFound, f"The call has no application '{name[:200]}'.")


def coordinates(actor: Actor) -> bool:
    """Whether the actor decides on calls."""
    return not actor.may.isdisjoint({"coordinate", "operate"})


def juror_of(actor: Actor) -> Juror:
    """Who the actor is in a jury."""
    return Juror(actor.name, actor.account)


def party_of(actor: Actor) -> str:
    """The firm that the actor acts for. Raises Problem(Forbidden)."""
    if not actor.party:
        raise Problem(Forbidden, f"'{actor.name}' acts for no firm; an account that applies has a party.")
    return actor.party


async def application_id(network: Network, name: str, application: str) -> str:
    """The whole id of an application, which is named by it or by its last segment."""
    call = await whole_id(network, CALL_KIND, name)
    return application if application.startswith("did:") else f"{call}/applications/{application}"


def _check_open(scene: Scene, content: JsonObject) -> None:
    check_takes(scene.call, scene.now)
    rules.check_application(content, [*criteria_in(scene.call)])


def _own_key(scene: Scene) -> Key:
    id = applicants(scene.box).get(party_of(scene.actor))
    if id is None:
        raise Problem(ResourceNotFound, "The firm has no application for this call.")
    return application_key(id)


def _own_or_more(scene: Scene) -> frozenset[Key]:
    return scene.lacks([_own_key(scene)])


def _own(scene: Scene) -> JsonObject | None:
    return scene.body(_own_key(scene))


async def _kept(network: Network, name: str, actor: Actor, rule: _Rule) -> JsonObject:
    made = list[JsonObject]()

    def keep(scene: Scene) -> frozenset[Key] | None:
        after = rule(scene)
        if isinstance(after, frozenset):
            return after
        made[:] = [after]
        scene.ledger.add(put(application_key(str(after["id"])), after))
        return None

    party_of(actor)
    await on_call(network, name, actor, keep)
    return made[0]


async def _standing(network: Network, call: str) -> list[JsonObject]:
    box = body_of(await network.store.read([box_key(call)]), box_key(call))
    keys = [application_key(id) for id in applicants(box).values()]
    found = await network.store.read(keys)
    bodies = [found[key].body for key in keys if key in found]
    return [body for body in bodies if body["state"] == "sealed"]


def _in_conflict(sheet: JsonObject) -> bool:
    return cast("JsonObject", sheet["declaration"])["conflict"] is True
