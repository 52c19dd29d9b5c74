"""The schemas of our extensions say what the market itself reads and writes."""

import json

import jsonschema_rs
import pytest

from beffroi.market.routes.dcat import DCAT_ROUTES
from beffroi.market.rules.documents.schemas import SCHEMAS, schema_path
from tests.market.prices import per_use, tiered
from tests.market.shop import usage


def valid(name: str, document: object) -> None:
    jsonschema_rs.validator_for(SCHEMAS[name]).validate(document)


def test_prices_with_tiers_and_trials_and_rows_of_usage_fit_their_schemas() -> None:
    valid("AccessPrice", tiered((10, 1), (None, 3), amount=1))
    valid("AccessPrice", per_use(1, 1, trial={"days": 15}))
    for row in usage("a", [{"requests": 3}, {"bytes": 5}]):
        valid("MeteredUsage", json.loads(json.dumps(row)))


@pytest.mark.parametrize(
    "wrong", [{"tier": []}, {"tier": [{"upTo": 3}]}, {"trial": {}}, {"trial": {"days": -1}}]
)
def test_what_is_no_price_fits_no_schema(wrong: object) -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        valid("AccessPrice", wrong)


def test_each_schema_has_a_route() -> None:
    assert {schema_path(name) for name in SCHEMAS} <= {route.path for route in DCAT_ROUTES}
    for schema in SCHEMAS.values():
        assert jsonschema_rs.meta.is_valid(schema)
