"""Write a Notification (clauses 5.3.1, 5.8.6, 6.3.8): the message that a subscriber gets."""

from collections.abc import Sequence
from typing import cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import LOCATION, NULL, VALUE_MEMBER, Attributes, Entity, Instance
from beffroi.broker.rules.entity.sameness import says_same
from beffroi.broker.rules.entity.values import compact_vocab
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.linked import Known, Shown, together
from beffroi.broker.rules.representation.represent import feature_collection
from beffroi.broker.rules.subscription.notification_change import EntityChange, deleted_instances
from beffroi.broker.rules.subscription.subscription import Subscription
from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject, encode

JSON, LD_JSON, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"


def changed_entity(subscription: Subscription, change: EntityChange, context: Context) -> Entity:
    """The entity to show: as it is, with what was deleted as NGSI-LD Nulls, with previous values if asked.

    A deleted entity has nothing but what was deleted, and of that only what the subscriber wants to know.
    """
    attrs: Attributes = dict(change.after["attrs"]) if change.after else {}
    if change.after is not None and subscription.shows_changes:
        attrs.update(_with_previous(change, context))
    for name, instances in _deletions_to_show(subscription, change).items():
        gone = [_null(instance, subscription, change.at, context) for instance in instances]
        kept = attrs.get(name, [])
        whole = not kept and len(gone) > 1 and not subscription.shows_changes
        attrs[name] = [_without_dataset(gone[0])] if whole else [*kept, *gone]
    shown: Entity = {**change.entity, "attrs": attrs}
    if change.after is None:
        shown.pop("scope", None)
        shown.pop("expiresAt", None)
        cast("JsonObject", shown)["deletedAt"] = change.at
    return shown


def notification(
    notification_id: str,
    subscription: Subscription,
    entities: Sequence[Entity],
    context: Context,
    at: Instant,
    known: Known,
) -> JsonObject:
    """The body of the message about these entities; `known` are those that they link to."""
    endpoint, view = subscription.endpoint, subscription.view
    body: JsonObject = {
        "id": notification_id,
        "type": "Notification",
        "subscriptionId": subscription.id,
        "notifiedAt": shortened(at),
    }
    if endpoint.accept == GEO_JSON:
        body["data"] = _features(entities, view, context, plain=endpoint.plain_body)
        return body
    data = [_shown(shown) for shown in together(entities, view, context, known)]
    if endpoint.accept == LD_JSON:
        data = [{**entity, "@context": in_body(context)} for entity in data]
        body["@context"] = in_body(context)
    body["data"] = cast("Json", data)
    return body


def message_of(
    subscription: Subscription, body: JsonObject, context_url: str | None
) -> tuple[dict[str, str], bytes]:
    """Headers and bytes of the request; the Link names the @context where the body does not."""
    endpoint = subscription.endpoint
    headers = dict(endpoint.headers)
    headers["Content-Type"] = endpoint.accept
    linked = endpoint.accept == JSON or (endpoint.accept == GEO_JSON and endpoint.plain_body)
    if linked and context_url is not None:
        headers["Link"] = (
            f'<{context_url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        )
    return headers, encode(body)


def in_body(context: Context) -> Json:
    """The @context as it is written into a body: an array of one is flattened (clause 5.2.3)."""
    source = context.source
    return source[0] if isinstance(source, list) and len(source) == 1 else source


def _shown(shown: Shown) -> JsonObject:
    deleted_at = cast("JsonObject", shown.entity).get("deletedAt")
    if isinstance(deleted_at, str):  # clause 5.8.6: also without sysAttrs, and whatever is picked
        return {**shown.body, "deletedAt": shortened(Instant(deleted_at))}
    return shown.body


def _features(entities: Sequence[Entity], view: View, context: Context, *, plain: bool) -> JsonObject:
    placed = [_placed(entity, view) for entity in entities]
    collection = feature_collection(placed, view, context)
    return collection if plain else {**collection, "@context": in_body(context)}


def _placed(entity: Entity, view: View) -> Entity:
    """A deleted location is no geometry."""
    name = view.geometry_property or LOCATION
    instances = [i for i in entity["attrs"].get(name, []) if i.get("value") != NULL]
    return (
        entity if instances else {**entity, "attrs": {n: i for n, i in entity["attrs"].items() if n != name}}
    )


def _deletions_to_show(subscription: Subscription, change: EntityChange) -> Attributes:
    """Deleted attributes that the subscriber asked to hear of, or wants to see the last values of."""
    gone = deleted_instances(change)
    tells = "attributeDeleted" in subscription.triggers
    if change.after is not None:
        return gone if tells else {}
    if tells and subscription.watched:
        return {name: found for name, found in gone.items() if name in subscription.watched}
    return gone if tells or subscription.shows_changes else {}


def _null(instance: Instance, subscription: Subscription, at: Instant, context: Context) -> Instance:
    """The instance as deleted (clause 5.8.6): its value is the NGSI-LD Null."""
    kind = instance["type"]
    null: Json = (
        {"@none": NULL} if kind == "LanguageProperty" else [NULL] if kind == "ListRelationship" else NULL
    )
    body: JsonObject = {"type": kind, VALUE_MEMBER[kind]: null, "deletedAt": at}
    for member in ("datasetId", "createdAt", "modifiedAt"):
        if member in instance:
            body[member] = cast("JsonObject", instance)[member]
    if subscription.shows_changes:
        body.update(_previous(instance, context))
    return cast("Instance", body)


def _without_dataset(instance: Instance) -> Instance:
    """All instances went: one Null says it for the attribute."""
    return cast("Instance", {name: value for name, value in instance.items() if name != "datasetId"})


def _with_previous(change: EntityChange, context: Context) -> Attributes:
    """The attributes of `after` that have changed, each instance with its previous value."""
    if change.before is None or change.after is None:
        return {}
    found: Attributes = {}
    for name, old in change.before["attrs"].items():
        earlier = {instance.get("datasetId"): instance for instance in old}
        found[name] = [
            _with(instance, earlier.get(instance.get("datasetId")), context)
            for instance in change.after["attrs"].get(name, [])
        ]
    return {name: instances for name, instances in found.items() if instances}


def _with(instance: Instance, earlier: Instance | None, context: Context) -> Instance:
    if earlier is None or says_same(earlier, instance):
        return instance
    return cast("Instance", {**instance, **_previous(earlier, context)})


def _previous(instance: Instance, context: Context) -> JsonObject:
    """The member that carries a previous value, such as previousValue (clauses 4.5.2, 5.2.5)."""
    kind = instance["type"]
    member = VALUE_MEMBER[kind]
    value: Json = cast("JsonObject", instance).get(member)
    if kind == "VocabProperty":
        value = compact_vocab(instance["vocab"], context)
    elif kind == "ListRelationship":
        value = [{"object": uri} for uri in instance["objectList"]]
    return {f"previous{member[0].upper()}{member[1:]}": value}
