"""Reported usage on pages: a provider's form and table, and what both parties read of it."""

import html
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.portal.node import Node
from tests.portal.test_mine import OWN, see, send, text
from tests.portal.trading import ACTIVE, AUDITOR, CITY, FIRM, OTHER, sold, trading_node

from beffroi.kernel.json import JsonObject
from beffroi.market.operations.billing import product_rows
from beffroi.market.rules.access.usage_chain import verify
from beffroi.web.message import Actor, Request, Response

KEYS = "keys-1"
PAGE = f"/en/market/mine/{KEYS}/reported"


@contextmanager
def handing_node() -> Generator[Node]:
    """A market with one product whose credentials its provider handed over."""
    with trading_node() as made:
        said: dict[str, Any] = {
            "endpointUrl": "https://a.example/v1", "access": "webhook",
            "quota": [{"metric": "requests", "amount": 1_000, "period": "month"}],
        }  # fmt: skip
        product: JsonObject = {
            **sold(KEYS, "Clés (simulées)", ["Room"], "active"),
            "startDate": "2026-11-05T08:00:00Z",
            "productCharacteristic": [{"name": name, "value": value} for name, value in said.items()],
        }
        made.keep("tmf:product", KEYS, product)
        yield made


@pytest.fixture
def node() -> Iterator[Node]:
    with handing_node() as made:
        yield made


def rows(node: Node) -> list[Any]:
    return node.run(product_rows(node.portal.market.store, KEYS))


def upload(node: Node, actor: Actor, table: str) -> Response:
    """Send a table with the form, as a browser does."""
    found = re.search(r'name="proof" value="([0-9a-f]{64})"', text(node, actor, PAGE))
    assert found
    parts = [("proof", "", found[1]), ("table", '; filename="usage.csv"', table)]
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'
        for name, more, content in parts
    )
    headers = {**OWN, "content-type": "multipart/form-data; boundary=x"}
    sent = f"{body}--x--\r\n".encode()
    return node.ask(Request("POST", f"{PAGE}/table", "", headers, sent, base="http://node.test", actor=actor))


def test_a_report_in_the_form_is_a_sealed_row_that_both_parties_read(node: Node) -> None:
    assert 'value="2026-11-05T08:00:00Z"' in text(node, CITY, PAGE)
    told = {"from": "2026-11-05", "to": "2026-11-07", "requests": "1 200", "bytes": "88000"}
    assert send(node, CITY, PAGE, PAGE, **told).status == 303
    (row,) = rows(node)
    assert (row["meter"]["requests"], row["meter"]["reportedBy"]) == (1_200, "city")
    assert row["meter"]["from"].startswith("2026-11-05T08:00:00")
    assert row["meter"]["to"].startswith("2026-11-08T00:00:00")
    for actor in (CITY, FIRM, AUDITOR):
        page = text(node, actor, PAGE)
        assert "1,200" in page
        assert "Simville" in page
        assert row["meter"]["hash"][:12] in page
        assert "The chain holds" in page
    assert see(node, OTHER, PAGE).status == 404
    assert "Quantité" not in text(node, FIRM, PAGE)
    assert 'name="requests"' not in text(node, FIRM, PAGE)
    assert f'href="{PAGE}"' in text(node, FIRM, f"/en/market/mine/{KEYS}")


def test_a_quota_that_is_spent_by_reports_is_said_and_stops_nobody(node: Node) -> None:
    told = {"from": "2026-11-05", "to": "2026-11-20", "requests": "1000"}
    assert send(node, CITY, PAGE, PAGE, **told).status == 303
    page = html.unescape(text(node, FIRM, f"/en/market/mine/{KEYS}"))
    assert "A quota is used up, says the provider" in page
    assert "requests are refused until" not in page


def test_a_table_makes_a_row_of_each_line_and_goes_on_when_it_is_sent_again(node: Node) -> None:
    table = "du;au;requêtes;octets\n2026-11-05;2026-11-05;10;\n2026-11-06;2026-11-06;20;7\n2026-11-06;2026-11-06;30;\n"
    refused = upload(node, CITY, table)
    said = html.unescape(refused.body.decode())
    assert refused.status == 422
    assert "Line 3: Other usage of the product" in said
    assert "The lines before it were taken" in said
    assert (
        upload(node, CITY, table.replace("2026-11-06;2026-11-06;30", "2026-11-07;2026-11-08;30")).status
        == 303
    )
    found = rows(node)
    assert [row["meter"]["requests"] for row in found] == [10, 20, 30]
    assert verify(found) is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "The table is empty"),
        ("from,to,requests\n", "The table has no line below its header."),
        ("from,to,clicks\n2026-11-05,2026-11-05,1\n", "The table has a column 'clicks'"),
        ("from,to,requests\n2026-11-05,2026-11-05,many\n", "Line 1: 'many' is no whole number."),
        ("from,to,requests\n2026-11-05,2026-11-05,5\n2026-11-06,2026-11-06,-5\n", "Line 2: '-5' is less than zero."),
        ("from,to,requests\nyesterday,2026-11-05,5\n", "is yesterday, no date-time"),
        ("from,to,requests\n2026-11-05,9999-12-31,5\n", "is 9999-12-31, no date-time"),
        ("from,to,requests,du\n2026-11-05,2026-11-05,5,2026-11-04\n", "names the column 'from' more than once"),
        ("from,to,requests\n" + "2026-11-05,2026-11-05,5\n" * 1_001, "more than 1000 lines"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_makes_nothing(node: Node, table: str, said: str) -> None:
    refused = upload(node, CITY, table)
    assert refused.status == 422
    assert said in html.unescape(refused.body.decode())
    assert rows(node) == []


@pytest.mark.parametrize(
    ("actor", "fields", "said"),
    [
        (CITY, {"to": "2027-01-01"}, "more than one calendar month"),
        (CITY, {"to": "2026-11-29"}, "which is in the future"),
        (CITY, {"to": "9999-12-31"}, "is 9999-12-31, no date-time"),
        (CITY, {"from": "2026-11-04"}, "before the product did"),
        (CITY, {"requests": ""}, "says nothing of what was used"),
        (FIRM, {}, "is sold by somebody else"),
    ],
)
def test_a_report_that_is_refused_shows_the_form_again_and_makes_nothing(
    node: Node, actor: Actor, fields: dict[str, str], said: str
) -> None:
    told = {"from": "2026-11-05", "to": "2026-11-06", "requests": "77", **fields}
    page = PAGE if actor is CITY else f"/en/market/mine/{KEYS}"
    refused = send(node, actor, page, PAGE, **told)
    assert (refused.status, said in html.unescape(refused.body.decode())) == (422, True)
    assert rows(node) == []
    if actor is CITY:
        assert f'value="{told["from"]}"' in refused.body.decode()
    french = send(node, actor, page, PAGE.replace("/en/", "/fr/"), **told)
    assert 'lang="en"' not in french.body.decode().partition('id="mistake"')[2].partition("</div>")[0]


def test_what_the_gate_measures_has_no_page_of_reports(node: Node) -> None:
    assert see(node, CITY, f"/en/market/mine/{ACTIVE}/reported").status == 409
    assert "/reported" not in text(node, CITY, f"/en/market/mine/{ACTIVE}")
