"""Each sentence with which the forms of the pages refuse has a French form."""

import re

import pytest
from tests.portal.refusals_of import refusals_of

from beffroi.portal.words.refusals import patterns, said_in

SHOWN = (
    "portal/pages", "portal/reading", "portal/visit.py", "portal/uploads.py", "web/answering.py", "web/routing.py",
    "processes/checks.py", "app/accounts.py", "app/oidc/routes.py",
    "market/rules/offers/draft.py", "market/rules/offers/draft_check.py", "market/rules/offers/drafted.py", "market/operations/offering.py", "market/rules/orders/holding.py", "market/rules/orders/holder.py", "market/rules/documents/once.py",
    "market/rules/orders/parties.py", "market/rules/orders/ending.py", "market/rules/orders/fulfilment.py", "market/rules/orders/state.py", "market/rules/orders/placing.py", "market/rules/orders/sellable.py", "market/rules/offers/saleable.py", "market/rules/orders/product_order.py", "market/rules/orders/whose_order.py", "market/rules/offers/product_rating.py",
    "market/rules/orders/product.py", "market/rules/bills/party.py",
    "market/rules/access/grants.py", "market/rules/access/handover.py", "market/rules/access/reported_usage.py", "market/rules/access/reported_table.py",
    "market/rules/access/sealed_usage.py", "market/rules/access/usage_chain.py", "market/rules/offers/publishing.py",
    "market/rules/offers/permit.py", "market/rules/offers/deliverable.py", "market/rules/offers/product_offering.py",
    "market/rules/offers/translations.py", "market/rules/terms/data_use_term.py", "market/rules/prices",
    "market/rules/service_level", "market/rules/orders/terms.py", "market/rules/orders/stated.py", "market/rules/orders/configuration.py",
    "market/rules/documents/machines.py", "market/rules/documents/movers.py",
    "market/rules/documents/visibility.py", "market/rules/documents/document.py", "market/rules/bills/account.py",
    "market/rules/bills/credit.py", "market/rules/bills/invoice.py", "market/rules/bills/rating.py",
    "market/rules/bills/view.py", "market/operations/invoices.py", "market/operations/inventory.py",
    "market/operations/handover.py", "market/operations/levels.py", "market/routes/reporting.py",
    "market/operations/approving.py", "market/operations/crediting.py", "market/operations/parties.py",
    "market/operations/product_rating.py", "market/operations/holding.py", "market/operations/reporting.py",
    "processes/harvest.py", "sources/rules/mapping/axes.py", "sources/rules/mapping/place.py",
    "sources/operations/fetching.py", "sources/operations/discover.py", "sources/operations/registry.py",
    "sources/operations/adapters", "sources/rules/dataset.py", "sources/rules/source.py",
    "sources/rules/whereabouts.py", "sources/operations/catalogue.py", "kernel/json_size.py", "sources/rules/mapping/apply.py", "sources/rules/mapping/number.py",
    "sources/rules/reading",
    "broker/operations/entities.py", "broker/operations/temporal.py", "proof/check.py",
    "sources/rules/mapping/moment.py", "sources/rules/mapping/identity.py",
    "kernel/currency.py", "processes/comparison.py", "processes/indicators.py", "network/operations",
    "network/rules/schema.py", "network/rules/document.py", "network/rules/budget.py",
    "network/rules/identity.py", "network/rules/feed.py", "network/rules/strategy", "network/rules/needs",
    "network/rules/calls", "network/rules/exchange", "network/rules/contracts", "network/rules/membership",
    "network/rules/solutions", "network/rules/chain.py", "network/rules/accepted.py", "network/rules/peer.py", "network/rules/witness.py",
    "kernel/json.py", "kernel/json_size.py", "kernel/record.py", "kernel/table.py", "kernel/text.py", "processes/buying.py", "processes/repeating.py",
    "processes/monitoring.py", "outbound",
    "proof/clauses/pack.py", "proof/clauses/choosing.py", "proof/comparison/attached.py",
)  # fmt: skip
"""What refuses a form of the pages, or why a source's run or record was refused, which a page shows."""

WITH_REASONS = {pattern for pattern, said in patterns("fr").items() if ":reasons}" in said}
"""Those that hold reasons of a schema, or of a table, which have patterns of their own."""

SENTENCES = refusals_of(*SHOWN)


def test_the_sentences_are_found() -> None:
    assert len(SENTENCES) > 100
    assert "'{}' is no whole number." in SENTENCES


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_a_page_has_a_french_form(sentence: str) -> None:
    values = [f"v{n}/" for n in range(sentence.count("{}"))]
    filled = sentence.replace(": {}.", ": {} was expected.") if sentence in WITH_REASONS else sentence
    for value in values:
        filled = filled.replace("{}", value, 1)
    said = said_in("fr", filled)
    assert said is not None, SENTENCES[sentence]
    assert said != filled
    assert all(value in said for value in values)


def test_nothing_in_the_table_is_said_no_more() -> None:
    assert patterns("fr").keys() - SENTENCES.keys() == set()


def test_each_french_form_has_the_values_of_its_sentence() -> None:
    for pattern, said in patterns("fr").items():
        assert sorted(re.findall(r"\{(\d)(?::\w+)?\}", said)) == [
            str(n) for n in range(pattern.count("{}"))
        ], pattern


def test_what_the_table_does_not_have_stays_as_it_is() -> None:
    assert said_in("fr", "Something else is wrong.") is None
    assert said_in("en", "No attribute is chosen.") is None
    assert said_in("fr", f"'{'x' * 5_000}' is no amount.") is None
    assert said_in("fr", "'{0.__class__}' is no amount.") == "«\xa0{0.__class__}\xa0» n’est pas un montant."


def test_the_more_particular_of_two_patterns_says_it() -> None:
    said = said_in("fr", "The call is awarded since 2026-01-01; only one that is open becomes closed.")
    assert said == (
        "L’appel est à l’état «\xa0attribué\xa0» depuis le 2026-01-01\xa0; "
        "seul un appel à l’état «\xa0ouvert\xa0» passe à l’état «\xa0clos\xa0»."
    )


def test_a_sentence_of_a_record_names_its_attribute_and_says_what_the_value_is() -> None:
    said = said_in("fr", "location: an object is not a place.")
    assert said == "location\xa0: un objet n’est pas un lieu."
    assert said_in("fr", "location: 'x' is not a place.") == "location\xa0: 'x' n’est pas un lieu."
    assert said_in("fr", "location: something else is wrong.") is None


def test_what_a_broken_answer_holds_is_said_in_french() -> None:
    said = said_in("fr", "The answer holds no list of records, but an object with 'a', 'b'.")
    assert said == "La réponse ne contient pas de liste d’enregistrements, mais un objet avec 'a', 'b'."
