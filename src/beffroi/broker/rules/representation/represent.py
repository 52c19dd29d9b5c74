"""Represent a stored entity for a reader: normalized, concise or simplified (clauses 4.5.1 to 4.5.4)."""

from collections.abc import Iterable
from functools import lru_cache
from typing import cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import LOCATION, VALUE_MEMBER, Entity, Instance
from beffroi.broker.rules.entity.values import compact_value, compact_vocab
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.language import best_language
from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject

_AS_THEY_ARE = frozenset({"unitCode", "observedAt", "datasetId", "ngsildproof", "object", "json"})
_SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt"})
_SCALARS = frozenset({str, int, float, bool})
_PREVIOUS = frozenset("previous" + member[0].upper() + member[1:] for member in VALUE_MEMBER.values())
_BARE = frozenset({"Property", "GeoProperty"})
DEFAULT_DATASET = "@none"


def represent(entity: Entity, view: View, context: Context) -> JsonObject:
    """The entity as JSON in the view's form, names compacted with the reader's context, no @context."""
    body: JsonObject = {"id": entity["id"], "type": compact_types(entity["type"], context)}
    scopes = entity.get("scope")
    if scopes:
        body["scope"] = scopes[0] if len(scopes) == 1 else cast("Json", scopes)
    if view.sys_attrs:
        _add_system_members(body, entity)
    plainly = view.form == "normalized" and not (view.sys_attrs or view.lang or view.dataset_ids)
    name_of, known = context.attribute, context.shown
    for name, instances in entity["attrs"].items():
        if view.attrs and name not in view.attrs:
            continue
        if plainly and len(instances) == 1:
            instance = instances[0]
            members = _plain_members(tuple(instance))
            if members is not None and (
                instance.get("value", "").__class__ in _SCALARS or instance["type"] == "GeoProperty"
            ):  # the value holds no names that the reader's context may shorten
                shown_as = known.get(name) or name_of(name)
                body[shown_as] = {m: instance[m] for m in members}  # type: ignore[literal-required]
                continue
        shown = chosen_instances(instances, view)
        if shown:
            body[name_of(name)] = _attribute(shown, view, context)
    return projected(body, view, context)


@lru_cache(maxsize=1_024)
def _plain_members(members: tuple[str, ...]) -> tuple[str, ...] | None:
    """What is shown of an instance with these members, if all of it is shown as it is stored."""
    shown = tuple(member for member in members if member not in _SYSTEM)
    return shown if _AS_THEY_ARE.issuperset([m for m in shown if m not in {"type", "value"}]) else None


def chosen_instances(instances: list[Instance], view: View) -> list[Instance]:
    """The instances with one of the datasetIds asked for; all of them if none was asked for."""
    if not view.dataset_ids:
        return instances
    return [i for i in instances if i.get("datasetId", DEFAULT_DATASET) in view.dataset_ids]


def compact_types(types: list[str], context: Context) -> Json:
    """One name, or an array of names for an entity with several types."""
    names = [context.compact(name) for name in types]
    return names[0] if len(names) == 1 else cast("Json", names)


def projected(body: JsonObject, view: View, context: Context) -> JsonObject:
    """Keep what `pick` names and drop what `omit` names (clause 4.21).

    What `omit` names with braces stays: the braces concern the entities that it links to.
    """
    if view.pick is not None:
        names = frozenset(context.attribute(name) for name, _ in view.pick.members)
        body = {name: value for name, value in body.items() if name in names}
    if view.omit is not None:
        names = frozenset(context.attribute(name) for name, inner in view.omit.members if inner is None)
        body = {name: value for name, value in body.items() if name not in names}
    return body


def feature(entity: Entity, view: View, context: Context) -> JsonObject:
    """The entity as a GeoJSON Feature (clauses 4.5.16, 4.5.17)."""
    return feature_of(entity, view, represent(entity, view, context))


def feature_of(entity: Entity, view: View, body: JsonObject) -> JsonObject:
    """The same of an entity that is represented as `body` already."""
    return {
        "id": entity["id"],
        "type": "Feature",
        "properties": {name: value for name, value in body.items() if name != "id"},
        "geometry": geometry_of(entity, view),
    }


def feature_collection(entities: Iterable[Entity], view: View, context: Context) -> JsonObject:
    """Several entities as a GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": [feature(e, view, context) for e in entities]}


def geometry_of(entity: Entity, view: View) -> Json:
    """The geometry that stands for the entity: that of the chosen GeoProperty, or null (4.5.16.1)."""
    instances = chosen_instances(entity["attrs"].get(view.geometry_property or LOCATION, []), view)
    geometries = [i for i in instances if i["type"] == "GeoProperty"]
    default = [i for i in geometries if "datasetId" not in i]
    chosen = default if default and not view.dataset_ids else geometries
    return chosen[0].get("value") if len(chosen) == 1 else None


def stands_alone(instances: list[Instance], view: View) -> bool:
    """Whether the simplified form has the value itself, not one for each datasetId (clause 4.5.4)."""
    return len(instances) == 1 and ("datasetId" not in instances[0] or bool(view.dataset_ids))


def represent_instance(instance: Instance, view: View, context: Context) -> Json:
    """One instance of an attribute in the view's form."""
    match view.form:
        case "simplified":
            return _simplified(instance, view, context)
        case "concise":
            return _concise(instance, view, context)
        case _:
            return _normalized(instance, view, context)


def _attribute(instances: list[Instance], view: View, context: Context) -> Json:
    if view.form == "simplified":
        if stands_alone(instances, view):
            return _simplified(instances[0], view, context)
        values: JsonObject = {
            i.get("datasetId", DEFAULT_DATASET): _simplified(i, view, context) for i in instances
        }
        return {"dataset": values}
    shape = _concise if view.form == "concise" else _normalized
    shown = [shape(instance, view, context) for instance in instances]
    return shown[0] if len(shown) == 1 else shown


def _normalized(instance: Instance, view: View, context: Context) -> Json:
    body: JsonObject = {"type": instance["type"]}
    body.update(_members(instance, view, context))
    if view.lang and "lang" in body:
        body["type"] = "Property"
    return body


def _concise(instance: Instance, view: View, context: Context) -> Json:
    body = _members(instance, view, context)
    if len(body) == 1 and instance["type"] in _BARE:
        value = body["value"]
        if instance["type"] == "GeoProperty" or not isinstance(value, dict):
            return value
    return body


def _simplified(instance: Instance, view: View, context: Context) -> Json:
    value = _value(instance, context)
    match instance["type"]:
        case "LanguageProperty" if view.lang:
            return best_language(instance["languageMap"], view.lang)[1]
        case "LanguageProperty" | "VocabProperty" | "JsonProperty":
            return {VALUE_MEMBER[instance["type"]]: value}
        case "ListRelationship":
            return cast("Json", instance["objectList"])
        case _:
            return value


def _members(instance: Instance, view: View, context: Context) -> JsonObject:
    """The value and all that is said of it, without the type. Every read passes here: one loop."""
    body: JsonObject = {}
    kind = instance["type"]
    for member, value in cast("JsonObject", instance).items():
        if member in _AS_THEY_ARE or (member == "value" and value.__class__ in _SCALARS):
            body[member] = value
        elif member in _SYSTEM:
            if view.sys_attrs:
                body[member] = shortened(Instant(cast("str", value)))
        elif member == VALUE_MEMBER[kind]:
            body.update(_value_members(instance, view, context))
        elif member == "attrs":
            for name, nested in instance["attrs"].items():
                body[context.sub_attribute(name)] = _attribute(nested, view, context)
        elif member != "type":
            _add_other_member(body, member, value, view, context)
    return body


def _add_other_member(body: JsonObject, member: str, value: Json, view: View, context: Context) -> None:
    match member:
        case "objectType":
            kinds = [context.compact(kind) for kind in cast("list[str]", value)]
            body["objectType"] = kinds[0] if len(kinds) == 1 else cast("Json", kinds)
        case "valueType":
            body["valueType"] = context.compact(cast("str", value))
        case "expiresAt" if view.sys_attrs:
            body["expiresAt"] = value
        case _ if member in _PREVIOUS:
            body[member] = compact_value(value, context)
        case _:
            return


def _value_members(instance: Instance, view: View, context: Context) -> JsonObject:
    member = VALUE_MEMBER[instance["type"]]
    if member == "languageMap" and view.lang:
        tag, text = best_language(instance["languageMap"], view.lang)
        return {"lang": tag, "value": text}
    return {member: _value(instance, context)}


def _value(instance: Instance, context: Context) -> Json:
    match instance["type"]:
        case "Property":
            return compact_value(instance["value"], context)
        case "ListProperty":
            # cast: an earlier version merged a bare string into a list as it was
            return compact_value(cast("JsonObject", instance)["valueList"], context)
        case "VocabProperty":
            return compact_vocab(instance["vocab"], context)
        case "ListRelationship":
            return [{"object": uri} for uri in instance["objectList"]]
        case kind:
            return cast("Json", instance.get(VALUE_MEMBER[kind]))


def _add_system_members(body: JsonObject, of: Entity | Instance) -> None:
    for member in ("createdAt", "modifiedAt", "deletedAt"):
        moment = of.get(member)
        if isinstance(moment, str):
            body[member] = shortened(Instant(moment))
    if "expiresAt" in of:
        body["expiresAt"] = of["expiresAt"]
