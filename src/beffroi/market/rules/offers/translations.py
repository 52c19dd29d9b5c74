"""An offering's title and description in several languages: the extension member `translation`.

    {"name": "Live bikes", "translation": {"fr": {"name": "Vélos en direct", "description": "…"}}}

A language without a row, or a row without the member, has the offering's own `name` and `description`. A row
without members, `"fr": {}`, says that they are in that language.
"""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

MEMBER: Final = "translation"
LANGUAGES: Final = ("en", "fr")
LONGEST: Final = {"name": 200, "description": 5_000}


def check_translations(body: Mapping[str, Json]) -> None:
    """Raise Problem(BadRequestData) for a `translation` that is no object of languages with texts."""
    given = body.get(MEMBER)
    if given is None:
        return
    if not isinstance(given, dict) or any(code not in LANGUAGES for code in given):
        raise Problem(BadRequestData, f"The member '{MEMBER}' has other members than {', '.join(LANGUAGES)}.")
    for code, row in given.items():
        texts = row if isinstance(row, dict) else {"": None}
        for name, text in texts.items():
            if name not in LONGEST or not isinstance(text, str) or not 0 < len(text) <= LONGEST[name]:
                raise Problem(
                    BadRequestData,
                    f"The '{MEMBER}' to '{code}' has a member '{str(name)[:40]}' that is no name of up to "
                    f"{LONGEST['name']} and no description of up to {LONGEST['description']} characters.",
                )


def said_in(body: Mapping[str, Json], name: str, code: str) -> str:
    """The name or the description in a language, or else the offering's own.

    >>> bikes = {"name": "Live bikes", "translation": {"fr": {"name": "Vélos en direct"}}}
    >>> said_in(bikes, "name", "fr"), said_in(bikes, "name", "en")
    ('Vélos en direct', 'Live bikes')
    """
    return translated(body, name).get(code) or _text(body.get(name))


def translated(body: Mapping[str, Json], name: str) -> dict[str, str]:
    """The name or the description in the languages that it is translated to."""
    rows = body.get(MEMBER)
    found = rows if isinstance(rows, dict) else {}
    texts = {code: _text(row.get(name)) for code, row in found.items() if isinstance(row, dict)}
    return {code: text for code, text in texts.items() if text}


def tagged(body: JsonObject, name: str) -> list[Json]:
    """The texts with their languages; empty where none is known. The own text stands beside those of fewer
    than all languages, without a tag where nothing says its language."""
    texts, own = translated(body, name), _text(body.get(name))
    rows = body.get(MEMBER)
    if own and isinstance(rows, dict):
        texts |= {code: own for code, row in rows.items() if row == {}}
    found = in_json_ld({code: texts[code] for code in LANGUAGES if code in texts})
    untagged = own and own not in texts.values() and len(found) < len(LANGUAGES)
    return [*found, own] if found and untagged else found


def in_json_ld(texts: Mapping[str, str]) -> list[Json]:
    """Texts by language as JSON-LD has them."""
    return [{"@value": text, "@language": code} for code, text in texts.items()]


def _text(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""
