"""Every NGSI-LD example of the Smart Data Models goes in and comes out equal."""

import json
from pathlib import Path
from typing import Any

import pytest

from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.store.opening import open_store
from tests.broker.client import LD_JSON, client_on
from tests.conftest import Run

MODELS = Path(__file__).parents[3] / "shared/data/smart-data-models"
EXAMPLES = sorted(MODELS.glob("*/*/example*.jsonld"))
pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="needs ../shared/data/smart-data-models beside the project"
)

INVALID: dict[str, str] = {
    "Energy/InverterDevice/example-normalized.jsonld": "The Point is not valid: the position [[43.66481,7.196545]] is not two or three numbers.",
    "Energy/InverterDevice/example.jsonld": "Attribute name 'nominalAmpereAC ' is not a valid name: it must be letters, numbers and _, or a URI.",
    "Energy/SolarEnergy/example-normalized.jsonld": "The Point is not valid: the position [[-35.589575,-78.339812]] is not two or three numbers.",
    "GreenEnergy/GreenEnergyMeasurement/example-normalized.jsonld": "Attribute 'refGreenEnergyGenerator' is a Relationship and cannot have the member 'value'.",
    "GreenEnergy/PhotovoltaicDevice/example-normalized.jsonld": "Attribute 'refDevice' is a Relationship and cannot have the member 'value'.",
    "GreenEnergy/PhotovoltaicMeasurement/example-normalized.jsonld": "Attribute 'refPhotovoltaicDevice' is a Relationship and has no object.",
    "Transportation/EVChargingStation/example.jsonld": "The @context address 'iudx:EVChargingStation' is no HTTP URL.",
    "Weather/WeatherForecast/example-normalized.jsonld": "The entity id 'Spain-WeatherForecast-46005_2016-12-01T18:00:00_2016-12-02T00:00:00' is not a URI.",
    "Weather/WeatherForecast/example.jsonld": "The entity id 'Spain-WeatherForecast-46005_2016-12-01T18:00:00_2016-12-02T00:00:00' is not a URI.",
}
"""Examples that are themselves invalid, with the reason that the node gives."""


def name_of(path: Path) -> str:
    return str(path.relative_to(MODELS))


def subject_context(path: Path) -> Any:
    return json.loads((path.parents[1] / "context.jsonld").read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_an_example_comes_out_as_it_went_in(path: Path, run: Run) -> None:
    example = json.loads(path.read_text())
    sources = example["@context"] if isinstance(example["@context"], list) else [example["@context"]]
    contexts = {url: subject_context(path) for url in sources if isinstance(url, str)}
    store = run(open_store("memory:", {"entity": ENTITY_INDEX}))
    node = client_on(store, run, contexts)
    form = "normalized" if "normalized" in path.name else "simplified"
    got = node.post(f"/entities?format={form}", example, Content_Type=LD_JSON)
    if name_of(path) in INVALID:
        assert (got.status, got.json["detail"]) == (400, INVALID[name_of(path)])
        return
    assert got.status == 201, got.json
    own = next(url for url in sources if "ngsi-ld-core-context" not in url)
    link = f'<{own}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    back = node.get(f"/entities/{example['id']}?format={form}", Link=link).json
    assert back == {name: value for name, value in example.items() if name != "@context"}
