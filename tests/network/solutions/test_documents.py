"""Solutions as documents: kept, refused, found by name; deployments looked at; the fit asked over the API."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import encode
from beffroi.kernel.record import Change, Commit
from beffroi.network.operations.services import Network
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.rules.kind import ROOT
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.outbound import Answer, Failed
from beffroi.processes.deployments import Looker, keep_looking, look_once
from beffroi.store.port import Store
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.network.city import NOON, City, city_of, name_of, segment
from tests.network.solutions.cities import content, reference

ENDPOINT = "https://city.example/ngsi-ld/v1/entities?type=AvailabilityForecast"
DEPLOYED = {
    "manifest": content(),
    "deployments": [{"city": "Simville", "endpoint": ENDPOINT, "shows": "AvailabilityForecast"}],
}


@pytest.fixture
def city(store: Store, run: Run) -> City:
    return city_of(store, run)


class World:
    """What answers where deployments are said to be."""

    def __init__(self) -> None:
        self.answers: Any = Answer(
            200, {}, encode([{"id": "urn:a:1", "type": "AvailabilityForecast"}]), ENDPOINT
        )
        self.asked: list[str] = []

    async def get(self, url: str) -> Answer:
        self.asked.append(url)
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers  # type: ignore[no-any-return]


def look(city: City, world: World) -> Any:
    """Look once after an hour, and what is told of the deployments then."""
    city.clock.now = plus_seconds(city.clock.now, 3_600)
    city.run(look_once(Looker(city.network, world.get)))
    return city.get("/solutions/bikes/deployments").json["deployments"]


def test_a_solution_is_published_with_its_manifest_and_a_wrong_one_is_refused(city: City) -> None:
    made = city.publish("solutions", {"manifest": reference()})
    assert (
        city.acting("anybody").get(f"/solutions/{name_of(made)}").json["content"]["manifest"] == reference()
    )
    wrong = content(licence="Mine")
    refused = city.post("/solutions", {"manifest": wrong})
    assert refused.status == 400
    assert "'licence'" in refused.json["detail"]
    assert '"Mine"' in refused.json["detail"]
    assert city.get("/solutions").json["total"] == 1


def test_a_mapping_is_kept_as_it_was_confirmed_and_a_wrong_one_is_refused(city: City) -> None:
    types = [{"need": "A", "from": "B", "attributes": {"x": {"from": "y"}}}]
    right = {"solution": "bikes", "mapping": {"mapping": "1", "types": types}}
    made = city.acting("officer", "steer").publish("mappings", right)
    assert made["by"] == "officer"
    types[0]["attributes"] = {"x": {"from": "y", "divide": 0}}
    refused = city.post("/mappings", right)
    assert refused.status == 400
    assert "divide' is 0" in refused.json["detail"]


def test_a_deployment_that_answers_as_claimed_is_said_so(city: City) -> None:
    city.publish("solutions", DEPLOYED)
    assert city.get("/solutions/bikes/deployments").json["deployments"][0]["state"] == "unseen"
    (seen,) = look(city, World())
    assert (seen["state"], seen["city"]) == ("as claimed", "Simville")
    assert seen["since"] == seen["seen"] == plus_seconds(NOON, 3_600)


def test_one_that_answers_otherwise_is_alive_only(city: City) -> None:
    city.publish("solutions", DEPLOYED)
    world = World()
    world.answers = Answer(200, {}, b"<html>for sale", ENDPOINT)
    (seen,) = look(city, world)
    assert seen["state"] == "alive"
    assert "without an entity of type 'AvailabilityForecast'" in seen["said"]


def test_one_that_is_gone_fades_after_three_looks_and_says_since_when(city: City) -> None:
    city.publish("solutions", DEPLOYED)
    world = World()
    look(city, world)
    last = city.clock.now
    world.answers = Failed("'city.example' does not answer.")
    states = [look(city, world)[0]["state"] for _ in range(3)]
    assert states == ["doubtful", "doubtful", "gone"]
    since = city.clock.now
    (seen,) = look(city, world)
    assert (seen["since"], seen["seen"], seen["said"]) == (since, last, "'city.example' does not answer.")
    world.answers = World().answers
    assert look(city, world)[0]["state"] == "as claimed"


def test_a_place_is_looked_at_once_an_hour_and_not_after_the_withdrawal(city: City) -> None:
    made = city.publish("solutions", DEPLOYED)
    world = World()
    for _ in range(3):
        city.run(look_once(Looker(city.network, world.get)))
    assert len(world.asked) == 1
    city.post(f"/solutions/{name_of(made)}/withdraw", {"reason": "It ended."})
    city.clock.now = plus_seconds(city.clock.now, 7_200)
    city.run(look_once(Looker(city.network, world.get)))
    assert len(world.asked) == 1


def test_the_fit_is_asked_of_a_known_solution_with_its_manifest(city: City) -> None:
    asked = []

    async def fit(manifest: Any, node: str, mapping: Any) -> Any:
        asked.append((manifest["id"], node, mapping))
        return {"verdict": "covered"}

    fitting = _with(city, replace(city.network, fit=fit))
    fitting.publish("solutions", DEPLOYED)
    got = fitting.post("/solutions/bikes/fit", {"node": "https://b.example"})
    assert (got.status, got.json) == (200, {"verdict": "covered"})
    assert asked == [("bikes", "https://b.example", None)]
    assert fitting.post("/solutions/bikes/fit", {"city": "x"}).status == 400
    assert fitting.post("/solutions/none/fit", {}).status == 404
    assert fitting.post("/solutions/bikes/fit", {"mapping": 7}).status == 400


def followed(city: City, origin: str, name: str, id: str = "bikes") -> str:
    """Keep a solution of another node as if it had been followed."""
    whole = f"{origin}/solutions/{name}"
    document = {"id": whole, "kind": "solution", "origin": origin, "version": 1, "created": NOON, "changed": NOON,
                "published": NOON, "state": "published", "content": {"manifest": content(id=id)}}  # fmt: skip
    change = Change(SOLUTION.key(whole), encode(document))
    city.run(city.network.store.transact([], lambda _: Commit((change,))))
    return whole


def test_a_name_is_that_of_the_nodes_own_solution_whoever_else_took_it(city: City) -> None:
    followed(city, "did:web:eve.example", "1")
    own = city.publish("solutions", DEPLOYED)
    followed(city, "did:web:eve.example", "2", id=name_of(own))
    for name in ("bikes", name_of(own)):
        assert city.get(f"/solutions/{name}/deployments").json["deployments"][0]["city"] == "Simville"


def test_a_name_that_several_others_took_is_refused_with_their_ids(city: City) -> None:
    first = followed(city, "did:web:ana.example", "1")
    assert city.get("/solutions/bikes/deployments").status == 200
    second = followed(city, "did:web:eve.example", "9")
    refused = city.get("/solutions/bikes/deployments")
    assert (refused.status, first in refused.json["detail"]) == (409, True)
    assert second in refused.json["detail"]
    assert city.get(f"/solutions/{segment(second)}/deployments").status == 200


def test_an_own_draft_hides_no_published_solution_of_its_name(city: City) -> None:
    followed(city, "did:web:ana.example", "1")
    city.post("/solutions", DEPLOYED)
    assert city.acting("anybody").get("/solutions/bikes/deployments").json == {"deployments": []}
    assert len(city.get("/solutions/bikes/deployments").json["deployments"]) == 1


def test_a_draft_exists_for_insiders_only(city: City) -> None:
    city.post("/solutions", DEPLOYED)
    assert city.acting("anybody").get("/solutions/bikes/deployments").status == 404


def _with(city: City, network: Network) -> City:
    table = Table()
    table.mount(ROOT, NETWORK_ROUTES, network, problem_response)
    return replace(city, network=network, table=table)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"manifest": 7},
        {"manifest": content(needs="all"), "deployments": [{"city": "X", "endpoint": "http://x.example"}]},
        {"manifest": content(), "deployments": [7]},
        {"manifest": content(), "deployments": [{"city": "X", "endpoint": "file:///etc/passwd"}]},
        "nothing",
    ],
)
def test_what_another_node_says_wrongly_of_a_solution_is_contained(city: City, wrong: Any) -> None:
    """A followed document is kept as it was signed, and may hold anything."""
    id = "did:web:other.example/solutions/1"
    document = {"id": id, "kind": "solution", "origin": "did:web:other.example", "version": 1, "created": NOON,
                "changed": NOON, "published": NOON, "state": "published", "content": wrong}  # fmt: skip
    change = Change(SOLUTION.key(id), encode(document))
    city.run(city.network.store.transact([], lambda _: Commit((change,))))
    city.publish("solutions", DEPLOYED)
    world = World()
    city.run(look_once(Looker(city.network, world.get)))
    assert world.asked == [ENDPOINT]
    assert city.get(f"/solutions/{segment(id)}/deployments").json == {"deployments": []}
    assert city.post(f"/solutions/{segment(id)}/fit", {}).status == 400


def test_a_node_that_is_asked_to_end_waits_for_no_deployment(city: City) -> None:
    city.publish("solutions", DEPLOYED)

    async def look_and_end() -> None:
        stop, asked = asyncio.Event(), asyncio.Event()

        async def get(_: str) -> Answer:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with asyncio.TaskGroup() as group:
            group.create_task(keep_looking(Looker(city.network, get), stop))
            await asked.wait()
            stop.set()

    city.run(asyncio.wait_for(look_and_end(), 60))
