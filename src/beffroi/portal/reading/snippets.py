"""Use this in your code: the same request for a terminal and for Python's own library.

Every example is complete: copied and run as it stands, it answers.
"""

import shlex
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

LINK: Final = '<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to ask: `id` names the tab, `code` is the text."""

    id: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Where and how a reader asks: the node's address, the context that gives short names, a token or not."""

    base: str
    context: str
    token: bool


def entity_snippets(ask: Ask, entity_id: str) -> list[Snippet]:
    """Read one entity."""
    address = f"{ask.base}/ngsi-ld/v1/entities/{quote(entity_id, safe=':')}?format=simplified"
    return [_curl(ask, address), _python(ask, address, 'print(answer["id"], answer["type"])')]


def past_snippets(ask: Ask, entity_id: str) -> list[Snippet]:
    """Read the newest of the past of one entity."""
    query = urlencode({"lastN": "100", "format": "temporalValues"})
    address = f"{ask.base}/ngsi-ld/v1/temporal/entities/{quote(entity_id, safe=':')}?{query}"
    return [_curl(ask, address), _python(ask, address, 'print(answer["id"], answer["type"])')]


def type_snippets(ask: Ask, type_name: str) -> list[Snippet]:
    """Read the entities of a type, in pages; and follow their changes with a subscription."""
    query = urlencode({"type": type_name, "format": "simplified", "limit": "100"})
    address = f"{ask.base}/ngsi-ld/v1/entities?{query}"
    last = 'for entity in answer:\n    print(entity["id"])'
    return [_curl(ask, address), _python(ask, address, last)]


def _headers(ask: Ask) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if ask.context:
        headers["Link"] = LINK.format(url=ask.context)
    if ask.token:
        headers["Authorization"] = "Bearer YOUR-TOKEN"
    return headers


def _curl(ask: Ask, address: str) -> Snippet:
    lines = ["curl --fail --silent --show-error"]
    lines += [f"  --header {shlex.quote(f'{name}: {value}')}" for name, value in _headers(ask).items()]
    lines.append(f"  {shlex.quote(address)}")
    return Snippet("curl", "curl", " \\\n".join(lines) + "\n")


def _python(ask: Ask, address: str, last: str) -> Snippet:
    headers = "".join(f"        {name!r}: {value!r},\n" for name, value in _headers(ask).items())
    code = (
        "import json\n"
        "from urllib.request import Request, urlopen\n\n"
        f"request = Request(\n    {address!r},\n    headers={{\n{headers}    }},\n)\n"
        "with urlopen(request) as response:\n"
        "    answer = json.load(response)\n"
        f"{last}\n"
    )
    return Snippet("python", "Python", code)
