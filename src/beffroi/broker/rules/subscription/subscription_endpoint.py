"""Read the endpoint of a subscription (clauses 5.2.15, 5.2.22, 6.3.8), and show it without its secrets."""

import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from beffroi.broker.rules.names import bad, is_uri
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import OperationNotSupported, Problem

ACCEPTED = ("application/json", "application/ld+json", "application/geo+json")
MEMBERS = frozenset({"uri", "accept", "cooldown", "notifierInfo", "receiverInfo", "timeout"})
MOST_PAIRS = 50
DEFAULT_TIMEOUT_S = 10.0
LONGEST_TIMEOUT_S = 60.0
LONGEST_COOLDOWN_S = 86_400.0
HIDDEN = "***"
"""What a secret is shown as; written back, it leaves the secret as it is."""

OURS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
    | {"expect", "keep-alive", "proxy-connection"}
)
"""Headers that frame the message or say what it is: a subscriber may not set them."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_TEXT = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SECRET = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where notifications go and in which form; `headers` are what the receiver needs besides."""

    uri: str
    accept: str
    headers: tuple[tuple[str, str], ...]
    timeout_s: float
    cooldown_s: float

    @property
    def plain_body(self) -> bool:
        """Whether `Prefer: body=json` asks for GeoJSON without a @context (clause 6.3.8)."""
        return any(name.lower() == "prefer" and value.strip() == "body=json" for name, value in self.headers)


def read_endpoint(value: Json) -> Endpoint:
    """Read and check an endpoint. Raises Problem(BadRequestData), or OperationNotSupported for MQTT."""
    if not isinstance(value, dict):
        bad("The notification has no endpoint." if value is None else "The endpoint is not an object.")
    for member in value:
        if member not in MEMBERS:
            bad(f"An endpoint has no member '{member[:100]}'.")
    accept = value.get("accept", ACCEPTED[0])
    if accept not in ACCEPTED:
        bad(f"The endpoint's accept is not one of {', '.join(ACCEPTED)}.")
    read_pairs(value.get("notifierInfo"), "notifierInfo")
    headers = read_pairs(value.get("receiverInfo"), "receiverInfo")
    for name, text in headers:
        _check_header(name, text)
    return Endpoint(
        _uri(value.get("uri")),
        str(accept),
        headers,
        min(positive(value, "timeout", "endpoint", DEFAULT_TIMEOUT_S * 1000) / 1000, LONGEST_TIMEOUT_S),
        min(positive(value, "cooldown", "endpoint", 0.0) / 1000, LONGEST_COOLDOWN_S),
    )


def read_pairs(value: Json, what: str) -> tuple[tuple[str, str], ...]:
    """Read an array of KeyValuePair (clause 5.2.22)."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_PAIRS:
        bad(f"The {what} is not an array of at most {MOST_PAIRS} pairs.")
    return tuple(_pair(item, what) for item in value)


def positive(of: JsonObject, member: str, what: str, otherwise: float) -> float:
    """A member that is a number greater than 0, if it is there."""
    if member not in of:
        return otherwise
    value = of[member]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        bad(f"The {member} of the {what} is not a number greater than 0.")
    return float(value)


def without_secrets(notification: JsonObject) -> JsonObject:
    """The notification parameters as they may be shown: tokens and passwords are hidden."""
    endpoint = cast("JsonObject", notification["endpoint"])
    shown = dict(endpoint)
    if isinstance(endpoint.get("receiverInfo"), list):
        shown["receiverInfo"] = [_hidden(pair) for pair in _pairs(endpoint)]
    return {**notification, "endpoint": shown}


def with_secrets(notification: Json, stored: JsonObject) -> Json:
    """Put back the secrets that a client wrote back as it was shown them."""
    if not isinstance(notification, dict) or not isinstance(notification.get("endpoint"), dict):
        return notification
    endpoint = cast("JsonObject", notification["endpoint"])
    if not isinstance(endpoint.get("receiverInfo"), list):
        return notification
    before = cast("JsonObject", stored.get("endpoint", {}))
    if _place(endpoint.get("uri", before.get("uri"))) != _place(before.get("uri")):
        if any(pair.get("value") == HIDDEN for pair in _pairs(endpoint)):
            bad("The endpoint moves elsewhere, so its receiverInfo has to be written out again.")
        return notification
    known = {str(pair.get("key")): pair.get("value") for pair in _pairs(before)}
    pairs = [
        {**pair, "value": known.get(str(pair.get("key")), HIDDEN)} if pair.get("value") == HIDDEN else pair
        for pair in _pairs(endpoint)
    ]
    return {**notification, "endpoint": {**endpoint, "receiverInfo": cast("Json", pairs)}}


def _place(uri: Json) -> tuple[str, str]:
    """Where an address leads to: what a secret was entrusted to."""
    parts = urlsplit(uri if isinstance(uri, str) else "")
    return parts.scheme.lower(), parts.netloc.lower()


def _uri(value: Json) -> str:
    if not isinstance(value, str) or not is_uri(value):
        bad("The endpoint has no uri that is a URI.")
    try:
        scheme, host = urlsplit(value).scheme.lower(), urlsplit(value).hostname
    except ValueError:
        bad(f"The endpoint's uri '{value[:200]}' cannot be read.")
    if scheme in {"mqtt", "mqtts"}:
        raise Problem(OperationNotSupported, "Notifications over MQTT are not supported yet; use HTTP.")
    if scheme not in {"http", "https"} or not host:
        bad(f"The endpoint's uri '{value[:200]}' is no HTTP address.")
    return value


def _pair(item: Json, what: str) -> tuple[str, str]:
    if not isinstance(item, dict) or item.keys() != {"key", "value"}:
        bad(f"An element of {what} is not an object with a key and a value.")
    key, value = item["key"], item["value"]
    if not isinstance(key, str) or not isinstance(value, str):
        bad(f"A key or value of {what} is not a string.")
    return key, value


def _check_header(name: str, value: str) -> None:
    if _TOKEN.fullmatch(name) is None:
        bad(f"'{name[:100]}' in receiverInfo cannot be the name of a header.")
    if name.lower() in OURS:
        bad(f"The header '{name}' in receiverInfo cannot be set by a subscriber.")
    if _TEXT.fullmatch(value) is None or len(value) > 8_000:
        bad(f"The value of '{name}' in receiverInfo cannot be the value of a header.")


def _pairs(endpoint: JsonObject) -> list[JsonObject]:
    pairs = endpoint.get("receiverInfo")
    return [pair for pair in pairs if isinstance(pair, dict)] if isinstance(pairs, list) else []


def _hidden(pair: JsonObject) -> JsonObject:
    return {**pair, "value": HIDDEN} if _SECRET.search(str(pair.get("key"))) else pair
