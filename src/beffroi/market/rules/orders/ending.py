"""Why an item of an order came to nothing, in words: as whoever ended it says, or that nobody says why."""

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.market.rules.documents.behaviour import Scene
from beffroi.market.rules.orders.state import COME_TO_NOTHING, NODE, in_words, items_of


def explained(before: JsonObject, after: JsonObject, scene: Scene) -> JsonObject:
    """The order whose items say why they came to nothing, and no longer what they waited for.

    The reason is a note that came with the change, or else what whoever cancels says; where there is none,
    a note says that.
    """
    old = {str(item["id"]): item for item in items_of(before)}
    reason = _reason(before, after)
    order, items = after, list[JsonObject]()
    for item in items_of(after):
        was = old[str(item["id"])]
        if item["state"] == was["state"] or item.get("message") != was.get("message"):
            items.append(item)
            continue
        told = {name: value for name, value in item.items() if name != "message"}
        if item["state"] in COME_TO_NOTHING:
            told["message"] = reason or _without_reason(str(item["state"]))
            if not reason:
                author = NODE if scene.actor is None else scene.actor.party or scene.actor.name
                order = in_words(order, str(item["id"]), str(told["message"]), author, scene.now)
        items.append(told)
    return {**order, "productOrderItem": [*items]}


def _reason(before: JsonObject, after: JsonObject) -> str:
    """What a change of an order says of itself."""
    known = objects_in(before.get("note"))
    texts = [each.get("text") for each in objects_in(after.get("note")) if each not in known]
    if after.get("cancellationReason") != before.get("cancellationReason"):
        texts.append(after.get("cancellationReason"))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _without_reason(state: str) -> str:
    match state:
        case "rejected":
            sentence = "The provider has refused it and gives no reason."
        case "cancelled":
            sentence = "It was cancelled and no reason is given."
        case _:
            sentence = "It was ended as failed and no reason is given."
    return sentence
