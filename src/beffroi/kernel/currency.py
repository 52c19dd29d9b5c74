"""Currencies that the node deals in (ISO 4217), with the digits of their minor unit.

Those of the European Union, the EEA, their neighbours and the largest others. Currencies with three
digits are left out: an invoice of EN 16931 cannot say their amounts.
"""

from beffroi.kernel.problem import BadRequestData, Problem

MINOR_UNITS: dict[str, int] = {
    "ALL": 2, "AUD": 2, "BAM": 2, "BGN": 2, "CAD": 2, "CHF": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2,
    "GEL": 2, "HUF": 2, "ISK": 0, "JPY": 0, "MAD": 2, "MDL": 2, "MKD": 2, "NOK": 2, "PLN": 2, "RON": 2,
    "RSD": 2, "SEK": 2, "TRY": 2, "UAH": 2, "USD": 2, "XOF": 0, "XPF": 0,
}  # fmt: skip


def checked_currency(code: object) -> str:
    """The code itself. Raises Problem(BadRequestData) for what is none of ours.

    >>> checked_currency("EUR")
    'EUR'
    """
    if not isinstance(code, str) or code not in MINOR_UNITS:
        raise Problem(BadRequestData, f"'{str(code)[:40]}' is no currency (ISO 4217) that this node knows.")
    return code
