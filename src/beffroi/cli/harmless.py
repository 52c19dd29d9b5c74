"""What others wrote as it may stand on a terminal."""

import unicodedata
from typing import Final

MARK: Final = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str, mark: str = MARK) -> str:
    r"""The text without characters that steer a terminal, or reverse its direction; `mark` stands for each.

    >>> harmless("bikes\x1b[2J")
    'bikes\ufffd[2J'
    """
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else mark for c in text)
