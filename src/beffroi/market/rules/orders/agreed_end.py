"""When the agreed time of a product is over (TMF637): whichever of its two ends comes first.

The product has a `terminationDate`, and where a period was sold the characteristic `period` has an end, too.
The gate closes at the earlier of them (`access/grants.py`), and bills, credits and reported usage end there.
"""

from collections.abc import Mapping

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, objects_in


def agreed_end(product: Mapping[str, Json]) -> Instant:
    """When the agreed time of a product is over; NO_INSTANT if never.

    >>> agreed_end({"terminationDate": "2026-11-01T00:00:00+01:00"})
    '2026-10-31T23:00:00.000000Z'
    >>> period = {"name": "period", "value": {"endDateTime": "2026-10-15T00:00:00Z"}}
    >>> agreed_end({"terminationDate": "2026-11-01T00:00:00Z", "productCharacteristic": [period]})
    '2026-10-15T00:00:00.000000Z'
    """
    periods = [
        each for each in objects_in(product.get("productCharacteristic")) if each.get("name") == "period"
    ]
    sold = [value for each in periods if isinstance(value := each.get("value"), dict)]
    stated = [product.get("terminationDate"), *(one.get("endDateTime") for one in sold)]
    ends = [moment for one in stated if (moment := parse_instant(str(one)))]
    return min(ends, default=NO_INSTANT)
