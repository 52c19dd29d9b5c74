"""The query parameters in the description of the portal are those that its pages read, and its answers those
that it gives."""

import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import product
from typing import Any

import pytest
from tests.portal.buying import buying_node
from tests.portal.calling import calling_node
from tests.portal.market import make_market
from tests.portal.node import Node, make_node
from tests.portal.solving import solving_node
from tests.portal.steering import steering_node
from tests.portal.test_mine import send
from tests.portal.trading import ACTIVE, AUDITOR, BILL, CITY, FIRM, OFFER, ORDER, trading_node
from tests.recorded import declared, recorded

from beffroi.app.description import document
from beffroi.portal.pages.network.clauses import PICK
from beffroi.portal.routes import PORTAL_ROUTES
from beffroi.portal.services import Doors
from beffroi.web.message import Actor, Request

DOCUMENT: Any = document("Sample City", "http://node.test")
RIGHTS = frozenset({"read", "write", "operate", "trade", "steer", "coordinate", "judge"})
OPERATOR = Actor("op", RIGHTS, party="parkwise", roles=frozenset({"operator"}))
NAMES = {"type": ["OffStreetParking", "BikeHireDockingStation"], "format": ["csv"]}
IDS = ("x", ACTIVE, BILL, OFFER, ORDER, "bikes", "check-4", "urn:ngsi-ld:BikeHireDockingStation:sim-001")
PATHS = [route.path for route in PORTAL_ROUTES if route.method == "GET" and not route.path.startswith("/fr")]


async def nobody_enters(_: str, __: str) -> str | None:
    return None


NODES: list[tuple[AbstractContextManager[Node], Sequence[Actor]]] = [
    (make_node(), [OPERATOR]),
    (trading_node(Doors(sign_in=nobody_enters), sign_in=True), [FIRM, CITY, AUDITOR]),
    (make_market(), [FIRM]),
    (steering_node(), [OPERATOR]),
    (solving_node(), [OPERATOR]),
    (buying_node(), [OPERATOR]),
    (calling_node(), [OPERATOR]),
]


def addresses(path: str, ids: Sequence[str]) -> list[str]:
    """A path with the ids in place of its argument; one with several arguments is asked once."""
    names = re.findall(r"{(.+?)}", path)
    choices = [NAMES.get(name, ids if len(names) == 1 else ids[:1]) for name in names]
    found = list[str]()
    for values in product(*choices):
        filled = path
        for name, value in zip(names, values, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        found.append(filled)
    return found


def asked_of(node: Node, actors: Sequence[Actor], seen: Any, statuses: Any) -> None:
    """Ask every page of a node, and note what each looks for and answers."""
    for path in PATHS:
        for address in addresses(path, [*IDS, *node.made.values()]):
            for actor in actors:
                request = Request("GET", address, "", {}, base="http://node.test", actor=actor)
                asked = recorded(request)
                answer = node.ask(request)
                seen[path] |= asked.seen
                statuses[path].add(answer.status)


@pytest.fixture(scope="module")
def driven() -> tuple[dict[str, set[str]], dict[str, set[int]]]:
    seen, statuses = defaultdict[str, set[str]](set), defaultdict[str, set[int]](set)
    for opened, actors in NODES:
        with opened as node:
            asked_of(node, actors, seen, statuses)
    return seen, statuses


def test_what_a_page_reads_of_its_address_is_described(driven: Any) -> None:
    seen, _ = driven
    hidden = {path: seen[path] - declared(DOCUMENT, path, "get") for path in PATHS}
    assert {path: names for path, names in hidden.items() if names} == {}
    assert {"/features", "/live", "/en/market/audit", "/en/entities/{id}"} <= {p for p in seen if seen[p]}


def test_what_is_described_is_read(driven: Any) -> None:
    seen, _ = driven
    later = {
        "/en/market/selling/new": {"type", "service"},
        "/en/": {"by"},
        "/en/network/clauses/text": set[str](),
    }
    unread = {path: declared(DOCUMENT, path, "get") - seen[path] - later.get(path, set()) for path in PATHS}
    assert {path: names for path, names in unread.items() if names} == {}
    assert PICK == "pick."


def test_what_a_page_answers_is_described(driven: Any) -> None:
    _, statuses = driven
    for path in PATHS:
        known = {int(code) for code in DOCUMENT["paths"][path]["get"]["responses"] if code != "default"}
        assert {status for status in statuses[path] if status < 400} <= known, path


FORMS = [
    ("/en/market/account", "/en/market/account", {"name": "Firm (simulated)", "country": "FR"}, "303"),
    (f"/en/market/mine/{ACTIVE}", f"/en/market/mine/{ACTIVE}/secret", {}, "200"),
]


def test_a_form_that_is_done_is_answered_as_it_is_described() -> None:
    with trading_node() as node:
        for page, path, fields, status in FORMS:
            template = path.replace(ACTIVE, "{id}")
            assert set(DOCUMENT["paths"][template]["post"]["responses"]) == {status, "default"}
            assert str(send(node, FIRM, page, path, **fields).status) == status
    answers = [set(item["post"]["responses"]) for path, item in DOCUMENT["paths"].items() if "post" in item]
    assert not any("302" in each for each in answers)
