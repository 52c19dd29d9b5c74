"""Translations: the sentences of a package in a language, from the `.po` file beside its code (gettext)."""

from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE_LANGUAGE: Final = "en"


def translations(package: str, code: str) -> NullTranslations:
    """The catalogue of a language: the `.po` file itself, so that nothing has to be compiled."""
    if code == SOURCE_LANGUAGE:
        return NullTranslations()
    text = files(package).joinpath(f"{code}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=code))
    compiled.seek(0)
    return Translations(compiled, domain="messages")
