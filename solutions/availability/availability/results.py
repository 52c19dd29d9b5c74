"""Results as entities: what is free now and soon, with a reference to the thing, for everybody to query."""

from datetime import UTC, datetime
from typing import Any

from availability.memory import Known

TYPE = "AvailabilityForecast"


def result(known: Known, ahead: dict[int, float]) -> dict[str, Any]:
    """One entity in NGSI-LD; moments are those of the value that it was made of."""
    at = datetime.fromtimestamp(known.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    id = str(known.entity["id"])
    made: dict[str, Any] = {
        "id": f"urn:ngsi-ld:{TYPE}:{id.removeprefix('urn:ngsi-ld:')}",
        "type": TYPE,
        "refEntity": {"type": "Relationship", "object": id},
        "available": _property(known.available, at),
        "capacity": _property(known.capacity, at),
        **{f"in{minutes}Minutes": _property(round(value, 2), at) for minutes, value in ahead.items()},
    }
    for name in ("name", "status", "location"):
        if name in known.entity:
            made[name] = known.entity[name]
    return made


def _property(value: float, at: str) -> dict[str, Any]:
    whole = int(value) if float(value).is_integer() else value
    return {"type": "Property", "value": whole, "unitCode": "C62", "observedAt": at}
