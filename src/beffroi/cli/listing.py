"""Lists on the terminal: a table of what there is, or a sentence where there is nothing."""

from rich.console import Console
from rich.table import Table
from rich.text import Text


def show_list(table: Table, nothing: str) -> None:
    """Print the rows, or `nothing`: what is not there, and how it is added."""
    Console().print(table if table.row_count else Text(nothing))
