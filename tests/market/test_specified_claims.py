"""What a specification claims for offerings that are published was proved, as what they claim themselves."""

from functools import partial
from typing import Any

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.json import Json, JsonObject, decode_object
from beffroi.kernel.problem import Problem
from beffroi.market.operations.writing import Asker, change, create
from beffroi.market.rules.apis import RESOURCES
from beffroi.web.message import LOCAL, Response
from tests.conftest import Run
from tests.market.seller import Seller
from tests.market.test_product_offering import ENDPOINT, characteristic, checked, message, sent
from tests.market.test_removal_races import at_once

ELSEWHERE = "https://other.example/ngsi-ld/v1"
CLAIM = characteristic("mimRequirements", ["1.C1.R1.1"])
SPECIFICATION, OFFERING = RESOURCES["productSpecification"], RESOURCES["productOffering"]


async def made(node: Node, name: str, body: JsonObject) -> str:
    return str(decode_object((await node.answer(sent("POST", f"/{name}", body))).body)["id"])


async def sold(node: Node, *characteristics: JsonObject, state: str = "Active", **more: Json) -> str:
    """The specification of an offering in this state."""
    specification = await made(
        node, "productSpecification", {"name": "A service", "productSpecCharacteristic": [*characteristics]}
    )
    named: JsonObject = {
        "name": "Live",
        "lifecycleStatus": state,
        "productSpecification": {"id": specification},
    }
    await made(node, "productOffering", {**named, **more})
    return specification


async def says(node: Node, specification: str, *characteristics: JsonObject) -> Response:
    anew: JsonObject = {"productSpecCharacteristic": [*characteristics]}
    return await node.answer(sent("PATCH", f"/productSpecification/{specification}", anew))


def at(url: str) -> JsonObject:
    return characteristic("endpointUrl", url)


def test_a_specification_claims_nothing_that_was_not_proved(run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings()) as node:
            specification = await sold(node, at(ENDPOINT))
            seen = [await says(node, specification, at(ENDPOINT), CLAIM)]
            for outcome in ("FAIL", "PASS"):
                await checked(node, ENDPOINT, outcome)
                seen.append(await says(node, specification, at(ENDPOINT), CLAIM))
            return seen

    never, failed, passed = run(scenario())
    assert (never.status, failed.status, passed.status) == (409, 409, 200)
    assert f"its endpoint '{ENDPOINT}' was never checked" in message(never)
    assert "1.C1.R1.1: FAIL (No type is answered)" in message(failed)


def test_a_proved_claim_does_not_go_along_to_another_endpoint(run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings()) as node:
            await checked(node, ENDPOINT, "PASS")
            specification = await sold(node, at(ENDPOINT), CLAIM)
            own = await sold(node, at(ENDPOINT), prodSpecCharValueUse=[CLAIM])
            await checked(node, ENDPOINT, "FAIL")
            return [
                await says(node, specification, at(ELSEWHERE), CLAIM),
                await says(node, own, at(ELSEWHERE)),
                await says(node, specification, at(ENDPOINT), CLAIM, characteristic("rateLimit", 3)),
                await says(node, specification, at(ELSEWHERE)),
            ]

    moved, own, same, taken_back = run(scenario())
    assert (moved.status, own.status, same.status, taken_back.status) == (409, 409, 200, 200)
    for each in (moved, own):
        assert f"its endpoint '{ELSEWHERE}' was never checked" in message(each)


def test_a_specification_claims_only_what_the_register_has(run: Run) -> None:
    async def scenario() -> Response:
        async with open_node(Settings()) as node:
            specification = await sold(node, at(ENDPOINT))
            return await says(node, specification, at(ENDPOINT), characteristic("mimRequirements", ["9.Z"]))

    seen = run(scenario())
    assert (seen.status, message(seen)) == (
        400,
        "The offering claims 9.Z; the register has no such requirement.",
    )


def test_the_specification_of_a_draft_is_checked_when_that_is_published(run: Run) -> None:
    async def scenario() -> Response:
        async with open_node(Settings()) as node:
            return await says(node, await sold(node, at(ENDPOINT), state="In design"), at(ENDPOINT), CLAIM)

    assert run(scenario()).status == 200


def test_an_offering_that_is_published_meanwhile_does_not_slip_through(seller: Seller) -> None:
    """Of an offering without claims and a specification that comes to claim, one is told."""

    async def scenario(moment: int) -> tuple[Any, Any]:
        stated: JsonObject = {"name": "A service", "productSpecCharacteristic": [at(ENDPOINT)]}
        id = str((await create(seller.market, SPECIFICATION, stated, Asker(LOCAL)))["id"])
        body: JsonObject = {"name": "Live", "lifecycleStatus": "Active", "productSpecification": {"id": id}}

        def claiming(before: JsonObject) -> JsonObject:
            return {**before, "productSpecCharacteristic": [at(ENDPOINT), CLAIM]}

        return await at_once(
            moment,
            partial(create, seller.market, OFFERING, body, Asker(LOCAL)),
            partial(change, seller.market, SPECIFICATION, id, claiming, Asker(LOCAL)),
        )

    for moment in range(-40, 40):
        found = seller.run(scenario(moment))
        refused = [each for each in found if isinstance(each, Problem)]
        assert len(refused) == 1, moment
        assert "was never checked" in str(refused[0])
