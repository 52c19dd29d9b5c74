"""What is known of a collection is true at once, whether it was looked through or kept up with."""

import asyncio

from beffroi.ogc.operations import survey as surveys
from beffroi.store.port import Store
from tests.conftest import Run
from tests.ogc.node import Node, node_on, point, station

TYPE = "https://uri.etsi.org/ngsi-ld/default-context/BikeHireDockingStation"
COLLECTION = "/ogc/collections/BikeHireDockingStation"


def slow_node(store: Store, run: Run) -> Node:
    """A node that believes that every look takes two seconds, so that it never looks twice."""
    return node_on(store, run, step=2.0)


def test_a_large_collection_is_kept_up_with(store: Store, run: Run) -> None:
    node = slow_node(store, run)
    node.add(*(station(n) for n in range(20)))
    first = node.json(COLLECTION)
    made = node.ogc.memory.surveys["", TYPE]
    assert made.cost > 1
    node.add(
        station(30, colour={"type": "Property", "value": "red"}, location=point(4, 51)),
        {
            "id": "urn:o:1",
            "type": "Other",
            "colour": {"type": "Property", "value": "red"},
            "other": point(9, 9),
        },
    )
    node.merge("urn:ngsi-ld:BikeHireDockingStation:00001", {"roof": {"type": "Property", "value": True}})
    node.delete("urn:ngsi-ld:BikeHireDockingStation:00002")
    assert node.json(f"{COLLECTION}/items?colour=red")["numberMatched"] == 1
    assert node.json(f"{COLLECTION}/items?roof=true")["numberMatched"] == 1
    assert node.get(f"{COLLECTION}/items?other=1").status == 400
    assert node.json(COLLECTION)["extent"]["spatial"]["bbox"] == [[3.0, 50.6, 4, 51]]
    assert first["extent"]["spatial"]["bbox"] == [[3.0, 50.6, 3.019, 50.6]]
    assert node.json(f"{COLLECTION}/items?bbox=3.9,50.9,4.1,51.1")["numberMatched"] == 1
    assert node.ogc.memory.surveys["", TYPE] is made
    assert made.trace == run(store.last_trace()) > made.looked


def test_a_geometry_of_another_name_is_found_by_a_bbox_at_once(store: Store, run: Run) -> None:
    node = slow_node(store, run)
    node.add(station(1))
    assert node.json(f"{COLLECTION}/items?bbox=3,50,4,51")["numberMatched"] == 1
    node.add({"id": "urn:b:2", "type": "BikeHireDockingStation", "place": point(3.5, 50.5)})
    assert node.json(f"{COLLECTION}/items?bbox=3,50,4,51")["numberMatched"] == 2


def test_what_is_gone_is_forgotten_where_a_look_is_cheap(node: Node) -> None:
    node.add(station(1), station(2, colour={"type": "Property", "value": "red"}, location=point(4, 51)))
    assert node.json(f"{COLLECTION}/items?colour=red")["numberMatched"] == 1
    node.delete("urn:ngsi-ld:BikeHireDockingStation:00002")
    assert node.get(f"{COLLECTION}/items?colour=red").status == 400
    assert node.json(COLLECTION)["extent"]["spatial"]["bbox"] == [[3.001, 50.6, 3.001, 50.6]]


def test_many_who_ask_at_once_wait_for_one_look(here: Node) -> None:
    here.add(*(station(n) for n in range(50)))

    async def scenario() -> set[int]:
        found = await asyncio.gather(*(surveys.survey_of(here.ogc, "", TYPE) for _ in range(20)))
        return {id(one) for one in found}

    assert len(here.run(scenario())) == 1


def test_a_huge_collection_is_looked_through_over_several_requests(store: Store, run: Run) -> None:
    node = node_on(store, run, step=2.0, most_looks=20)
    node.add(*(station(n) for n in range(50)))
    assert "extent" not in node.json(COLLECTION)
    node.merge("urn:ngsi-ld:BikeHireDockingStation:00001", {"location": point(5, 52)})
    assert "extent" not in node.json(COLLECTION)
    assert node.json(COLLECTION)["extent"]["spatial"]["bbox"] == [[3.0, 50.6, 5, 52]]
    assert node.json(f"{COLLECTION}/items?bbox=4.9,51.9,5.1,52.1")["numberMatched"] == 1


def test_a_table_has_every_column_of_a_huge_collection(store: Store, run: Run) -> None:
    node = node_on(store, run, step=2.0, most_looks=20)
    node.add(*(station(n) for n in range(50)))
    node.add(station(99, colour={"type": "Property", "value": "red"}))
    assert b",colour," in node.get(f"{COLLECTION}/items?f=csv&limit=1").body
    assert node.json(f"{COLLECTION}/items?colour=red")["numberMatched"] == 1
