"""The language that who asks likes best (RFC 9110 12.5.4)."""

from collections.abc import Collection

MOST_CHARACTERS = 500


def preferred(header: str, known: Collection[str], otherwise: str) -> str:
    """Of the known languages the one that an Accept-Language header likes best; `otherwise` if it likes none.

    >>> preferred("de, en;q=0.5, fr-BE;q=0.8", ("fr", "en"), "en")
    'fr'
    """
    liked = list[tuple[float, int, str]]()
    for place, part in enumerate(header[:MOST_CHARACTERS].split(",")):
        tag, _, parameter = part.strip().partition(";")
        code, weight = tag.strip().lower().partition("-")[0], _weight(parameter)
        if code in known and weight > 0:
            liked.append((-weight, place, code))
    return min(liked)[2] if liked else otherwise


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    try:
        return float(number) if name == "q" else 1.0
    except ValueError:
        return 0.0
