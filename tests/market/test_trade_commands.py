"""`beffroi market party | offer | order | product`: a trade on the command line, without a node that runs."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from beffroi.cli.options import store_url
from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem
from tests.market.shop import everything, opened, put

DRAFT = """
name = "Live bikes (simulated)"
types = ["BikeHireDockingStation"]
live = true
[price]
kind = "monthly"
amount = 30
vat = 20
[terms]
licence = "ODbL-1.0"
purposes = ["research", "planning"]
"""
PRODUCT = r"with the product '([^']+)'"


@dataclass
class Desk:
    """A database, a folder for files, and what is typed beside them; `seller` and `buyer` are parties."""

    data: str
    folder: Path
    seller: str = ""
    buyer: str = ""

    def type(self, *words: str, typed: str = "") -> Any:
        return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "80"}).invoke(
            PROGRAM, ["market", *words, "--data", self.data], input=typed
        )

    def said(self, *words: str) -> str:
        done = self.type(*words)
        assert done.exit_code == 0, (done.output, done.exception)
        return str(done.stdout)

    def refused(self, *words: str) -> str:
        """What it is refused for; nothing may have changed."""
        before = self.stored()
        done = self.type(*words)
        assert isinstance(done.exception, Problem), done.output
        assert self.stored() == before
        return done.exception.detail

    def stored(self) -> list[Any]:
        async def read() -> list[Any]:
            store = await opened(store_url(self.data))
            found = [await everything(store, kind) for kind in KINDS]
            await store.close()
            return found

        return asyncio.run(read())

    def draft(self, text: str = DRAFT) -> str:
        file = self.folder / "draft.toml"
        file.write_text(text)
        return str(file)

    def offered(self, text: str = DRAFT) -> str:
        return self.said("offer", "add", self.draft(text), "--provider", self.seller, "--publish").split()[0]

    def reprice(self, value: float) -> None:
        """Let every price be another one."""
        kind = "tmf:productOfferingPrice"
        self.write(kind, [{**one, "price": {**one["price"], "value": value}} for one in self.of(kind)])

    def called(self, name: str) -> str:
        """An offering with a name that is refused now, and that an earlier version took."""
        offer, kind = self.offered(), "tmf:productOffering"
        self.write(kind, [{**one, "name": name} for one in self.of(kind)])
        return offer

    def of(self, kind: str) -> list[Any]:
        return list(self.stored()[KINDS.index(kind)])

    def write(self, kind: str, bodies: list[Any]) -> None:
        async def write() -> None:
            store = await opened(store_url(self.data))
            await put(store, kind, *bodies)
            await store.close()

        asyncio.run(write())

    def sold(self, offer: str, *words: str) -> str:
        said = self.said("order", "place", offer, "--party", self.buyer, "--agree", *words)
        found = re.search(PRODUCT, said)
        assert found is not None, said
        return found[1]


KINDS = [
    "tmf:organization", "tmf:productSpecification", "tmf:productOfferingPrice", "tmf:productOffering",
    "tmf:productOrder", "tmf:product", "tmf:agreement", "rating", "credential", "audit",
]  # fmt: skip


CATALOGUE = ("productSpecification", "productOfferingPrice", "productOffering")
NAMELESS = 'name = " "\ntypes = ["Room"]\n[terms]\nlicence = "CC0-1.0"\n'


@pytest.fixture(params=["sqlite", "postgres"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What stands behind --data: memory would end with each command."""
    if request.param == "sqlite":
        return str(tmp_path / "city")
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def desk(data: str, tmp_path: Path) -> Desk:
    desk = Desk(data, tmp_path)
    desk.seller = desk.said("party", "add", "Simville (simulated)", "--vat", "FR12000000000").strip()
    desk.buyer = desk.said(
        "party", "add", "A firm (simulated)", "--city", "Simville", "--country", "FR"
    ).strip()
    return desk


def test_an_order_on_the_command_line_becomes_a_product_at_once(desk: Desk) -> None:
    product = desk.sold(desk.offered(), "--purpose", "research", "--reference", "R1")
    (sold,) = desk.stored()[KINDS.index("tmf:product")]
    assert (sold["id"], sold["status"]) == (product, "active")
    assert {"name": "purpose", "value": ["research"]} in sold["productCharacteristic"]
    (order,) = desk.stored()[KINDS.index("tmf:productOrder")]
    assert (order["state"], order["externalId"], order["placedBy"]["name"]) == ("completed", "R1", "local")
    entries = desk.stored()[KINDS.index("audit")]
    placed = [one for one in entries if one["resource"] == "productOrder" and one["what"] == "create"]
    assert [(one["actor"], one["reason"]) for one in placed] == [("local", "Ordered on the command line.")]
    assert product in desk.said("product", "list", "--party", desk.buyer)
    assert "There are no such products" in desk.said("product", "list", "--status", "suspended")
    assert order["id"] in desk.said("order", "list", "--state", "completed")


def test_the_terms_are_read_before_anything_is_ordered(desk: Desk) -> None:
    offer = desk.offered()
    before = desk.stored()
    asked = desk.type("order", "place", offer, "--party", desk.buyer)
    assert "1. The data is given under the licence" in asked.stdout
    assert "€30.00" in asked.stdout
    assert "The terms were not agreed to" in str(asked.exception)
    assert desk.stored() == before
    french = desk.said("offer", "show", offer, "--language", "fr")
    assert "recherche et planification." in french
    assert "no language 'de'" in desk.refused("offer", "show", offer, "--language", "de")


@pytest.mark.parametrize(("answer", "orders"), [("y", 1), ("n", 0)])
def test_who_sits_at_a_terminal_is_asked(desk: Desk, answer: str, orders: int) -> None:
    offer = desk.offered()
    words = ["order", "place", offer, "--party", desk.buyer, "--data", desk.data]
    keyboard, terminal = os.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "beffroi", "market", *words],
        stdin=terminal, capture_output=True, text=True, check=False,
    )  # fmt: skip
    os.close(keyboard)
    os.close(terminal)
    assert "Does A firm (simulated) agree to these terms? [y/N]" in done.stdout, done.stderr
    assert done.returncode == 1 - orders
    assert len(desk.stored()[KINDS.index("tmf:productOrder")]) == orders


def test_the_same_key_orders_once(desk: Desk) -> None:
    offer = desk.offered()
    assert desk.sold(offer, "--once", "k") == desk.sold(offer, "--once", "k")
    assert len(desk.stored()[KINDS.index("tmf:productOrder")]) == 1


def test_the_same_key_gets_the_first_order_whatever_its_offer_says_by_now(desk: Desk) -> None:
    offer = desk.offered()
    words = ("order", "place", offer, "--party", desk.buyer, "--once", "k")
    product = desk.sold(offer, "--once", "k")
    (order,) = desk.stored()[KINDS.index("tmf:productOrder")]
    for change in (lambda: desk.reprice(31), lambda: desk.said("offer", "retire", offer)):
        change()
        before, again = desk.stored(), desk.said(*words)
        assert f"This key placed the order '{order['id']}' before, at 20" in again
        assert "nothing is ordered again." in again
        assert (product in again, "Terms" in again, desk.stored() == before) == (True, False, True)


@pytest.mark.parametrize("other", ["offer", "party", "purpose", "reference"])
def test_the_same_key_is_refused_for_another_order(other: str, desk: Desk) -> None:
    offer = desk.offered()
    desk.sold(offer, "--once", "k")
    (order,) = desk.stored()[KINDS.index("tmf:productOrder")]
    said = {"party": desk.buyer, "purpose": "", "reference": ""}
    match other:
        case "offer":
            offer = desk.offered()
        case "party":
            said["party"] = desk.seller
        case name:
            said[name] = "research"
    options = [word for name, value in said.items() for word in (f"--{name}", value)]
    refused = desk.refused("order", "place", offer, *options, "--agree", "--once", "k")
    assert refused == (
        f"The key was used for the order '{order['id']}', which asks for something else or for somebody else; "
        "take another key for another order."
    )


def test_a_dry_run_shows_the_offer_and_writes_nothing(desk: Desk) -> None:
    before = desk.stored()
    shown = desk.said("offer", "add", desk.draft(), "--provider", desk.seller, "--dry-run")
    assert "Live bikes (simulated)\nSimville (simulated) · draft" in shown
    assert shown.endswith("Nothing is written.\n")
    assert desk.stored() == before


def test_a_claim_without_proof_keeps_a_draft_off_sale(desk: Desk) -> None:
    done = desk.type(
        "offer", "add", desk.draft('claims = ["1.C1.R1.1"]' + DRAFT), "--provider", desk.seller, "--publish"
    )
    offer = done.stdout.strip()
    assert isinstance(done.exception, Problem)
    assert "claims 1.C1.R1.1, and its endpoint" in done.exception.detail
    assert "was never checked" in desk.refused("offer", "publish", offer)
    assert "is not on sale yet" in desk.refused("order", "place", offer, "--party", desk.buyer, "--agree")
    assert offer in desk.said("offer", "list", "--state", "In study")


def test_a_draft_is_corrected_from_a_file_and_thrown_away(desk: Desk) -> None:
    before = [desk.of(f"tmf:{name}") for name in CATALOGUE]
    offer = desk.said("offer", "add", desk.draft(), "--provider", desk.seller).strip()
    assert "Live bikes (simulated)" in desk.said("offer", "show", offer)
    file = desk.draft(DRAFT.replace("Live bikes (simulated)", "Live boats (simulated)"))
    words = ("offer", "change", offer, file, "--provider", desk.seller, "--reason", "boats")
    assert f"The offer '{offer}' is 'In study'." in desk.said(*words)
    assert "Live boats (simulated)" in desk.said("offer", "show", offer)
    assert [len(desk.of(f"tmf:{name}")) for name in CATALOGUE] == [len(found) + 1 for found in before]
    assert "1 to 200 characters" in desk.refused(*words[:3], desk.draft(NAMELESS), *words[4:])
    assert "is gone" in desk.said("offer", "discard", offer, "--reason", "a mistake")
    assert [desk.of(f"tmf:{name}") for name in CATALOGUE] == before
    reasons = [one["reason"] for one in desk.of("audit") if one["id"] == offer]
    assert reasons[-2:] == ["boats", "a mistake"]


def test_what_is_on_sale_is_neither_corrected_nor_thrown_away(desk: Desk) -> None:
    offer = desk.offered()
    said = "is 'Active' and no draft any more"
    assert said in desk.refused("offer", "discard", offer)
    assert said in desk.refused("offer", "change", offer, desk.draft(), "--provider", desk.seller)


def test_what_is_retired_is_sold_no_more_and_what_was_sold_goes_on(desk: Desk) -> None:
    offer = desk.offered()
    product = desk.sold(offer)
    assert "'Retired'" in desk.said("offer", "retire", offer, "--reason", "simulated")
    assert "not on sale any more" in desk.refused("order", "place", offer, "--party", desk.buyer, "--agree")
    assert product in desk.said("product", "list", "--status", "active")
    assert "'Active'" in desk.said("offer", "publish", offer)


def test_what_is_on_sale_and_cannot_be_ordered_is_said_in_the_list(desk: Desk) -> None:
    offer, kind = desk.offered(), "tmf:productOfferingPrice"
    assert "not for sale" not in desk.said("offer", "list")
    over = {"validFor": {"endDateTime": "2021-06-30T10:00:00Z"}}
    desk.write(kind, [{**one, **over} for one in desk.of(kind)])
    said = desk.said("offer", "list")
    assert "Active, not for sale now" in said
    assert f"{offer}: The offering 'Live bikes (simulated)' has no price that is valid at" in said
    assert "n’a pas de prix valable" in desk.said("offer", "show", offer, "--language", "fr")
    words = ("order", "place", offer, "--party", desk.buyer)
    assert "has no price that is valid at" in desk.refused(*words)


def test_what_is_sold_out_is_said_before_anybody_agrees(desk: Desk) -> None:
    offer = desk.offered("limit = { total = 1 }" + DRAFT)
    assert "sold out" not in desk.said("offer", "show", offer)
    desk.sold(offer, "--once", "k")
    words = ("order", "place", offer, "--party", desk.buyer)
    assert desk.refused(*words) == (
        "The offering 'Live bikes (simulated)' is sold out: of its 1 units 1 are taken."
    )
    assert "est épuisée" in desk.refused(*words, "--language", "fr")
    assert "est épuisée" in desk.said("offer", "show", offer, "--language", "fr")
    assert "nothing is ordered again." in desk.said(*words, "--once", "k")


def test_what_a_party_holds_already_is_said_by_its_name(desk: Desk) -> None:
    offer = desk.offered("limit = { party = 1 }" + DRAFT)
    desk.sold(offer)
    words = ("order", "place", offer, "--party", desk.buyer)
    assert "'A firm (simulated)' holds 1 of the offering 'Live bikes (simulated)'" in desk.refused(*words)


def test_an_order_waits_for_a_word_where_its_offer_says_so(desk: Desk) -> None:
    offer = desk.offered("approval = true" + DRAFT)
    words = ("order", "place", offer, "--party", desk.buyer, "--agree")
    first, second = (_order_in(desk.said(*words)) for _ in range(2))
    assert "It waits for the provider's approval." in desk.said("order", "show", first)
    approved = desk.said("order", "approve", first)
    assert "'completed'" in approved
    assert re.search(PRODUCT, approved)
    assert "Nothing in the order" in desk.refused("order", "approve", first)
    assert "with a reason" in desk.refused("order", "refuse", second, "--reason", " ")
    refused = desk.said("order", "refuse", second, "--reason", "Not now (simulated).")
    assert "'rejected'" in refused
    assert "Not now (simulated)." in desk.said("order", "show", second)
    entries = desk.stored()[KINDS.index("audit")]
    assert ("local", "Not now (simulated).") in [(one["actor"], one["reason"]) for one in entries]


def test_a_product_is_moved_with_a_reason(desk: Desk) -> None:
    product = desk.sold(desk.offered())
    for move, status in (("suspend", "suspended"), ("resume", "active"), ("terminate", "terminated")):
        assert f"'{status}'" in desk.said("product", move, product, "--reason", f"{move} (simulated)")
    assert "'terminated' is an end" in desk.refused("product", "resume", product, "--reason", "x")
    entries = [
        one for one in desk.stored()[KINDS.index("audit")] if one["id"] and one["resource"] == "product"
    ]
    assert [one["reason"] for one in entries][-3:] == [
        "suspend (simulated)", "resume (simulated)", "terminate (simulated)",
    ]  # fmt: skip


def test_credentials_are_for_a_product_that_lives_and_stand_in_the_log(desk: Desk) -> None:
    product = desk.sold(desk.offered())
    made = desk.said("credentials", "add", product)
    assert re.search(r"client secret  sec_[\w-]{40,}", made)
    client = made.split()[2]
    assert desk.said("credentials", "list", product).count("cli_") == 2, "its own, and this one"
    desk.said("credentials", "revoke", client)
    desk.said("product", "terminate", product, "--reason", "simulated")
    assert "'terminated' and stays so" in desk.refused("credentials", "add", product)
    assert "no client 'x'" in desk.refused("credentials", "revoke", "x")
    log = [one for one in desk.stored()[KINDS.index("audit")] if one["id"] == client]
    assert [(one["actor"], one["what"]) for one in log] == [("local", "create"), ("local", "change")]


def test_only_its_holder_rates_a_product(desk: Desk) -> None:
    product = desk.sold(desk.offered())
    said = desk.said("product", "rate", product, "--party", desk.buyer, "--stars", "4", "--words", "Fine.")
    assert "rated 4 of 5" in said
    assert "Only who holds" in desk.refused(
        "product", "rate", product, "--party", desk.seller, "--stars", "1"
    )
    (rating,) = desk.stored()[KINDS.index("rating")]
    assert (rating["party"], rating["words"]) == (desk.buyer, "Fine.")
    desk.said("product", "unrate", product, "--party", desk.buyer)
    assert desk.stored()[KINDS.index("rating")] == []


def test_all_that_is_wrong_with_a_draft_is_said_at_once(desk: Desk) -> None:
    draft = desk.draft('name = ""\n[terms]\nlicence = "none"')
    said = desk.refused("offer", "add", draft, "--provider", desk.seller)
    assert "A title has 1 to" in said
    assert "Nothing is chosen to be offered." in said
    assert "The licence 'none' is none of" in said
    assert "'nobody'" in desk.refused("offer", "add", desk.draft(), "--provider", "nobody")
    assert "'nobody'" in desk.refused("offer", "add", desk.draft(), "--provider", "nobody", "--dry-run")
    assert desk.type("offer", "add", str(desk.folder / "none.toml")).exit_code == 2


UNKNOWN: list[Callable[[Desk], tuple[str, ...]]] = [
    lambda _: ("offer", "publish", "x"),
    lambda _: ("offer", "retire", "x"),
    lambda _: ("offer", "show", "x"),
    lambda desk: ("order", "place", "x", "--party", desk.buyer, "--agree"),
    lambda desk: ("order", "place", desk.offered(), "--party", "x", "--agree"),
    lambda _: ("order", "show", "x"),
    lambda _: ("order", "approve", "x"),
    lambda _: ("order", "refuse", "x", "--reason", "r"),
    lambda _: ("product", "suspend", "x", "--reason", "r"),
    lambda _: ("credentials", "add", "x"),
    lambda desk: ("product", "rate", "x", "--party", desk.buyer, "--stars", "3"),
]


@pytest.mark.parametrize("words", UNKNOWN)
def test_what_does_not_exist_is_named(desk: Desk, words: Callable[[Desk], tuple[str, ...]]) -> None:
    typed = words(desk)
    assert "'x'" in desk.refused(*typed)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Firm", "--vat", "FR99"), "'FR99' is no VAT number"),
        (("Firm", "--country", "France"), "no country of two letters"),
        (("",), "The party has no name."),
    ],
)
def test_a_party_that_no_bill_could_name_is_refused(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in desk.refused("party", "add", *words)


def test_an_id_in_a_list_is_whole(desk: Desk) -> None:
    offer = desk.offered()
    assert offer in desk.said("offer", "list")
    assert "1 of 1 offers." in desk.said("offer", "list")
    assert desk.seller in desk.said("party", "list")


def test_what_others_wrote_does_not_steer_the_terminal(desk: Desk) -> None:
    name = "[red]Bikes[/] :bike: \x1b[2J"
    offer = desk.called(name)
    for said in (desk.said("offer", "show", offer), desk.said("offer", "list")):
        assert "[red]Bikes[/] :bike: \N{REPLACEMENT CHARACTER}[2J" in said
        assert "\x1b" not in said


def test_nor_does_what_stands_in_a_refusal_or_in_the_log(desk: Desk) -> None:
    name = "[/red]Bikes \x1b[2J"
    offer = desk.called(name)
    desk.said("offer", "retire", offer, "--reason", name)
    typed = ["market", "order", "place", offer, "--party", desk.buyer, "--data", desk.data]
    done = subprocess.run(
        [sys.executable, "-c", "from beffroi.cli import main; main()", *typed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert said.endswith("The offer '[/red]Bikes \N{REPLACEMENT CHARACTER}[2J' is not on sale any more.")
    log = desk.said("audit")
    assert "[/red]" in log
    assert "\x1b" not in log


def test_the_address_of_the_node_is_one(desk: Desk) -> None:
    said = desk.refused("offer", "list", "--base", "city.example")
    assert said == "'city.example' is no address that begins with http:// or https://."


def _order_in(said: str) -> str:
    found = re.search(r"The order '([^']+)'", said)
    assert found is not None, said
    return found[1]
