"""`beffroi demo`: two simulated cities, from their portals to verdicts, and from an offer to a bill."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from beffroi.app.loop import run
from beffroi.demo.show import run_demo


def demo(
    exit_: Annotated[
        bool, typer.Option("--exit", help="Do everything once, then end: 0 if every step held.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, another pair of cities.")] = 7,
    browser: Annotated[bool, typer.Option(help="Open the first city's portal in a browser.")] = True,
) -> None:
    """Run simulated cities with a node each: harvest, check, trade, work together, look."""
    console = Console(highlight=False)
    opens = browser and not exit_ and sys.stdout.isatty()
    held = run(run_demo(console, seed, goes_on=not exit_, opens=opens))
    raise typer.Exit(0 if held else 1)
