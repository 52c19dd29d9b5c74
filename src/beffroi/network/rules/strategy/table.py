"""A strategy as a table: what a city office keeps in a spreadsheet, read line by line.

One line is one action, or one indicator of an action or of a pledge; a pledge is named in each of its lines.
Columns may have French or English names and any order; a column that is not known is named, not guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.strategy.kinds import STAGES

MOST_LINES: Final = 5_000
MOST_TOLD: Final = 20
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "pledge": ("pledge", "engagement", "promesse"),
    "axis": ("axis", "axe"),
    "number": ("number", "numero", "no", "n°"),
    "action": ("action",),
    "text": ("text", "description", "texte"),
    "responsible": ("responsible", "owner", "responsable", "pilote", "porteur"),
    "begins": ("begins", "begin", "start date", "debut", "date de debut"),
    "ends": ("ends", "end", "end date", "fin", "date de fin", "echeance"),
    "stage": ("stage", "status", "state", "statut", "etat", "avancement"),
    "reason": ("reason", "raison", "motif"),
    "indicator": ("indicator", "indicateur", "kpi"),
    "unit": ("unit", "unite"),
    "start": ("start", "baseline", "depart", "valeur de depart", "reference"),
    "target": ("target", "cible", "objectif", "valeur cible"),
    "value": ("value", "valeur", "valeur actuelle"),
    "at": ("at", "date", "date de la valeur", "mesure le"),
}
_STAGE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "planned": ("planned", "to do", "prevu", "prevue", "a faire", "a venir", "planifie", "planifiee", ""),
    "running": ("running", "ongoing", "in progress", "en cours", "lance", "lancee", "demarre", "demarree"),
    "done": ("done", "finished", "completed", "fait", "faite", "termine", "terminee", "realise", "realisee"),
    "stopped": (
        "stopped",
        "abandoned",
        "cancelled",
        "arrete",
        "arretee",
        "abandonne",
        "abandonnee",
        "annule",
    ),
}
_BY_NAME: Final = {name: column for column, names in COLUMNS.items() for name in names}
_BY_STAGE_WORD: Final = {word: stage for stage, words in _STAGE_WORDS.items() for word in words}
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_MOMENT: Final = re.compile(r"(.+?)[T ]\d{1,2}:\d{2}(:\d{2})?")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table, cleaned: `number` is its place in the file, the header is line 1; `cells` are
    those that are filled, by column; dates are ISO 8601, numbers decimal, stages those of STAGES."""

    number: int
    cells: Mapping[str, str]


def read_lines(rows: Iterable[JsonObject]) -> list[Line]:
    """The lines of a table. Raises Problem(BadRequestData) that tells of every line that is not right."""
    lines, wrong = list[Line](), list[str]()
    columns: Mapping[str, str] | None = None
    for number, row in enumerate(rows, 2):
        if number > MOST_LINES + 1:
            raise Problem(BadRequestData, f"The table has more than {MOST_LINES:,} lines.")
        columns = columns if columns is not None else _columns([*row])
        filled = {columns[name]: str(cell).strip() for name, cell in row.items() if str(cell or "").strip()}
        if filled:
            lines.append(Line(number, _cleaned(number, filled, wrong)))
    if wrong:
        more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
        told = "; ".join(wrong[:MOST_TOLD]) + more
        raise Problem(BadRequestData, f"Nothing was read: {told}.")
    if not lines:
        raise Problem(BadRequestData, "The table has no line below its header.")
    return lines


def plain(text: str) -> str:
    """A word without accents, capitals and spaces at its ends, to compare by.

    >>> plain("  Échéance ")
    'echeance'
    """
    bare = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).lower().split())


def day(text: str) -> str | None:
    """A date as ISO 8601, written with the year or with the day first; None if it is none.

    >>> day("30/06/2026"), day("2026-6-3"), day("31.02.2026"), day("juin")
    ('2026-06-30', '2026-06-03', None, None)
    """
    moment = _MOMENT.fullmatch(text)
    bare = moment[1] if moment else text
    if found := _YEAR_FIRST.fullmatch(bare):
        year, month, number = found.groups()
    elif found := _DAY_FIRST.fullmatch(bare):
        number, month, year = found.groups()
    else:
        return None
    return _date(int(year), int(month), int(number))


def decimal(text: str) -> str | None:
    """A number as a decimal text, with a point or a comma before its fraction; None if it is none.

    >>> decimal("1 250,5"), decimal("-3.20"), decimal("1,250.5"), decimal("12 %")
    ('1250.5', '-3.20', '1250.5', None)
    """
    bare = re.sub(r"[\s\u00a0\u202f']", "", text).replace("\u2212", "-")
    if "," in bare and "." in bare:
        thousands = "," if bare.rindex(",") < bare.rindex(".") else "."
        bare = bare.replace(thousands, "")
    bare = bare.replace(",", ".")
    return bare if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", bare) else None


def _columns(names: Sequence[str]) -> Mapping[str, str]:
    found = dict[str, str]()
    for name in names:
        column = _BY_NAME.get(plain(name))
        if column is None:
            known = ", ".join(words[0] for words in COLUMNS.values())
            raise Problem(BadRequestData, f"The column '{name[:60]}' is not known; there are {known}.")
        if column in found.values():
            raise Problem(BadRequestData, f"The column '{name[:60]}' means '{column}', which is there twice.")
        found[name] = column
    if "pledge" not in found.values():
        raise Problem(BadRequestData, "The table has no column 'pledge' ('engagement' in French).")
    return found


def _cleaned(number: int, cells: Mapping[str, str], wrong: list[str]) -> dict[str, str]:
    clean = dict(cells)
    if "pledge" not in cells:
        wrong.append(f"line {number} names no pledge")
    for column in ("begins", "ends", "at"):
        _put(clean, column, day, f"line {number}: '{{}}' is no date in '{column}'", wrong)
    for column in ("start", "target", "value"):
        _put(clean, column, decimal, f"line {number}: '{{}}' is no number in '{column}'", wrong)
    if "stage" in cells:
        told = f"line {number}: '{{}}' is no stage; there are {', '.join(STAGES)}"
        _put(clean, "stage", lambda text: _BY_STAGE_WORD.get(plain(text)), told, wrong)
    if clean.get("stage") == "stopped" and "reason" not in cells:
        wrong.append(f"line {number}: the action is stopped and no reason is given")
    if "number" in cells and not (cells["number"].isascii() and cells["number"].isdigit()):
        wrong.append(f"line {number}: '{cells['number'][:40]}' is no whole number in 'number'")
    return clean


def _put(
    cells: dict[str, str], column: str, read: Callable[[str], str | None], told: str, wrong: list[str]
) -> None:
    if column in cells:
        value = read(cells[column])
        if value is None:
            wrong.append(told.format(cells[column][:40]))
        else:
            cells[column] = value


def _date(year: int, month: int, number: int) -> str | None:
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return None
