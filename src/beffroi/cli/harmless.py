"""What others wrote as it may stand on a terminal."""

import unicodedata


def harmless(text: str) -> str:
    r"""The text without characters that steer a terminal, or reverse its direction.

    >>> harmless("bikes\x1b[2J")
    'bikes\ufffd[2J'
    """
    return "".join(
        c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
