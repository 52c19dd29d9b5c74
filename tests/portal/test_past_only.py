"""The page of an entity of which there is nothing but a history that was brought in."""

from collections.abc import Iterator

import pytest
from tests.portal.node import Node, make_node

from beffroi.broker.operations.past_only import MOST_SERIES, last_stated
from beffroi.broker.operations.provision import delete_evolution, provide_evolution
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.provided.shelf import MOST_IN_PART
from beffroi.broker.rules.provided.temporal_entity import read_temporal_entity
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject

METER = "urn:ngsi-ld:Meter:old"
PAGE = f"entities/{METER}"
OLD = Instant("2023-01-01T00:00:00.000000Z")
PLACE: Json = {"type": "Point", "coordinates": [3.06, 50.63]}


@pytest.fixture
def node() -> Iterator[Node]:
    with make_node(entities=[]) as made:
        yield made


def provide(node: Node, **attributes: Json) -> None:
    body: JsonObject = {"id": METER, "type": "Meter", **attributes}
    node.run(provide_evolution(node.portal.broker, "", read_temporal_entity(body, CORE)))


def readings(values: list[Json]) -> list[Json]:
    return [
        {"type": "Property", "value": value, "observedAt": plus_seconds(OLD, 3_600 * n)}
        for n, value in enumerate(values)
    ]


def test_it_has_a_page_with_its_last_values_and_its_line(node: Node) -> None:
    named: JsonObject = {"type": "Property", "value": "Old mill", "observedAt": OLD}
    located: JsonObject = {"type": "GeoProperty", "value": PLACE, "observedAt": OLD}
    provide(node, energy=readings([3, 5, 8.25]), name=[named], location=[located])
    page = node.text(f"/en/{PAGE}")
    assert "<h1>Old mill</h1>" in page
    assert "There is only a past here" in page
    assert "What was last said" in page
    assert "What is known now" not in page
    assert '<data value="8.25">8.25</data>' in page
    assert page.count('<tr><th scope="row"><time datetime=') == 3, "each value once in the table of the line"
    assert "<beffroi-map>" in page
    assert "/ngsi-ld/v1/temporal/entities/" in page
    assert "As JSON-LD" not in page
    assert "qu’un passé" in node.text(f"/fr/{PAGE}")


def test_many_parts_are_drawn_to_the_last_value(node: Node) -> None:
    provide(node, energy=readings([*range(MOST_IN_PART * 2 + 5)]))
    found = node.run(last_stated(node.portal.broker, "", METER))
    assert found is not None
    (instance,) = found["attrs"][CORE.expand("energy")]
    assert instance["value"] == MOST_IN_PART * 2 + 4


def test_each_dataset_has_its_last_value(node: Node) -> None:
    provide(
        node,
        energy=[
            {"type": "Property", "value": n, "observedAt": OLD, "datasetId": f"urn:d:{n}"} for n in (1, 2)
        ],
    )
    found = node.run(last_stated(node.portal.broker, "", METER))
    assert found is not None
    assert [each["value"] for each in found["attrs"][CORE.expand("energy")]] == [1, 2]


def test_what_is_there_now_is_shown_as_it_is_now(node: Node) -> None:
    provide(node, energy=readings([3, 5]))
    node.add({"id": METER, "type": "Meter", "energy": {"type": "Property", "value": 9}})
    assert node.run(last_stated(node.portal.broker, "", METER)) is None
    page = node.text(f"/en/{PAGE}")
    assert "What is known now" in page
    assert "only a past" not in page


def test_what_was_never_there_and_what_was_taken_back_have_no_page(node: Node) -> None:
    assert node.get(f"/en/{PAGE}").status == 404
    provide(node, energy=readings([3, 5]))
    assert node.get(f"/en/{PAGE}").status == 200
    node.run(delete_evolution(node.portal.broker, "", METER))
    assert node.get(f"/en/{PAGE}").status == 404


def test_more_attributes_than_are_read_do_no_harm(node: Node) -> None:
    many: JsonObject = {f"a{n}": readings([n]) for n in range(MOST_SERIES + 5)}
    provide(node, **many)
    found = node.run(last_stated(node.portal.broker, "", METER))
    assert found is not None
    assert len(found["attrs"]) == MOST_SERIES
    assert node.get(f"/en/{PAGE}").status == 200
