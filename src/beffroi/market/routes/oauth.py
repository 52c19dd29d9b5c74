"""OAuth 2.0 for holders of products: tokens, the keys that check them, and where all that is."""

from beffroi.kernel.json import JsonObject, encode
from beffroi.market.operations.tokens import Tokens
from beffroi.market.rules.access.tokens import Refusal
from beffroi.market.wire.oauth import metadata, read_token_request, refusal_response, token_response
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def token(tokens: Tokens, request: Request, _: Arguments) -> Response:
    """A token for what a client has bought."""
    try:
        text, made = await tokens.issue(read_token_request(request, tokens.issuer))
    except Refusal as refusal:
        return refusal_response(refusal)
    return token_response(text, made)


async def keys(tokens: Tokens, _: Request, __: Arguments) -> Response:
    """The keys that check tokens of this node, as a JWK Set."""
    return _document(await tokens.published())


async def server(tokens: Tokens, _: Request, __: Arguments) -> Response:
    """Where tokens are made, and how clients show who they are."""
    return _document(metadata(tokens.issuer))


def _document(body: JsonObject) -> Response:
    headers = {
        "content-type": "application/json",
        "cache-control": "public, max-age=60",
        "access-control-allow-origin": "*",
    }
    return Response(200, headers, encode(body))


OAUTH_ROUTES: tuple[Route[Tokens], ...] = (
    Route("POST", "/oauth/token", token, "RFC 6749 4.4", "nothing"),
    Route("GET", "/oauth/jwks", keys, "RFC 7517 5", "nothing"),
    Route("GET", "/.well-known/oauth-authorization-server", server, "RFC 8414 3", "nothing"),
)
