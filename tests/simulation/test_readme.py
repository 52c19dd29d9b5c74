"""The table from which mappings are written names each dataset, each field and each unit."""

from pathlib import Path

import pytest

import beffroi.simulation
from beffroi.simulation.dataset import Dataset
from beffroi.simulation.lille_datasets import COLLECTIONS
from beffroi.simulation.lille_like import CITY as LILLE_LIKE
from beffroi.simulation.ods_clean import CITY as ODS_CLEAN
from beffroi.simulation.ods_datasets import DATASETS
from beffroi.simulation.world.world import world

TEXT = Path(beffroi.simulation.__file__).with_name("README.md").read_text()
EVERYWHERE = {"x", "y", "date_modification", "geo_point_2d", "last_update", "name", "quarter"}
WORDS = {"°": "degrees", "1": "fraction"}


@pytest.mark.parametrize("each", [*COLLECTIONS, *DATASETS], ids=lambda each: each.id)
def test_the_table_describes_each_dataset(each: Dataset) -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| `{each.id}` |"))
    count, fields = line.split("|")[2].strip(), line.split("|")[4]
    city = LILLE_LIKE if each in COLLECTIONS else ODS_CLEAN
    assert len(each.rows(world(city, 7, 0))) == int(count)
    for field in each.fields:
        if field.name not in EVERYWHERE:
            assert f"`{field.name}`" in fields
            assert field.unit is None or WORDS.get(field.unit, field.unit) in fields
