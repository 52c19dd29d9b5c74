"""Lists on the terminal: a table of what there is, or a sentence where there is nothing."""

from rich.table import Table

from beffroi.cli.terminal import Terminal


def show_list(table: Table, nothing: str) -> None:
    """Print the rows, or `nothing`: what is not there, and how it is added."""
    Terminal().print(table if table.row_count else nothing)
