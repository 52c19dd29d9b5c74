"""Operations of the jury: who sits in it, conflicts of interest, points, the ranking and the award."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.problem import Conflict, Forbidden, Problem
from beffroi.kernel.record import Key
from beffroi.network.operations.calls.applications import (
    application_id,
    coordinates,
    juror_of,
    no_application,
)
from beffroi.network.operations.calls.deciding import Scene, call_of, on_call
from beffroi.network.operations.calls.steps import tell
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls import jury as rules
from beffroi.network.rules.calls import steps
from beffroi.network.rules.calls.award import AWARD_KIND, Decision, award
from beffroi.network.rules.calls.call import criteria_in
from beffroi.network.rules.calls.ranking import Applied, Ranked, Sheet, ranking
from beffroi.network.rules.calls.records import (
    applicants,
    application_key,
    body_of,
    box_key,
    jury_key,
    put,
    sheet_key,
)
from beffroi.network.rules.document import content_of, draft
from beffroi.web.message import Actor

_SheetRule: TypeAlias = Callable[[Scene, JsonObject | None], JsonObject]
"""A juror's sheet for an application as it is to be kept, from the one there is."""


async def invite(network: Network, name: str, given: JsonObject, actor: Actor) -> JsonObject:
    """Invite accounts with the role juror to the jury of a call; who is named stays. Raises Problem."""
    rules.JURY.check(given, "jury")
    jurors, find = cast("list[str]", given["jurors"]), network.juror
    accounts = {} if find is None else {each: await find(each) for each in jurors}
    return await _changed(
        network, name, actor, lambda scene: rules.invited(scene.jury, scene.id, jurors, accounts, scene.now)
    )


async def excuse(network: Network, name: str, juror: str, reason: str, actor: Actor) -> JsonObject:
    """Let a juror's points count no more, with a reason. Raises Problem."""
    return await _changed(
        network, name, actor, lambda scene: rules.excused(scene.jury, juror, reason, scene.now)
    )


async def accept(network: Network, name: str, actor: Actor) -> JsonObject:
    """Be in the jury that one is invited to. Raises Problem."""
    return await _changed(
        network,
        name,
        actor,
        lambda scene: rules.answered(scene.jury, juror_of(actor), scene.now, accepts=True),
    )


async def decline(network: Network, name: str, reason: str, actor: Actor) -> JsonObject:
    """Not be in the jury that one is invited to, with or without a reason. Raises Problem."""
    return await _changed(
        network,
        name,
        actor,
        lambda scene: rules.answered(scene.jury, juror_of(actor), scene.now, accepts=False, reason=reason),
    )


async def jury_of(network: Network, name: str, actor: Actor) -> JsonObject:
    """The jury of a call, for those who are invited to it and for coordinators. Raises Problem."""
    id = str((await call_of(network, name, actor))["id"])
    stored = body_of(await network.store.read([jury_key(id)]), jury_key(id))
    if not (coordinates(actor) or rules.is_invited(stored, juror_of(actor))):
        raise Problem(Forbidden, f"'{actor.name}' is not in the jury of this call.")
    return rules.shown(stored or {"call": id, "jurors": [], "excused": {}})


async def is_asked(network: Network, call: str, actor: Actor) -> bool:
    """Whether the actor is invited to the jury of a call (its whole id) and has not answered yet."""
    if not actor.account:
        return False
    jury = body_of(await network.store.read([jury_key(call)]), jury_key(call))
    return rules.is_invited(jury, juror_of(actor)) and not rules.is_seated(jury, juror_of(actor))


async def declare(
    network: Network, name: str, application: str, given: JsonObject, actor: Actor
) -> JsonObject:
    """Declare a conflict of interest with an application, or that there is none. Raises Problem."""
    id = await application_id(network, name, application)

    def rule(scene: Scene, sheet: JsonObject | None) -> JsonObject:
        row: JsonObject = {"call": scene.id, "application": id, "juror": actor.name}
        return rules.declared(sheet, row, given, scene.now)

    return await _noted(network, name, id, actor, rule)


async def score(network: Network, name: str, application: str, given: JsonObject, actor: Actor) -> JsonObject:
    """Give points with reasons, for some or all criteria, each once. Raises Problem."""
    id = await application_id(network, name, application)

    def rule(scene: Scene, sheet: JsonObject | None) -> JsonObject:
        return rules.scored(sheet, given, [*criteria_in(scene.call)], scene.now)

    return await _noted(network, name, id, actor, rule)


async def sheet_of(network: Network, name: str, application: str, actor: Actor) -> JsonObject:
    """A juror's own sheet for one application; empty before the declaration. Raises Problem."""
    await jury_of(network, name, actor)
    id = await application_id(network, name, application)
    key = sheet_key(id, actor.name)
    return body_of(await network.store.read([key]), key) or {"application": id, "scores": {}}


async def ranked(network: Network, name: str, actor: Actor) -> list[Ranked]:
    """The ranking as it is, for coordinators; jurors see it once the call is decided. Raises Problem."""
    call = await call_of(network, name, actor)
    stage = content_of(call)["stage"]
    await jury_of(network, name, actor)
    if not coordinates(actor) and stage != "awarded":
        raise Problem(
            Forbidden, "Jurors see the ranking once the call is decided, so that each scores alone."
        )
    if stage not in {"evaluating", "awarded"}:
        raise Problem(Conflict, f"The call is {stage}; a ranking is made of what the jury scored.")
    id = str(call["id"])
    found = await network.store.read([box_key(id), jury_key(id)])
    keys = _judged_keys(body_of(found, box_key(id)), body_of(found, jury_key(id)))
    bodies = {key: record.body for key, record in (await network.store.read([*keys])).items()}
    return _ranking(content_of(call), body_of(found, box_key(id)), body_of(found, jury_key(id)), bodies)


async def decide(network: Network, name: str, decision: Decision, actor: Actor) -> JsonObject:
    """Award a call: one decision, published with the ranking; every applicant is told. Raises Problem.

    Whoever decides second is told Problem(Conflict) with what was decided.
    """
    did = (await network.signer()).did
    id, made = AWARD_KIND.id_of(did, network.new_id()), list[JsonObject]()
    chosen = await application_id(network, name, decision.application)

    def rule(scene: Scene) -> frozenset[Key] | None:
        before = scene.call.get("award")
        standing = () if before is None else (AWARD_KIND.key(str(before)),)
        if missing := scene.lacks([*_judged_keys(scene.box, scene.jury), *standing]):
            return missing
        if standing:
            raise _decided_already(scene.body(standing[0]))
        content = steps.awarded(scene.call, id, scene.now)
        bodies = {key: record.body for key, record in scene.stored.items()}
        rows = _ranking(scene.call, scene.box, scene.jury, bodies)
        applications = _contents(scene.box, bodies)
        what = Decision(chosen, decision.reasons, decision.why_not_first)
        said = award({"id": scene.id, "content": scene.call}, rows, applications, what, scene.now)
        document = draft(AWARD_KIND, id, did, said, actor.name, scene.now)
        made[:] = [document | {"state": "published", "published": scene.now}]
        scene.revise(content, "The call is awarded.")
        scene.ledger.put(AWARD_KIND, made[0])
        tell(scene, {"what": "awarded", "award": id})
        return None

    await on_call(network, name, actor, rule)
    return made[0]


async def _noted(network: Network, name: str, application: str, actor: Actor, rule: _SheetRule) -> JsonObject:
    made = list[JsonObject]()

    def note(scene: Scene) -> frozenset[Key] | None:
        rules.check_sits(scene.jury, juror_of(actor), str(scene.call["stage"]))
        key, applied = sheet_key(application, actor.name), application_key(application)
        if missing := scene.lacks([key, applied]):
            return missing
        stored = scene.body(applied)
        if stored is None or stored["call"] != scene.id or stored["state"] != "sealed":
            raise no_application(application)
        made[:] = [rule(scene, scene.body(key))]
        scene.ledger.add(put(key, made[0]))
        return None

    await on_call(network, name, actor, note)
    return made[0]


async def _changed(
    network: Network, name: str, actor: Actor, change: Callable[[Scene], JsonObject]
) -> JsonObject:
    """The jury of a call that is not decided, after a change."""
    made = list[JsonObject]()

    def rule(scene: Scene) -> None:
        if scene.call["stage"] in {"awarded", "cancelled"}:
            raise Problem(Conflict, f"The call is {scene.call['stage']}; its jury does not change any more.")
        made[:] = [change(scene)]
        scene.ledger.add(put(jury_key(scene.id), made[0]))

    await on_call(network, name, actor, rule)
    return rules.shown(made[0])


def _judged_keys(box: JsonObject | None, jury: JsonObject | None) -> list[Key]:
    """Every application and every sheet that a ranking is made of."""
    ids = applicants(box).values()
    sheets = [sheet_key(id, juror) for id in ids for juror in rules.sitting(jury)]
    return [*(application_key(id) for id in ids), *sheets]


def _ranking(
    call: JsonObject,
    box: JsonObject | None,
    jury: JsonObject | None,
    bodies: Mapping[Key, JsonObject],
) -> list[Ranked]:
    ids, jurors = [*_contents(box, bodies)], rules.sitting(jury)
    applied = [Applied(id, _received(bodies[application_key(id)])) for id in ids]
    keys = [sheet_key(id, juror) for id in ids for juror in jurors]
    return ranking(criteria_in(call), applied, jurors, [_sheet(bodies[key]) for key in keys if key in bodies])


def _contents(box: JsonObject | None, bodies: Mapping[Key, JsonObject]) -> dict[str, JsonObject]:
    """What the standing applications say, by their ids."""
    rows = [bodies[application_key(id)] for id in applicants(box).values()]
    return {str(row["id"]): content_of(row) for row in rows if row["state"] == "sealed"}


def _received(application: JsonObject) -> str:
    return str(objects_in(application["receipts"])[-1]["at"])


def _sheet(body: JsonObject) -> Sheet:
    points = cast("dict[str, JsonObject]", body["scores"])
    return Sheet(
        str(body["juror"]),
        str(body["application"]),
        cast("JsonObject", body["declaration"])["conflict"] is True,
        {criterion: cast("int", score["points"]) for criterion, score in points.items()},
    )


def _decided_already(award: JsonObject | None) -> Problem:
    content = content_of(award) if award else {}
    winner = cast("JsonObject", content.get("winner", {})).get("firm", "a firm")
    return Problem(
        Conflict,
        f"The call was awarded at {content.get('decided')} to {winner} already; that decision stands.",
    )
