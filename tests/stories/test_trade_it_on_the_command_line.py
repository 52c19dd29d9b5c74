"""Trade it, on the command line beside a node that runs: a city offers from a file, a firm reads the terms and
orders, uses, rates; an outage becomes a breach, a credit and a bill. What was typed works on the next request."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.kernel.problem import Problem
from tests.node.process import NodeProcess
from tests.stories.square import (
    BIKES,
    ENTITIES,
    Square,
    eventually,
    in_own_words,
    moment,
    month_over,
    station,
    through,
    token_for,
)

pytestmark = pytest.mark.slow

DRAFT = """
name = "Live bikes (simulated)"
description = "Free bikes as they change (simulated)."
types = ["BikeHireDockingStation"]
live = true
approval = true

[price]
kind = "requests"
amount = 0.50
each = 1
free = 2
vat = 20

[terms]
licence = "ODbL-1.0"
purposes = ["research"]
regions = ["FR"]

[level]
freshness = {target = 99, within = 3, credit = 10}

[translation]
name = "Vélos en direct (simulés)"
"""
PLACE = ["--city", "Simville", "--country", "FR", "--street", "1 rue de l'Exemple", "--post-code", "00000"]


class Desk(Square):
    """Whoever sits at the node's own machine. `seller` and `firm` are parties."""

    seller: str
    firm: str

    def trade(self, *words: str) -> str:
        """As `market`, for a command that writes what names the node's address."""
        return self.market(*words, "--base", self.node.origin)

    def refused(self, *words: str) -> str:
        done = self.command("market", *words, "--data", str(self.data))
        assert isinstance(done.exception, Problem), done.output
        return done.exception.detail


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    data = folder / "city"
    with NodeProcess(folder, str(data), "--no-open-access", "--monitor-seconds", "1") as node:
        desk = Desk(node, data)
        numbers = ["--vat", "FR12000000000", "--siret", "0" * 14]
        desk.seller = desk.trade("party", "add", "Simville (simulated)", *numbers, *PLACE).strip()
        desk.firm = desk.trade("party", "add", "A firm (simulated)", *PLACE).strip()
        desk.market("permit", "set", desk.seller, "--type", "BikeHireDockingStation")
        operator = desk.enter("operator", "operator")
        for number in range(3):
            sent = operator.ask("POST", ENTITIES, station(number, 5, moment()), **in_own_words(node))
            assert sent.status == 201, sent
        yield desk


@pytest.fixture(scope="module")
def offer(desk: Desk) -> str:
    """What the city puts on sale; with a claim that nobody proved it stays a draft."""
    file = desk.data / "bikes.toml"
    file.write_text('claims = ["1.C1.R1.1"]' + DRAFT)
    words = ("offer", "add", str(file), "--provider", desk.seller)
    assert "Nothing is written." in desk.trade(*words, "--dry-run")
    claiming = desk.trade(*words).strip()
    assert "The offering claims 1.C1.R1.1" in desk.refused("offer", "publish", claiming)
    file.write_text(DRAFT)
    made = desk.trade(*words, "--publish")
    assert "'Active'" in made
    return made.split()[0]


@pytest.fixture(scope="module")
def product(desk: Desk, offer: str) -> str:
    """What the firm orders once it has read the terms, and the city approves."""
    words = ("order", "place", offer, "--party", desk.firm, "--reference", "Story")
    assert "The terms were not agreed to" in desk.refused(*words)
    assert desk.trade("order", "list", "--party", desk.firm).startswith("There are no such orders;")
    placed = desk.trade(*words, "--agree", "--once", "story")
    assert "The data may be used for these purposes only: research." in placed
    order = _found(r"The order '([^']+)' is 'pending'", placed)
    assert order in desk.trade(*words, "--agree", "--once", "story")
    assert order in desk.trade("order", "list", "--state", "pending")
    return _found(r"with the product '([^']+)'", desk.trade("order", "approve", order))


@pytest.fixture(scope="module")
def bearer(desk: Desk, product: str) -> str:
    """A token of the firm's program, by credentials that were printed once."""
    client, secret = re.findall(r"(?:cli|sec)_[\w-]+", desk.market("credentials", "add", product))
    answer = token_for(desk.node, client, secret, purpose="research")
    assert answer.status == 200, answer
    return str(answer.json["access_token"])


def test_everybody_who_trades_sees_what_was_typed(desk: Desk, offer: str, product: str) -> None:
    firm = desk.enter("firm", "buyer", desk.firm)
    assert "Vélos en direct (simulés)" in firm.page(f"/fr/market/catalogue/{offer}")
    assert product in firm.page("/en/market/mine")
    assert offer in desk.enter("city", "provider", desk.seller).page("/en/market/selling")


def test_the_price_is_known_before_the_order(desk: Desk, offer: str) -> None:
    said = desk.market("price", offer, "--requests", "12", "--month", "2026-11")
    assert re.search(r"with tax\W+EUR\W+6\.00", said), said
    assert "above 2 in a month: €0.50 for 1 request" in desk.market("offer", "show", offer)


def test_what_was_bought_opens_and_both_sides_count_it(desk: Desk, product: str, bearer: str) -> None:
    for _ in range(5):
        assert len(through(desk.node, bearer, BIKES).json) == 3
    words = ("market", "verify", "--product", product, "--data", str(desk.data))
    said = eventually(lambda: _when(desk.command(*words).stdout, "5 requests"), "the usage")
    assert "holds" in said


def test_a_suspension_is_felt_on_the_next_request(desk: Desk, product: str, bearer: str) -> None:
    for move, status in (("suspend", 401), ("resume", 200)):
        desk.trade("product", move, product, "--reason", f"{move} (simulated)")
        assert through(desk.node, bearer, BIKES).status == status


def test_an_outage_becomes_a_breach_a_credit_and_a_bill(
    desk: Desk, offer: str, product: str, tmp_path: Path
) -> None:
    """Nobody says anything new of the stations. The first day of the next month is simulated."""
    eventually(lambda: _when(desk.market("levels", offer), "probes that missed"), "the breach")
    results = asyncio.run(month_over(desk))
    assert [result.problem for result in results] == [""]
    assert "1 of 1 bills." in desk.trade("bills", "--party", desk.firm)
    bill = _found(r"(bill-[\w-]+)", desk.trade("bills", "--party", desk.firm))
    assert product in desk.market("levels", offer)
    pdf = tmp_path / "bill.pdf"
    desk.market("invoice", bill, "--output", str(pdf), "--language", "en")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "is not over" in desk.refused("bill", "--month", moment()[:7])
    back = desk.trade("credit-note", bill, "--reason", "Simulated.")
    assert "The credit note" in back
    assert "2 of 2 bills." in desk.trade("bills", "--party", desk.firm)


def test_who_holds_it_rates_it_and_nobody_else(desk: Desk, offer: str, product: str) -> None:
    rate = ("product", "rate", product, "--stars", "4", "--words", "Good data (simulated).")
    assert "Only who holds" in desk.refused(*rate, "--party", desk.seller)
    desk.trade(*rate, "--party", desk.firm)
    assert "Good data (simulated)." in desk.people["operator"].page(f"/en/market/catalogue/{offer}")


def test_what_ends_opens_nothing_and_is_sold_no_more(
    desk: Desk, offer: str, product: str, bearer: str
) -> None:
    desk.trade("product", "terminate", product, "--reason", "The story ends.")
    assert through(desk.node, bearer, BIKES).status == 401
    assert "'terminated' is an end" in desk.refused("product", "resume", product, "--reason", "x")
    desk.trade("offer", "retire", offer, "--reason", "The story ends.")
    assert "not on sale any more" in desk.refused("order", "place", offer, "--party", desk.firm, "--agree")


def test_every_step_stands_in_the_log_with_who_and_why(desk: Desk, bearer: str) -> None:
    log = desk.market("audit", "--actor", "local", "--limit", "500")
    assert bearer
    for reason in ("On the command line.", "Ordered on the command line.", "Further credentials were made."):
        assert reason in log
    said = desk.market("audit", "--verify")
    assert "unchanged and complete" in said


def _found(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    assert found is not None, said
    return found[1]


def _when(said: str, words: str) -> str:
    return said if words in said else ""
