"""What an update, a replacement and a merge do to one instance of an attribute (clauses 5.5.8, 5.5.12)."""

from typing import cast

from beffroi.broker.rules.entity.attribute import is_null, type_of
from beffroi.broker.rules.entity.attribute_value import read_objects
from beffroi.broker.rules.entity.entity import NULL, VALUE_MEMBER, Attributes, Instance
from beffroi.broker.rules.entity.values import merged, without_nulls
from beffroi.broker.rules.names import bad
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject

_REMOVABLE = ("observedAt", "unitCode", "valueType", "objectType", "expiresAt")


def fresh(instance: Instance, now: Instant, name: str) -> Instance:
    """A new instance, created and modified now, and so its sub-attributes. Raises Problem(BadRequestData) for
    one of a fragment that lacks what a new one needs: a type and a value."""
    kind = type_of(instance)
    if kind is None:
        bad(f"Attribute '{name}' is new and has neither a type nor a value.")
    if VALUE_MEMBER[kind] not in instance:
        bad(f"Attribute '{name}' is a {kind} and has no {VALUE_MEMBER[kind]}.")
    result: Instance = {**instance, "createdAt": now, "modifiedAt": now}
    if "attrs" in instance:
        result["attrs"] = {n: [fresh(i, now, n) for i in found] for n, found in instance["attrs"].items()}
    return result


def replace_instance(stored: Instance, asked: Instance, now: Instant, name: str) -> Instance:
    """The instance asked for; only the moments of creation stay."""
    if type_of(asked) is None:
        asked = cast("Instance", {**asked, "type": stored["type"]})
    return {**fresh(asked, now, name), "createdAt": stored.get("createdAt", now)}


def patch_instance(stored: Instance, asked: Instance, now: Instant, name: str) -> Instance:
    """Members and sub-attributes that are asked for replace those that are stored, null removes (5.6.4)."""
    asked = _of_the_same_type(stored, asked, name)
    result: Instance = {**stored, **_members(asked), "modifiedAt": now}
    _drop_nulls(result)
    attrs = dict(stored.get("attrs", {}))
    for sub, instances in asked.get("attrs", {}).items():
        kept = [i for i in instances if not is_null(i)]
        if kept:
            attrs[sub] = [fresh(without_removals(i), now, sub) for i in kept]
        else:
            attrs.pop(sub, None)
    return _with_attrs(result, attrs)


def merge_instance(stored: Instance, asked: Instance, observed_at: str, now: Instant, name: str) -> Instance:
    """Merge an instance into the stored one at any depth (5.5.12).

    Another type replaces the value; a bare string keeps the type of what is stored.
    """
    asked = _fitting(stored, asked, name)
    if asked.get("type", stored["type"]) != stored["type"]:
        return replace_instance(stored, without_removals(asked), now, name)
    result: Instance = {**stored, **_members(asked), "modifiedAt": now}
    member = VALUE_MEMBER[stored["type"]]
    if member in asked and stored["type"] in {"Property", "LanguageProperty", "JsonProperty"}:
        both = merged(cast("Json", stored.get(member)), cast("Json", asked.get(member)))
        result[member] = both  # type: ignore[literal-required]
    if observed_at and "observedAt" in stored and "observedAt" not in asked:
        result["observedAt"] = observed_at
    _drop_nulls(result)
    attrs = dict(stored.get("attrs", {}))
    for sub, instances in asked.get("attrs", {}).items():
        kept = _merge_sub(attrs.get(sub, []), instances, observed_at, now, sub)
        if kept:
            attrs[sub] = kept
        else:
            attrs.pop(sub, None)
    return _with_attrs(result, attrs)


def has_value(instance: Instance) -> bool:
    """False for what a merge left no language of: a LanguageProperty needs a languageMap (4.5.18)."""
    return instance.get("languageMap") != {}


def without_removals(instance: Instance) -> Instance:
    """An instance without what asks for removal: members, sub-attributes and parts of values."""
    result: Instance = {**instance}
    _drop_nulls(result)
    match result.get("type"):
        case "Property" if "value" in result:
            result["value"] = without_nulls(result["value"])
        case "LanguageProperty" if "languageMap" in result:
            languages = without_nulls(cast("Json", result["languageMap"]))
            result["languageMap"] = cast("dict[str, str | list[str]]", languages)
        case "JsonProperty" if "json" in result:
            result["json"] = without_nulls(result["json"])
        case _:
            pass
    attrs: Attributes = {}
    for name, found in instance.get("attrs", {}).items():
        kept = [each for i in found if not is_null(i) and has_value(each := without_removals(i))]
        if kept:
            attrs[name] = kept
    return _with_attrs(result, attrs)


def _merge_sub(
    stored: list[Instance], asked: list[Instance], observed_at: str, now: Instant, name: str
) -> list[Instance]:
    result = {i.get("datasetId"): i for i in stored}
    for instance in asked:
        dataset = instance.get("datasetId")
        if is_null(instance):
            result.pop(dataset, None)
        elif dataset in result:
            result[dataset] = merge_instance(result[dataset], instance, observed_at, now, name)
        else:
            result[dataset] = fresh(without_removals(instance), now, name)
    return [each for each in result.values() if has_value(each)]


def _fitting(stored: Instance, asked: Instance, name: str) -> Instance:
    """Give a bare string the type of the attribute that it is merged into (clause 5.6.17.4)."""
    kind = stored["type"]
    text = asked.get("value")
    if asked.get("type") == "LanguageProperty" and kind == "Property":
        languages = asked.get("languageMap", {})
        if len(languages) == 1 and not asked.get("attrs"):
            return cast("Instance", {"value": next(iter(languages.values()))})
    if asked.get("type") != "Property" or kind == "Property" or not isinstance(text, (str, list)):
        return asked
    rest = {member: found for member, found in asked.items() if member not in {"type", "value"}}
    if kind == "ListProperty":
        return cast("Instance", {**rest, "valueList": text if isinstance(text, list) else [text]})
    if kind == "Relationship":
        return cast("Instance", {**rest, "object": read_objects(f"relationship '{name}'", text)})
    if kind == "VocabProperty":
        words = text if isinstance(text, list) else [text]
        if not words or not all(isinstance(word, str) for word in words):
            bad(f"What is merged into the VocabProperty '{name}' is no string and no array of strings.")
        return cast("Instance", {**rest, "vocab": text})
    return asked


def _of_the_same_type(stored: Instance, asked: Instance, name: str) -> Instance:
    kind = asked.get("type", stored["type"])
    if kind == stored["type"]:
        return asked
    bad(f"Attribute '{name}' is a {stored['type']} and cannot become a {kind}.")


def _members(asked: Instance) -> Instance:
    return cast("Instance", {name: value for name, value in asked.items() if name not in {"attrs", "type"}})


def _drop_nulls(instance: Instance) -> None:
    members = cast("JsonObject", instance)
    for member in _REMOVABLE:
        if member in members and (members[member] is None or members[member] == NULL):
            del members[member]


def _with_attrs(instance: Instance, attrs: Attributes) -> Instance:
    if attrs:
        instance["attrs"] = attrs
    else:
        instance.pop("attrs", None)
    return instance
