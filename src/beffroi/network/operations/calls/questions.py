"""Operations on questions about a call: ask, see one's own, see the open ones, answer, correct an answer."""

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Key
from beffroi.network.operations import documents
from beffroi.network.operations.calls.applications import party_of
from beffroi.network.operations.calls.deciding import Scene, call_of, on_call
from beffroi.network.operations.calls.steps import tell
from beffroi.network.operations.documents import Sought, newest_documents
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls.question import (
    ANSWER_KIND,
    ANSWERED,
    ASKED,
    answered,
    asked_key,
    askers,
    check_asks,
    check_corrects,
    check_open,
    check_room,
    question_key,
    unnamed,
)
from beffroi.network.rules.calls.records import put
from beffroi.network.rules.calls.steps import check_takes
from beffroi.network.rules.document import draft
from beffroi.web.message import Actor


async def ask(network: Network, name: str, content: JsonObject, actor: Actor) -> JsonObject:
    """Ask; the same question of the same firm once more changes nothing. Gives the question. Raises
    Problem."""
    ASKED.check(content, "question")
    text = str(content["question"]).strip()
    party, fresh, made = party_of(actor), network.new_id(), list[JsonObject]()

    def rule(scene: Scene) -> frozenset[Key] | None:
        check_asks(scene.call, scene.now)
        known = askers(scene.stored, scene.id)
        own = [question_key(id) for id, whose in known.items() if whose == party]
        if missing := scene.lacks(own):
            return missing
        for body in filter(None, map(scene.body, own)):
            if body["question"] == text:
                made[:] = [body]
                return None
        check_room(known, party)
        id = f"{scene.id}/questions/{fresh}"
        row: JsonObject = {
            "id": id, "call": scene.id, "party": party, "at": scene.now, "question": text,
            "language": content["language"],
        }  # fmt: skip
        index: JsonObject = {"call": scene.id, "askers": {**known, id: party}}
        scene.ledger.add(put(question_key(id), row), put(asked_key(scene.id), index))
        made[:] = [row]
        return None

    await on_call(network, name, actor, rule, [asked_key(await _whole(network, name, actor))])
    return unnamed(made[0])


async def own_questions(network: Network, name: str, actor: Actor) -> list[JsonObject]:
    """What the actor's firm has asked about a call, as `asked_about` gives it."""
    return await asked_about(network, await _whole(network, name, actor), party_of(actor))


async def all_questions(network: Network, name: str, actor: Actor) -> list[JsonObject]:
    """Every question about a call, without who asked."""
    return await asked_about(network, await _whole(network, name, actor))


async def asked_about(network: Network, call: str, party: str | None = None) -> list[JsonObject]:
    """The questions about a call (its whole id), all or those of one firm, without who asked; `answer` is
    the id of the answer, if there is one."""
    known = askers(await network.store.read([asked_key(call)]), call)
    keys = [question_key(id) for id, whose in known.items() if party is None or whose == party]
    found = await network.store.read(keys)
    return [unnamed(found[key].body) for key in keys if key in found]


async def answer(network: Network, name: str, question: str, said: JsonObject, actor: Actor) -> JsonObject:
    """Publish the answer to a question, once, while the call is open; every applicant is told. Gives the
    document. Raises Problem."""
    ANSWERED.check(said, "answer")
    call = await _whole(network, name, actor)
    key = question_key(question if question.startswith("did:") else f"{call}/questions/{question}")
    id, made = ANSWER_KIND.id_of((await network.signer()).did, network.new_id()), list[JsonObject]()

    def rule(scene: Scene) -> None:
        asked = scene.body(key)
        if asked is None or asked["call"] != scene.id:
            raise Problem(ResourceNotFound, f"The call has no question '{question[:200]}'.")
        check_takes(scene.call, scene.now)
        check_open(asked)
        content = answered(scene.record.body, asked, said)
        document = draft(ANSWER_KIND, id, str(scene.record.body["origin"]), content, actor.name, scene.now)
        document |= {"state": "published", "published": scene.now}
        scene.ledger.put(ANSWER_KIND, document)
        scene.ledger.add(put(key, {**asked, "answer": id, "answered": scene.now}))
        tell(scene, {"what": "answered", "reason": ""})
        made[:] = [document]

    await on_call(network, call, actor, rule, [key])
    return made[0]


async def correct_answer(
    network: Network, name: str, patch: JsonObject, reason: str, actor: Actor
) -> JsonObject:
    """Correct an answer in the open: its text or that of the question. Raises Problem."""
    check_corrects(patch)
    return await documents.change(network, ANSWER_KIND, name, patch, actor, reason)


async def answers_of(network: Network, call: str, actor: Actor) -> list[JsonObject]:
    """What the city of a call has answered, in the order in which it did; `call` is the whole id."""
    origin = call.partition("/")[0]
    found = await newest_documents(
        network, ANSWER_KIND, actor, Sought(origin, "published", {"content.call": call})
    )
    return sorted(found, key=lambda each: str(each["published"]))


async def _whole(network: Network, name: str, actor: Actor) -> str:
    return str((await call_of(network, name, actor))["id"])
