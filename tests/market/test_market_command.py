"""`beffroi market`: bills, invoices, prices and the chain of usage from the command line."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import facturx
import pytest
from typer.testing import CliRunner

from beffroi.cli.market import market
from beffroi.cli.options import store_url
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.chaining import verify_audit
from tests.market.invoices import BUYER, SELLER
from tests.market.prices import monthly, per_use
from tests.market.shop import everything, opened, product, put, usage

ROWS = usage("a", [{"requests": 700}, {"requests": 800}])


def run(*words: str, folder: Path) -> Any:
    return CliRunner().invoke(market, [*words, "--data", str(folder)], env={"COLUMNS": "220"})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    prices = [monthly(30), per_use(2, 1000)]
    offering: JsonObject = {"id": "bikes", "productOfferingPrice": [{"id": price["id"]} for price in prices]}

    async def fill() -> None:
        store = await opened(store_url(str(tmp_path)))
        parties: dict[str, Any] = {"buyer": str(BUYER["id"]), "seller": str(SELLER["id"])}
        await put(store, "tmf:product", product("a", *prices, **parties))
        await put(store, "tmf:organization", SELLER, BUYER)
        await put(store, "tmf:productOfferingPrice", *prices)
        await put(store, "tmf:productOffering", offering)
        await put(store, "tmf:usage", *ROWS)
        await store.close()

    asyncio.run(fill())
    return tmp_path


def test_a_month_is_billed_and_its_invoice_written(shop: Path) -> None:
    first = run("bill", "--month", "2025-01", folder=shop)
    assert "nothing new to bill for 2025-01" in first.output
    bills = run("bill", "--month", "2026-10", folder=shop)
    assert bills.exit_code == 0, bills.output
    assert "36.00 EUR" in bills.output
    (bill_id,) = set(re.findall(r"bill-2026-10-[0-9a-f]+-1", bills.output))
    pdf = shop / "i.pdf"
    assert run("invoice", bill_id, "--output", str(pdf), folder=shop).exit_code == 0
    name, xml = facturx.get_facturx_xml_from_pdf(pdf.read_bytes())
    assert name == "factur-x.xml"
    assert b"36.00" in xml
    assert "nothing new" in run("bill", "--month", "2026-10", folder=shop).output
    gone = run("invoice", "bill-x", "--output", str(pdf), folder=shop)
    assert isinstance(gone.exception, Problem)


def test_the_bill_stands_in_the_audit_log(shop: Path) -> None:
    run("bill", "--month", "2026-10", folder=shop)

    async def entries() -> list[Any]:
        store = await opened(store_url(str(shop)))
        found = await everything(store, "audit")
        await store.close()
        return found

    (entry,) = asyncio.run(entries())
    assert (entry["resource"], entry["reason"]) == ("customerBill", "bill of 2026-10")


def test_what_cannot_be_billed_ends_with_an_error(tmp_path: Path) -> None:
    async def fill() -> None:
        store = await opened(store_url(str(tmp_path)))
        await put(store, "tmf:product", product("a", monthly(30)) | {"relatedParty": []})
        await store.close()

    asyncio.run(fill())
    found = run("bill", "--month", "2026-10", folder=tmp_path)
    assert found.exit_code == 1
    assert "names no seller" in found.output


def test_a_price_is_shown_before_the_order(shop: Path) -> None:
    found = run("price", "bikes", "--requests", "1500", "--month", "2026-11", folder=shop)
    assert found.exit_code == 0, found.output
    assert "39.60" in found.output
    assert isinstance(run("price", "cars", folder=shop).exception, Problem)


def test_buyer_and_seller_judge_the_same_rows(shop: Path) -> None:
    own = run("verify", "--product", "a", folder=shop)
    assert "a holds: 2 rows, 1500 requests" in own.output
    copy = shop / "rows.json"
    copy.write_text(json.dumps(ROWS[::-1]))
    assert run("verify", str(copy), folder=shop).output == own.output
    lines = shop / "rows.jsonl"
    lines.write_text("\n".join(json.dumps(row) for row in ROWS))
    assert run("verify", str(lines), folder=shop).output == own.output
    copy.write_text(json.dumps(ROWS).replace("700", "70"))
    broken = run("verify", str(copy), folder=shop)
    assert broken.exit_code == 1
    assert "a breaks at row 1. Its hash is not that of its content" in broken.output
    copy.write_text("[1]")
    assert isinstance(run("verify", str(copy), folder=shop).exception, Problem)
    assert isinstance(run("verify", folder=shop).exception, Problem)
    assert isinstance(run("verify", "--product", "x", folder=shop).exception, Problem)


def test_reported_usage_comes_from_a_table(shop: Path) -> None:
    async def fill() -> None:
        store = await opened(store_url(str(shop)))
        said: Json = [
            {"name": "endpointUrl", "value": "https://a.example"},
            {"name": "access", "value": "webhook"},
        ]
        handed: JsonObject = {**product("h", monthly(30)), "productCharacteristic": said}
        await put(store, "tmf:product", {**handed, "startDate": "2026-11-01T06:00:00Z"})
        await store.close()

    asyncio.run(fill())
    table = shop / "usage.csv"
    table.write_text("from,to,requests\n2026-11-01,2026-11-01,40\n2026-11-02,2026-11-02,2\n")
    for _ in range(2):
        said = run("report", "h", str(table), folder=shop)
        assert (said.exit_code, "2 periods are reported" in said.output) == (0, True), said.exception
    assert "h holds: 2 rows, 42 requests" in run("verify", "--product", "h", folder=shop).output
    table.write_text("from,to,requests\n2026-11-02,2026-11-02,9\n")
    refused = run("report", "h", str(table), folder=shop)
    assert "Line 1: Other usage of the product 'h'" in str(refused.exception)
    table.write_bytes("from,to,requests\n2026-11-03,2026-11-03,9\n".encode("utf-16"))
    assert "no text in UTF-8" in str(run("report", "h", str(table), folder=shop).exception)


def test_the_audit_log_says_who_made_the_bill_and_why(shop: Path) -> None:
    run("bill", "--month", "2026-10", folder=shop)
    shown = run("audit", "--resource", "customerBill", folder=shop)
    assert (shown.exit_code, "bill of 2026-10" in shown.output) == (0, True), shown.output
    assert "There is no such entry" in run("audit", "--actor", "nobody", folder=shop).output
    assert isinstance(run("audit", "--since", "yesterday", folder=shop).exception, Problem)


def test_who_rotates_the_key_stands_in_the_log(tmp_path: Path) -> None:
    asyncio.run(_made(tmp_path))
    first = run("keys", "rotate", folder=tmp_path).output.strip()
    second = run("keys", "rotate", "--reason", "The disk was lost.", folder=tmp_path).output.strip()
    entries = asyncio.run(_log(tmp_path))
    assert [(each["id"], each["what"], each["actor"], each["reason"]) for each in entries] == [
        (first, "create", "local", "On the command line."), (second, "create", "local", "The disk was lost."),
    ]  # fmt: skip
    assert run("keys", "list", folder=tmp_path).output.split() == [first, second]
    assert all(each["resource"] == "signing key" for each in entries)


async def _made(folder: Path) -> None:
    await (await opened(store_url(str(folder)))).close()


async def _log(folder: Path) -> list[Any]:
    store = await opened(store_url(str(folder)))
    try:
        assert (await verify_audit(store)).broken is None
        return await everything(store, "audit")
    finally:
        await store.close()
