"""The catalogue for harvesters, served by a whole node."""

from collections.abc import Callable

import pytest
from rdflib import DCAT, DCTERMS, FOAF, ODRL2, RDF, Graph, URIRef

from beffroi.app import access
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.record import Change, Commit, Key
from beffroi.market.rules.terms.odrl import Limits, Parties, alone, policy_of
from beffroi.store.port import Store
from beffroi.web.message import Request, Response
from tests.conftest import Run
from tests.market.faces import OFFERING, QUOTA, SPECIFICATION, SQUARE, TERMS

ROOM = b'{"id": "urn:ngsi-ld:Room:1", "type": "Room", "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.06, 50.63]}}}'
BASE = "https://data.city.example"
PUBLIC = Settings(base=BASE, city="Sample City", licence="etalab-2.0", contact="https://city.example/contact")


def asked(path: str, query: str = "", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", path, query, {"host": "data.city.example", **named}, base=BASE)


def creation(token: str) -> Request:
    headers = {
        "host": "data.city.example",
        "content-type": "application/json",
        "content-length": str(len(ROOM)),
        "authorization": f"Bearer {token}",
    }
    return Request("POST", "/ngsi-ld/v1/entities", "", headers, ROOM, BASE)


async def sell(store: Store) -> None:
    changes = tuple(
        Change(Key("", f"tmf:{kind}", str(body["id"])), encode(body))
        for kind, body in (("productOffering", OFFERING), ("productSpecification", SPECIFICATION))
    )
    await store.transact([], lambda _: Commit(changes))


def answered(run: Run, *requests: Callable[[str], Request]) -> list[Response]:
    """A node that asks for tokens, with one room and one offering."""

    async def scenario() -> list[Response]:
        async with open_node(PUBLIC) as node:
            token = await access.add_token(node.store, "tester", ["read", "write"], node.broker.now())
            await node.answer(creation(token))
            await sell(node.store)
            return [await node.answer(request(token)) for request in requests]

    return run(scenario())


def test_a_harvester_without_a_token_sees_what_is_offered_and_no_more(run: Run) -> None:
    (seen,) = answered(run, lambda _: asked("/dcat.ttl"))
    assert (seen.status, seen.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert b"<https://data.city.example/dcat/offers/offer-1>" in seen.body
    assert b"Room" not in seen.body


def test_the_seller_publishes_an_offering_and_its_pages_are_there_for_everybody(run: Run) -> None:
    firm: JsonObject = {"id": "the firm", "tradingName": "The firm (simulated)"}
    unsigned: JsonObject = {**SPECIFICATION, "id": "spec-2", "relatedParty": []}
    named: JsonObject = {"id": "spec-2"}
    nobodys: JsonObject = {**OFFERING, "id": "offer-2", "relatedParty": [], "productSpecification": named}

    async def scenario() -> tuple[Graph, dict[str, int], Response]:
        async with open_node(PUBLIC) as node:
            await sell(node.store)
            bodies = (
                ("organization", firm),
                ("productSpecification", unsigned),
                ("productOffering", nobodys),
            )
            changes = [Change(Key("", f"tmf:{kind}", str(body["id"])), encode(body)) for kind, body in bodies]
            await node.store.transact([], lambda _: Commit(tuple(changes)))
            graph = Graph().parse(data=(await node.answer(asked("/dcat.ttl"))).body, format="turtle")
            pages = {str(each) for each in graph.objects(None, DCAT.landingPage)}
            pages |= {str(each) for each in graph.objects(None, FOAF.homepage)}
            seen = {each: (await node.answer(asked(each.removeprefix(BASE)))).status for each in pages}
            access = next(each for each in graph.objects(None, DCAT.accessURL) if "ngsi-ld" in str(each))
            path, _, query = str(access).removeprefix(BASE).partition("?")
            return graph, seen, await node.answer(asked(path, query))

    graph, seen, data = run(scenario())
    offers = [URIRef(f"{BASE}/dcat/offers/offer-{n}") for n in (1, 2)]
    agents = [graph.value(each, DCTERMS.publisher) for each in offers]
    assert [str(graph.value(agent, FOAF.name)) for agent in agents] == ["The firm (simulated)", "Sample City"]
    assert all((agent, RDF.type, FOAF.Agent) in graph for agent in agents)
    paths = {f"{BASE}/{code}/market/catalogue/offer-{n}" for code in ("en", "fr") for n in (1, 2)}
    assert set(seen) == {*paths, f"{BASE}/en/market"}
    assert set(seen.values()) == {200}
    access = [graph.value(graph.value(each, DCAT.distribution), DCAT.accessURL) for each in offers]
    full = "https%3A%2F%2Fsmartdatamodels.org%2FdataModel.Transportation%2FBikeHireDockingStation"
    assert [str(each) for each in access] == [f"{BASE}/ngsi-ld/v1/entities?type={full}"] * 2
    assert (data.status, data.headers["www-authenticate"]) == (401, 'Bearer realm="beffroi"')
    services = list(graph.objects(graph.value(offers[0], DCAT.distribution), DCAT.accessService))
    assert [(each, RDF.type, DCAT.DataService) in graph for each in services] == [True]


def test_whoever_may_read_sees_the_types_too_and_what_each_knows_stays_apart(run: Run) -> None:
    own, stranger, hidden = answered(
        run,
        lambda token: asked("/dcat.jsonld", authorization=f"Bearer {token}"),
        lambda _: asked("/dcat.jsonld"),
        lambda _: asked("/dcat/types/Room"),
    )
    assert b"https://data.city.example/dcat/types/Room" in own.body
    assert b"access-right/RESTRICTED" in own.body
    assert b"Room" not in stranger.body
    assert hidden.status == 404


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "text/turtle; charset=utf-8"),
        ("*/*", "text/turtle; charset=utf-8"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json;q=0.9, text/turtle;q=0.1", "application/ld+json"),
        ("text/html, application/xml;q=0.5", "application/rdf+xml"),
    ],
)
def test_the_syntax_is_what_the_client_likes_best(run: Run, accept: str, media: str) -> None:
    (seen,) = answered(run, lambda _: asked("/dcat", accept=accept))
    assert (seen.status, seen.headers["content-type"]) == (200, media)


def test_what_did_not_change_is_not_sent_again(run: Run) -> None:
    async def scenario() -> tuple[Response, Response]:
        async with open_node(PUBLIC) as node:
            first = await node.answer(asked("/dcat.rdf"))
            return first, await node.answer(asked("/dcat.rdf", if_none_match=first.headers["etag"]))

    first, again = run(scenario())
    assert (first.status, again.status, again.body) == (200, 304, b"")


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/dcat.ttl", "page=2", 404),
        ("/dcat.ttl", "page=0", 400),
        ("/dcat.ttl", "page=first", 400),
        ("/dcat.ttl", "offset=1", 400),
        ("/dcat/offers/nothing", "", 404),
        ("/dcat/offers/offer-1", "", 200),
        ("/schemas/DataUseTerm.json", "", 200),
    ],
)
def test_what_is_not_there_is_refused(run: Run, path: str, query: str, status: int) -> None:
    (seen,) = answered(run, lambda _: asked(path, query))
    assert seen.status == status


def test_no_syntax_that_we_write_is_a_problem(run: Run) -> None:
    (seen,) = answered(run, lambda _: asked("/dcat", accept="image/png"))
    assert (seen.status, seen.headers["content-type"]) == (406, "application/problem+json")


def test_the_feature_api_names_the_licence_of_the_node(run: Run) -> None:
    (seen,) = answered(run, lambda token: asked("/ogc/", authorization=f"Bearer {token}"))
    assert b'"rel":"license","href":"https://www.etalab.gouv.fr/licence-ouverte-open-licence"' in seen.body


def test_the_policy_of_an_offering_is_that_of_its_terms(run: Run) -> None:
    seen, missing = answered(
        run, lambda _: asked("/dcat/offers/offer-1/policy"), lambda _: asked("/dcat/offers/none/policy")
    )
    assert (seen.status, missing.status) == (200, 404)
    policy = decode_object(seen.body)
    target = policy["target"]
    assert isinstance(target, dict)
    limits, seller = Limits(SQUARE, (QUOTA,)), Parties(str(policy["assigner"]))
    assert policy == alone(policy_of(str(policy["uid"]), str(target["source"]), TERMS, limits, seller))


def test_who_sells_an_offering_assigns_its_policy_and_else_the_node_does(run: Run) -> None:
    other: JsonObject = {**OFFERING, "id": "offer-2", "relatedParty": []}
    far: JsonObject = {
        **OFFERING, "id": "offer-3", "relatedParty": [{"id": "7", "role": "seller", "href": "https://b.example/7"}],
    }  # fmt: skip

    async def scenario() -> list[Response]:
        async with open_node(PUBLIC) as node:
            await sell(node.store)
            bodies = ("productOffering", other), ("productOffering", far), ("individual", {"id": "the firm"})
            changes = [Change(Key("", f"tmf:{kind}", str(body["id"])), encode(body)) for kind, body in bodies]
            await node.store.transact([], lambda _: Commit(tuple(changes)))
            return [await node.answer(asked(f"/dcat/offers/offer-{n}/policy")) for n in (1, 2, 3)]

    policies = [decode_object(seen.body) for seen in run(scenario())]
    assert [each["assigner"] for each in policies] == [
        f"{BASE}/tmf-api/party/v4/individual/the%20firm", f"{BASE}/dcat#publisher", "https://b.example/7",
    ]  # fmt: skip
    assert {each["@type"] for each in policies} == {"Offer"}


@pytest.mark.parametrize(("accept", "syntax"), [("text/turtle", "turtle"), ("application/rdf+xml", "xml")])
def test_a_policy_says_the_same_in_every_syntax_and_json_is_the_usual_one(
    run: Run, accept: str, syntax: str
) -> None:
    path = "/dcat/offers/offer-1/policy"
    usual, any_of_them, other = answered(
        run, lambda _: asked(path), lambda _: asked(path, accept="*/*"), lambda _: asked(path, accept=accept)
    )
    assert {usual.headers["content-type"], any_of_them.headers["content-type"]} == {"application/ld+json"}
    assert other.headers["content-type"].startswith(accept)
    graph = Graph().parse(data=other.body, format=syntax)
    policy = URIRef(f"{BASE}{path.removesuffix('/policy')}#policy")
    assert (policy, RDF.type, ODRL2.Offer) in graph
    assert (policy, ODRL2.assigner, URIRef(f"{BASE}/tmf-api/party/v4/organization/the%20firm")) in graph
    said = {str(each) for each in graph.objects(None, ODRL2.leftOperand)}
    assert said == {str(ODRL2[name]) for name in ("purpose", "dateTime", "elapsedTime", "spatial", "count")}
