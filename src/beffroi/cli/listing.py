"""Lists on the terminal: a table of what there is, or a sentence where there is nothing."""

from typing import Final

from rich.table import Table

from beffroi.cli.terminal import Terminal

WIDEST: Final = 1_000
"""Letters of a line that a program reads."""


def show_list(table: Table, nothing: str) -> None:
    """Print the rows, or `nothing`: what is not there, and how it is added."""
    if table.row_count:
        print_table(table)
    else:
        Terminal().print(nothing)


def print_table(table: Table) -> None:
    """Print a table; what a program reads is not cut to the width of a terminal."""
    console = Terminal()
    if not console.is_terminal:
        wanted = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
        console.width = max(console.width, wanted)
    console.print(table)
