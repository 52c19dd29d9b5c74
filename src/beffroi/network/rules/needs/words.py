"""Words of a text in one of four languages, cut to stems that survive plural, gender and ending."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

LANGUAGES: Final[tuple[str, ...]] = ("en", "fr", "nl", "de")
_WORD: Final = re.compile(r"[a-z0-9]+(?:[.][0-9]+)?")
_ENDINGS: Final = {
    "en": ("ingly", "ings", "ing", "ied", "ies", "ed", "es", "s", "y", "e"),
    "fr": ("aux", "ement", "ées", "ees", "ee", "es", "er", "ez", "ent", "ant", "e", "s", "x", "al"),
    "nl": ("heden", "en", "es", "er", "e", "s", "n"),
    "de": ("ungen", "ung", "en", "ern", "er", "em", "es", "e", "s", "n"),
}
_SHORTEST: Final = 3
_STOP: Final = {
    "en": "a an and are as at be because but by can cannot do does each for from had has have how if in "
    "into is it its many more most much must no not of on one only or other our out so some than "
    "that the their them then there these they this to too up us was we what when where which "
    "while who will with would you your city town",
    "fr": "a afin ainsi alors au aucun aussi autre aux avec avoir car ce cela ces cet cette chaque "
    "comme d dans de des deux donc du elle elles en encore entre est et etre eux fait faire faut "
    "il ils j je l la le les leur leurs lors lui mais meme mes moins n ne ni nos notre nous on "
    "ont ou par pas peu peut peuvent plus pour pourquoi qu quand que quel quelle quelles quels "
    "qui s sa sans se ses si son sont sous sur ta tous tout toute toutes trop tres un une vers "
    "voudrait voudrions vous y ville commune",
    "nl": "aan als bij dan dat de den der deze die dit door een en er geen het hij hoe hun ik in is kan "
    "maar met meer na naar niet nog of om onder ons ook op over te tot uit van veel voor waar was "
    "wat we wie wij worden zijn zo zonder stad",
    "de": "aber alle als am an auch auf aus bei bis da das dass dem den der des die doch ein eine einem "
    "einen einer es fur hat haben ihr im in ist ja kann kein keine mehr mit nach nicht noch nur "
    "oder ob ohne sehr sein sich sie sind so uber um und uns unser unsere vom von vor war was "
    "wenn wer werden wie wir wird zu zum zur stadt",
}
STOP_WORDS: Final = {language: frozenset(words.split()) for language, words in _STOP.items()}
"""Words that say nothing of a subject, written as `folded` writes them."""


def folded(text: str) -> str:
    """Lower case, without accents.

    >>> folded("Éclairage à l'ŒUVRE, Straße")
    "eclairage a l'oeuvre, strasse"
    """
    lower = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("₂", "2").replace("’", "'")
    parts = unicodedata.normalize("NFKD", lower)
    return "".join(part for part in parts if not unicodedata.combining(part))


def words(text: str) -> list[str]:
    """The words of a text, folded, in order.

    >>> words("PM2.5, l'été")
    ['pm2.5', 'l', 'ete']
    """
    return _WORD.findall(folded(text))


def stem(word: str, language: str) -> str:
    """A folded word without its ending; a language without rules here leaves it as it is.

    >>> stem("bornes", "fr"), stem("borne", "fr"), stem("spaces", "en"), stem("plaatsen", "nl")
    ('born', 'born', 'spac', 'plaats')
    """
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= max(_SHORTEST, len(ending)):
            return word.removesuffix(ending)
    return word


def grams(text: str, language: str) -> Iterator[str]:
    """Runs of four letters of the words that say something, so that endings and compounds meet.

    >>> sorted(set(grams("the bins", "en")))
    [' bin', 'bins', 'ins ']
    """
    stop = STOP_WORDS.get(language, frozenset())
    for word in words(text):
        if word not in stop and len(word) > 2:
            padded = f" {word} "
            yield from (padded[at : at + 4] for at in range(len(padded) - 3))
