"""Harvested entities in the broker: whole, expanded by the node's context, changed only where they differ."""

from typing import Any

import pytest
from tests.conftest import Run
from tests.sources.fakes import NOW, Simulated, Web, bike, data

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import Entity, entity_key, entity_of
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import decode_object
from beffroi.outbound import Client, Policy
from beffroi.processes.harvest import Harvester, harvest
from beffroi.processes.harvest_due import run_due
from beffroi.processes.harvest_into_broker import harvester_of
from beffroi.simulation.portal import lille_like
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.fetching import Limits
from beffroi.sources.operations.registry import add_sources, remove_source
from beffroi.sources.rules.source import source_of, sources_from
from beffroi.sources.rules.vocabulary import uris
from beffroi.store.port import Past, Store

POINT = "urn:ngsi-ld:EVChargingStation:c:1"
STATION = "urn:ngsi-ld:BikeHireDockingStation:c:1"
TERMS = uris()


def node_on(run: Run, store: Store, web: Web) -> Harvester:
    def clock() -> Instant:
        web.seconds += 0.001
        return web.world().now()

    broker = Broker(store, Contexts(store, Client(Policy()), {}), clock, lambda: "urn:x:1")
    return run(harvester_of(broker, web.world(), shipped(), Limits()))


def one_source(run: Run, store: Store, mapping: str, **more: Any) -> None:
    body = {"name": "c", "url": "http://x", "family": "ogc", "dataset": "c", "mapping": mapping, **more}
    run(add_sources(store, "", [source_of(body)]))


async def delete(node: Harvester, *entity_ids: str) -> None:
    await node.delete("", [*entity_ids])


def stored(run: Run, store: Store, entity_id: str) -> Entity | None:
    key = entity_key("", entity_id)
    record = run(store.read([key])).get(key)
    return None if record is None else entity_of(record.body)


def point(**more: Any) -> dict[str, Any]:
    record = {
        "@id": "1", "nom": "P", "adresse": "R", "commune": "C", "id_pdc": "E1", "type_prise": "TYPE 2",
        "puissance_nominale": 22000, "etat": "EN CHARGE", "puissance_instantanee": 11000, "energie_session": 5500,
        "debut_session": "2026-11-22T09:00:00Z", "x": 3.06, "y": 50.63, "date_modification": "2026-11-22T10:00:00Z",
    }  # fmt: skip
    return {**record, **more}


def test_an_entity_is_stored_with_expanded_names_and_units(run: Run, store: Store) -> None:
    records = [point()]
    web = Web(lambda _url, _headers: data({"records": records}))
    node = node_on(run, store, web)
    one_source(run, store, "lille-charging-points")
    assert run(harvest(node, "", "c")).counts.new == 1
    entity = stored(run, store, POINT)
    assert entity is not None
    assert entity["type"] == [TERMS["EVChargingStation"]]
    (power,) = entity["attrs"][TERMS["powerConsumption"]]
    assert (power["value"], power["unitCode"]) == (11000, "WTT")


def test_a_session_that_has_ended_leaves_no_start_behind(run: Run, store: Store) -> None:
    records = [point()]
    web = Web(lambda _url, _headers: data({"records": records}))
    node = node_on(run, store, web)
    one_source(run, store, "lille-charging-points")
    run(harvest(node, "", "c"))
    before = stored(run, store, POINT)
    records[:] = [point(etat="LIBRE", puissance_instantanee=0, energie_session=None, debut_session=None)]
    report = run(harvest(node, "", "c"))
    assert (report.counts.changed, report.counts.rejected) == (1, 0)
    after = stored(run, store, POINT)
    assert before is not None
    assert after is not None
    gone = set(before["attrs"]) - set(after["attrs"])
    assert gone == {TERMS["startDateTime"], TERMS["sessionEnergy"]}
    assert after["attrs"][TERMS["chargingState"]][0]["value"] == "available"


def test_an_attribute_that_has_not_changed_is_not_touched(run: Run, store: Store) -> None:
    records = [bike(1)]
    web = Web(lambda _url, _headers: data({"records": records}))
    node = node_on(run, store, web)
    one_source(run, store, "lille-bike-stations")
    run(harvest(node, "", "c"))
    before = stored(run, store, STATION)
    records[:] = [bike(1, nb_velos_dispo=9)]
    run(harvest(node, "", "c"))
    after = stored(run, store, STATION)
    assert before is not None
    assert after is not None
    moved = {name for name in after["attrs"] if after["attrs"][name] != before["attrs"][name]}
    assert moved == {TERMS["availableBikeNumber"], TERMS["totalSlotNumber"]}
    history = run(store.history(entity_key("", STATION), Past(10)))
    assert len(history) == 2


@pytest.mark.parametrize("bikes", [5, 9], ids=["unchanged", "changed"])
def test_an_entity_that_somebody_deleted_comes_back_whole(run: Run, store: Store, bikes: int) -> None:
    records = [bike(1, nb_velos_dispo=5)]
    web = Web(lambda _url, _headers: data({"records": records}))
    node = node_on(run, store, web)
    one_source(run, store, "lille-bike-stations")
    run(harvest(node, "", "c"))
    whole = stored(run, store, STATION)
    run(delete(node, STATION, "urn:ngsi-ld:BikeHireDockingStation:c:none"))
    assert stored(run, store, STATION) is None
    records[:] = [bike(1, nb_velos_dispo=bikes)]
    assert run(harvest(node, "", "c")).counts.new == 1
    again = stored(run, store, STATION)
    assert whole is not None
    assert again is not None
    assert set(again["attrs"]) == set(whole["attrs"])


def test_a_source_that_is_added_again_finds_its_entities_as_they_are(run: Run, store: Store) -> None:
    records = [bike(1), bike(2), bike(3)]
    web = Web(lambda _url, _headers: data({"records": records}))
    node = node_on(run, store, web)
    one_source(run, store, "lille-bike-stations")
    run(harvest(node, "", "c"))
    run(remove_source(store, "", "c"))
    run(delete(node, "urn:ngsi-ld:BikeHireDockingStation:c:3"))
    records[1] = bike(2, nb_velos_dispo=9)
    one_source(run, store, "lille-bike-stations")
    before = stored(run, store, STATION)
    counts = run(harvest(node, "", "c")).counts
    assert (counts.new, counts.changed, counts.same) == (1, 1, 1)
    assert stored(run, store, STATION) == before
    second = run(store.history(entity_key("", "urn:ngsi-ld:BikeHireDockingStation:c:2"), Past(9)))
    moved: Any = decode_object(second[0].body)["changed"]
    assert set(moved) == {TERMS["availableBikeNumber"], TERMS["totalSlotNumber"]}


def test_a_city_comes_in_without_a_refusal(run: Run, store: Store) -> None:
    web = Web(Simulated(lille_like(7)))
    node = node_on(run, store, web)
    discovery = run(discover("http://p/", node.world, list(shipped().mappings.values())))
    wanted = [each for each in sources_from(discovery, (), NOW) if each.name != "points_lumineux"]
    run(add_sources(store, "", wanted))
    reports = run(run_due(node))
    assert sum(each.counts.rejected for each in reports) == 0
    assert sum(each.counts.new for each in reports) == 920
