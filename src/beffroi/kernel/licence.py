"""The licences that an offering can name: what they are called, where they stand, what they ask for.

A row is a licence of the SPDX list; `authority` is its place in the EU's table of licences, where it has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

AUTHORITY: Final = "http://publications.europa.eu/resource/authority/licence/"


@dataclass(frozen=True, slots=True)
class Licence:
    """`attribution`: the source is named; `share_alike`: what is made of the data goes on under the same
    licence; `commercial` and `derivatives`: use for money, and changed data, are allowed."""

    id: str
    en: str
    fr: str
    url: str
    authority: str = ""
    attribution: bool = True
    share_alike: bool = False
    commercial: bool = True
    derivatives: bool = True

    def name(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


_CC: Final = "https://creativecommons.org/licenses/"

_ROWS: Final = (
    Licence(
        "etalab-2.0",
        "Etalab Open Licence 2.0",
        "Licence Ouverte 2.0 (Etalab)",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    ),
    Licence(
        "ODbL-1.0",
        "Open Database License 1.0",
        "Licence ODbL 1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        f"{AUTHORITY}ODC_BL",
        share_alike=True,
    ),
    Licence(
        "ODC-By-1.0",
        "Open Data Commons Attribution License 1.0",
        "Licence d’attribution Open Data Commons 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
        f"{AUTHORITY}ODC_BY",
    ),
    Licence(
        "PDDL-1.0",
        "Open Data Commons Public Domain Dedication and License 1.0",
        "Domaine public Open Data Commons 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
        f"{AUTHORITY}ODC_PDDL",
        attribution=False,
    ),
    Licence(
        "CC0-1.0",
        "Creative Commons Zero 1.0",
        "Creative Commons Zéro 1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        f"{AUTHORITY}CC0",
        attribution=False,
    ),
    Licence(
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0",
        "Creative Commons Attribution 4.0",
        f"{_CC}by/4.0/",
        f"{AUTHORITY}CC_BY_4_0",
    ),
    Licence(
        "CC-BY-SA-4.0",
        "Creative Commons Attribution-ShareAlike 4.0",
        "Creative Commons Attribution – Partage dans les mêmes conditions 4.0",
        f"{_CC}by-sa/4.0/",
        f"{AUTHORITY}CC_BYSA_4_0",
        share_alike=True,
    ),
    Licence(
        "CC-BY-NC-4.0",
        "Creative Commons Attribution-NonCommercial 4.0",
        "Creative Commons Attribution – Pas d’utilisation commerciale 4.0",
        f"{_CC}by-nc/4.0/",
        f"{AUTHORITY}CC_BYNC_4_0",
        commercial=False,
    ),
    Licence(
        "CC-BY-NC-SA-4.0",
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
        "Creative Commons Attribution – Pas d’utilisation commerciale – "
        "Partage dans les mêmes conditions 4.0",
        f"{_CC}by-nc-sa/4.0/",
        f"{AUTHORITY}CC_BYNCSA_4_0",
        share_alike=True,
        commercial=False,
    ),
    Licence(
        "CC-BY-ND-4.0",
        "Creative Commons Attribution-NoDerivatives 4.0",
        "Creative Commons Attribution – Pas de modification 4.0",
        f"{_CC}by-nd/4.0/",
        f"{AUTHORITY}CC_BYND_4_0",
        derivatives=False,
    ),
    Licence(
        "CC-BY-NC-ND-4.0",
        "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0",
        "Creative Commons Attribution – Pas d’utilisation commerciale – Pas de modification 4.0",
        f"{_CC}by-nc-nd/4.0/",
        f"{AUTHORITY}CC_BYNCND_4_0",
        commercial=False,
        derivatives=False,
    ),
    Licence(
        "DL-DE-BY-2.0",
        "Data licence Germany – attribution 2.0",
        "Licence de données Allemagne – attribution 2.0",
        "https://www.govdata.de/dl-de/by-2-0",
    ),
    Licence(
        "DL-DE-ZERO-2.0",
        "Data licence Germany – Zero 2.0",
        "Licence de données Allemagne – zéro 2.0",
        "https://www.govdata.de/dl-de/zero-2-0",
        attribution=False,
    ),
    Licence(
        "OGL-UK-3.0",
        "Open Government Licence 3.0 (United Kingdom)",
        "Open Government Licence 3.0 (Royaume-Uni)",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        f"{AUTHORITY}OGL_3_0",
    ),
)

LICENCES: Final[Mapping[str, Licence]] = {row.id: row for row in _ROWS}
"""Every licence by its SPDX identifier."""
