"""Use what was bought in your code: a token first, then a query of it, for a terminal and for Python."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant, shortened
from beffroi.portal.reading.snippets import Ask, Snippet

PLACE: Final = "YOUR-SECRET"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: the client id, the secret or PLACE, and a purpose that the agreement allows, if it names
    any."""

    id: str
    secret: str = PLACE
    purpose: str = ""


def client_of(grant: Grant | None, id: str, secret: str = "") -> Client:
    purposes = sorted(grant.purposes) if grant else []
    return Client(id or "YOUR-CLIENT", secret or PLACE, purposes[0] if len(purposes) > 1 else "")


def product_snippets(ask: Ask, client: Client, type_name: str) -> list[Snippet]:
    """Get a token and read the entities of a type that was bought."""
    query = urlencode({"type": type_name, "format": "simplified", "limit": "100"})
    address = f"{ask.base}/ngsi-ld/v1/entities?{query}"
    token = f"{ask.base}/oauth/token"
    return [_curl(ask, client, token, address), _python(ask, client, token, address)]


def past_snippet(ask: Ask, client: Client, type_name: str, since: Instant, title: str) -> Snippet:
    """Get a token and read how the entities of a type changed since a moment; `title` is the tab's."""
    query = {"type": type_name, "timerel": "after", "timeAt": shortened(since), "timeproperty": "modifiedAt"}
    address = f"{ask.base}/ngsi-ld/v1/temporal/entities?{urlencode({**query, 'format': 'temporalValues'})}"
    code = _curl(ask, client, f"{ask.base}/oauth/token", address).code
    return Snippet("past", title, code)


def _curl(ask: Ask, client: Client, token: str, address: str) -> Snippet:
    purpose = f" --data purpose='{client.purpose}'" if client.purpose else ""
    link = _link(ask)
    lines = [
        f"TOKEN=$(curl --fail --silent --show-error --user '{client.id}:{client.secret}' \\",
        f"  --data grant_type=client_credentials{purpose} '{token}' \\",
        """  | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')""",
        'curl --fail --silent --show-error --header "Authorization: Bearer $TOKEN" \\',
        *([f"  --header 'Link: {link}' \\"] if link else []),
        f"  '{address}'",
    ]
    return Snippet("curl", "curl", "\n".join(lines) + "\n")


def _python(ask: Ask, client: Client, token: str, address: str) -> Snippet:
    form = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": client.secret}
    if client.purpose:
        form["purpose"] = client.purpose
    fields = "".join(f"    {name!r}: {value!r},\n" for name, value in form.items())
    link = _link(ask)
    header = f', "Link": {link!r}' if link else ""
    code = (
        "import json\n"
        "from urllib.parse import urlencode\n"
        "from urllib.request import Request, urlopen\n\n"
        f"form = {{\n{fields}}}\n"
        f"with urlopen({token!r}, urlencode(form).encode()) as response:\n"
        '    token = json.load(response)["access_token"]\n'
        f'headers = {{"Authorization": f"Bearer {{token}}"{header}}}\n'
        f"with urlopen(Request({address!r}, headers=headers)) as response:\n"
        "    for entity in json.load(response):\n"
        '        print(entity["id"])\n'
    )
    return Snippet("python", "Python", code)


def _link(ask: Ask) -> str:
    if not ask.context:
        return ""
    return f'<{ask.context}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
