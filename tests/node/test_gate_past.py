"""The past through the gate: with a token for a product, cut and counted as every other read."""

from beffroi.app.access import add_token
from beffroi.app.opening import open_node
from beffroi.app.world import now
from beffroi.config import Settings
from tests.conftest import Run
from tests.node.gate import SQUARE, City, said, scenario

ROOT = "/ngsi-ld/v1/temporal"
ROOM, FAR = "urn:ngsi-ld:Room:1", "urn:ngsi-ld:Room:0"
EVER = "timerel=after&timeAt=1970-01-01T00:00:00Z&timeproperty=modifiedAt"


async def lived(city: City) -> None:
    """Each room changes, and one is deleted."""
    for number in range(3):
        change = {"co2": {"value": 500 + number}, "owner": {"value": "hush-4f1c2"}}
        path = f"/ngsi-ld/v1/entities/urn:ngsi-ld:Room:{number}/attrs"
        assert (await city.ask("PATCH", path, change)).status == 204
    assert (await city.ask("DELETE", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:2")).status == 204


def test_a_token_with_history_reads_what_was_bought_of_it(run: Run) -> None:
    async def steps(city: City) -> None:
        await lived(city)
        token = await city.bought(history=True, area=SQUARE)
        room = said(await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=token))
        assert set(room) == {"id", "type", "co2"}
        assert [instance["value"] for instance in room["co2"]] == [401, 501]
        listed = await city.ask("GET", f"{ROOT}/entities?type=Room,Secret&{EVER}", token=token)
        assert [one["id"] for one in said(listed)] == [ROOM, "urn:ngsi-ld:Room:2"]
        assert b"hush" not in listed.body
        assert b"owner" not in listed.body
        for hidden in (FAR, "urn:ngsi-ld:Secret:9"):
            assert (await city.ask("GET", f"{ROOT}/entities/{hidden}", token=token)).status == 404

    scenario(run, steps)


def test_a_token_for_less_than_was_bought_reads_less(run: Run) -> None:
    async def steps(city: City) -> None:
        held = await city.buy(history=True)
        whole, less = await city.token(held), await city.token(held, scope="read")
        assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=whole)).status == 200
        assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=less)).status == 403
        await city.product(status="suspended", history=True)
        assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=whole)).status == 401
        await city.product(history=False)
        assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=whole)).status == 403

    scenario(run, steps)


def test_entities_of_the_past_count_against_a_quota(run: Run) -> None:
    async def steps(city: City) -> None:
        await lived(city)
        quota = {"metric": "entities", "amount": 4, "period": "month"}
        token = await city.bought(history=True, quota=quota)
        first = await city.ask("GET", f"{ROOT}/entities?type=Room&{EVER}", token=token)
        assert (first.status, len(said(first))) == (200, 3)
        assert ";r=1" in first.headers["ratelimit"]
        second = await city.ask("GET", f"{ROOT}/entities?type=Room&{EVER}", token=token)
        assert second.status == 429
        assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=token)).status == 200
        assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=token)).status == 429

    scenario(run, steps)


def test_the_past_needs_a_right_as_the_present_does(run: Run) -> None:
    async def live() -> None:
        async with open_node(Settings(open_access=False)) as node:
            city = City(node)
            for path in (f"{ROOT}/entities/{ROOM}", f"{ROOT}/entities?type=Room&{EVER}"):
                assert (await city.ask("GET", path)).status == 401
            reader = await add_token(node.store, "reader", ["read"], now())
            assert (await city.ask("GET", f"{ROOT}/entities/{ROOM}", token=reader)).status == 404

    run(live())


def test_the_length_of_an_answer_is_a_setting(run: Run) -> None:
    async def live() -> None:
        async with open_node(Settings(history_page=2)) as node:
            city = City(node)
            await city.add("Room", 1, 3.5)
            for value in range(3):
                change = {"co2": {"value": value, "observedAt": f"2026-03-01T0{value}:00:00Z"}}
                path = f"/ngsi-ld/v1/entities/{ROOM}/attrs"
                assert (await city.ask("PATCH", path, change)).status == 204
            got = await city.ask("GET", f"{ROOT}/entities/{ROOM}?timerel=after&timeAt=2026-03-01T00:00:00Z")
            assert (got.status, len(said(got)["co2"])) == (206, 2)

    run(live())
