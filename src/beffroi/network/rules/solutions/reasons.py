"""The reasons of a verdict in words, English and French."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of SENTENCES with its values."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self, language: str) -> str:
        english, french = SENTENCES[self.code]
        return (french if language == "fr" else english).format(**self.values)


SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "same": ("'{name}' is there.", "« {name} » est là."),
    "no-type": ("No type here has what is needed.", "Aucun type ici n’a ce qu’il faut."),
    "other-type": (
        "'{found}' is another name of the type: {part} of the attributes are found in it.",
        "« {found} » est un autre nom du type : on y trouve {part} des attributs.",
    ),
    "too-few": (
        "There are {count} entities; {needed} are needed.",
        "Il y a {count} entités ; il en faut {needed}.",
    ),
    "count": ("There are {count} entities.", "Il y a {count} entités."),
    "no-attribute": ("No attribute says this.", "Aucun attribut ne le dit."),
    "other-name": (
        "'{found}' says the same: {words} in both names.",
        "« {found} » dit la même chose : {words} dans les deux noms.",
    ),
    "member": ("It stands inside '{found}'.", "C’est à l’intérieur de « {found} »."),
    "unit": ("In {found} here, {needed} is needed: {how}.", "En {found} ici, il faut {needed} : {how}."),
    "no-unit": (
        "The values state no unit; that they are in {needed} has to be confirmed.",
        "Les valeurs n’ont pas d’unité ; il faut confirmer qu’elles sont en {needed}.",
    ),
    "unit-apart": (
        "The unit is {found}, which cannot become {needed}.",
        "L’unité est {found}, qui ne peut devenir {needed}.",
    ),
    "kind": ("A {found} here, a {needed} is needed.", "{found} ici, il faut {needed}."),
    "kind-apart": (
        "The values are of the kind {found}, which cannot become {needed}.",
        "Les valeurs sont de nature {found}, qui ne peut devenir {needed}.",
    ),
    "words": (
        "{mapped} of {all} words are translated: {examples}.",
        "{mapped} mots sur {all} sont traduits : {examples}.",
    ),
    "words-left": (
        "These words have no translation: {words}.",
        "Ces mots n’ont pas de traduction : {words}.",
    ),
    "parts": (
        "They are parts: '{found}' names the whole of each.",
        "Ce sont des parties : « {found} » nomme l’ensemble de chacune.",
    ),
    "over-parts": ("Summed over the parts.", "Additionné sur les parties."),
    "count-parts": ("How many parts there are.", "Le nombre de parties."),
    "sum": ("The sum of {found}.", "La somme de {found}."),
    "difference": ("{found}: what is left.", "{found} : ce qui reste."),
    "count-of": ("How many '{found}' has.", "Le nombre d’éléments de « {found} »."),
    "share-low": (
        "{share} of the entities have it; {needed} are needed.",
        "{share} des entités l’ont ; il en faut {needed}.",
    ),
    "share": ("{share} of the entities have it.", "{share} des entités l’ont."),
    "age": (
        "Half are younger than {median}, 90 % than {p90}.",
        "La moitié a moins de {median}, 90 % moins de {p90}.",
    ),
    "age-old": (
        "90 % are younger than {p90}; at most {needed} is needed.",
        "90 % ont moins de {p90} ; il faut au plus {needed}.",
    ),
    "age-unknown": (
        "The values do not say when they were observed.",
        "Les valeurs ne disent pas quand elles ont été observées.",
    ),
    "coverage": (
        "{held} of the {all} parts of the area that hold anything hold one.",
        "{held} des {all} parties du territoire où il y a quelque chose en ont.",
    ),
    "coverage-none": ("No entity says where it stands.", "Aucune entité ne dit où elle est."),
    "history": ("The history goes back {found}.", "L’historique remonte à {found}."),
    "history-short": (
        "The history goes back {found}; {needed} is needed.",
        "L’historique remonte à {found} ; il faut {needed}.",
    ),
    "history-none": ("No history was found.", "Aucun historique n’a été trouvé."),
    "licence": (
        "{licence} allows what is done with the data.",
        "{licence} permet ce qui est fait des données.",
    ),
    "licence-none": (
        "The city states no licence: nothing is allowed by that.",
        "La ville n’indique pas de licence : rien n’est donc permis.",
    ),
    "licence-unknown": (
        "'{licence}' is in no table of licences: somebody has to read it.",
        "« {licence} » n’est dans aucune table de licences : il faut la lire.",
    ),
    "licence-commercial": ("{licence} forbids use for money.", "{licence} interdit l’usage commercial."),
    "licence-derivatives": (
        "{licence} forbids that something new is made of the data.",
        "{licence} interdit de faire du nouveau avec les données.",
    ),
    "licence-alike": (
        "{licence} wants results under the same licence, which the solution does not give.",
        "{licence} veut les résultats sous la même licence, ce que la solution ne donne pas.",
    ),
    "licence-refused": (
        "{licence} is not among the licences that the solution accepts.",
        "{licence} n’est pas parmi les licences que la solution accepte.",
    ),
    "crs": ("Positions are in {crs}.", "Les positions sont en {crs}."),
    "crs-apart": (
        "Positions are in {found}; {needed} is needed.",
        "Les positions sont en {found} ; il faut {needed}.",
    ),
}  # fmt: skip

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "covered": ("covered", "couvert"),
    "derivable": ("derivable", "dérivable"),
    "missing": ("missing", "manque"),
    "entities": ("entities", "entités"),
    "attribute": ("attribute", "attribut"),
    "age": ("age of values", "âge des valeurs"),
    "history": ("history", "historique"),
    "coverage": ("coverage of the area", "couverture du territoire"),
    "licence": ("licence", "licence"),
    "crs": ("reference system", "système de référence"),
}
"""What verdicts and aspects are called."""
MARKS: Final[Mapping[str, str]] = {"covered": "✓", "derivable": "≈", "missing": "✗"}


def label(word: str, language: str) -> str:
    english, french = LABELS[word]
    return french if language == "fr" else english
