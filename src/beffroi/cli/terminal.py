"""The terminal on which commands print: what others wrote neither steers nor colours it."""

from collections.abc import Iterable
from typing import TypeAlias

from rich.console import (
    Console,
    ConsoleOptions,
    HighlighterType,
    JustifyMethod,
    OverflowMethod,
    RenderableType,
)
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from typing_extensions import override

from beffroi.cli.harmless import harmless


class Terminal(Console):
    """A console to which every string is what it says: no markup, no codes for emoji, no colours of numbers;
    colours are those of `Text`.

    Characters that steer a terminal stand there as a mark, in a sentence as in a cell of a table.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False) -> None:
        super().__init__(stderr=stderr, soft_wrap=soft_wrap, markup=False, emoji=False, highlight=False)

    @override
    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,
        markup: bool | None = None,
        highlight: bool | None = None,
        highlighter: HighlighterType | None = None,
    ) -> Text:
        """The string as it may stand here: as wide as it was measured."""
        return super().render_str(
            harmless(text),
            style=style,
            justify=justify,
            overflow=overflow,
            emoji=emoji,
            markup=markup,
            highlight=highlight,
            highlighter=highlighter,
        )

    @override
    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece. What steers still, where another room made the text, is left out:
        lines are measured by now, and it has no width."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else harmless(text, ""), style, control)


Styled: TypeAlias = Text


def styled(*pieces: str | tuple[str, str]) -> Styled:
    """A line of texts, those with a style in that style, all of them harmless.

    >>> styled(("Refused.", "bold red"), " why").plain
    'Refused. why'
    """
    return Text.assemble(
        *(harmless(each) if isinstance(each, str) else (harmless(each[0]), each[1]) for each in pieces)
    )
