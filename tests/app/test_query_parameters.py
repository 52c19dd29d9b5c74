"""The query parameters in the description of a node are those that its interfaces read."""

import re
from typing import Any

from beffroi.app.description import document
from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.portal.services import LANGUAGES
from beffroi.web.message import Request, Response
from tests.conftest import Run
from tests.recorded import declared, recorded

DOCUMENT: Any = document("Sample City", "http://localhost")
FREE = ("/tmf-api/",)
"""Where every member of a document is a filter."""
READ_BUT_MEANT_FOR_NOTHING = {"csf"}
"""Checked, and about the registrations of sources, which there are none of (5.9)."""
ALIKE = {"options", "format"}
"""`format` is said in `options`, too: either stands for both."""


def rows() -> list[tuple[str, str]]:
    paths = DOCUMENT["paths"]
    pages = tuple(f"/{code}/" for code in LANGUAGES)
    return [
        (path, method) for path in paths if not path.startswith((*pages, *FREE)) for method in paths[path]
    ]


def request_of(path: str, method: str, query: str = "") -> Request:
    return Request(method.upper(), re.sub(r"{.+?}", "x", path), query, {"host": "localhost"})


async def refuses(node: Node, path: str, method: str, name: str) -> bool:
    """Whether an address does not know a parameter."""
    answer: Response = await node.answer(request_of(path, method, f"{name}=1"))
    said = answer.body.decode() if answer.pieces is None else ""
    return answer.status == 400 and bool(re.search(f"parameter '{name}' is not (known|supported)", said))


def test_what_an_interface_reads_is_described_and_what_is_described_is_known(run: Run) -> None:
    async def scenario() -> tuple[dict[str, set[str]], list[tuple[str, str]], int]:
        hidden, unknown, count = dict[str, set[str]](), list[tuple[str, str]](), 0
        async with open_node(Settings()) as node:
            for path, method in rows():
                described = declared(DOCUMENT, path, method)
                heard = described | READ_BUT_MEANT_FOR_NOTHING | (ALIKE if described & ALIKE else set())
                request = request_of(path, method)
                asked = recorded(request)
                await node.answer(request)
                left = {name for name in asked.seen - heard if not await refuses(node, path, method, name)}
                if left:
                    hidden[f"{method} {path}"] = left
                count += len(described)
                unknown += [(path, name) for name in described if await refuses(node, path, method, name)]
        return hidden, unknown, count

    hidden, unknown, count = run(scenario())
    assert hidden == {}
    assert unknown == []
    assert count > 200
