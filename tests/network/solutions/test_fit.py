"""The fit: covered, derivable, missing, each with what was measured."""

from typing import Any

import pytest

from beffroi.network.rules.solutions.fit import Fit, Row, judge
from beffroi.network.rules.solutions.manifest import parse_manifest
from beffroi.network.rules.solutions.mapping import apply, apply_all, mapping_document, parse_mapping
from tests.network.solutions.cities import city, content, entity, needing, place

BIKES = "https://smartdatamodels.org/dataModel.Transportation/BikeHireDockingStation"


def row(fit: Fit, attribute: str = "", aspect: str = "attribute") -> Row:
    (found,) = [each for each in fit.rows if (each.attribute, each.aspect) == (attribute, aspect)]
    return found


def mapped(fit: Fit, one: Any) -> Any:
    """What the proposed mapping makes of an entity, by way of its document."""
    (mapping,) = parse_mapping(mapping_document("x", "1", "https://city.example", fit.mapping))
    return apply(mapping, one)


def test_a_need_that_is_there_under_its_name_is_covered() -> None:
    whole_name: dict[str, Any] = {"https://smartdatamodels.org/availableBikeNumber": 4}
    found = judge(
        needing({"name": "availableBikeNumber", "kind": "integer"}),
        city(entity(1, BIKES, **whole_name)),
    )
    assert found.verdict == "covered"
    assert row(found, "availableBikeNumber").source.endswith("/availableBikeNumber")
    assert found.cost.missing == found.cost.derivable == 0


def test_another_unit_of_the_same_quantity_is_derived_exactly() -> None:
    facts = city(entity(1, "Wind", windSpeed={"type": "Property", "value": 36, "unitCode": "KMH"}))
    found = judge(needing({"name": "windSpeed", "kind": "number", "unit": "MTS"}, type="Wind"), facts)
    assert row(found, "windSpeed").verdict == "derivable"
    one = entity(1, "Wind", windSpeed={"type": "Property", "value": 36, "unitCode": "KMH"})
    assert mapped(found, one).entity["windSpeed"] == {"type": "Property", "value": 10, "unitCode": "MTS"}


def test_degrees_have_an_offset() -> None:
    one = entity(1, "Weather", temperature={"type": "Property", "value": 212, "unitCode": "FAH"})
    found = judge(
        needing({"name": "temperature", "kind": "number", "unit": "CEL"}, type="Weather"), city(one)
    )
    assert mapped(found, one).entity["temperature"]["value"] == 100


def test_a_unit_of_another_quantity_is_missing() -> None:
    one = entity(1, "Lamp", power={"type": "Property", "value": 5, "unitCode": "KWH"})
    found = judge(needing({"name": "power", "kind": "number", "unit": "WTT"}, type="Lamp"), city(one))
    assert row(found, "power").verdict == "missing"
    assert "KWH" in row(found, "power").reasons[0].text("en")


def test_a_number_without_a_unit_has_to_be_confirmed() -> None:
    found = judge(
        needing({"name": "power", "kind": "number", "unit": "WTT"}, type="Lamp"),
        city(entity(1, "Lamp", power=5)),
    )
    assert row(found, "power").verdict == "derivable"
    assert "no unit" in row(found, "power").reasons[0].text("en")


def test_another_type_with_other_names_in_another_language_is_derived() -> None:
    stations = [entity(n, "StationVelo", nb_velos_dispo=n, nb_places_dispo=3) for n in range(4)]
    found = judge(
        needing(
            {"name": "availableBikeNumber", "kind": "integer"},
            {"name": "totalSlotNumber", "kind": "integer"},
        ),
        city(*stations, entity(9, "Arbre", hauteur=3)),
    )
    assert found.verdict == "derivable"
    assert row(found, "", "entities").source == "StationVelo"
    result = mapped(found, stations[2]).entity
    assert result["type"] == "BikeHireDockingStation"
    assert (result["availableBikeNumber"]["value"], result["totalSlotNumber"]["value"]) == (2, 5)
    assert "nb_velos_dispo + nb_places_dispo" in row(found, "totalSlotNumber").reasons[0].text("en")


def test_what_is_left_of_a_whole_is_derived() -> None:
    parks = [entity(n, "OffStreetParking", spaces_total=10, spaces_occupied=n) for n in range(3)]
    found = judge(
        needing({"name": "availableSpotNumber", "kind": "integer"}, type="OffStreetParking"), city(*parks)
    )
    assert mapped(found, parks[2]).entity["availableSpotNumber"]["value"] == 8


def test_the_members_of_a_list_are_counted() -> None:
    one = entity(1, "EVChargingStation", socketNumber=["a", "b"])
    found = judge(needing({"name": "socketNumber", "kind": "integer"}, type="EVChargingStation"), city(one))
    assert row(found, "socketNumber").verdict == "derivable"
    assert mapped(found, one).entity["socketNumber"]["value"] == 2


def test_parts_that_name_their_whole_are_counted_and_summed() -> None:
    """A city with an entity for each charging point, and a solution that asks for stations."""
    points = [
        entity(
            n,
            "PointDeCharge",
            refStation=f"S{n // 3}",
            puissance={"type": "Property", "value": 7, "unitCode": "KWT"},
        )
        for n in range(9)
    ]
    found = judge(
        needing(
            {"name": "capacity", "kind": "integer"},
            {"name": "power", "kind": "number", "unit": "KWT"},
            type="EVChargingStation",
        ),
        city(*points),
    )
    assert found.verdict == "derivable"
    assert "'refStation' names the whole" in row(found, "", "entities").reasons[1].text("en")
    (mapping,) = parse_mapping(mapping_document("x", "1", "https://city.example", found.mapping))
    made: list[dict[str, Any]] = [each.entity for _, each in apply_all(mapping, points)]
    assert [(each["capacity"]["value"], each["power"]["value"]) for each in made] == [(3, 21)] * 3


def test_what_names_only_itself_is_no_part() -> None:
    stations = [entity(n, BIKES, stationCode=f"S{n}", availableBikeNumber=1) for n in range(9)]
    found = judge(needing({"name": "availableBikeNumber", "kind": "integer"}), city(*stations))
    assert found.verdict == "covered"


def test_words_of_the_city_are_translated_and_those_that_are_not_are_named() -> None:
    states = ["EN SERVICE", "HORS SERVICE", "MYSTÈRE"]
    stations = [entity(n, BIKES, status=state) for n, state in enumerate(states)]
    wanted = {"name": "status", "kind": "text", "values": ["working", "outOfService"]}
    found = judge(needing(wanted), city(*stations))
    assert [mapped(found, each).entity.get("status", {}).get("value") for each in stations] == [
        "working",
        "outOfService",
        None,
    ]
    assert "MYSTÈRE" in row(found, "status").reasons[1].text("fr")
    assert "MYSTÈRE" in mapped(found, stations[2]).missing["status"]


def test_what_too_few_entities_have_is_missing_with_the_share() -> None:
    stations = [entity(1, BIKES, availableBikeNumber=1), entity(2, BIKES, other=1)]
    found = judge(needing({"name": "availableBikeNumber", "kind": "integer"}), city(*stations))
    assert row(found, "availableBikeNumber").verdict == "missing"
    assert row(found, "availableBikeNumber").figures["share"] == 0.5
    assert found.cost.without_value == 1


def test_values_that_are_too_old_are_missing_with_their_age() -> None:
    stations = [entity(n, BIKES, at="2026-11-22T11:00:00Z", availableBikeNumber=1) for n in range(3)]
    wanted = {"name": "availableBikeNumber", "kind": "integer", "maxAge": "PT5M"}
    found = judge(needing(wanted), city(*stations))
    assert row(found, "availableBikeNumber", "age").verdict == "missing"
    assert row(found, "availableBikeNumber", "age").figures == {"median": 3600, "p90": 3600, "needed": 300}
    assert found.cost.unmet == 1


def test_coverage_counts_the_parts_of_the_city_that_hold_one() -> None:
    bikes = [entity(1, BIKES, bikes=1, location=place(3.0, 50.0))]
    others = [entity(n, "Lamp", location=place(3 + n / 10, 50 + n / 10)) for n in range(8)]
    wanted = {"name": "bikes", "kind": "integer"}
    found = row(judge(needing(wanted, coverage=0.5), city(*bikes, *others)), "", "coverage")
    assert (found.verdict, found.figures["cells"], found.figures["of"]) == ("missing", 1, 8)


@pytest.mark.parametrize(
    ("licences", "use", "verdict", "said"),
    [
        (("etalab-2.0",), {"commercial": True}, "covered", "etalab-2.0"),
        (("CC-BY-NC-4.0",), {"commercial": True}, "missing", "for money"),
        (("CC-BY-ND-4.0",), {"derivatives": True}, "missing", "something new"),
        (("ODbL-1.0",), {"shareAlike": False}, "missing", "same licence"),
        (("ODbL-1.0",), {"accepts": ["etalab-2.0"]}, "missing", "not among"),
        (("https://licence.example/own",), {}, "missing", "in no table"),
        ((), {}, "missing", "states no licence"),
        (("etalab-2.0", "CC-BY-NC-4.0"), {"commercial": True}, "missing", "CC-BY-NC-4.0"),
    ],
)
def test_a_licence_that_forbids_what_is_done_stands_in_the_way(
    licences: tuple[str, ...], use: Any, verdict: str, said: str
) -> None:
    manifest = parse_manifest(content(data=use))
    found = row(
        judge(manifest, city(entity(1, BIKES, availableBikeNumber=1), licences=licences)), "", "licence"
    )
    assert found.verdict == verdict
    assert said in found.reasons[0].text("en")


def test_an_optional_need_does_not_decide() -> None:
    found = judge(
        needing(
            {"name": "availableBikeNumber", "kind": "integer"},
            {"name": "noSuchThing", "kind": "text", "required": False},
        ),
        city(entity(1, BIKES, availableBikeNumber=1)),
    )
    assert found.verdict == "covered"
    assert found.cost.missing == 1


def test_an_empty_city_lacks_everything() -> None:
    found = judge(needing({"name": "availableBikeNumber", "kind": "integer"}), city())
    assert found.verdict == "missing"
    assert found.mapping == ()
