"""What an offering claims is proved before it can be ordered, on a whole node."""

import pytest

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, Key
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, create
from beffroi.market.rules.apis import RESOURCES
from beffroi.processes.checks import note_check
from beffroi.web.message import Actor, Request, Response
from tests.conftest import Run

CATALOG = "/tmf-api/productCatalogManagement/v4"
ENDPOINT = "https://service.example/ngsi-ld/v1"


def sent(method: str, path: str, body: JsonObject) -> Request:
    text = encode(body)
    headers = {"host": "localhost", "content-type": "application/json", "content-length": str(len(text))}
    return Request(method, f"{CATALOG}{path}", "", headers, text)


def characteristic(name: str, value: Json) -> JsonObject:
    return {"name": name, "productSpecCharacteristicValue": [{"value": value}]}


SPECIFICATION: JsonObject = {
    "name": "An outside service",
    "productSpecCharacteristic": [
        characteristic("endpointUrl", ENDPOINT),
        characteristic("mimRequirements", ["1.C1.R1.1"]),
    ],
}


async def checked(node: Node, url: str, outcome: str) -> None:
    """A check of the address that came to its end with this verdict, kept as the node keeps its checks."""
    check_id = await note_check(node.checker, "", url)
    body: JsonObject = {
        "url": url, "state": "done", "finished": "2026-11-22T12:00:00Z",
        "verdicts": [{"requirement": "1.C1.R1.1", "outcome": outcome, "reason": {"en": "No type is answered.", "fr": ""}}],
    }  # fmt: skip
    await node.store.transact([], lambda _: Commit((Change(Key("", "check", check_id), encode(body)),)))


async def offer(node: Node, status: str, **members: Json) -> Response:
    made = await node.answer(sent("POST", "/productSpecification", SPECIFICATION))
    specification = {"id": decode_object(made.body)["id"]}
    body: JsonObject = {
        "name": "Live",
        "lifecycleStatus": status,
        "productSpecification": specification,
        **members,
    }
    return await node.answer(sent("POST", "/productOffering", body))


def message(seen: Response) -> str:
    return str(decode_object(seen.body).get("message", ""))


def test_an_offering_whose_endpoint_was_never_checked_stays_unpublished(run: Run) -> None:
    async def scenario() -> tuple[Response, Response]:
        async with open_node(Settings()) as node:
            return await offer(node, "Active"), await offer(node, "In design")

    published, drafted = run(scenario())
    assert (published.status, drafted.status) == (409, 201)
    assert f"its endpoint '{ENDPOINT}' was never checked" in message(published)


def test_a_requirement_that_the_register_does_not_have_is_named(run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings()) as node:
            claims: Json = [
                {"name": "mimRequirements", "productSpecCharacteristicValue": [{"value": ["9.Z"]}]}
            ]
            drafted = await offer(node, "In design", prodSpecCharValueUse=claims)
            path = f"/productOffering/{decode_object(drafted.body)['id']}"
            published = await node.answer(sent("PATCH", path, {"lifecycleStatus": "Active"}))
            return [drafted, published, await offer(node, "Active", prodSpecCharValueUse=claims)]

    drafted, *refused = run(scenario())
    assert [each.status for each in (drafted, *refused)] == [201, 400, 400]
    for each in refused:
        assert message(each) == "The offering claims 9.Z; the register has no such requirement."


def test_the_newest_verdicts_decide_and_the_refusal_names_them(run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings()) as node:
            drafted = await offer(node, "In design")
            path = f"/productOffering/{decode_object(drafted.body)['id']}"
            seen = list[Response]()
            for outcome in ("PASS", "FAIL", "PASS"):
                await checked(node, ENDPOINT, outcome)
                seen.append(await node.answer(sent("PATCH", path, {"lifecycleStatus": "Active"})))
                await node.answer(sent("PATCH", path, {"lifecycleStatus": "Retired"}))
            return seen

    first, refused, again = run(scenario())
    assert (first.status, refused.status, again.status) == (200, 409, 200)
    assert "1.C1.R1.1: FAIL (No type is answered)" in message(refused)


def test_a_check_that_is_under_way_does_not_hide_the_verdicts_before_it(run: Run) -> None:
    async def scenario() -> Response:
        async with open_node(Settings()) as node:
            await checked(node, ENDPOINT + "/", "PASS")
            await note_check(node.checker, "", ENDPOINT)
            return await offer(node, "Active")

    assert run(scenario()).status == 201


def test_claims_that_are_added_while_it_is_published_have_to_be_proved(run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings()) as node:
            await checked(node, ENDPOINT, "PASS")
            published = await offer(node, "Active")
            path = f"/productOffering/{decode_object(published.body)['id']}"
            await checked(node, ENDPOINT, "FAIL")
            claims: JsonObject = {
                "prodSpecCharValueUse": [characteristic("mimRequirements", ["1.C1.R1.1", "0.C1.R1.1"])]
            }
            return [
                published,
                await node.answer(sent("PATCH", path, {"description": "As it comes."})),
                await node.answer(sent("PATCH", path, claims)),
            ]

    assert [seen.status for seen in run(scenario())] == [201, 200, 409]


@pytest.mark.parametrize("status", ["Active", "In design"])
def test_terms_that_cannot_be_read_are_refused_in_every_state(run: Run, status: str) -> None:
    async def scenario() -> Response:
        async with open_node(Settings()) as node:
            await checked(node, ENDPOINT, "PASS")
            return await offer(
                node, status, productOfferingTerm=[{"@type": "DataUseTerm", "licence": {"spdxId": "WTFPL"}}]
            )

    seen = run(scenario())
    assert seen.status == 400
    assert "'WTFPL'" in message(seen)


@pytest.mark.parametrize(("roles", "status"), [(["buyer"], 403), (["provider"], 201)])
def test_only_who_was_made_a_provider_publishes(run: Run, roles: list[str], status: int) -> None:
    firm: JsonObject = {"id": "firm", "role": "seller", "@referredType": "Organization"}
    actor = Actor("Firm (simulated)", frozenset({"read", "trade"}), party="firm", roles=frozenset(roles))
    sold: Json = [characteristic("endpointUrl", ENDPOINT)]
    body: JsonObject = {
        "name": "Live", "lifecycleStatus": "Active", "relatedParty": [firm], "prodSpecCharValueUse": sold,
    }  # fmt: skip

    async def check() -> None:
        async with open_node(Settings()) as node:
            await node.store.transact(
                [], lambda _: Commit((Change(Key("", "tmf:organization", "firm"), encode({"id": "firm"})),))
            )
            market = Market(node.store, node.broker.now, lambda: "offer", "http://localhost")
            asked = create(market, RESOURCES["productOffering"], body, Asker(actor))
            if status == 403:
                with pytest.raises(Problem, match="role 'provider'"):
                    await asked
            else:
                assert (await asked)["lifecycleStatus"] == "Active"

    run(check())
