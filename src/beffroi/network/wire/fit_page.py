"""The answer to *will it run here?* as a page of its own, in English or French."""

from functools import lru_cache
from typing import Final

import jinja2

from beffroi.kernel.json import Json, JsonObject
from beffroi.network.rules.solutions.facts import CELLS_A_SIDE
from beffroi.network.rules.solutions.names import local
from beffroi.network.rules.solutions.reasons import MARKS, label

_WORDS: Final = {
    "will": ("Will it run here?", "Est-ce que cela marche ici ?"),
    "need": ("Need", "Besoin"),
    "verdict": ("Verdict", "Verdict"),
    "why": ("Why, and what was measured", "Pourquoi, et ce qui a été mesuré"),
    "source": ("From", "À partir de"),
    "gap": (
        "The gap: {missing} attributes missing, {derivable} to be derived, {unmet} other needs not met, "
        "{without_value} sampled values absent.",
        "L’écart : {missing} attributs manquent, {derivable} à dériver, {unmet} autres besoins non "
        "satisfaits, {without_value} valeurs absentes de l’échantillon.",
    ),
    "measured": (
        "Measured at {at} on {city} with {requests} requests.",
        "Mesuré le {at} sur {city} en {requests} requêtes.",
    ),
    "dry": ("Dry run of the proposed mapping", "Essai à blanc de la correspondance proposée"),
    "whole": (
        "{whole} of {all} sampled entities get every attribute.",
        "{whole} des {all} entités ont tous les attributs.",
    ),
    "mapping": ("The proposed mapping", "La correspondance proposée"),
    "optional": ("optional", "facultatif"),
    "unread": ("What could not be read", "Ce qui n’a pu être lu"),
    "area": (
        "Where there is one (■), where there is something else (□)",
        "Où il y en a (■), où il y a autre chose (□)",
    ),
}  # fmt: skip


def fit_html(title: str, report: JsonObject, language: str) -> str:
    """A whole page; needs nothing from anywhere."""

    def say(word: str, **values: Json) -> str:
        return _WORDS[word][language == "fr"].format(**values)

    def called(word: str) -> str:
        return label(word, language)

    return _template().render(
        title=title, report=report, language=language, say=say, label=called,
        marks=MARKS, local=local, side=CELLS_A_SIDE, sentences=_sentences,
    )  # fmt: skip


def _sentences(row: dict[str, dict[str, list[str]]], language: str) -> str:
    return " ".join(row["reasons"][language])


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("beffroi.network.wire", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("fit_page.html.j2")
