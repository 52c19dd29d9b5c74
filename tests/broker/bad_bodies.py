"""Bodies of an entity that are no entity, by what is wrong with them."""

import json


def with_value(text: str) -> bytes:
    return (
        b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "co2": {"type": "Property", "value": %s}}'
        % text.encode()
    )


BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "two values": b"{} {}",
    "NaN": with_value("NaN"),
    "infinity": with_value("-Infinity"),
    "lone surrogate": with_value('"\\ud800"'),
    "NUL": with_value('"a\\u0000b"'),
    "NUL in a name": b'{"id": "urn:x:2", "type": "R", "a\\u0000b": 1}',
    "raw control character": with_value('"\x00"'),
    "not UTF-8": b'{"id": "urn:\xff"}',
    "depth 100,000": with_value("[" * 100_000 + "]" * 100_000),
    "depth 300": with_value("[" * 300 + "]" * 300),
    "depth 100": with_value("[" * 100 + "]" * 100),
    "key twice": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "co2": 1, "co2": 2}',
    "key twice, escaped": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "a\\"": 1, "a\\u0022": 2}',
    "30-digit integer": with_value("123456789012345678901234567890"),
    "digits alone": b"1234567890123456789012",
    "null value": with_value("null"),
    "null inside": with_value('{"a": null}'),
    "NGSI-LD null": with_value('"urn:ngsi-ld:null"'),
    "an array": b"[1]",
    "no id": b'{"type": "Room"}',
    "id no URI": b'{"id": "room 2", "type": "Room"}',
    "id a number": b'{"id": 5, "type": "Room"}',
    "no type": b'{"id": "urn:ngsi-ld:Room:2"}',
    "type a number": b'{"id": "urn:ngsi-ld:Room:2", "type": 5}',
    "type empty": b'{"id": "urn:ngsi-ld:Room:2", "type": []}',
    "name with script": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "<script>": 5}',
    "name of 1 MB": b'{"id": "urn:x:2", "type": "R", "' + b"n" * 1_000_000 + b'": 5}',
    "type of 1 MB": b'{"id": "urn:x:2", "type": "' + b"n" * 1_000_000 + b'"}',
    "name id": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "createdAt2 ": 5}',
    "attribute type": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "a": {"type": "Proprety", "value": 5}}',
    "no object": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "a": {"type": "Relationship"}}',
    "object no URI": b'{"id": "urn:ngsi-ld:Room:2", "type": "Room", "a": {"object": "x"}}',
    "unit on a relationship": b'{"id": "urn:x:2", "type": "R", "a": {"object": "urn:x:1", "unitCode": "C"}}',
    "observedAt without zone": b'{"id": "urn:x:2", "type": "R", "a": {"value": 1, "observedAt": "2026-11-22T10:00:00"}}',
    "two default instances": b'{"id": "urn:x:2", "type": "R", "a": [{"value": 1}, {"value": 2}]}',
    "ring not closed": b'{"id": "urn:x:2", "type": "R", "a": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0]]]}}',
    "latitude 95": b'{"id": "urn:x:2", "type": "R", "location": {"type": "Point", "coordinates": [3, 95]}}',
    "collection": b'{"id": "urn:x:2", "type": "R", "location": {"type": "GeoProperty", "value": {"type": "GeometryCollection", "geometries": []}}}',
    "scope": b'{"id": "urn:x:2", "type": "R", "scope": 5}',
    "a million keys": json.dumps(
        {"id": "urn:x:2", "type": "R", **{f"k{n}": n for n in range(1_000_000)}}
    ).encode(),
    "a million points": json.dumps(
        {
            "id": "urn:x:2",
            "type": "R",
            "location": {"type": "MultiPoint", "coordinates": [[1, 2]] * 1_000_000},
        }
    ).encode(),
    "a million points as a text": json.dumps(
        {"id": "urn:x:2", "type": "R", "location": {"type": "GeoProperty", "value": "[1,2]," * 1_000_000}}
    ).encode(),
    "a million keys in a value": json.dumps(
        {"id": "urn:x:2", "type": "R", "a": {"value": {f"k{n}": n for n in range(1_000_000)}}}
    ).encode(),
    "60,000 points": json.dumps(
        {"id": "urn:x:2", "type": "R", "location": {"type": "MultiPoint", "coordinates": [[1, 2]] * 60_000}}
    ).encode(),
    "2,000 sub-attributes": json.dumps(
        {"id": "urn:x:2", "type": "R", "a": {"value": 1, **{f"k{n}": n for n in range(2_000)}}}
    ).encode(),
    "2,000 types": json.dumps({"id": "urn:x:2", "type": [f"R{n}" for n in range(2_000)]}).encode(),
    "2,000 scopes": json.dumps({"id": "urn:x:2", "type": "R", "scope": ["/a"] * 2_000}).encode(),
    "an attribute type that is an array": b'{"id": "urn:x:2", "type": "R", "a": {"type": ["Property"], "value": 1}}',
    "expiresAt that is an array": b'{"id": "urn:x:2", "type": "R", "expiresAt": []}',
    "second 61": b'{"id": "urn:x:2", "type": "R", "expiresAt": "2026-11-22T10:00:61Z"}',
    "sub-attributes without end": b'{"id": "urn:x:2", "type": "R", "a": '
    + b'{"value": 1, "a": ' * 60
    + b"1"
    + b"}" * 60
    + b"}",
}

_MANY_ATTRIBUTES = {f"k{n}": n for n in range(1_000_000)}
BATCHES = {
    "a million attributes": (
        "create",
        json.dumps([{"id": "urn:x:2", "type": "R", **_MANY_ATTRIBUTES}]).encode(),
    ),
    "300,000 attributes of one of two": (
        "upsert",
        json.dumps(
            [
                {"id": "urn:x:3", "type": "R"},
                {"id": "urn:x:2", **dict(list(_MANY_ATTRIBUTES.items())[:300_000])},
            ]
        ).encode(),
    ),
    "a million positions": (
        "update",
        json.dumps(
            [{"id": "urn:x:2", "location": {"type": "MultiPoint", "coordinates": [[1, 2]] * 1_000_000}}]
        ).encode(),
    ),
    "a million ids": ("delete", json.dumps([f"urn:ngsi-ld:Room:{n}" for n in range(1_000_000)]).encode()),
}
"""The operation and the body of batches that are refused as a whole, by what is wrong with them."""
