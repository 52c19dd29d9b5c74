"""The first city's strategy, imported from a table; one indicator is computed from its own data."""

from importlib.resources import files
from typing import Final, cast

from beffroi.demo.network.chapter import NETWORK
from beffroi.demo.talk import Talk, Unexpected, reason_in
from beffroi.kernel.json import JsonObject, objects_in
from beffroi.network.rules.document import content_of

TABLE: Final = "strategy.csv"
"""A simulated strategy, as an office's spreadsheet writes it: semicolons, windows-1252."""


async def steer(office: Talk) -> JsonObject:
    """Import the table and measure an indicator; the board."""
    path = f"{NETWORK}/strategy/import?language=fr"
    sent = await office.send(
        "POST", path, {"content-type": "text/csv"}, files("beffroi.demo.network").joinpath(TABLE).read_bytes()
    )
    if sent.status != 200:
        raise Unexpected(f"The table was answered with {sent.status}: {reason_in(sent)}")
    board = await office.document(f"{NETWORK}/strategy")
    first = objects_in(board["pledges"])[0]
    indicator = await office.make(
        f"{NETWORK}/indicators?publish=true",
        {
            "shows": cast("JsonObject", first["pledge"])["id"],
            "title": "Stations de vélos qui disent combien il en reste",
            "language": "fr",
            "unit": "C62",
            "start": "0",
            "target": "400",
            "measure": {"type": "BikeHireDockingStation", "q": "availableBikeNumber", "aggregate": "count"},
        },
    )
    name = str(indicator["id"]).rpartition("/")[2]
    reading = await office.make(f"{NETWORK}/indicators/{name}/measure", {})
    content = content_of(reading)
    if content["value"] == "0":
        raise Unexpected("The indicator counts nothing.")
    return {"counts": board["counts"], "value": content["value"]}
