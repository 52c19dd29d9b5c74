"""Queries that go on in linked entities (clause 4.9, examples 13 and 14; clause 4.5.23)."""

from collections.abc import Iterable

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.links import links, unread
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.q import parse_q
from beffroi.broker.rules.query.query import EntityQuery

CONTEXT = Context("", {}, {})
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


def entity(id: str, type: str, **attrs: Instance) -> Entity:
    named = {VOCABULARY + name: [value] for name, value in attrs.items()}
    return Entity(id=f"urn:x:{id}", type=[VOCABULARY + type], attrs=named)


def at(*ids: str) -> Instance:
    return Instance(type="Relationship", object=[f"urn:x:{id}" for id in ids])


WORLD = {
    stored["id"]: stored
    for stored in [
        entity("station", "Station", sensor=at("dry", "wet"), operator=at("nobody")),
        entity("dry", "Device", humidity=Instance(type="Property", value=10), maker=at("firm")),
        entity("wet", "Device", humidity=Instance(type="Property", value=40), maker=at("firm")),
        entity("firm", "Company", name=Instance(type="Property", value="Météo"), station=at("station")),
    ]
}


def reading(query: EntityQuery, of: Iterable[Entity]) -> tuple[dict[str, Entity | None], int]:
    """What an operation does: read in rounds."""
    known: dict[str, Entity | None] = {}
    rounds = 0
    while ids := unread(links(query), of, known):
        rounds += 1
        known.update({id: WORLD.get(id) for id in ids})
    return known, rounds


def holds(q: str, id: str = "station") -> bool:
    query = EntityQuery(q=parse_q(q, CONTEXT))
    start = WORLD[f"urn:x:{id}"]
    known, _ = reading(query, [start])
    found = matcher(query, linked=known.get)(start)
    assert matcher(query)(start) or not found, "without links, a test lets through at least what matches"
    return found


def test_a_term_goes_on_in_any_of_the_linked_entities() -> None:
    assert holds("sensor{humidity}==40")
    assert holds("sensor{humidity}")
    assert holds("sensor{humidity}!=40")
    assert not holds("sensor{humidity}==41")
    assert not holds("sensor{name}")


def test_a_hint_leaves_out_entities_of_other_types() -> None:
    assert holds("sensor{Device:humidity}==40")
    assert holds("sensor{Company,Device:humidity}==40")
    assert not holds("sensor{Company:humidity}==40")


def test_links_may_follow_links() -> None:
    assert holds('sensor{maker{name}}=="Météo"')
    assert holds('sensor{Device:maker{Company:name}}~="^M"')
    assert not holds('sensor{Device:maker{Device:name}}=="Météo"')
    assert holds("sensor{maker{station{sensor{humidity}}}}>30")


def test_what_points_nowhere_matches_only_its_absence() -> None:
    assert not holds("operator{name}")
    assert holds("!operator{name}")
    assert not holds("!sensor{humidity}")
    assert not holds("humidity{name}")


def test_linked_terms_combine_with_others() -> None:
    assert holds("sensor{humidity}>30;sensor{humidity}<20;!humidity")
    assert holds("operator{name}|sensor")


def test_each_level_of_links_is_one_round_of_reading() -> None:
    start = [WORLD["urn:x:station"]]
    for q, expected, read in [
        ("sensor", 0, set()),
        ("sensor{humidity}==40", 1, {"urn:x:dry", "urn:x:wet"}),
        ("operator{name}", 1, {"urn:x:nobody"}),
        ("sensor{maker{name}}", 2, {"urn:x:dry", "urn:x:wet", "urn:x:firm"}),
        (
            "sensor{maker{station{sensor{maker{name}}}}}",
            3,
            {"urn:x:dry", "urn:x:wet", "urn:x:firm", "urn:x:station"},
        ),
    ]:
        known, rounds = reading(EntityQuery(q=parse_q(q, CONTEXT)), start)
        assert rounds == expected, q
        assert known.keys() == read


def test_a_query_without_links_asks_for_no_reading() -> None:
    assert links(EntityQuery()) == ()
    assert links(EntityQuery(q=parse_q("a.b|c[d]", CONTEXT))) == ()
