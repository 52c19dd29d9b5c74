"""The TM Forum APIs of a whole node: rights, errors in their shape, events over HTTP."""

import asyncio
import json

import pytest

from beffroi.app import access
from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.web.message import Request, Response
from tests.conftest import Run
from tests.outbound.hostile import answering, listening

CATALOGUE = "/tmf-api/productCatalogManagement/v4"
INVENTORY = "/tmf-api/productInventory/v4"


async def ask(node: Node, method: str, path: str, body: object = None, token: str = "") -> Response:
    headers = {"content-type": "application/json", "host": "127.0.0.1:1026"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    content = b"" if body is None else json.dumps(body).encode()
    return await node.answer(Request(method, path, "", headers, content, "http://127.0.0.1:1026"))


@pytest.mark.parametrize(
    ("may", "statuses"),
    [
        ((), [401, 401, 401, 401]),
        (("read",), [200, 403, 200, 403]),
        (("read", "write"), [200, 403, 200, 403]),
        (("read", "operate", "write"), [200, 201, 200, 201]),
    ],
)
def test_a_token_lets_do_what_it_allows(may: tuple[str, ...], statuses: list[int], run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings(open_access=False)) as node:
            token = await access.add_token(node.store, "Ada", may, node.broker.now()) if may else ""
            return [
                await ask(node, "GET", f"{CATALOGUE}/productOffering", None, token),
                await ask(node, "POST", f"{CATALOGUE}/productOffering", {"name": "x"}, token),
                await ask(node, "GET", f"{INVENTORY}/product", None, token),
                await ask(node, "POST", f"{INVENTORY}/product", {"name": "x"}, token),
            ]

    answers = run(scenario())
    assert [answer.status for answer in answers] == statuses
    for answer in answers:
        body = json.loads(answer.body)
        if answer.status >= 400:
            assert (body["@type"], body["status"]) == ("Error", str(answer.status))
            assert body["code"]
            assert body["reason"]


def test_an_event_goes_out_over_http(run: Run) -> None:
    async def scenario() -> bytes:
        async with (
            listening(answering("201 Created")) as (url, seen),
            open_node(Settings()) as node,
            asyncio.TaskGroup() as group,
        ):
            courier = group.create_task(node.work[0]())
            await ask(node, "POST", f"{CATALOGUE}/hub", {"callback": f"{url}/here"})
            await ask(node, "POST", f"{CATALOGUE}/category", {"name": "x"})
            async with asyncio.timeout(20):
                while not seen:
                    await asyncio.sleep(0.01)
            node.stop()
            await courier
            return seen[0]

    head, _, body = run(scenario()).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /here/listener/CategoryCreateEvent HTTP/1.1")
    assert json.loads(body)["event"]["category"]["name"] == "x"
