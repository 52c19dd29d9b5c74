"""The mappings that ship: every field of the simulated portals is used, and the models agree."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.simulation.lille_datasets import COLLECTIONS
from beffroi.simulation.lille_like import CITY as LILLE
from beffroi.simulation.ods_clean import CITY as ODS
from beffroi.simulation.ods_datasets import DATASETS
from beffroi.simulation.world.world import world
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.rules.dataset import Family
from beffroi.sources.rules.mapping.apply import Setting
from beffroi.sources.rules.mapping.detect import propose
from beffroi.sources.rules.mapping.format import AttributeRule, Members
from beffroi.sources.rules.mapping.tally import dry_run
from beffroi.sources.rules.vocabulary import OWN, context_document, uris
from tests.sources.fakes import TICK, shared

MAPPINGS = shipped().mappings
SUBJECTS = {
    "BikeHireDockingStation": "Transportation",
    "EVChargingStation": "Transportation",
    "OffStreetParking": "Parking",
    "AirQualityObserved": "Environment",
    "WeatherObserved": "Weather",
    "Streetlight": "Streetlighting",
    "SolarEnergy": "Energy",
    "ACMeasurement": "Energy",
}
UNKNOWN_TO_SOURCES = {"ACMeasurement": {"phaseType"}}
"""Required by a model, and told by none of our sources: the mappings do not invent it."""


def sets() -> Iterator[tuple[str, Family, list[Any], Box, str]]:
    """Each simulated dataset: its name, family, records, area and title."""
    for each in COLLECTIONS:
        rows = each.rows(world(LILLE, 7, TICK))
        yield each.id, "ogc", [{"@id": row.id, **row.values} for row in rows], Box(*LILLE.box()), each.title
    for each in DATASETS:
        yield (
            each.id,
            "opendatasoft",
            [dict(row.values) for row in each.rows(world(ODS, 7, TICK))],
            Box(*ODS.box()),
            each.title,
        )


CASES = [pytest.param(*case, id=case[0]) for case in sets()]


def entities(name: str, family: Family, records: list[Any], area: Box) -> list[JsonObject]:
    best = propose(list(MAPPINGS.values()), list(records[0]), family)[0]
    run = dry_run(MAPPINGS[best.mapping], records, Setting(name.rpartition(":")[2], area))
    assert run.tally.mapped == len(records)
    return list(run.examples)


@pytest.mark.parametrize("name", sorted(MAPPINGS))
def test_every_mapping_has_a_title_in_both_languages(name: str) -> None:
    titles = MAPPINGS[name].titles
    assert set(titles) == {"en", "fr"}
    assert titles["en"] != titles["fr"]


@pytest.mark.parametrize("code", ["en", "fr"])
def test_no_two_mappings_have_the_same_title(code: str) -> None:
    titles = [each.title_in(code) for each in MAPPINGS.values()]
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize(("name", "family", "records", "area", "title"), CASES)
def test_every_field_of_a_simulated_portal_becomes_something(
    name: str, family: Family, records: list[Any], area: Box, title: str
) -> None:
    proposals = propose(list(MAPPINGS.values()), list(records[0]), family, f"{name} {title}")
    assert len(proposals) == 1
    assert proposals[0].score > 1
    mapping = MAPPINGS[proposals[0].mapping]
    shown: Any = dry_run(mapping, records, Setting("s", area)).shown(mapping)
    assert (shown["refused"], shown["skipped"]) == (0, 0)
    assert set(shown["unused"]) <= {"code_insee"}
    notes = [note["reason"] for note in shown["notes"]]
    assert notes == (
        ["location: longitude and latitude stood in each other's place"] if "dechet" in name else []
    )


@pytest.mark.parametrize(("name", "family", "records", "area", "title"), CASES)
def test_entities_validate_against_the_smart_data_models(
    name: str, family: Family, records: list[Any], area: Box, title: str
) -> None:
    for entity in entities(name, family, records, area):
        kind = str(entity["type"])
        if kind not in SUBJECTS:
            pytest.skip(f"The schema of {kind} is not among the data from outside.")
        schema = json.loads(shared(f"smart-data-models/{SUBJECTS[kind]}/{kind}/schema.json").read_text())
        _leave_out_remote(schema)
        schema["required"] = [
            each for each in schema["required"] if each not in UNKNOWN_TO_SOURCES.get(kind, set())
        ]
        validator = jsonschema_rs.validator_for(schema)
        errors = [error.message for error in validator.iter_errors(_key_values(entity))]
        assert errors == []


def test_both_cities_give_an_attribute_the_same_unit() -> None:
    units: dict[tuple[str, str], set[str]] = {}
    for mapping in MAPPINGS.values():
        for rule in mapping.attributes:
            code = rule.wanted.code if rule.wanted else ""
            units.setdefault((mapping.type, rule.name), set()).add(code)
    assert {where: codes for where, codes in units.items() if len(codes) > 1} == {}


def test_two_cities_have_the_same_attributes_for_the_same_type() -> None:
    """What one city has and the other has not, by name, so that a gap is a decision."""
    found: dict[str, dict[str, set[str]]] = {}
    for mapping in MAPPINGS.values():
        city = mapping.name.split("-")[0]
        if city in ("lille", "ods") and "2019" not in mapping.name:
            found.setdefault(mapping.type, {})[city] = {
                rule.name for rule in mapping.attributes if rule.live or rule.required
            }
    gaps = {kind: cities["lille"] ^ cities["ods"] for kind, cities in found.items() if len(cities) == 2}
    assert {kind: gap for kind, gap in gaps.items() if gap} == {
        "BikeHireDockingStation": {"connectivity", "totalSlotNumber"},
        "EVChargingStation": {"chargingUnitId"},
        "Streetlight": {"feederPillarNum"},
    }


def test_every_term_of_a_mapping_is_in_the_vocabulary() -> None:
    terms = uris()
    for mapping in MAPPINGS.values():
        used = {mapping.type, "location", *_names(mapping.attributes)}
        assert used <= set(terms), mapping.name


def test_no_term_of_the_vocabulary_is_idle() -> None:
    used = {"location"}
    for mapping in MAPPINGS.values():
        used |= {mapping.type, *_names(mapping.attributes)}
    assert set(uris()) <= used


@pytest.mark.parametrize("subject", sorted(set(SUBJECTS.values())))
def test_the_vocabulary_agrees_with_the_published_contexts(subject: str) -> None:
    published = json.loads(shared(f"smart-data-models/{subject}/context.jsonld").read_text())["@context"]
    ours: Any = context_document()["@context"]
    mine = f"https://smartdatamodels.org/dataModel.{subject}/"
    for term, uri in ours.items():
        if uri.startswith(mine) or (term in published and "/dataModel." not in uri and term not in OWN):
            assert published[term] == uri


def test_own_terms_have_no_smart_data_model() -> None:
    for subject in sorted(set(SUBJECTS.values())):
        published = json.loads(shared(f"smart-data-models/{subject}/context.jsonld").read_text())["@context"]
        assert not set(OWN) & set(published)


def test_gbfs_fields_choose_the_right_version() -> None:
    common = [
        "station_id",
        "name",
        "lat",
        "lon",
        "capacity",
        "num_docks_available",
        "is_renting",
        "last_reported",
    ]
    two = propose(list(MAPPINGS.values()), [*common, "num_bikes_available"], "gbfs")
    three = propose(list(MAPPINGS.values()), [*common, "num_vehicles_available"], "gbfs")
    assert [two[0].mapping, three[0].mapping] == ["gbfs-2-stations", "gbfs-3-stations"]
    assert len(two) == len(three) == 1


def test_fields_that_say_nothing_get_no_proposal() -> None:
    assert (
        propose(list(MAPPINGS.values()), ["@id", "nom", "commune", "x", "y", "date_modification"], "ogc")
        == []
    )


IRVE_STATIC: JsonObject = {
    "nom_operateur": "Exemple", "nom_enseigne": "Réseau exemple", "id_station_itinerance": "FRXXXP1",
    "nom_station": "Gare", "adresse_station": "1 place de la Gare 59000 Lille", "coordonneesXY": "[3.0706, 50.6365]",
    "nbre_pdc": "2", "id_pdc_itinerance": "FRXXXE1", "puissance_nominale": "22.08", "prise_type_ef": "true",
    "prise_type_2": "1", "prise_type_combo_ccs": "FALSE", "prise_type_chademo": "false", "prise_type_autre": "0",
    "horaires": "24/7", "station_deux_roues": "false", "date_maj": "2024-10-17",
}  # fmt: skip
IRVE_DYNAMIC: JsonObject = {
    "id_pdc_itinerance": "FRXXXE1", "etat_pdc": "en_service", "occupation_pdc": "inconnu",
    "horodatage": "2024-10-17T12:00:00+02:00", "etat_prise_type_2": "fonctionnel",
}  # fmt: skip


def test_both_parts_of_irve_make_one_entity() -> None:
    ids = set[str]()
    merged: JsonObject = {}
    for record, expected in ((IRVE_STATIC, "irve-static"), (IRVE_DYNAMIC, "irve-dynamic")):
        best = propose(list(MAPPINGS.values()), list(record), "file")[0]
        assert best.mapping == expected
        found = dry_run(MAPPINGS[best.mapping], [record], Setting(f"from-{expected}")).examples[0]
        ids.add(str(found["id"]))
        merged.update(found)
    assert ids == {"urn:ngsi-ld:EVChargingStation:irve:FRXXXE1"}
    values = _key_values(merged)
    assert values["socketType"] == ["Wall_Euro", "Type2"]
    assert values["maximumPower"] == 22080
    assert values["allowedVehicleType"] == ["car"]
    assert values["status"] == "working"
    assert "availableCapacity" not in values
    assert merged["location"]["value"]["coordinates"] == [3.0706, 50.6365]  # type: ignore[index,call-overload]


def _names(rules: tuple[AttributeRule, ...]) -> Iterator[str]:
    for rule in rules:
        yield rule.name
        if isinstance(rule.origin, Members):
            yield from _names(rule.origin.of)


def _key_values(entity: JsonObject) -> dict[str, Any]:
    """The simplified form as the models' schemas expect it: moments as text."""
    found = dict[str, Any]()
    for name, attribute in entity.items():
        value: Any = attribute
        if isinstance(attribute, dict):
            value = attribute.get("value", attribute.get("object"))
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        found[name] = value
    return found


def _leave_out_remote(schema: Any) -> None:
    """Definitions of the models' common schema are not here: what they say is not checked."""
    if isinstance(schema, dict):
        schema.pop("$id", None)
        if str(schema.get("$ref", "")).startswith("http"):
            del schema["$ref"]
        for each in schema.values():
            _leave_out_remote(each)
    elif isinstance(schema, list):
        for each in schema:
            _leave_out_remote(each)
