"""A formal description counts when it parses and the server answers as it says."""

from __future__ import annotations

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import Asking, get, joined, numbers, obstacle
from beffroi.proof.probes.reading import (
    Link,
    body_links,
    first_link,
    header_links,
    json_of,
    looks_like_page,
    mapping,
    mappings,
    media_type,
    text,
)
from beffroi.proof.verdict import Finding

OPENAPI = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json, application/json;q=0.9"


def described(
    base: str, landing: Exchange, guesses: tuple[str, ...], absent: str
) -> Asking[tuple[Finding, Json]]:
    """Find the OpenAPI description, then ask one path of it. Returns it too, for its schemas.

    `absent` names the case when nothing is linked and none of the usual places has one.
    """
    candidates = [link.href for link in _service_links(landing)] + [f"{base}{guess}" for guess in guesses]
    asked = [landing]
    yaml = False
    for url in list(dict.fromkeys(candidates))[:4]:
        exchange = yield from get(url, OPENAPI)
        asked.append(exchange)
        refused = obstacle(exchange.answer)
        if refused in {"not-asked", "rate-limited", "needs-access"}:
            return Finding("description", refused, numbers(*asked)), None
        document = mapping(json_of(exchange.answer))
        if text(document.get("openapi")).startswith("3.") and mapping(document.get("paths")):
            finding = yield from _answers_as_described(base, exchange, document)
            return finding, document
        yaml = yaml or (exchange.answer.status == 200 and exchange.answer.body.lstrip()[:8] == b"openapi:")
    return Finding("description", "yaml" if yaml else absent, numbers(*asked)), None


def _service_links(landing: Exchange) -> list[Link]:
    links = [*body_links(landing), *header_links(landing)]
    found = [link for link in links if link.rel == "service-desc"]
    first = first_link(found, "service-desc")
    return sorted(found, key=lambda link: "json" not in link.type) if first else []


def _answers_as_described(base: str, description: Exchange, document: dict[str, Json]) -> Asking[Finding]:
    """Ask up to two described paths without parameters; one that keeps its word is enough."""
    root = _server(base, description, document)
    seen = [description]
    tried: list[str] = []
    for path, operation in _plain_paths(document)[:2]:
        exchange = yield from get(f"{root}{path}")
        seen.append(exchange)
        tried.append(path)
        refused = obstacle(exchange.answer)
        if refused:
            return Finding("description", refused, numbers(*seen))
        if _keeps_its_word(operation, exchange):
            return Finding("description", "true", numbers(*seen), {"path": path})
    case = "false" if tried else "no-plain-path"
    return Finding("description", case, numbers(*seen), {"path": ", ".join(tried)})


def _server(base: str, description: Exchange, document: dict[str, Json]) -> str:
    servers = mappings(document.get("servers"))
    url = joined(description.request.url, text(servers[0].get("url"))) if servers else None
    return (url or base).rstrip("/")


def _plain_paths(document: dict[str, Json]) -> list[tuple[str, dict[str, Json]]]:
    """Paths to GET that need no parameter, the shortest word first after the root."""
    found: list[tuple[str, dict[str, Json]]] = []
    for path, item in mapping(document.get("paths")).items():
        operation = mapping(mapping(item).get("get"))
        needs = [*mappings(operation.get("parameters")), *mappings(mapping(item).get("parameters"))]
        if (
            operation
            and path.startswith("/")
            and "{" not in path
            and not any(p.get("required") for p in needs)
        ):
            found.append((path, operation))
    return sorted(found, key=lambda entry: (entry[0] in {"/", "/api", "/openapi"}, len(entry[0]), entry[0]))


def _keeps_its_word(operation: dict[str, Json], exchange: Exchange) -> bool:
    responses = mapping(operation.get("responses"))
    status = str(exchange.answer.status)
    response = responses.get(status, responses.get(f"{status[0]}XX"))
    if exchange.answer.status != 200 or response is None:
        return False
    content = mapping(mapping(response).get("content"))
    declared = {kind.split(";")[0].strip().lower() for kind in content}
    came = media_type(exchange.answer)
    if "json" in came and json_of(exchange.answer) is None:
        return False
    return came in declared or "*/*" in declared or (not declared and not looks_like_page(exchange.answer))
