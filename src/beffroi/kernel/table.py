"""Tables in text (CSV, RFC 4180, and what people call so): separator found, records by their header."""

import csv
import re
from collections.abc import Iterator, Sequence

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ProblemKind, SourceFailed

SEPARATORS = ",;\t|"
MOST_COLUMNS = 1_000
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def rows_of(text: str, wrong: ProblemKind = SourceFailed) -> Iterator[JsonObject]:
    """One record for each line; an empty cell is null, a short line lacks its last cells.

    Raises Problem of the kind `wrong` for what is no table.

    >>> list(rows_of("id;nom\\n1;Opéra\\n2;\\n"))
    [{'id': '1', 'nom': 'Opéra'}, {'id': '2', 'nom': None}]
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = (found[0] for found in _LINE.finditer(text))
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Problem(wrong, "The table is empty: it has no header.")
    header = _header(first, wrong)
    reader = csv.reader(lines, delimiter=separator_of(first), strict=False)
    try:
        for cells in reader:
            if len(cells) > len(header):
                raise Problem(
                    wrong,
                    f"Line {reader.line_num + 1} of the table has {len(cells)} cells, "
                    f"and the header {len(header)}.",
                )
            if cells:
                yield {name: cell if cell != "" else None for name, cell in _pairs(header, cells)}
    except csv.Error as failure:
        raise Problem(wrong, f"Line {reader.line_num + 1} of the table is broken: {failure}.") from failure


def separator_of(header: str) -> str:
    """The separator that occurs most often in a header, quoted names aside.

    >>> separator_of('"a;b",c,d')
    ','
    """
    bare = _QUOTED.sub("", header)
    return max(SEPARATORS, key=bare.count)


def _header(line: str, wrong: ProblemKind) -> list[str]:
    if line.count(separator_of(line)) > MOST_COLUMNS:
        raise Problem(wrong, f"The table has more than {MOST_COLUMNS} columns.")
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=separator_of(line)))]
    except csv.Error as failure:
        raise Problem(wrong, f"The header of the table is broken: {failure}.") from failure
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Problem(wrong, f"The table names the column '{twice[0][:60]}' more than once.")
    return names


def _pairs(header: Sequence[str], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    padding = [""] * (len(header) - len(cells))
    for name, cell in zip(header, [*cells, *padding], strict=True):
        if name:
            yield name, cell
