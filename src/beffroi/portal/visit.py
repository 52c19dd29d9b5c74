"""Visit: one request for a page, with the language it is read in; and the answers that pages give."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, quote, urlsplit

from markupsafe import Markup, escape

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import BadRequestData, Forbidden, InvalidRequest, Problem
from beffroi.kernel.xml_text import unwritable_in
from beffroi.market.operations.services import Market
from beffroi.portal.assets import address_of, scripts_of
from beffroi.portal.reading.legend import Class, Legend
from beffroi.portal.render import PATH_SAFE, security_headers
from beffroi.portal.services import Portal, Style
from beffroi.portal.uploads import fields_of
from beffroi.portal.words.language import Language
from beffroi.portal.words.log import logged_in
from beffroi.portal.words.refusals import said_in
from beffroi.web.cookie import SESSION_COOKIE, cookie
from beffroi.web.message import Actor, Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.preferred_language import preferred

LONGEST_FORM: Final = 200_000
MOST_FIELDS: Final = 500


@dataclass(frozen=True)
class Visit:
    """A page asked for in one language. `now` is the same moment all over the page."""

    portal: Portal
    request: Request
    language: Language
    now: Instant

    @property
    def session(self) -> str:
        """The visitor's session; empty without one."""
        return cookie(self.request, SESSION_COOKIE)

    def home(self) -> str:
        return f"/{self.language.code}/"

    @property
    def actor(self) -> Actor:
        """Who looks at the page."""
        return self.request.actor

    @property
    def market(self) -> Market:
        return self.portal.market

    def say(self, message: str, **values: object) -> str:
        return self.language.say(message, **values)

    def refusal(self, sentence: str) -> Markup:
        """Why something was refused, in this language where it has the sentence; else marked as English."""
        said = said_in(self.language.code, sentence)
        if said is None and self.language.code != "en":
            return Markup('<span lang="en">{}</span>').format(sentence)
        return escape(sentence if said is None else said)

    def reason(self, said: str) -> str:
        """Why something was done: what the node or a command says of it in this language, else as it was
        written."""
        return logged_in(self.language.code, said)

    def ago(self, at: Instant) -> str:
        return self.language.ago(at, self.now)

    def class_name(self, legend: Legend, one: Class) -> str:
        """What a line of a legend says."""
        number = self.language.number
        match one.low, one.high:
            case None, None if legend.sequence:
                return self.say("all values")
            case None, None:
                return self.language.value_name(one.word) if one.word else self.say("other")
            case None, float(high):
                return self.say("under %(n)s", n=number(high))
            case float(low), None:
                return self.say("%(n)s and more", n=number(low))
            case low, high:
                return self.say("%(a)s to %(b)s", a=number(low or 0.0), b=number(high or 0.0))

    @cached_property
    def form_proof(self) -> str:
        """What a form of this page must bring back: nobody else's page can know it."""
        return hmac.digest(self.portal.secret, f"form {self.session}".encode(), "sha256").hex()

    def form(self) -> Mapping[str, str]:
        """The fields of a posted form, of each its last value. Raises Problem as `lists` does."""
        return {name: values[-1] for name, values in self.lists().items()}

    def lists(self) -> Mapping[str, list[str]]:
        """The fields of a posted form, all values of each; lines end as in documents, not as in forms.

        Raises Problem: Forbidden when the form does not come from our page, InvalidRequest when it cannot
        be read, BadRequestData when a field holds a character that XML cannot write.
        """
        self._require_same_site()
        try:
            pairs = parse_qsl(self.request.body[:LONGEST_FORM].decode(), max_num_fields=MOST_FIELDS)
        except ValueError as failure:
            raise Problem(InvalidRequest, "The form cannot be read.") from failure
        fields = dict[str, list[str]]()
        for name, value in pairs:
            fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
        self._require_proof(fields.get("proof", [""])[-1].encode())
        _require_writable(fields)
        return fields

    def uploads(self) -> Mapping[str, bytes]:
        """The fields of a posted form with files. Raises Problem as `lists` does."""
        self._require_same_site()
        fields = fields_of(self.request.headers.get("content-type", ""), self.request.body)
        self._require_proof(fields.get("proof", b""))
        return fields

    def _require_same_site(self) -> None:
        origin = self.request.headers.get("origin", "")
        site = self.request.headers.get("sec-fetch-site", "same-origin")
        if site not in {"same-origin", "none"} or not _same_host(origin, self.request):
            raise Problem(Forbidden, "This form was sent from another site.")

    def _require_proof(self, given: bytes) -> None:
        if not hmac.compare_digest(given, self.form_proof.encode()):
            raise Problem(Forbidden, "This form is not valid any more. Load the page again.")

    def page(
        self,
        template: str,
        title: str,
        values: Mapping[str, object],
        *,
        trail: "tuple[tuple[str, str], ...]" = (),
        status: int = 200,
        place: str = "",
    ) -> Response:
        """Fill a template. `trail` is the way from the home page: addresses and names. `place` is the path
        behind the language, percent-encoded, under which the page can be read again, where that is not the
        one asked for."""
        filled = {**self._surroundings(place), "title": title, "trail": trail, **values}
        body = self.portal.templates.fill(self.language.code, template, filled)
        headers = {
            **page_headers(self.portal),
            "content-type": "text/html; charset=utf-8",
            "content-language": self.language.code,
            "cache-control": "no-store" if self.portal.settings.sign_in else "no-cache",
        }
        return Response(status, headers, body)

    def _surroundings(self, place: str) -> dict[str, object]:
        prefix = f"/{self.language.code}/"
        path = self.request.raw_path or quote(self.request.path, safe=PATH_SAFE)
        asked = path.removeprefix(prefix) if path.startswith(prefix) else ""
        rest = place or asked
        query = f"?{self.request.query}" if self.request.query and self.request.method == "GET" else ""
        return {
            "visit": self,
            "lang": self.language.code,
            "settings": self.portal.settings,
            "here": rest.partition("/")[0],
            "others": [
                (
                    code,
                    f"/{code}/{quote(rest, safe=f'{PATH_SAFE}%')}{query}",
                    one.locale.get_display_name(one.locale.language) or code,
                )
                for code, one in self.portal.languages.items()
            ],
            "style": address_of(self.portal.assets, "portal.css"),
            "mark": address_of(self.portal.assets, "belfry.svg"),
            "scripts": scripts_of(self.portal.assets),
            "signed_in": bool(self.session),
        }


Page: TypeAlias = Callable[[Visit, Arguments], Awaitable[Response]]


def page_headers(portal: Portal) -> dict[str, str]:
    """The security headers for this node's setting of the base map."""
    base_map = portal.settings.base_map
    if isinstance(base_map, Style):
        parts = urlsplit(base_map.url)
        return security_headers(f"{parts.scheme}://{parts.netloc}")
    return security_headers("")


def see_other(address: str, headers: Mapping[str, str] | None = None) -> Response:
    """Send the browser to another page after a form."""
    return Response(303, {"location": address, "cache-control": "no-store", **(headers or {})})


def language_for(portal: Portal, request: Request) -> Language:
    """The language of the address, or else the best that the browser asks for, or else the city's."""
    code = request.path.split("/")[1] if "/" in request.path else ""
    if code in portal.languages:
        return portal.languages[code]
    header = request.headers.get("accept-language", "")
    return portal.languages[preferred(header, portal.languages, portal.settings.default_language)]


def language_of_script(portal: Portal, request: Request) -> Language:
    """The language of the page whose script asks, which says it as `lang`; else as for a page."""
    return portal.languages.get(request.parameters.get("lang", "")) or language_for(portal, request)


def _require_writable(fields: Mapping[str, list[str]]) -> None:
    """Invoices and RDF/XML are written of what forms say."""
    for name, values in fields.items():
        for value in values:
            found = unwritable_in(value)
            if found is not None:
                sentence = f"The field '{name[:100]}' holds the character {found[1]}, which XML cannot write."
                raise Problem(BadRequestData, sentence)


def _same_host(origin: str, request: Request) -> bool:
    return not origin or origin.rpartition("//")[2] == urlsplit(request.base).netloc
