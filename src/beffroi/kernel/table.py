"""Tables in text (CSV, RFC 4180, and what people call so): separator found, records by their header."""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ProblemKind, SourceFailed

SEPARATORS = ",;\t|"
MOST_COLUMNS = 1_000
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_END = "\0"
"""Stands after the last line: no text that is read holds it."""
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def rows_of(text: str, wrong: ProblemKind = SourceFailed) -> Iterator[JsonObject]:
    """One record for each row; an empty cell is null, a row of nothing but one empty cell is none.

    Raises Problem of the kind `wrong` for what is no table, and for one that was cut off: a row with fewer or
    more cells than the header, a quoted cell that does not end.

    >>> list(rows_of("id;nom\\n1;Opéra\\n2;\\n"))
    [{'id': '1', 'nom': 'Opéra'}, {'id': '2', 'nom': None}]
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _check_text(text, wrong)
    begin = text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1
    lines = (found[0] for found in _LINE.finditer(text, begin))
    first = next(lines, "")
    if not first.strip():
        raise Problem(wrong, "The table is empty: it has no header.")
    separator = separator_of(first if first.count('"') % 2 == 0 else _header_in(text[begin:]))
    rows = _rows(chain([first], lines), separator, text.count("\n", 0, begin), wrong)
    if first.count(separator) > MOST_COLUMNS:
        raise Problem(wrong, f"The table has more than {MOST_COLUMNS} columns.")
    header = _header(rows, wrong)
    for line, cells in rows:
        if len(cells) != len(header):
            raise Problem(
                wrong, f"Line {line} of the table has {len(cells)} cells, and the header {len(header)}."
            )
        yield {name: cell if cell != "" else None for name, cell in zip(header, cells, strict=True) if name}


def separator_of(header: str) -> str:
    """The separator that occurs most often in a header, quoted names aside.

    >>> separator_of('"a;b",c,d')
    ','
    """
    bare = _QUOTED.sub("", header)
    return max(SEPARATORS, key=bare.count)


def _check_text(text: str, wrong: ProblemKind) -> None:
    found = text.find(_END)
    if found >= 0:
        line = text.count("\n", 0, found) + 1
        raise Problem(
            wrong, f"Line {line} of the table holds the character U+0000, which not every system can store."
        )


def _rows(
    lines: Iterable[str], separator: str, skipped: int, wrong: ProblemKind
) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, and the line where it begins. The reader takes a quoted cell to the end of the
    text where nothing closes it: a mark after the last line shows it.
    """
    ended = (line if line.endswith("\n") else line + "\n" for line in lines)
    reader = csv.reader(chain(ended, [_END]), delimiter=separator, strict=False)
    line = skipped + 1
    try:
        for cells in reader:
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                opened = line + sum(cell.count("\n") for cell in cells[:-1])
                raise Problem(
                    wrong,
                    f"Line {opened} of the table opens a quotation mark that is not closed before its end.",
                )
            if len(cells) > 1 or any(cell.strip() for cell in cells):
                yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error as failure:
        raise Problem(wrong, f"Line {line} of the table is broken: {failure}.") from failure


def _header_in(text: str) -> str:
    """A header that goes on in the next line, within quotation marks: without what stands in them."""
    return _QUOTED.sub("", text[:20_000]).partition("\n")[0]


def _header(rows: Iterator[tuple[int, list[str]]], wrong: ProblemKind) -> list[str]:
    names = [name.strip() for name in next(rows, (0, list[str]()))[1]]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Problem(wrong, f"The table names the column '{twice[0][:60]}' more than once.")
    return names
