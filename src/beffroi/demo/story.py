"""The story as a terminal shows it: a line for each step while it goes on, a table of what came of them."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from beffroi.demo.talk import Unexpected
from beffroi.kernel.problem import Problem
from beffroi.outbound import Failed, Refused

Found = TypeVar("Found")


@dataclass(slots=True)
class Story:
    """Steps in order, each with what came of it. A step that fails leaves a sentence and ends the story."""

    console: Console
    told: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])
    failures: list[str] = field(default_factory=list[str])

    async def step(self, title: str, work: Awaitable[Found], say: Callable[[Found], str]) -> Found:
        """Wait for a step, show that it goes on, keep what it came to. Raises Unexpected if it failed."""
        line = TextColumn("{task.description}", table_column=Column(ratio=1))
        columns = SpinnerColumn(finished_text="✓"), line, TimeElapsedColumn()
        began = time.monotonic()
        with Progress(*columns, console=self.console, expand=True) as progress:
            task = progress.add_task(title, total=1)
            try:
                found = await work
            except (Unexpected, Problem, Failed, Refused) as failure:
                sentence = failure.detail if isinstance(failure, Problem) else str(failure)
                self.failures.append(f"{title}: {sentence}")
                raise Unexpected(sentence) from failure
            progress.update(task, completed=1)
        self.told.append((title, say(found), time.monotonic() - began))
        return found

    def table(self, title: str) -> Table:
        """All steps with what came of them."""
        table = Table("step", Column("what came of it", ratio=1), Column("s", justify="right"), title=title)
        for step, said, seconds in self.told:
            table.add_row(step, said, f"{seconds:.1f}")
        return table
