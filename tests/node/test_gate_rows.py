"""Every row of the node, asked with a token for a product: which answer what was bought, and which do not exist."""

import base64
import re
from collections.abc import Mapping

import pytest

from beffroi.app.access import add_token
from beffroi.app.opening import open_node
from beffroi.app.world import now
from beffroi.config import Settings
from beffroi.network.rules.kind import ROOT as NETWORK
from beffroi.web.message import Request, Response
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.network.calls.calls import CALL
from tests.network.needs.labelled import MEASURED_ON
from tests.node.gate import BASE, SQUARE, City, said, scenario

CUT = {
    "GET /ngsi-ld/v1/attributes",
    "GET /ngsi-ld/v1/attributes/{attribute}",
    "GET /ngsi-ld/v1/entities",
    "GET /ngsi-ld/v1/entities/{id}",
    "GET /ngsi-ld/v1/types",
    "GET /ngsi-ld/v1/types/{type}",
    "POST /ngsi-ld/v1/entityOperations/query",
    *(
        PAST := (
            "GET /ngsi-ld/v1/temporal/entities",
            "GET /ngsi-ld/v1/temporal/entities/{id}",
            "POST /ngsi-ld/v1/temporal/entityOperations/query",
        )
    ),
    "GET /ngsi-ld/v1/subscriptions",
    "GET /ngsi-ld/v1/subscriptions/{id}",
    "POST /ngsi-ld/v1/subscriptions",
    "PATCH /ngsi-ld/v1/subscriptions/{id}",
    "DELETE /ngsi-ld/v1/subscriptions/{id}",
    "GET /ogc",
    "GET /ogc/collections",
    "GET /ogc/collections/{collection}",
    "GET /ogc/collections/{collection}/items",
    "GET /ogc/collections/{collection}/items/{feature}",
    "GET /ogc/collections/{collection}/queryables",
    "GET /ogc/collections/{collection}/schema",
    "GET /ogc/conformance",
    "GET /ogc/openapi",
}
"""Rows that answer a token for a product with what its grant covers."""

OPEN = {
    "GET /.well-known/api-catalog",
    "GET /.well-known/oauth-authorization-server",
    "GET /contexts/{name}",
    "GET /dcat",
    "GET /dcat.jsonld",
    "GET /dcat.rdf",
    "GET /dcat.ttl",
    "GET /dcat/offers/{id}",
    "GET /dcat/offers/{id}/policy",
    "GET /dcat/types/{type}",
    "GET /health",
    "GET /oauth/jwks",
    "GET /openapi.html",
    "GET /openapi.json",
    "GET /en/market",
    "GET /fr/market",
    "GET /static/built/{name}",
    "GET /static/{name}",
    "POST /oauth/token",
    *(f"GET /{code}/{page}" for code in ("en", "fr") for page in ("about", "accessibility", "sign-in")),
    *(f"POST /{code}/{page}" for code in ("en", "fr") for page in ("sign-in", "sign-out")),
}
"""Rows that answer everybody, and a token for a product as anybody."""

LETTERS = f"POST {NETWORK}/letters"
OF_THE_NETWORK = (NETWORK, "/en/network", "/fr/network", "/network-map", "/did.json", "/.well-known/did.json")
"""Below these the node says of itself which rows are open, by what they need; `NOT_OPEN` says which are not."""

NOT_OPEN = {
    f"GET {NETWORK}/{path}"
    for path in (
        *(f"calls/{{id}}/{page}" for page in ("applications", "applications/{application}", "jury", "ranking")),
        *(f"calls/{{id}}/applications/mine{more}" for more in ("", "/pack", "/comparison")),
        *(f"calls/{{id}}/questions{more}" for more in ("", "/mine")),
        *(f"calls/{{id}}/applications/{{application}}/{more}" for more in ("comparison", "pack", "scores")),
        *("peers", "peers/{did}", "requests", "invitations", "joinings"),
    )
} | {
    f"GET /{code}/network/{path}"
    for code in ("en", "fr")
    for path in (
        *(f"calls/{{id}}/{page}" for page in ("draft", "apply", "mine", "jury", "ranking")),
        *(f"calls/{{id}}/jury/{{application}}{more}" for more in ("", "/evidence")),
        "clauses/compare",
        "needs/{id}/correct",
        "correct/{kind}/{id}",
    )
}  # fmt: skip
"""All rows of the network that only look at something, and need a right for it."""

DRAFTS = {
    "needs": {**MEASURED_ON[0].content, "title": "hush-4f1c"},
    "calls": {**CALL, "needs": [], "title": "hush-4f1c"},
    "pledges": {"title": "hush-4f1c", "language": "en"},
    "practices": {"title": "hush-4f1c", "language": "en", "domain": "mobility"},
    "events": {"title": "hush-4f1c", "language": "en", "sort": "meeting", "begins": "2026-11-01"},
}
"""What the office has written and not published, by the path of its kind."""

SCHEMAS = "/schemas"
"""Below it stand the schemas of the node's own types, which are the same on every node."""

FORMS = {f"POST /{code}/{page}" for code in ("en", "fr") for page in ("sign-in", "sign-out")}
"""Rows that refuse a form that they have not made."""

NAMES = {"id": "urn:ngsi-ld:Secret:9", "type": "Secret", "collection": "Secret", "attribute": "owner"}
HUSH = (b"hush-4f1c", b"Secret", b"owner")


def open_rows(table: Table) -> set[str]:
    """The rows of the network that need nothing."""
    found = set[str]()
    for method, path in table.rows():
        if path.startswith(OF_THE_NETWORK):
            endpoint, _ = table.find(Request(method, path, base=BASE))
            if endpoint.needs == "nothing":
                found.add(f"{method} {path}")
    return found


def filled(path: str, drafts: Mapping[str, str] | None = None) -> str:
    """The path with names of what is there; `drafts` are ids by the path of their kind."""
    kind = re.match(r"/(?:network/v1|en/network|fr/network)/(\w+)/\{id\}", path)
    if drafts and kind:
        path = path.replace("{id}", drafts.get(kind[1].replace("strategy", "pledges"), "{id}"))
    for name, value in NAMES.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


def without_names(path: str, body: bytes) -> bytes:
    """The body without what the request said itself."""
    return (
        body.replace(path.encode(), b"")
        .replace(b"urn:ngsi-ld:Secret:9", b"")
        .replace(b"'owner'", b"")
        .replace(b"'Secret'", b"")
    )


async def text(response: Response) -> bytes:
    if response.pieces is None:
        return response.body
    return b"".join([piece async for piece in response.pieces])


async def timeless(response: Response) -> bytes:
    """The body without the moment at which it was made; of what is signed, what is said (RFC 7515)."""
    body = re.sub(rb"[\w-]+\.([\w-]+)\.[\w-]{80,}", payload, await text(response))
    return re.sub(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z", b"", body)


def payload(found: re.Match[bytes]) -> bytes:
    return base64.urlsafe_b64decode(found[1] + b"==")


async def draft(city: City, token: str = "") -> dict[str, str]:
    """The ids of drafts that only the office may see, by the path of their kind."""
    made = dict[str, str]()
    for kind, content in DRAFTS.items():
        answer = await city.ask("POST", f"{NETWORK}/{kind}", content, token)
        assert answer.status == 201, answer.body
        made[kind] = said(answer)["id"].rpartition("/")[2]
    return made


async def warm(city: City) -> None:
    """Let the node remember what it has seen for others."""
    for path in ("/ngsi-ld/v1/attributes", "/ngsi-ld/v1/types?details=true", "/ngsi-ld/v1/types/Secret",
                 "/ogc/collections", "/ogc/collections/Secret/items", "/ogc/collections/Secret/queryables"):  # fmt: skip
        assert (await city.ask("GET", path)).status == 200, path


def test_every_row_answers_a_token_as_the_table_says(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(area=SQUARE, live=True, history=True)
        await warm(city)
        drafts = await draft(city)
        rows = city.node.table.rows()
        named = {f"{method} {path}" for method, path in rows}
        assert named >= CUT | OPEN, "the tables name rows that do not exist"
        opened = OPEN | open_rows(city.node.table)
        wrong = list[str]()
        for method, path in rows:
            row, asked = f"{method} {path}", filled(path, drafts)
            answer = await city.ask(method, asked, {} if method in {"POST", "PATCH", "PUT"} else None, token)
            shown = without_names(asked, await text(answer))
            if row in CUT | opened:
                if answer.status in {401, 500, 501} or (answer.status == 403 and row not in FORMS):
                    wrong.append(f"{row}: {answer.status}")
            elif answer.status not in {403, 404, 405} and not path.startswith(SCHEMAS):
                wrong.append(f"{row}: {answer.status}, which no table allows")
            if (
                path != "/static/built/{name}"
                and answer.status != 404
                and any(word in shown for word in HUSH)
            ):
                wrong.append(f"{row}: shows {shown[:400]!r}")
        assert not wrong, "\n".join(wrong)

    scenario(run, steps)


def test_without_history_every_question_about_the_past_is_refused(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(live=True)
        for method, _, template in (row.partition(" ") for row in PAST):
            for path in (
                filled(template),
                f"{filled(template)}?nonsense=1",
                template.replace("{id}", "urn:x:1"),
            ):
                answer = await city.ask(method, path, {} if method == "POST" else None, token)
                assert answer.status == 403, path
                assert said(answer)["detail"] == "What was bought does not include the past."

    scenario(run, steps)


def test_rows_of_the_network_are_open_to_look_at_what_is_public_and_for_letters(run: Run) -> None:
    async def steps(city: City) -> None:
        table = city.node.table
        rows = {f"{method} {path}" for method, path in table.rows() if path.startswith(OF_THE_NETWORK)}
        looking = {row for row in rows if row.startswith("GET ")}
        assert looking - open_rows(table) == NOT_OPEN
        assert open_rows(table) - looking == {LETTERS}

    scenario(run, steps)


def test_what_the_node_remembers_of_all_entities_is_not_shown(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(entityTypes=["Room"], attributes=["co2"])
        everything = said(await city.ask("GET", "/ngsi-ld/v1/attributes"))["attributeList"]
        assert "owner" in everything
        assert said(await city.ask("GET", "/ngsi-ld/v1/attributes", token=token))["attributeList"] == ["co2"]
        assert (await city.ask("GET", "/ngsi-ld/v1/attributes/owner", token=token)).status == 404
        (kind,) = said(await city.ask("GET", "/ngsi-ld/v1/types?details=true", token=token))
        assert kind["attributeNames"] == ["co2"]
        assert said(await city.ask("GET", "/ngsi-ld/v1/attributes"))["attributeList"] == everything

    scenario(run, steps)


@pytest.mark.parametrize("words", ["a.b.c", "bought"])
def test_a_token_is_anybody_where_no_token_is_needed(run: Run, words: str) -> None:
    async def live() -> None:
        async with open_node(Settings(open_access=False)) as node:
            city = City(node)
            operator = await add_token(node.store, "operator", ["read", "write", "operate"], now())
            for kind in ("Room", "Secret"):
                entity = {"id": f"urn:ngsi-ld:{kind}:1", "type": kind}
                made = await city.ask("POST", "/ngsi-ld/v1/entities", entity, operator)
                assert made.status == 201
            token = await city.bought() if words == "bought" else words
            assert b"Secret" in (await city.ask("GET", "/dcat", token=operator)).body
            for path in (
                "/dcat",
                "/dcat.ttl",
                "/dcat/types/Secret",
                "/openapi.json",
            ):
                anybody, holder = [await city.ask("GET", path, token=each) for each in ("", token)]
                assert (holder.status, holder.body) == (anybody.status, anybody.body), path
                assert b"Secret" not in without_names(path, holder.body), path
            drafts = await draft(city, operator)
            shown = await city.ask("GET", f"{NETWORK}/needs/{drafts['needs']}", token=operator)
            assert b"hush-4f1c" in shown.body
            for row in sorted(open_rows(city.node.table)):
                method, _, template = row.partition(" ")
                path = filled(template, drafts)
                body: dict[str, object] | None = {} if method == "POST" else None
                anybody, holder = [await city.ask(method, path, body, each) for each in ("", token)]
                assert (holder.status, await timeless(holder)) == (anybody.status, await timeless(anybody)), (
                    path
                )
                assert b"hush-4f1c" not in await text(holder), path

    run(live())


def test_a_product_that_was_changed_needs_a_new_token(run: Run) -> None:
    other = {"type": "Polygon", "coordinates": [[[7, 50], [9, 50], [9, 51], [7, 51], [7, 50]]]}

    async def steps(city: City) -> None:
        token = await city.bought(area=SQUARE)
        await city.product(area=other)
        refused = await city.ask("GET", "/ngsi-ld/v1/entities?type=Room", token=token)
        assert (refused.status, b"changed" in refused.body) == (401, True)
        many = [f"Type{number}" for number in range(60)]
        token = await city.bought(entityTypes=["Room", *many])
        await city.product(entityTypes=["Secret", *many])
        assert (await city.ask("GET", "/ngsi-ld/v1/entities?type=Secret", token=token)).status == 401

    scenario(run, steps)
