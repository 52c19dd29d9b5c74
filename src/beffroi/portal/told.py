"""What the addresses of the portal take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
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


def _tell(row: Row) -> Told:
    content = _CONTENTS.get(row.path)
    if content:
        return Told(sentence_of(row), (), None, (Answer(200, "What was asked for.", content),))
    shown = Answer(200, "A page, or a file of one.", Content(("*/*",), {}))
    elsewhere = Answer(302, "Go on there.", headers=("Location",))
    summary = f"Page {row.path.partition('/')[2]}" if _is_page(row) else sentence_of(row)
    return Told(summary, (), _FORM if row.method == "POST" else None, (shown, elsewhere))


def _is_page(row: Row) -> bool:
    return row.path[1:].partition("/")[0] in LANGUAGES


CHAPTER: Final = Chapter(
    name="Portal",
    about="Pages for people, files to download, what changes as it changes.",
    prefix="",
    rows=PORTAL_ROUTES,
    tell=_tell,
    problem=Content(("text/plain", "text/html"), _TEXT),
    path={
        "type": {"schema": _TEXT, "example": "OffStreetParking", "description": "The entity type's name."},
        "format": {
            "schema": {"type": "string", "enum": [*MEDIA_TYPES]},
            "example": "csv",
            "description": "The format.",
        },
    },
)
