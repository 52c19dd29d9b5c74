"""Translations: the sentences of a package in a language, from the `.po` file beside its code (gettext)."""

import re
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE_LANGUAGE: Final = "en"
_BEFORE_A_MARK: Final = re.compile(r" (?=[:;?!»](?!\S)|%%)")
_AFTER_A_MARK: Final = re.compile(r"(?<=«) ")


def translations(package: str, code: str) -> NullTranslations:
    """The catalogue of a language: the `.po` file itself, so that nothing has to be compiled."""
    if code == SOURCE_LANGUAGE:
        return NullTranslations()
    text = files(package).joinpath(f"{code}.po").read_bytes()
    catalogue = read_po(BytesIO(text), locale=code)
    for message in catalogue:
        said = message.string or ""
        message.string = kept_together(said) if isinstance(said, str) else tuple(map(kept_together, said))
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain="messages")


def kept_together(sentence: str) -> str:
    """The sentence with its marks tied to their words: French has a space there, and no line begins so.

    >>> kept_together("Que faire ? « Rien » : 20 %%")
    'Que faire\\xa0? «\\xa0Rien\\xa0»\\xa0: 20\\xa0%%'
    """
    return _AFTER_A_MARK.sub("\u00a0", _BEFORE_A_MARK.sub("\u00a0", sentence))
