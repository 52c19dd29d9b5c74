"""Whether the licence of a city's data allows what a solution does with it."""

from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.kernel.licence import LICENCES, Licence
from beffroi.network.rules.solutions.manifest import DataUse
from beffroi.network.rules.solutions.reasons import Reason

_BY_ADDRESS: Final[Mapping[str, Licence]] = {
    address.removeprefix("https://").removeprefix("http://").rstrip("/"): row
    for row in LICENCES.values()
    for address in (row.url, row.authority)
    if address
}


def licence_of(said: str) -> Licence | None:
    """The licence with this SPDX identifier or address; None if it is in no table.

    >>> licence_of("http://opendatacommons.org/licenses/odbl/1-0").id
    'ODbL-1.0'
    """
    by_id = LICENCES.get(said.strip())
    return by_id or _BY_ADDRESS.get(said.strip().removeprefix("https://").removeprefix("http://").rstrip("/"))


def conflicts(licences: Sequence[str], use: DataUse) -> tuple[Reason, ...]:
    """What stands in the way, for every licence that the city states; nothing if all is allowed."""
    if not licences:
        return (Reason("licence-none"),)
    return tuple(reason for said in licences for reason in _of_one(said, use))


def _of_one(said: str, use: DataUse) -> list[Reason]:
    licence = licence_of(said)
    if licence is None:
        return [Reason("licence-unknown", {"licence": said[:100]})]
    named = {"licence": licence.id}
    if use.accepts and licence.id not in use.accepts:
        return [Reason("licence-refused", named)]
    checks = (
        ("licence-commercial", use.commercial and not licence.commercial),
        ("licence-derivatives", use.derivatives and not licence.derivatives),
        ("licence-alike", licence.share_alike and not use.share_alike),
    )
    return [Reason(code, named) for code, stands in checks if stands]
