"""Options that several commands share, and the Settings that they make."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from beffroi.kernel.problem import Problem, Unavailable

Data: TypeAlias = Annotated[
    str,
    typer.Option(
        envvar="BEFFROI_DATA",
        help="A folder, `memory:`, or `postgresql://…` with PostGIS.",
    ),
]
Contexts: TypeAlias = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A JSON file that maps @context URLs to files beside it."),
]


def store_url(data: str) -> str:
    """The store behind --data: a folder holds one SQLite database. Raises Problem(Unavailable).

    >>> store_url("memory:"), store_url("postgresql://db/city")
    ('memory:', 'postgresql://db/city')
    """
    if data == "memory:" or data.startswith(("postgresql:", "postgres:", "sqlite:")):
        return data
    folder = Path(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise Problem(Unavailable, f"The folder '{data}' cannot be used: {failure.strerror}.") from failure
    return f"sqlite:{folder / 'beffroi.db'}"
