"""What concerns one account: its firm's applications and questions, its city's calls, jury and contracts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds
from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.record import Commit, Key
from beffroi.network.operations.calls.applications import application_in, coordinates
from beffroi.network.operations.calls.jury import is_asked
from beffroi.network.operations.calls.questions import asked_about
from beffroi.network.operations.chapters import requests
from beffroi.network.operations.documents import Sought, newest_documents, retrieve
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls.award import AWARD_KIND
from beffroi.network.rules.calls.calendar import calendar_of
from beffroi.network.rules.calls.call import CALL_KIND, calendar_in
from beffroi.network.rules.calls.records import body_of, box_key, put
from beffroi.network.rules.calls.steps import stage_at
from beffroi.network.rules.contracts.kinds import BREACH, CONTRACT
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.needs.need import INTEREST_KIND
from beffroi.web.message import Actor
from beffroi.web.routing import allowed

SOON_S: Final = 7 * 86_400.0
"""A call closes soon when it does so within a week."""
MOST_CALLS: Final = 500
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing: when it came up, `what` it is, and the document `id` of a kind's `path` on whose page more
    of it stands. `title` and `detail` are in the `language` of that document; `until` is by when to act."""

    at: Instant
    what: str
    path: str
    id: str
    title: str
    language: str
    detail: str = ""
    until: str = ""


async def concerns(network: Network, actor: Actor) -> list[Concern]:
    """All that concerns the actor, the newest first, at most MOST_SHOWN."""
    calls = [
        each
        for each in await newest_documents(network, CALL_KIND, actor, most=MOST_CALLS)
        if "published" in each
    ]
    own = (await network.signer()).did
    here = [each for each in calls if each["origin"] == own]
    found = list[Concern]()
    if actor.party:
        found += [each async for each in _of_firm(network, here, actor)]
        found += _closing(network, here)
    if allowed(actor, "steer"):
        found += [each async for each in _of_city(network, calls, own, actor)]
    if actor.account and "judge" in actor.may:
        found += [
            _of("jury", each, str(each["changed"]))
            for each in here
            if await is_asked(network, str(each["id"]), actor)
        ]
    if coordinates(actor):
        found += [each async for each in _of_coordinator(network, here)]
    found += await _breaches(network, own, actor)
    return sorted(found, key=lambda each: each.at)[::-1][:MOST_SHOWN]


async def seen_until(network: Network, actor: Actor) -> str:
    """Up to when the actor has read what concerns it; empty before the first time."""
    key = _seen_key(actor)
    body = body_of(await network.store.read([key]), key)
    return "" if body is None else str(body["at"])


async def mark_read(network: Network, actor: Actor) -> None:
    """All that came up until now is read."""
    change = put(_seen_key(actor), {"at": network.now()})
    await network.store.transact([], lambda _: Commit((change,)))


async def _of_firm(network: Network, calls: Sequence[JsonObject], actor: Actor) -> AsyncIterator[Concern]:
    """What became of the firm's applications and questions."""
    boxes = await network.store.read([box_key(str(each["id"])) for each in calls])
    for call in calls:
        id, content = str(call["id"]), content_of(call)
        for each in await asked_about(network, id, actor.party):
            if "answer" in each:
                yield _of("answered", call, str(each["answered"]), detail=str(each["question"]))
        kept = await application_in(network, body_of(boxes, box_key(id)), actor.party)
        if kept is None:
            continue
        state = str(kept["state"]) if kept["state"] == "withdrawn" else "applied"
        last = objects_in(kept["receipts"])[-1]
        yield _of(state, call, str(kept.get("withdrawn", last["at"])))
        for told in objects_in(kept["notices"]):
            if told["what"] not in {"answered", "awarded"}:
                yield _of(str(told["what"]), call, str(told["at"]), detail=str(told.get("reason", "")))
        if "award" in content and "content" in kept:
            award = content_of(await retrieve(network, AWARD_KIND, str(content["award"]), actor))
            winner = cast("JsonObject", award["winner"])["firm"]
            what = "won" if winner == content_of(kept)["firm"] else "lost"
            yield _of(what, call, str(award["decided"]))


def _closing(network: Network, calls: Sequence[JsonObject]) -> list[Concern]:
    now, found = network.now(), list[Concern]()
    for call in calls:
        content = content_of(call)
        if stage_at(content, now) != "open":
            continue
        closes = calendar_of(calendar_in(content)).closes
        soon = plus_seconds(closes, -SOON_S)
        if soon <= now:
            found.append(_of("closing", call, soon, until=str(closes)))
    return found


async def _of_city(
    network: Network, calls: Sequence[JsonObject], own: str, actor: Actor
) -> AsyncIterator[Concern]:
    """The last step of each call that is this city's, or for a need that it has said to be its own."""
    interests = await newest_documents(network, INTEREST_KIND, actor, Sought(own, "published"))
    needs = {str(content_of(each)["need"]) for each in interests}
    for call in calls:
        content = content_of(call)
        cities = {str(each["id"]) for each in objects_in(content.get("cities"))}
        asked = cast("list[str]", content.get("needs", []))
        if own in cities or any(need in needs or need.startswith(f"{own}/") for need in asked):
            row = objects_in(content["steps"])[-1:]
            for step in row:
                yield _of(f"step {step['step']}", call, str(step["at"]), detail=str(step.get("reason", "")))


async def _of_coordinator(network: Network, calls: Sequence[JsonObject]) -> AsyncIterator[Concern]:
    """Questions that wait for an answer, and nodes that ask to join."""
    for call in calls:
        if stage_at(content_of(call), network.now()) != "open":
            continue
        closes = str(calendar_of(calendar_in(content_of(call))).closes)
        for each in await asked_about(network, str(call["id"])):
            if "answer" not in each:
                yield _of("asked", call, str(each["at"]), detail=str(each["question"]), until=closes)
    for each in await requests(network, "asked"):
        name = str(each.get("organisation") or each["member"])
        yield Concern(Instant(str(each["asked"])), "request", "nodes", "", name, "")


async def _breaches(network: Network, own: str, actor: Actor) -> list[Concern]:
    """Breaches that have not ended: of this city's contracts, or of those that the actor's firm delivers."""
    contracts = {
        str(each["id"]): each
        for each in await newest_documents(network, CONTRACT, actor, Sought(own, "published"))
        if allowed(actor, "steer")
        or (actor.party and cast("JsonObject", content_of(each)["supplier"]).get("id") == actor.party)
    }
    if not contracts:
        return []
    known = await newest_documents(network, BREACH, actor, Sought(own, "published"))
    found = [(each, contracts.get(str(content_of(each)["contract"]))) for each in known]
    return [
        Concern(
            Instant(str(content_of(breach)["on"])), "breach", "contracts", str(contract["id"]),
            str(content_of(contract)["title"]), "",
        )
        for breach, contract in found
        if contract is not None and "ended" not in content_of(breach)
    ]  # fmt: skip


def _of(what: str, call: JsonObject, at: str, *, detail: str = "", until: str = "") -> Concern:
    content = content_of(call)
    title, language = str(content["title"]), str(content["language"])
    return Concern(
        parse_instant(at) or NO_INSTANT, what, "calls", str(call["id"]), title, language, detail, until
    )


def _seen_key(actor: Actor) -> Key:
    """By the account, so that another one of the same name begins anew."""
    return Key(TENANT, "net:seen", actor.account or actor.name)
