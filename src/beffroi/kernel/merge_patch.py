"""JSON Merge Patch (RFC 7396)."""

from beffroi.kernel.json import Json, JsonObject


def merged(target: Json, patch: Json) -> Json:
    """The target with the patch merged into it; null removes a member.

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    found: JsonObject = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found
