"""Unit codes (UN/CEFACT Recommendation 20) and the symbols that people read."""

from typing import Final

SYMBOLS: Final[dict[str, str]] = {
    "2N": "dB",
    "4H": "µm",
    "4K": "mA",
    "59": "ppm",
    "61": "ppb",
    "A97": "hPa",
    "AMP": "A",
    "B22": "kA",
    "BAR": "bar",
    "CEL": "°C",
    "CMT": "cm",
    "D32": "TWh",
    "DAY": "d",
    "DD": "°",
    "E01": "N/cm²",
    "FAR": "F",
    "FTU": "NTU",
    "GP": "mg/m³",
    "GQ": "µg/m³",
    "GRM": "g",
    "GWH": "GWh",
    "H67": "mm/h",
    "HTZ": "Hz",
    "HUR": "h",
    "JOU": "J",
    "K3": "kvarh",
    "KEL": "K",
    "KGM": "kg",
    "KMH": "km/h",
    "KMT": "km",
    "KVA": "kVA",
    "KVR": "kvar",
    "KVT": "kV",
    "KWH": "kWh",
    "KWT": "kW",
    "L2": "l/min",
    "LTR": "l",
    "LUM": "lm",
    "LUX": "lx",
    "M1": "mg/l",
    "MAW": "MW",
    "MBR": "mbar",
    "MIN": "min",
    "MMT": "mm",
    "MQH": "m³/h",
    "MTK": "m²",
    "MTQ": "m³",
    "MTR": "m",
    "MTS": "m/s",
    "MWH": "MWh",
    "OHM": "Ω",
    "P1": "%",
    "PAL": "Pa",
    "Q30": "pH",
    "SEC": "s",
    "SM3": "m³",
    "TNE": "t",
    "VLT": "V",
    "WHR": "Wh",
    "WTT": "W",
}

COUNTS: Final = frozenset({"C62", "EA", "H87", "NIU", "1"})
"""Codes that say "this many": nothing stands behind the number."""


def symbol(code: str) -> str:
    """The symbol of a unit code; the code itself where this table has none.

    >>> symbol("CEL"), symbol("C62"), symbol("X9Y")
    ('°C', '', 'X9Y')
    """
    return "" if code in COUNTS else SYMBOLS.get(code, code)
