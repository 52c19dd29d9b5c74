"""Units: what foreign systems write, the UN/CEFACT code (Recommendation 20), conversion between them."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from beffroi.kernel.problem import BadRequestData, Problem


@dataclass(frozen=True, slots=True)
class Unit:
    """`code` is UN/CEFACT. A value times `factor` plus `offset` is in the base unit of its `quantity`."""

    code: str
    quantity: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


# quantity: name and code of each unit, and what it is in the first one
_TABLE = {
    "power": "W WTT 1, kW KWT 1000, MW MAW 1000000",
    "energy": "Wh WHR 1, kWh KWH 1000, MWh MWH 1000000, J JOU 1/3600",
    "length": "m MTR 1, cm CMT 1/100, mm MMT 1/1000, km KMT 1000",
    "area": "m² MTK 1, m2 MTK 1, km² KMK 1000000, ha HAR 10000",
    "speed": "m/s MTS 1, km/h KMH 5/18, kn KNT 463/900",
    "pressure": "Pa PAL 1, hPa A97 100, mbar MBR 100, kPa KPA 1000, bar BAR 100000",
    "ratio": "1 C62 1, % P1 1/100",
    "concentration": "µg/m³ GQ 1, ug/m3 GQ 1, mg/m³ GP 1000",
    "fraction": "ppb 61 1, ppm 59 1000",
    "time": "s SEC 1, min MIN 60, h HUR 3600",
    "angle": "° DD 1, deg DD 1",
    "rain": "mm/h H67 1",
    "mass": "kg KGM 1, g GRM 1/1000, t TNE 1000",
    "volume": "m³ MTQ 1, l LTR 1/1000",
    "current": "A AMP 1, mA 4K 1/1000",
    "voltage": "V VLT 1, kV KVT 1000",
    "sound": "dB 2N 1",
}


def _rows() -> dict[str, Unit]:
    found = dict[str, Unit]()
    for quantity, written in _TABLE.items():
        for row in written.split(", "):
            name, code, factor = row.split()
            found[name] = Unit(code, quantity, Fraction(factor))
    return found


BY_NAME: dict[str, Unit] = {
    **_rows(),
    "°C": Unit("CEL", "temperature"),
    "K": Unit("KEL", "temperature", offset=Fraction("-273.15")),
    "°F": Unit("FAH", "temperature", Fraction(5, 9), Fraction(-160, 9)),
}
BY_CODE: dict[str, Unit] = {unit.code: unit for unit in BY_NAME.values()}


def unit_of(written: str) -> Unit:
    """The unit with this name or UN/CEFACT code; raises Problem(BadRequestData).

    >>> unit_of("kW").code, unit_of("WTT").code
    ('KWT', 'WTT')
    """
    found = BY_NAME.get(written) or BY_CODE.get(written)
    if found is None:
        raise Problem(BadRequestData, f"The unit {written[:60]!r} is not in the table of units.")
    return found


def check_same_quantity(given: Unit, wanted: Unit) -> None:
    """Raise Problem(BadRequestData) unless one can be converted into the other."""
    if given.quantity != wanted.quantity:
        raise Problem(
            BadRequestData,
            f"A {given.quantity} ({given.code}) cannot become a {wanted.quantity} ({wanted.code}).",
        )


def converted(number: Decimal, given: Unit, wanted: Unit) -> Decimal:
    """The same quantity in another unit.

    >>> converted(Decimal("7.4"), unit_of("kW"), unit_of("W"))
    Decimal('7400')
    >>> converted(Decimal("36"), unit_of("km/h"), unit_of("m/s"))
    Decimal('10')
    """
    if given.code == wanted.code:
        return number
    exact = (Fraction(number) * given.factor + given.offset - wanted.offset) / wanted.factor
    return Decimal(exact.numerator) / Decimal(exact.denominator)
