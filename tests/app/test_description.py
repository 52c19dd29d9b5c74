"""The node as one OpenAPI document: every row is in it, and everything that it names is there."""

import re
from collections.abc import Iterator
from typing import Any, cast

import jsonschema_rs
import pytest

from beffroi.app.description import chapters, document
from beffroi.app.opening import open_node
from beffroi.broker.routes.told import OPERATIONS
from beffroi.broker.wire import parameters as wire
from beffroi.config import Settings
from beffroi.kernel.json import decode_object
from beffroi.web.message import Request, Response
from tests.conftest import Run

DOCUMENT = cast("dict[str, Any]", document("Sample City", "https://data.city.example"))
OPERATION_LIST = [
    (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


def test_every_row_is_an_operation() -> None:
    rows = [(row.method.lower(), each.prefix + row.path or "/") for each in chapters() for row in each.rows]
    assert sorted(rows) == sorted((method, path) for method, path, _ in OPERATION_LIST)


def test_every_address_of_an_open_node_is_described(run: Run) -> None:
    async def scenario() -> set[tuple[str, str]]:
        async with open_node(Settings()) as node:
            return set(addresses_in(node.table._root, ""))

    described = {
        (method.upper(), re.sub(r"{.+?}", "{}", path).rstrip("/")) for method, path, _ in OPERATION_LIST
    }
    assert run(scenario()) == described


def addresses_in(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every method of the tree of paths, arguments without their names."""
    yield from ((method, path) for method in node.methods)
    for segment, following in node.literal.items():
        yield from addresses_in(following, f"{path}/{segment}".rstrip("/") or path)
    if node.argument:
        yield from addresses_in(node.argument, f"{path}/{{}}")


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATION_LIST]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        at: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in at, reference
            at = at[step]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_argument_of_a_path_is_described_and_no_parameter_twice() -> None:
    for method, path, operation in OPERATION_LIST:
        given = [resolved(each) for each in operation.get("parameters", [])]
        assert {each["name"] for each in given if each["in"] == "path"} == set(re.findall(r"\{(.+?)\}", path))
        names = [(each["name"], each["in"]) for each in given]
        assert len(names) == len(set(names)), (method, path)


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    name = value.get("$ref", "").removeprefix("#/components/parameters/")
    return cast("dict[str, Any]", DOCUMENT["components"]["parameters"][name]) if name else value


def test_every_operation_says_what_it_gives_and_what_goes_wrong() -> None:
    for method, path, operation in OPERATION_LIST:
        assert operation["summary"], (method, path)
        assert "default" in operation["responses"], (method, path)
        only_refuses = method in {"put", "patch"} and path == "/ngsi-ld/v1/entities"
        assert len(operation["responses"]) > 1 or only_refuses, (method, path)


def test_every_schema_is_a_schema_and_every_example_meets_it() -> None:
    whole = {"$defs": renamed(DOCUMENT["components"]["schemas"])}
    for method, path, operation in OPERATION_LIST:
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in contents:
            for media in content.get("content", {}).values():
                schema = {**whole, **renamed(media["schema"])}
                validator = jsonschema_rs.Draft202012Validator(schema)
                if "example" in media:
                    assert validator.is_valid(media["example"]), (method, path, media["example"])


def renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: renamed(each) for name, each in schema.items()}
    if isinstance(schema, list):
        return [renamed(each) for each in schema]
    return schema.replace("#/components/schemas/", "#/$defs/") if isinstance(schema, str) else schema


def test_what_a_query_may_say_is_what_the_broker_reads() -> None:
    told = set(OPERATIONS["query_entities"].parameters)
    assert told - {"NGSILD-Tenant", "Link"} == wire.QUERY - {"csf"}


@pytest.mark.parametrize(("path", "media"), [("/openapi.json", "openapi"), ("/openapi.html", "text/html")])
def test_the_node_serves_its_description_under_the_address_that_it_is_reached_by(
    run: Run, path: str, media: str
) -> None:
    async def scenario() -> Response:
        async with open_node(Settings(base="https://data.city.example")) as node:
            headers = {"host": "data.city.example"}
            return await node.answer(Request("GET", path, "", headers, base="https://data.city.example"))

    seen: Response = run(scenario())
    assert seen.status == 200
    assert media in seen.headers["content-type"]
    if path.endswith(".json"):
        assert decode_object(seen.body)["servers"] == [{"url": "https://data.city.example"}]
    else:
        assert b"<script" not in seen.body
        assert b"/ngsi-ld/v1/entities/{id}" in seen.body


def test_what_asks_for_a_token_says_so_and_what_does_not_says_that() -> None:
    described = DOCUMENT["paths"]
    assert described["/dcat"]["get"]["security"] == []
    entities = described["/ngsi-ld/v1/entities"]
    assert entities["post"]["security"] == [{"token": ["write"]}, {"session": ["write"]}, {}]
    assert entities["get"]["security"] == [{"token": ["read"]}, {"oauth2": []}, {"session": ["read"]}, {}]
    through = described["/through/{product}/{path}"]
    assert through["get"]["security"] == through["post"]["security"] == [{"oauth2": []}]
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "beffroi_session")
    used = {name for _, _, each in OPERATION_LIST for one in each["security"] for name in one}
    assert used == set(schemes)
    flow = schemes["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "https://data.city.example/oauth/token"


BESIDE = ("/schemas", "/.well-known/", "/did.json")
"""Documents that interfaces lead to."""


def test_the_interfaces_and_their_descriptions_are_found_from_one_place(run: Run) -> None:
    async def scenario() -> list[Response]:
        async with open_node(Settings()) as node:
            catalog = await node.answer(Request("GET", "/.well-known/api-catalog"))
            linkset = cast("Any", decode_object(catalog.body))["linkset"]
            roots = tuple(each["anchor"].removeprefix("http://localhost") for each in linkset)
            interfaces = [
                each.prefix + row.path
                for each in chapters()
                if each.name not in {"Node", "Portal"}
                for row in each.rows
            ]
            assert [path for path in interfaces if not path.startswith((*roots, *BESIDE))] == []
            assert {"/dcat", "/market", "/network/v1", "/oauth"} <= set(roots)
            ways = {
                each["href"]
                for one in linkset
                for name in ("service-desc", "service-doc")
                for each in one[name]
            }
            landing = cast("Any", decode_object((await node.answer(Request("GET", "/ogc/"))).body))
            own = [each["href"] for each in landing["links"] if each["rel"] == "service-desc"]
            assert [each.removeprefix("http://localhost") for each in own] == [
                "/ogc/openapi",
                "/openapi.json",
            ]
            paths = [each.removeprefix("http://localhost") for each in sorted(ways)]
            return [await node.answer(Request("GET", path)) for path in paths]

    assert [seen.status for seen in run(scenario())] == [200, 200, 200, 200]
