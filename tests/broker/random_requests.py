"""Requests that nobody thought of, the same ones for the same seed: half of what they hold is right.

`python -m tests.broker.random_requests SEED COUNT` sends them to a broker in memory and prints what each was
answered, so that two ways of running the same sources can be compared.
"""

import asyncio
import json
import random
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from beffroi.broker.operations.services import INDEXERS
from beffroi.store.opening import open_store
from tests.broker.client import Client, client_on

NULL = "urn:ngsi-ld:null"
IDS = [f"urn:ngsi-ld:T:{number}" for number in range(8)]
NAMES = ["p", "q", "l", "r", "v", "g", "location"]
STRINGS = ["a", "text", "urn:ngsi-ld:X:1", NULL, "", "fr", "@none", "2026-01-01T00:00:00Z", "é", "http://a/b"]
NUMBERS = [0, -3, 99, 2.5, 1e300, 12345678901234567890, True, False, None]
GEOMETRIES = ["Point", "LineString", "Polygon", "MultiPoint", "Nowhere", 3]
COORDINATES: list[object] = [
    *([1, 2], [1, 2, 3], [[1, 2], [3, 4]], [[[0, 0], [1, 0], [1, 1], [0, 0]]]),
    *([], "x", [1], [1, "2"], [200, 100], [True, 1], None, [[1, 2]]),
]
VALUES: dict[str, tuple[str, list[object]]] = {
    "Property": ("value", [1, "t", True, 2.5, [1, "a"], {"a": {"b": 1}}]),
    "Relationship": ("object", ["urn:a:1", ["urn:a:1", "urn:b:2"]]),
    "GeoProperty": ("value", [{"type": "Point", "coordinates": [3, 50.6]}]),
    "LanguageProperty": ("languageMap", [{"fr": "x", "en": "y"}, {"fr": ["x", "z"]}, {"@none": "n"}]),
    "VocabProperty": ("vocab", ["v", ["v", "w"]]),
    "ListProperty": ("valueList", [[1, 2], ["a"], [[1], {"x": 1}]]),
    "ListRelationship": ("objectList", [["urn:a:1"], [{"object": "urn:b:2"}]]),
    "JsonProperty": ("json", [{"a": 1}, [1], "s", 1]),
}
MEMBERS: dict[str, list[object]] = {
    "unitCode": ["CEL", 3, NULL, ""],
    "observedAt": ["2026-01-01T00:00:00Z", "x", NULL, 3],
    "datasetId": ["urn:d:1", "@none", "x", 3, NULL],
    "objectType": ["A", ["A", "B"], 3, NULL, []],
    "valueType": ["Z", 3, NULL],
    "expiresAt": ["2036-01-01T00:00:00Z", "2020-01-01T00:00:00Z", NULL, 1],
    "ngsildproof": [{"type": "x"}, NULL, 3],
    "createdAt": ["2020-01-01T00:00:00Z"],
    "previousValue": [1],
    "lang": ["fr"],
}
SHOWN = [
    *("", "options=keyValues", "options=concise", "options=sysAttrs", "format=simplified&lang=fr", "lang=en"),
    *(
        "options=keyValues&datasetId=urn:d:1",
        "pick=p,l{x}",
        "omit=q",
        "attrs=p,q",
        "options=concise,sysAttrs",
    ),
    *("lang=fr;q=0.8,*", "datasetId=@none", "pick=id,p", "geometryProperty=location"),
]
QUERIES = [
    *("p>1", "p==1", "p", "q.s==1", "p[a.b]==1", "l==1", "v=='v'", "r==urn:a:1", "p~=t", "g;p", "p|q", "!p"),
    *("p.observedAt>2020-01-01T00:00:00Z", "p[fr]=='x'", "p==1..3", "(p>1|v)", "1", "p==", "location"),
]
PLACES = ["[1,50]", "[[[0,0],[0,60],[60,60],[0,0]]]", "1", "12345678901234567890", "[1,true]"]
HALF = [b"12345678901234567890123", b"[" * 2_000, b'{"a":1,"a":2}', b"\xff", b"", b"null"]


class Asked(NamedTuple):
    """One request; `raw` is what is sent instead of the body."""

    method: str
    path: str
    body: Any = None
    raw: bytes | None = None


class Chance:
    """Draws requests and their parts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.one = self._random.choice

    def happens(self, share: float) -> bool:
        return self._random.random() < share

    def request(self) -> Asked:
        asked = self._write() if self.happens(0.7) else self._read()
        if asked.body is None or not self.happens(0.03):
            return asked
        text = json.dumps(asked.body).encode()
        at = self._random.randrange(len(text))
        wrong = bytes([self._random.randrange(256)])
        return asked._replace(raw=self.one([text[:at], text[:at] + wrong + text[at + 1 :], *HALF]))

    def _write(self) -> Asked:
        id, name = self.one(IDS), self.one(NAMES)
        entity, batch = f"/entities/{id}", [self.entity(self.one(IDS)) for _ in range(self.one([1, 2, 3]))]
        how = self.one(
            ["", "", "?options=keyValues", "?observedAt=2026-02-02T00:00:00Z", "?lang=fr", "?type=T"]
        )
        operation = self.one(["create", "upsert", "upsert?options=update", "update", "merge"])
        return self.one(
            [
                *[Asked("POST", "/entities", self.entity(id))] * 3,
                Asked("PUT", entity, self.entity(id)),
                Asked("DELETE", entity),
                *[Asked("PATCH", entity + how, self.fragment(id))] * 3,
                Asked("POST", f"{entity}/attrs{self.one(['', '?options=noOverwrite'])}", self.fragment(id)),
                Asked("PATCH", f"{entity}/attrs", self.fragment(id)),
                *[Asked("PATCH", f"{entity}/attrs/{name}", self.attribute(0.5))] * 2,
                Asked("PUT", f"{entity}/attrs/{name}", self.attribute(0.9)),
                Asked("DELETE", f"{entity}/attrs/{name}{self.one(['', '?deleteAll=true'])}"),
                Asked("POST", f"/entityOperations/{operation}", batch),
            ]
        )

    def _read(self) -> Asked:
        shown = self.one(SHOWN)
        place = f"geometry={self.one(['Point', 'Polygon'])}&coordinates={self.one(PLACES)}"
        near = f"georel={self.one(['near;maxDistance==100000', 'within', 'intersects', 'x'])}&{place}"
        return Asked(
            "GET",
            self.one(
                [
                    f"/entities/{self.one(IDS)}?{shown}",
                    f"/entities?type=T,U&{shown}",
                    f"/entities?q={self.one(QUERIES)}&{shown}",
                    f"/entities?type=T&{near}",
                    f"/{self.one(['types', 'attributes'])}?details={self.one(['true', 'false', '1'])}",
                ]
            ),
        )

    def entity(self, id: str) -> dict[str, object]:
        made: dict[str, object] = {"id": id, "type": self.one(["T", "U", ["T", "U"]])}
        if self.happens(0.03):
            made["type"] = self.value()
        if self.happens(0.1):
            made["scope"] = self.one(["/a/b", ["/a", "/b"], 3, NULL, []])
        if self.happens(0.05):
            made["expiresAt"] = self.one(["2036-01-01T00:00:00Z", "x", NULL])
        return made | {self.one(NAMES): self.attribute(0.9) for _ in range(self.one([1, 2, 3]))}

    def fragment(self, id: str) -> dict[str, object]:
        more: list[dict[str, object]] = [
            {},
            {},
            {"type": "T"},
            {"id": id},
            {"scope": self.one(["/x", NULL, 3])},
        ]
        return self.one(more) | {self.one(NAMES): self.attribute(0.5) for _ in range(self.one([1, 2, 3]))}

    def attribute(self, whole: float, depth: int = 0) -> object:
        """An attribute that says its type and its value as often as `whole` says."""
        if self.happens(0.15):
            return self.value()
        if self.happens(0.1):
            return [self.attribute(whole, depth) for _ in range(self.one([0, 1, 2]))]
        kind = self.one(list(VALUES))
        member, right = VALUES[kind]
        made: dict[str, object] = {"type": kind} if self.happens(whole) else {}
        if self.happens(whole):
            made[member] = (
                self.one(right) if self.happens(0.85) else self.one([self.value(), {"@none": NULL}, [NULL]])
            )
        for _ in range(self.one([0, 0, 1, 1, 2])):
            said = self.one(list(MEMBERS))
            made[said] = self.one(MEMBERS[said][:1] if self.happens(0.7) else MEMBERS[said])
        if depth < 2 and self.happens(0.25):
            made[self.one(["s", "t", "p"])] = self.attribute(whole, depth + 1)
        return made

    def value(self, depth: int = 0) -> object:
        scalar = self.one([self.one(STRINGS), self.one(NUMBERS)])
        if depth > 2 or self.happens(0.5):
            return scalar
        names = [
            self.one(["a", "@value", "type", "languageMap", "vocab", "json", "dataset"]) for _ in range(2)
        ]
        return self.one(
            [
                [self.value(depth + 1) for _ in range(self.one([0, 1, 2]))],
                {"type": self.one(GEOMETRIES), "coordinates": self.one(COORDINATES)},
                {name: self.value(depth + 1) for name in names[: self.one([0, 1, 2])]},
            ]
        )


def answers(node: Client, seed: int, count: int) -> Iterator[tuple[Asked, int, str]]:
    """Each request, the status and what was answered; whatever leaves the node by an exception is raised."""
    chance = Chance(seed)
    for _ in range(count):
        asked = chance.request()
        got = node.send(asked.method, asked.path, asked.body, raw=asked.raw)
        yield asked, got.status, got.text.decode()


def main() -> None:
    """Print what was answered, a line for each request."""
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    with asyncio.Runner() as runner:
        node = client_on(runner.run(open_store("memory:", INDEXERS)), runner.run)
        for asked, status, said in answers(node, seed, count):
            print(json.dumps([asked.method, asked.path, asked.body, str(asked.raw), status, said]))


if __name__ == "__main__":
    main()
