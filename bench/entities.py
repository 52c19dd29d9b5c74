"""The entities and requests of the benchmark: 1.5 KB each, ten attributes, one position."""

import json
import random
from collections.abc import Iterator

from bench.load import request

ROOT = "/ngsi-ld/v1/entities"
ID = "urn:ngsi-ld:Vehicle:bench:{}"


def entity(number: int) -> dict[str, object]:
    """Vehicle `number`: its speed spreads evenly over 0 to 1,000,000, so that a query can choose 20."""
    chance = random.Random(number)
    text = {f"note{n}": {"type": "Property", "value": "x" * 90} for n in range(5)}
    return {
        "id": ID.format(number),
        "type": "Vehicle",
        "speed": {"type": "Property", "value": chance.randrange(1_000_000), "unitCode": "KMH"},
        "level": {"type": "Property", "value": chance.random(), "observedAt": "2026-11-22T12:00:00Z"},
        "isParked": {"type": "Relationship", "object": f"urn:ngsi-ld:Parking:{number % 100}"},
        "brand": {"type": "Property", "value": chance.choice(["Dacia", "Renault", "Fiat"])},
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [chance.uniform(2.9, 3.2), chance.uniform(50.5, 50.8)]},
        },
        **text,
    }


def creations(start: int, count: int) -> Iterator[bytes]:
    """Requests made beforehand, so that making them is not measured."""
    return iter([request("POST", ROOT, json.dumps(entity(n)).encode()) for n in range(start, start + count)])


def retrievals(among: int, count: int) -> Iterator[bytes]:
    chance = random.Random(1)
    return iter([request("GET", f"{ROOT}/{ID.format(chance.randrange(among))}") for _ in range(count)])


def patches(among: int, count: int) -> Iterator[bytes]:
    chance = random.Random(2)
    return iter(
        [
            request(
                "PATCH",
                f"{ROOT}/{ID.format(chance.randrange(among))}/attrs/level",
                b'{"value": %d, "observedAt": "2026-11-22T12:00:01Z"}' % n,
            )
            for n in range(count)
        ]
    )


def queries(among: int, count: int) -> Iterator[bytes]:
    """Each selects about 20 of all by an indexed attribute."""
    chance = random.Random(3)
    width = 20 * 1_000_000 // among
    lows = [chance.randrange(1_000_000 - width) for _ in range(count)]
    return iter([request("GET", f"{ROOT}?type=Vehicle&q=speed=={low}..{low + width}") for low in lows])


def upserts(start: int, batches: int, size: int = 1_000) -> Iterator[bytes]:
    path = "/ngsi-ld/v1/entityOperations/upsert"
    return iter(
        [
            request("POST", path, json.dumps([entity(start + b * size + n) for n in range(size)]).encode())
            for b in range(batches)
        ]
    )


def bare_gets(count: int) -> Iterator[bytes]:
    return iter([request("GET", "/")] * count)


def bare_posts(count: int) -> Iterator[bytes]:
    return iter([request("POST", "/", json.dumps(entity(0)).encode())] * count)
