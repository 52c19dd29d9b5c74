"""Forms: starting a check, signing in and out; and that nobody else's page can send them."""

import re
from collections.abc import Iterator

import pytest
from tests.portal.node import Node, make_node

from beffroi.kernel.problem import AddressRefused, Problem
from beffroi.portal.services import Doors, PortalSettings
from beffroi.web.message import Request

OWN = {"origin": "http://node.test", "sec-fetch-site": "same-origin"}


async def start_check(url: str) -> str:
    if "private" in url:
        raise Problem(AddressRefused, f"The address '{url}' is private.")
    return "check 1/2"


async def sign_in(name: str, token: str) -> str | None:
    return "session-1" if (name, token) in {("", "right"), ("ana", "her password")} else None


LEFT: list[str] = []


async def sign_out(session: str) -> None:
    LEFT.append(session)


@pytest.fixture(scope="module")
def open_node() -> Iterator[Node]:
    doors = Doors(start_check, sign_in, sign_out)
    with make_node(settings=PortalSettings("Simville", sign_in=True), entities=[], doors=doors) as made:
        yield made


def proof(node: Node, page: str, cookies: str = "") -> str:
    text = node.text(page, {"cookie": cookies})
    found = re.search(r'name="proof" value="([0-9a-f]{64})"', text)
    assert found
    return found[1]


def test_a_check_is_started_and_its_page_follows(open_node: Node) -> None:
    fields = {"url": "https://data.example.org", "proof": proof(open_node, "/fr/checks")}
    response = open_node.post("/fr/checks", fields, OWN)
    assert response.status == 303
    assert response.headers["location"] == "/fr/checks/check%201%2F2"


@pytest.mark.parametrize(
    "url", ["", "data.example.org", "ftp://x", "https://", "x" * 3_000, "javascript:alert(1)"]
)
def test_what_is_no_address_shows_the_form_again(open_node: Node, url: str) -> None:
    response = open_node.post("/fr/checks", {"url": url, "proof": proof(open_node, "/fr/checks")}, OWN)
    assert response.status == 422
    assert "adresse entière" in response.body.decode()


def test_a_refused_address_says_why(open_node: Node) -> None:
    fields = {"url": "http://private.example", "proof": proof(open_node, "/en/checks")}
    assert b"is private" in open_node.post("/en/checks", fields, OWN).body


def test_a_password_in_an_address_is_not_shown_again(open_node: Node) -> None:
    fields = {"url": "http://bob:hunter2@private.example", "proof": proof(open_node, "/fr/checks")}
    page = open_node.post("/fr/checks", fields, OWN).body
    assert b'value="http://bob' not in page
    assert b'value="http://***@private.example"' in page


def test_a_password_in_the_address_of_an_older_check_is_masked(open_node: Node) -> None:
    url = "http://bob:hunter2@data.example.org/"
    open_node.keep("check", "old", {"url": url, "state": "failed", "failure": "It is not checked."})
    open_node.keep("check-list", "all", {"checks": [{"id": "old", "url": url}]})
    for page in ("/fr/checks", "/fr/checks/old", "/fr/checks/old/pack"):
        text = open_node.get(page).body
        assert b"hunter2" not in text, page
        assert b"http://***@data.example.org/" in text, page


def test_a_key_in_the_address_of_an_older_check_is_masked(open_node: Node) -> None:
    url = "http://data.example.org/?apikey=s3cr3t&limit=1"
    open_node.keep("check", "old", {"url": url, "state": "running", "started": "2026-11-22T10:00:00Z"})
    open_node.keep("check-list", "all", {"checks": [{"id": "old", "url": url}]})
    for page in ("/fr/checks", "/fr/checks/old", "/fr/checks/old/pack"):
        text = open_node.get(page).body
        assert b"s3cr3t" not in text, page
        assert b"apikey=***" in text, page


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused(open_node: Node, headers: dict[str, str]) -> None:
    fields = {"url": "https://data.example.org", "proof": proof(open_node, "/fr/checks")}
    refused = open_node.post("/fr/checks", fields, headers)
    assert refused.status == 403
    assert "Ce formulaire a été envoyé depuis un autre site." in refused.body.decode()
    assert "This form was sent" in open_node.post("/en/checks", fields, headers).body.decode()


def test_a_sentence_without_a_french_form_is_marked_as_english(open_node: Node) -> None:
    fields = {"url": "http://private.example/<b>", "proof": proof(open_node, "/fr/checks")}
    page = open_node.post("/fr/checks", fields, OWN).body.decode()
    assert '<span lang="en">The address &#39;http://private.example/&lt;b&gt;&#39; is private.</span>' in page


def test_a_wrong_password_leaves_the_name_that_was_typed(open_node: Node) -> None:
    page = "/en/sign-in"
    fields = {"name": 'ana"<b>', "token": "wrong-one", "proof": proof(open_node, page)}
    refused = open_node.post(page, fields, OWN)
    text = refused.body.decode()
    assert (refused.status, 'value="ana&#34;&lt;b&gt;"' in text) == (403, True)
    assert "wrong-one" not in text


def test_a_form_without_its_proof_is_refused(open_node: Node) -> None:
    for wrong in ("", "0" * 64, "é"):
        fields = {"url": "https://data.example.org", "proof": wrong}
        assert open_node.post("/fr/checks", fields, OWN).status == 403


def test_the_proof_of_one_session_is_worth_nothing_in_another(open_node: Node) -> None:
    fields = {"url": "https://data.example.org", "proof": proof(open_node, "/fr/checks", "beffroi_session=a")}
    headers = {**OWN, "cookie": "beffroi_session=b"}
    assert open_node.post("/fr/checks", fields, headers).status == 403


def test_a_right_token_opens_a_session_that_scripts_cannot_read(open_node: Node) -> None:
    fields = {"token": "right", "proof": proof(open_node, "/fr/sign-in")}
    response = open_node.post("/fr/sign-in", fields, OWN)
    assert response.status == 303
    assert response.headers["set-cookie"] == "beffroi_session=session-1; Path=/; HttpOnly; SameSite=Strict"


def test_a_name_and_its_password_open_a_session_too(open_node: Node) -> None:
    fields = {"name": "ana", "token": "her password", "proof": proof(open_node, "/fr/sign-in")}
    assert open_node.post("/fr/sign-in", fields, OWN).status == 303
    fields["name"] = "bob"
    assert open_node.post("/fr/sign-in", fields, OWN).status == 403


def test_the_cookie_is_secure_where_the_node_is(open_node: Node) -> None:
    fields = f"token=right&proof={proof(open_node, '/fr/sign-in')}".encode()
    asked = Request("POST", "/fr/sign-in", "", {}, fields, "https://node.test")
    assert "; Secure" in open_node.ask(asked).headers["set-cookie"]


@pytest.mark.parametrize(
    ("after", "goes"),
    [
        ("/fr/market/catalogue/a/order/terms?requests=5", "/fr/market/catalogue/a/order/terms?requests=5"),
        ("https://evil.example/fr/", "/fr/"),
        ("//evil.example", "/fr/"),
        ("/fr/\\evil.example", "/fr/"),
        ("/fr/\r\nset-cookie: x", "/fr/"),
        ("/en/types", "/fr/"),
    ],
)
def test_who_signed_in_goes_on_where_they_were_and_nowhere_else(
    open_node: Node, after: str, goes: str
) -> None:
    fields = {"token": "right", "after": after, "proof": proof(open_node, "/fr/sign-in")}
    assert open_node.post("/fr/sign-in", fields, OWN).headers["location"] == goes


def test_the_form_remembers_where_to_go_on(open_node: Node) -> None:
    assert 'name="after" value="/fr/types"' in open_node.text("/fr/sign-in?after=/fr/types")


def test_a_wrong_token_shows_the_form_again(open_node: Node) -> None:
    fields = {"token": "wrong", "proof": proof(open_node, "/fr/sign-in")}
    response = open_node.post("/fr/sign-in", fields, OWN)
    assert response.status == 403
    assert "set-cookie" not in response.headers
    assert "n’est pas connu" in response.body.decode()


def test_signing_out_ends_the_session_and_forgets_the_cookie(open_node: Node) -> None:
    cookies = "beffroi_session=session-1"
    fields = {"proof": proof(open_node, "/fr/checks", cookies)}
    response = open_node.post("/fr/sign-out", fields, {**OWN, "cookie": cookies})
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert LEFT == ["session-1"]


def test_pages_of_a_node_with_sign_in_are_kept_by_no_cache(open_node: Node) -> None:
    assert open_node.get("/fr/").headers["cache-control"] == "no-store"


def test_a_node_without_these_doors_does_not_show_them(node: Node) -> None:
    assert "<form" not in node.text("/fr/checks")
    assert node.get("/fr/sign-in").status == 404
    assert node.post("/fr/checks", {"url": "https://x.example"}).status == 422
