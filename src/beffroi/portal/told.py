"""What the addresses of the portal take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.portal.asked import PARAMETERS, asked_with
from beffroi.portal.feeds.downloads import MEDIA_TYPES
from beffroi.portal.routes import PORTAL_ROUTES
from beffroi.portal.services import LANGUAGES
from beffroi.web.description import Answer, Chapter, Content, Row, Told, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_FORM: Final = Content(
    ("application/x-www-form-urlencoded",), {"type": "object", "additionalProperties": _TEXT}
)
_FILES: Final = tuple(each.partition(";")[0] for each in MEDIA_TYPES.values())
_CONTENTS: Final = {
    "/download/{type}/{format}": Content(_FILES, {}),
    "/features": Content(("application/geo+json",), {"type": "object"}),
    "/network-map": Content(("application/geo+json",), {"type": "object"}),
    "/live": Content(("text/event-stream",), _TEXT),
    "/runs": Content(("text/event-stream",), _TEXT),
}


_SHOWN: Final = Answer(200, "A page, or a file of one.", Content(("*/*",), {}))
_LEADS_ON: Final = Answer(303, "Go on there.", headers=("Location",))
_CHOSEN: Final = Answer(302, "The pages in the visitor's language.", headers=("Location",))
_SHOWING: Final = frozenset(
    {
        "/market/mine/{id}/secret",
        "/network/clauses/compare",
        "/network/calls/{id}/jury/{application}/evidence",
    }
)
"""Forms that answer with a page when they are done."""

_SOMETIMES: Final = frozenset(
    {
        "/sources/new",
        "/sources/named/{name}",
        "/network/strategy",
        "/network/solutions/{id}",
        "/network/calls/{id}/apply",
    }
)
"""Forms that first show what would be, or what came of it; so do those of the nodes."""


def _tell(row: Row) -> Told:
    content = _CONTENTS.get(row.path)
    if content:
        asked = asked_with(row.path, LANGUAGES)
        return Told(sentence_of(row), asked, None, (Answer(200, "What was asked for.", content),))
    summary = f"Page {row.path.partition('/')[2]}" if _is_page(row) else sentence_of(row)
    if row.method == "POST":
        return Told(summary, (), _FORM, _after_form(_behind_language(row)))
    return Told(summary, asked_with(row.path, LANGUAGES), None, _when_asked(row))


def _when_asked(row: Row) -> tuple[Answer, ...]:
    if row.path == "/":
        return (_CHOSEN,)
    return (_SHOWN, _LEADS_ON) if _behind_language(row) == "/network/clauses" else (_SHOWN,)


def _after_form(path: str) -> tuple[Answer, ...]:
    """A form that is done leads on, or shows what it gives or asks; one that is refused is shown again with
    what is wrong."""
    if path in _SHOWING:
        return (_SHOWN,)
    sometimes = path in _SOMETIMES or path.startswith("/network/nodes/")
    return (_SHOWN, _LEADS_ON) if sometimes else (_LEADS_ON,)


def _behind_language(row: Row) -> str:
    return "/" + row.path[1:].partition("/")[2]


def _is_page(row: Row) -> bool:
    return row.path[1:].partition("/")[0] in LANGUAGES


CHAPTER: Final = Chapter(
    name="Portal",
    about="Pages for people, files to download, what changes as it changes.",
    prefix="",
    rows=PORTAL_ROUTES,
    tell=_tell,
    problem=Content(("text/plain", "text/html"), _TEXT),
    parameters=PARAMETERS,
    path={
        "type": {"schema": _TEXT, "example": "OffStreetParking", "description": "The entity type's name."},
        "format": {
            "schema": {"type": "string", "enum": [*MEDIA_TYPES]},
            "example": "csv",
            "description": "The format.",
        },
    },
)
