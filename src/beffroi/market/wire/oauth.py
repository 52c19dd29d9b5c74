"""What clients send to the token endpoint, and what they are told (RFC 6749, sections 2.3.1, 3.2, 5)."""

from base64 import b64decode
from urllib.parse import parse_qsl, unquote_plus

from beffroi.kernel.json import JsonObject, encode
from beffroi.market.rules.access.tokens import Asked, Refusal, Token
from beffroi.web.message import Request, Response

FORM = "application/x-www-form-urlencoded"
LONGEST_FORM = 20_000
UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}
CREDENTIALS = "client_credentials"


def read_token_request(request: Request, issuer: str) -> Asked:
    """The request for a token. Raises Refusal."""
    fields = _fields(request)
    grant_type = fields.get("grant_type")
    if grant_type is None:
        raise Refusal("invalid_request", "The parameter grant_type is missing.")
    if grant_type != CREDENTIALS:
        raise Refusal("unsupported_grant_type", f"The grant_type is not {CREDENTIALS}.")
    if fields.get("resource", issuer).rstrip("/") != issuer:
        raise Refusal("invalid_target", f"Tokens are made for {issuer} only.")
    client, secret = _client(request, fields)
    return Asked(client, secret, fields.get("scope", ""), fields.get("purpose", ""))


def token_response(text: str, token: Token) -> Response:
    body: JsonObject = {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": token.until - token.begins,
        "scope": token.scope,
    }
    return Response(200, {"content-type": "application/json", **UNCACHED}, encode(body))


def refusal_response(refusal: Refusal) -> Response:
    """RFC 6749, section 5.2: 401 with a challenge for a wrong client, 400 for all else."""
    body: JsonObject = {"error": refusal.code, "error_description": refusal.sentence}
    headers = {"content-type": "application/json", **UNCACHED}
    if refusal.code != "invalid_client":
        return Response(400, headers, encode(body))
    return Response(401, {**headers, "www-authenticate": 'Basic realm="beffroi"'}, encode(body))


def metadata(issuer: str) -> JsonObject:
    """The authorization server as RFC 8414 describes one."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "grant_types_supported": [CREDENTIALS],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": ["read", "live", "history"],
    }


def _fields(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Refusal("invalid_request", f"The body is not {FORM}.")
    if len(request.body) > LONGEST_FORM:
        raise Refusal("invalid_request", f"The body is longer than {LONGEST_FORM} bytes.")
    try:
        text = request.body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise Refusal("invalid_request", "The form cannot be read.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Refusal("invalid_request", "A parameter is given more than once.")
    return fields


def _client(request: Request, fields: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from the header or from the form, never from both."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if "client_secret" in fields:
            raise Refusal("invalid_request", "The client gives its secret in two ways.")
        client, secret = _basic(encoded.strip())
        if fields.get("client_id", client) != client:
            raise Refusal("invalid_request", "The client gives two names.")
        return client, secret
    if "client_id" not in fields or "client_secret" not in fields:
        raise Refusal("invalid_client", "The request names no client.")
    return fields["client_id"], fields["client_secret"]


def _basic(encoded: str) -> tuple[str, str]:
    try:
        client, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        client, colon, secret = "", "", ""
    if not colon:
        raise Refusal("invalid_client", "The Authorization header cannot be read.")
    return unquote_plus(client), unquote_plus(secret)
