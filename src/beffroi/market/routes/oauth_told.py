"""What the addresses for tokens take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.oauth import OAUTH_ROUTES
from beffroi.web.description import Answer, Chapter, Content, Row, Told, ref, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_FORM: Final = Content(
    ("application/x-www-form-urlencoded",),
    {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "client_id": _TEXT,
            "client_secret": _TEXT,
            "scope": {"type": "string", "description": "Fewer words than were bought."},
            "purpose": {"type": "string", "description": "One of those that were agreed."},
            "resource": {"type": "string", "format": "uri", "description": "The node's address (RFC 8707)."},
        },
    },
)
_TOKEN: Final[JsonObject] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": _TEXT,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "scope": _TEXT,
    },
}
_ERROR: Final[JsonObject] = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": _TEXT, "error_description": _TEXT},
}
_JSON: Final = ("application/json",)


def _tell(row: Row) -> Told:
    if row.path.endswith("/token"):
        token = Answer(200, "A token.", Content(_JSON, ref("AccessToken")))
        return Told(sentence_of(row), (), _FORM, (token,))
    says = "The keys." if row.path.endswith("/jwks") else "The metadata."
    return Told(sentence_of(row), (), None, (Answer(200, says, Content(_JSON, {"type": "object"})),))


OAUTH_CHAPTER: Final = Chapter(
    name="Tokens for products",
    about="OAuth 2.0 client credentials for who has bought data of this node.",
    prefix="",
    rows=OAUTH_ROUTES,
    tell=_tell,
    problem=Content(_JSON, ref("OAuthError")),
    schemas={"AccessToken": _TOKEN, "OAuthError": _ERROR},
)
