"""The agreement that an order makes in a whole node: its signature, and the policy that it keeps."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import shortened
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.orders.agreement import canonical, signature_in
from beffroi.market.rules.terms.data_use_term import terms_of
from beffroi.market.rules.terms.odrl import Limits, Parties, alone, policy_of
from beffroi.web.message import LOCAL, Actor
from tests.conftest import Run
from tests.node.buying import BASE, TERMS, Fair, scenario


def is_signed(agreement: dict[str, Any]) -> bool:
    """Whether the signature is good for what the agreement says now, by the key that it names (RFC 7515)."""
    head, _, signature = signature_in(agreement).partition("..")
    named: Any = jws.extract_compact(f"{head}.e30.{signature}".encode()).headers()
    content = urlsafe_b64encode(canonical(agreement)).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(
            f"{head}.{content}.{signature}", ECKey.import_key(named["jwk"]), algorithms=["ES256"]
        )
    except BadSignatureError:
        return False
    return True


def test_an_agreement_is_signed_and_stays_as_it_is(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        by_order, by_key = agreement["agreementAuthorization"]
        assert (by_order["actor"], by_order["party"], len(by_order["sha256"])) == ("Ada", fair.firm, 64)
        assert by_key["party"] == [fair.city]
        assert is_signed(agreement)
        forged = json.loads(json.dumps(agreement))
        forged["agreementItem"][0]["termOrCondition"][0]["resale"] = True
        assert not is_signed(forged)
        changed = {"agreementItem": forged["agreementItem"]}
        for actor in (fair.buyer, fair.provider):
            assert (await fair.patch("agreement", agreement["id"], changed, actor)).status == 409
        path = f"/tmf-api/agreementManagement/v4/agreement/{agreement['id']}"
        assert (await fair.ask("DELETE", path)).status == 409

    scenario(run, steps)


BESIDE: list[dict[str, Any]] = [
    {"description": "The price is 0 EUR, as was agreed."},
    {"statementOfIntent": "none"},
    {"characteristic": [{"name": "price", "value": 0}]},
    {"documentNumber": 5},
    {"status": "terminated"},
    {"status": None},
    {"ours": "I agreed to nothing."},
    {"associatedAgreement": []},
    {"associatedOrder": None},
    {"agreementAuthorization": []},
]


def test_nothing_beside_the_signatures_changes_for_anybody(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        assert agreement["status"] == "validated"
        for actor in (fair.buyer, fair.provider, LOCAL):
            for body in BESIDE:
                refused = await fair.patch("agreement", agreement["id"], body, actor)
                assert (refused.status, b"is signed by both parties" in refused.body) == (409, True), body
            same = await fair.patch("agreement", agreement["id"], {"status": "validated"}, actor)
            assert same.status == 200
        assert await fair.get("agreement", agreement["id"]) == agreement

    scenario(run, steps)


def test_the_agreement_of_a_product_that_ended_is_as_it_was(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        await fair.settled(await fair.about("delete", {"id": product["id"]}))
        assert await fair.get("agreement", agreement["id"]) == agreement

    scenario(run, steps)


def test_an_agreement_that_nobody_signed_is_changed_by_its_parties(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        parties = [{"id": id, "@referredType": "Organization"} for id in (fair.city, fair.firm)]
        body = {"name": "A", "agreementType": "commercial", "engagedParty": parties, "agreementItem": [{}]}
        proposed = await fair.make("agreement", {**body, "status": "inProcess"}, fair.buyer)
        for change in ({"status": "rejected"}, {"description": "Too dear"}, {"ours": "x"}):
            assert (await fair.patch("agreement", proposed["id"], change, fair.provider)).status == 200

    scenario(run, steps)


SQUARE: JsonObject = {"type": "Polygon", "coordinates": [[[3, 50], [4, 50], [4, 51], [3, 51], [3, 50]]]}


def test_the_policy_of_an_agreement_is_its_terms_with_both_parties(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        quota = [{"metric": "requests", "amount": 9, "period": "day"}]
        offering = await fair.offering({"area": SQUARE, "quota": quota})
        product = await fair.bought(offering)
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        path = f"/market/agreements/{agreement['id']}/policy"
        assert agreement["policy"]["href"] == f"{BASE}{path}"
        served = await fair.ask("GET", path, None, fair.buyer)
        policy = json.loads(served.body)
        assert (served.status, served.headers["content-type"]) == (200, "application/ld+json")
        assert (policy["@type"], policy["uid"]) == ("Agreement", f"{BASE}{path}")
        assert policy["assigner"] == f"{BASE}/tmf-api/party/v4/organization/{fair.city}"
        assert policy["assignee"] == f"{BASE}/tmf-api/party/v4/organization/{fair.firm}"
        assert policy["target"]["source"] == f"{BASE}/dcat/offers/{offering}"
        terms = terms_of(agreement)
        assert terms is not None
        assert shortened(terms.until) == product["terminationDate"]
        limits = Limits(SQUARE, (Quota("requests", 9, "day"),))
        parties = Parties(policy["assigner"], policy["assignee"])
        made = policy_of(policy["uid"], policy["target"]["source"], terms, limits, parties)
        assert policy == json.loads(json.dumps(alone(made)))

    scenario(run, steps)


def test_a_policy_stays_as_it_was_signed_and_is_there_for_who_sees_the_agreement(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering()
        product = await fair.bought(offering)
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        path = f"/market/agreements/{agreement['id']}/policy"
        before = (await fair.ask("GET", path, None, fair.buyer)).body
        terms = [{**TERMS, "licence": {"spdxId": "CC0-1.0"}}]
        assert (await fair.patch("productOffering", offering, {"productOfferingTerm": terms})).status == 200
        auditor = Actor("Vi", frozenset({"read"}), roles=frozenset({"auditor"}))
        for actor in (fair.buyer, fair.provider, auditor, LOCAL):
            assert (await fair.ask("GET", path, None, actor)).body == before
        stranger = Actor("Eve", frozenset({"read", "trade"}), party="another-firm")
        hidden = await fair.ask("GET", path, None, stranger)
        missing = await fair.ask("GET", path.replace(agreement["id"], "nothing"), None, stranger)
        assert (hidden.status, missing.status) == (404, 404)
        assert hidden.body.replace(agreement["id"].encode(), b"nothing") == missing.body
        forged = json.loads(json.dumps(agreement))
        forged["policy"]["content"]["permission"] = [{"action": "sell"}]
        assert not is_signed(forged)
        for actor in (fair.buyer, fair.provider, LOCAL):
            assert (
                await fair.patch("agreement", agreement["id"], {"policy": forged["policy"]}, actor)
            ).status in {403, 409}
        assert (await fair.ask("GET", path, None, fair.buyer)).body == before

    scenario(run, steps)


def test_an_agreement_without_terms_keeps_no_policy(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering(productOfferingTerm=[]))
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        answer = await fair.ask("GET", f"/market/agreements/{agreement['id']}/policy", None, fair.buyer)
        assert ("policy" in agreement, answer.status, b"keeps no policy" in answer.body) == (False, 404, True)

    scenario(run, steps)
