"""A group of commands that imports a command when it is called.

The help and the completion of the group need the name and a line of each command, and rows say those; what a
command does can be the whole node.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar, TypeAlias, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typing_extensions import override

Command: TypeAlias = TyperCommand | TyperGroup


@dataclass(frozen=True, slots=True)
class Row:
    """A command, or a group of commands: its name, where it is, and its line in the help.

    `place` is `module:name` in `beffroi.cli`; the name is that of a function or of a Typer.
    """

    name: str
    place: str
    line: str


class CalledGroup(TyperGroup):
    """A group that can only show the commands of its `rows`; the one that is called is imported."""

    rows: ClassVar[dict[str, Row]] = {}

    @override
    def resolve_command(self, ctx: object, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        name, shown, rest = super().resolve_command(cast("typer.Context", ctx), args)
        return name, imported(self.rows[name]) if name in self.rows else cast("Command | None", shown), rest


def show(group: typer.Typer, rows: Iterable[Row], panel: str | None = None) -> None:
    """Show the rows in the group's help, on a panel of it."""
    for row in rows:
        group.command(row.name, help=row.line, rich_help_panel=panel)(_nothing)


def commands_of(command: object) -> dict[str, Command]:
    """The commands of a group by name, imported where they have to be; none of what is no group."""
    if not isinstance(command, TyperGroup):
        return {}
    rows = command.rows if isinstance(command, CalledGroup) else {}
    shown = cast("dict[str, Command]", command.commands)
    return {name: imported(rows[name]) if name in rows else each for name, each in shown.items()}


def imported(row: Row) -> Command:
    """The command or the group that a row names."""
    module, _, name = row.place.partition(":")
    found = getattr(import_module(f"beffroi.cli.{module}"), name)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.callback()(_nothing)  # with a callback, one command is a group of one, too
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=row.name)
    else:
        alone.command(row.name)(found)
    return commands_of(get_command(alone))[row.name]


def _nothing() -> None:
    pass
