"""No body makes a route of needs and calls fail: what is wrong is refused with a sentence."""

import copy
import random
from typing import Any

import pytest

from beffroi.network.operations.services import INDEXERS
from beffroi.store.memory import MemoryStore
from tests.network.calls.calls import APPLICATION, CALL
from tests.network.calls.test_calls import BEFORE, evaluated, firm, juror, opened, points
from tests.network.city import City, city_of
from tests.network.needs.labelled import MEASURED_ON

ODD: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "x" * 20_000, "\u0000", "\ud7ff", "2027-02-30T00:00:00Z", "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+14:00", [], {}, [[]], {"a": 1}, "did:web:x/needs/1", "Factory", "../../etc/passwd", "NaN", "1e400",
]  # fmt: skip
NEED: dict[str, Any] = {
    **MEASURED_ON[0].content,
    "budget": {"currency": "EUR", "from": "1", "to": "2"},
    "location": {"type": "Point", "coordinates": [3, 50]},
}


def mutated(body: Any, chance: random.Random) -> Any:
    """The body with one value somewhere in it replaced, removed or doubled."""
    made = copy.deepcopy(body)
    at: Any = made
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return made
        key = chance.choice(keys)
        if isinstance(at[key], dict | list) and at[key] and chance.random() < 0.7:
            at = at[key]
            continue
        match chance.randrange(4):
            case 0:
                del at[key]
            case 1 if isinstance(at, dict):
                at[str(chance.choice(ODD))[:30]] = chance.choice(ODD)
            case _:
                at[key] = chance.choice(ODD)
        return made


@pytest.fixture
def city(run: Any) -> City:
    city = city_of(MemoryStore(INDEXERS), run)
    city.clock.now = BEFORE
    return city.acting("cora", "read", "steer", "coordinate")


def test_no_body_makes_a_route_fail(city: City) -> None:
    chance = random.Random(11)
    judging, (first, _) = evaluated(city)
    city.clock.now = BEFORE
    path = opened(city)
    draft = f"/calls/{city.post('/calls', CALL).json['id'].rpartition('/')[2]}"
    juror(city).post(f"{judging}/applications/{first}/declaration", {"conflict": False})
    routes = [
        (city, "POST", "/needs", NEED),
        (city, "POST", "/interests", {"need": "did:web:x/needs/1", "language": "en", "wishes": ["x"]}),
        (city, "POST", "/calls", CALL),
        (city, "PATCH", draft, CALL),
        (
            city,
            "POST",
            f"{path}/prolong",
            {"calendar": {**CALL["calendar"], "closes": "2027-03-02T12:00:00+01:00"}, "reason": "x"},
        ),
        (city, "PUT", f"{path}/jury", {"jurors": ["ana"]}),
        (city, "POST", f"{judging}/jury/excuse", {"juror": "nobody", "reason": "x"}),
        (city, "POST", f"{judging}/award", {"application": "x", "reasons": "x", "whyNotFirst": "x"}),
        (firm(city), "POST", f"{path}/applications", APPLICATION),
        (firm(city), "PUT", f"{path}/applications/mine", APPLICATION),
        (
            juror(city),
            "POST",
            f"{judging}/applications/{first}/declaration",
            {"conflict": True, "reason": "x"},
        ),
        (juror(city), "POST", f"{judging}/applications/{first}/scores", points(5)),
    ]
    for who, method, address, body in routes:
        for _ in range(120):
            got = who.send(method, address, mutated(body, chance))
            assert got.status in {200, 201, 400, 403, 404, 409}, (method, address, got.text)
            assert got.status < 400 or got.json["detail"], got.text
    for address in ("/needs", "/shared-needs", "/calls", path, draft):
        assert city.get(address).status == 200
