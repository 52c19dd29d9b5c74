"""Templates to pages: one Jinja environment a language, every value escaped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from beffroi.portal.words.language import Language

SEGMENT_SAFE: Final = ":@!$&'()*+,;=-._~"
PATH_SAFE: Final = f"/{SEGMENT_SAFE}"
_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Templates:
    """The compiled templates of each language."""

    environments: Mapping[str, Environment]

    def fill(self, language: str, name: str, values: Mapping[str, object]) -> bytes:
        return self.environments[language].get_template(name).render(values).encode()


def load_templates(languages: Mapping[str, Language]) -> Templates:
    """Make an environment for each language; the templates are read when they are first used."""
    return Templates({code: _environment(language) for code, language in languages.items()})


def segment(text: str) -> str:
    """A text as one segment of a path.

    >>> segment("urn:ngsi-ld:Bike/1")
    'urn:ngsi-ld:Bike%2F1'
    """
    return quote(text, safe=SEGMENT_SAFE)


def breakable(name: str) -> Markup:
    """A short name of several words that a line may break between them.

    >>> breakable("BikeHireDockingStation")
    Markup('Bike<wbr>Hire<wbr>Docking<wbr>Station')
    """
    return Markup("<wbr>").join(_BETWEEN_WORDS.split(name))


def security_headers(map_origin: str) -> dict[str, str]:
    """What a browser shall refuse to do with a page; `map_origin` is that of a configured map style."""
    elsewhere = f" {map_origin}" if map_origin else ""
    policy = (
        f"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{elsewhere}; "
        f"connect-src 'self'{elsewhere}; worker-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        # not no-referrer: with it browsers send our own forms with the origin "null" (Fetch, 3.2)
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "geolocation=(), camera=(), microphone=()",
    }


def _environment(language: Language) -> Environment:
    made = Environment(
        loader=PackageLoader("beffroi.portal", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    made.filters["segment"] = segment
    made.filters["breakable"] = breakable
    made.filters["number"] = language.number
    made.filters["moment"] = language.moment
    made.filters["day"] = language.day
    made.filters["utc_day"] = language.utc_day
    made.filters["utc_month"] = language.utc_month
    made.filters["written_day"] = language.written_day
    made.filters["written_number"] = language.written_number
    made.filters["written_moment"] = language.written_moment
    made.filters["written_money"] = language.written_money
    made.filters["type_name"] = language.type_name
    made.filters["attribute_name"] = language.attribute_name
    made.filters["value_name"] = language.value_name
    install = getattr(made, "install_gettext_callables")  # noqa: B009 - added by the extension
    install(language.catalogue.ugettext, language.catalogue.ungettext, newstyle=True)
    return made
