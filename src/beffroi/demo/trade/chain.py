"""Check the chain of usage rows as a buyer does who trusts nobody: by the published recipe alone.

The recipe stands in docs/reference/prices-and-bills.md and needs nothing but a standard library.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from beffroi.demo.talk import Unexpected
from beffroi.kernel.json import Json, JsonObject

FIRST = "0" * 64


def seal(meter: Mapping[str, Json]) -> str:
    """SHA-256 of what a row counted."""
    sealed = {name: value for name, value in meter.items() if name != "hash"}
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check_chain(rows: Sequence[JsonObject]) -> None:
    """Raises Unexpected at the first row that is not sealed or does not follow the one before.

    >>> check_chain([{"meter": {"number": 1, "previous": FIRST, "hash": "no"}}])
    Traceback (most recent call last):
    beffroi.demo.talk.Unexpected: Row 1 of the usage is not what was sealed.
    """
    previous = FIRST
    for number, row in enumerate(rows, 1):
        meter = row["meter"]
        if not isinstance(meter, dict) or seal(meter) != meter["hash"]:
            raise Unexpected(f"Row {number} of the usage is not what was sealed.")
        if meter["previous"] != previous or meter["number"] != number:
            raise Unexpected(f"Row {number} of the usage does not follow the row before.")
        previous = str(meter["hash"])
