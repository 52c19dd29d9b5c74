"""Contracts: accepted only when every clause is fulfilled; a change later is a dated breach with evidence."""

import asyncio
import hashlib
import json
from base64 import urlsafe_b64decode
from contextlib import asynccontextmanager
from typing import Any

import pytest

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.network.operations.contracts import begin, under_way
from beffroi.network.operations.publishing import feed_page
from beffroi.network.rules.contracts.kinds import ACCEPTANCE
from beffroi.network.rules.document import draft
from beffroi.processes.buying import keep_reviewing, review_due
from beffroi.proof.pack import replay
from beffroi.store.port import Store
from beffroi.web.message import LOCAL
from tests.conftest import Run
from tests.network.city import name_of, segment
from tests.network.contracts.buying import NAMES, Buying, buying_of, contract_of
from tests.proof.asking import HOST, answer
from tests.proof.controls import n1_hello, n3_lies, n15_key_required
from tests.proof.ogc_city import OgcCity, lamps, stations


@pytest.fixture
def buying(store: Store, run: Run) -> Buying:
    return buying_of(store, run)


def without_kind() -> list[dict[str, Any]]:
    """The same stations, one attribute gone and one of another kind."""
    return [
        {**one, "properties": {"name": one["properties"]["name"], "bikes": str(one["properties"]["bikes"]), "seen": one["properties"]["seen"]}}
        for one in stations()
    ]  # fmt: skip


def test_a_service_that_does_what_the_clauses_say_is_accepted(buying: Buying) -> None:
    contract = buying.contract()
    assert buying.story(contract)["standing"] == "not tried"
    ran = buying.test(contract)["content"]
    assert (ran["purpose"], ran["outcome"]) == ("acceptance", "passed")
    assert ran["clauses"] == contract["content"]["clauses"]["id"]
    assert {one["requirement"] for one in ran["verdicts"]} == set(NAMES.split(","))
    told = buying.story(contract)
    assert (told["standing"], told["due"][:10], told["breaches"]) == ("accepted", "2026-12-22", [])


def test_the_evidence_of_a_run_can_be_judged_again_by_anybody(buying: Buying) -> None:
    contract = buying.contract()
    ran = buying.test(contract)
    got = buying.city.get(f"/acceptances/{name_of(ran)}/evidence")
    again = replay(got.text)
    assert again.differences == ()
    found = {one.requirement: str(one.outcome) for one in again.report.verdicts}
    assert all(found[one["requirement"]] == one["outcome"] for one in ran["content"]["verdicts"])


def test_a_service_that_only_claims_is_not_accepted(buying: Buying) -> None:
    buying.service.control = n3_lies()
    contract = buying.contract()
    ran = buying.test(contract)["content"]
    assert ran["outcome"] == "failed"
    failed = {one["requirement"]: one for one in ran["verdicts"] if one["standing"] == "failed"}
    assert set(failed) == {"0.C2.R2.1", "7.C1.R1.1"}
    assert all(
        one["outcome"] == "FAIL" and one["evidence"] and one["reason"]["fr"] for one in failed.values()
    )
    assert buying.story(contract)["standing"] == "not accepted: failed"
    buying.service.control = OgcCity()
    assert buying.test(contract)["content"]["outcome"] == "passed"


def test_what_is_open_never_passes_in_silence(buying: Buying) -> None:
    contract = buying.contract(buying.clauses("0.C1.R1.1,1.C3.R3.2,1.C1.R1.3"))
    ran = buying.test(contract)
    assert ran["content"]["outcome"] == "open"
    path = f"/acceptances/{name_of(ran)}/decide"
    officer = buying.city.acting("officer", "steer", "read")
    shown = {"reason": "Profile published", "document": "https://supplier.example/profile (simulated)"}
    first = officer.post(path, {"requirement": "1.C3.R3.2", **shown})
    assert first.json["content"]["outcome"] == "open"
    second = officer.post(path, {"requirement": "1.C1.R1.3", "reason": "Rule shown in annex 2"})
    assert second.json["content"]["outcome"] == "passed"
    (one, _) = second.json["content"]["decisions"]
    assert (one["by"], one["at"][:10], one["reason"]) == ("Simville", "2026-11-22", "Profile published")
    assert buying.story(contract)["standing"] == "accepted"
    assert buying.later(30) == 1
    assert buying.story(contract)["runs"][0]["content"]["outcome"] == "passed"


def test_a_public_decision_names_the_organisation_and_the_nodes_own_record_the_officer(
    buying: Buying,
) -> None:
    contract = buying.contract(buying.clauses("0.C1.R1.1,1.C3.R3.2"), publish=True)
    ran = buying.test(contract)
    path, officer = f"/acceptances/{name_of(ran)}", buying.city.acting("camille", "steer", "read")
    decided = officer.post(f"{path}/decide", {"requirement": "1.C3.R3.2", "reason": "Profile published"})
    assert decided.status == 200
    anybody = buying.city.acting("anybody")
    public = (path, f"{path}/versions", "/acceptances", f"/contracts/{name_of(contract)}/story")
    entries = buying.run(feed_page(buying.city.network, 0, 1_000))
    said = [urlsafe_b64decode(entry.split(".")[1] + "==") for entry in entries]
    assert len(said) > 3
    for text in (*(anybody.get(each).text for each in public), *said):
        assert b"camille" not in text
    (*_, newest) = officer.get(f"{path}/versions").json["versions"]
    assert newest["by"] == "camille"


def test_a_failure_cannot_be_decided_away(buying: Buying) -> None:
    buying.service.control = n3_lies()
    ran = buying.test(buying.contract())
    path = f"/acceptances/{name_of(ran)}/decide"
    for name, said in (("0.C2.R2.1", "is failed"), ("0.C1.R1.1", "is fulfilled"), ("9.X", "not among")):
        refused = buying.city.post(path, {"requirement": name, "reason": "We like them"})
        assert refused.status == 400
        assert said in refused.json["detail"]
    assert buying.city.acting("juror", "judge").send("GET", "/contracts").json["total"] == 0


def test_a_change_of_the_interface_is_a_dated_breach_with_evidence(buying: Buying) -> None:
    contract = buying.contract()
    accepted = buying.test(contract)
    buying.service.control = OgcCity(sets={"stations": without_kind()})
    assert buying.later(29) == 0
    assert buying.later(1) == 1
    told = buying.story(contract)
    assert told["standing"] == "in breach"
    (breach,) = told["breaches"]
    content = breach["content"]
    assert (content["what"], content["on"][:10]) == ("interface", "2026-12-22")
    assert {(one["kind"], one["where"], one["name"]) for one in content["changes"]} >= {
        ("gone", "collections", "lamps"),
        ("gone", "attributes of stations", "kind"),
        ("changed", "attributes of stations", "bikes"),
    }
    assert content["before"] == accepted["id"]
    assert content["evidence"]["before"] == accepted["content"]["evidence"]
    after = buying.city.get(f"/acceptances/{content['run'].rpartition('/')[2]}").json
    assert content["evidence"]["after"] == after["content"]["evidence"]
    assert after["content"]["breaches"] == [breach["id"]]


def test_a_verdict_that_turns_is_a_breach_once_and_ends_when_it_is_repaired(buying: Buying) -> None:
    contract = buying.contract()
    buying.test(contract)
    buying.service.control = OgcCity(obey_filters=False)
    buying.later(30)
    buying.later(30)
    (breach,) = buying.story(contract)["breaches"]
    (turned,) = breach["content"]["verdicts"]
    assert (turned["requirement"], turned["before"], turned["after"]) == ("0.C2.R2.2", "PASS", "FAIL")
    assert "ended" not in breach["content"]
    buying.service.control = OgcCity()
    buying.later(30)
    told = buying.story(contract)
    assert told["standing"] == "accepted"
    assert told["breaches"][0]["content"]["ended"][:10] == "2027-02-20"
    assert len(buying.city.get(f"/breaches/{name_of(breach)}/versions").json["versions"]) == 2


def test_what_is_only_added_is_no_breach(buying: Buying) -> None:
    contract = buying.contract()
    buying.test(contract)
    buying.service.control = OgcCity(sets={"stations": stations(), "lamps": lamps(), "bins": lamps(4)})
    buying.later(30)
    told = buying.story(contract)
    assert (told["standing"], told["breaches"]) == ("accepted", [])


def test_a_change_that_was_announced_in_time_is_no_breach(buying: Buying) -> None:
    notice = {"said": "2026-08-01", "from": "2026-12-01", "what": "Lamps move elsewhere", "names": ["lamps"]}
    late = {**notice, "said": "2026-11-30"}
    for notices, breached in (([notice], False), ([late], True)):
        contract = buying.contract(notices=notices)
        buying.service.control = OgcCity()
        buying.test(contract)
        buying.service.control = OgcCity(sets={"stations": stations()})
        buying.later(30)
        told = buying.story(contract)
        assert bool(told["breaches"]) is breached
        announced = told["runs"][0]["content"].get("announced", [])
        assert [one["name"] for one in announced] == ([] if breached else ["lamps"])
        buying.city.clock.now = contract["created"]


def test_a_service_that_is_away_is_unreachable_and_a_breach_only_after_the_patience(buying: Buying) -> None:
    contract = buying.contract()
    buying.test(contract)
    buying.service.control = None
    buying.later(30)
    told = buying.story(contract)
    assert (told["standing"], told["breaches"]) == ("not reached", [])
    assert told["unreachableSince"][:10] == "2026-12-22"
    for _ in range(3):
        assert buying.later(1) == 1
    assert buying.story(contract)["breaches"] == []
    buying.later(1)
    (breach,) = buying.story(contract)["breaches"]
    assert (breach["content"]["what"], breach["content"]["since"][:10]) == ("unreachable", "2026-12-22")
    buying.later(1)
    assert len(buying.story(contract)["breaches"]) == 1
    buying.service.control = OgcCity()
    buying.later(1)
    told = buying.story(contract)
    assert (told["standing"], told["unreachableSince"]) == ("accepted", None)
    assert "ended" in told["breaches"][0]["content"]


def test_a_server_that_only_fails_is_not_reached(buying: Buying) -> None:
    contract = buying.contract()
    buying.test(contract)
    buying.service.control = lambda _: answer(503, "busy", "text/plain")
    buying.later(30)
    assert buying.story(contract)["runs"][0]["content"]["outcome"] == "unreachable"


@pytest.mark.parametrize(("control", "standing"), [(n1_hello, "in breach"), (n15_key_required, "accepted")])
def test_an_interface_that_is_not_there_any_more_is_gone_and_one_that_is_closed_is_open(
    buying: Buying, control: Any, standing: str
) -> None:
    contract = buying.contract()
    buying.test(contract)
    buying.service.control = control
    buying.later(30)
    told = buying.story(contract)
    assert told["standing"] == standing
    if standing == "accepted":
        assert told["runs"][0]["content"]["outcome"] == "open"
    else:
        changes = [one for breach in told["breaches"] for one in breach["content"].get("changes", [])]
        assert "interface" in [one["where"] for one in changes]


def test_identifiers_are_judged_by_the_buyers_own_earlier_visit(buying: Buying) -> None:
    contract = buying.contract(buying.clauses("0.C1.R1.1,1.C1.R1.5"))
    ran = buying.test(contract)
    assert ran["content"]["outcome"] == "open"
    buying.city.post(
        f"/acceptances/{name_of(ran)}/decide",
        {"requirement": "1.C1.R1.5", "reason": "Judged at the first review"},
    )
    buying.later(30)
    verdicts = buying.story(contract)["runs"][0]["content"]["verdicts"]
    assert {one["requirement"]: one["outcome"] for one in verdicts}["1.C1.R1.5"] == "PASS"


def test_a_run_that_a_restart_interrupts_is_done_afterwards(buying: Buying) -> None:
    contract = buying.contract()
    begun = buying.city.post(f"/contracts/{name_of(contract)}/run", {})
    again = buying.city.post(f"/contracts/{name_of(contract)}/run", {})
    assert (again.status, "under way" in again.json["detail"]) == (409, True)
    assert buying.run(under_way(buying.city.network)) == [begun.json["id"]]
    fresh = buying_of(buying.city.network.store, buying.run)
    assert fresh.run(review_due(fresh.buyer)) == 1
    assert fresh.story(contract)["standing"] == "accepted"


def test_a_service_that_hangs_keeps_no_other_waiting_and_no_node_that_ends(buying: Buying) -> None:
    hanging, others = buying.contract(), [buying.contract() for _ in range(2)]
    buyer, stop, hung = buying.buyer, asyncio.Event(), asyncio.Event()
    right = buyer.open_fetch

    async def hang(*_: object) -> Any:
        hung.set()
        await asyncio.Event().wait()

    @asynccontextmanager
    async def way_out() -> Any:
        if not hung.is_set():
            yield hang
            return
        async with right() as fetch:
            yield fetch

    async def keep() -> None:
        buyer.open_fetch = way_out
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_reviewing(buyer, stop))
            for contract in (hanging, *others):
                await begin(buyer.network, contract["id"], "", LOCAL)
                buyer.wake()
                await hung.wait()
            while len(await under_way(buyer.network)) > 1:
                await asyncio.sleep(0.01)
            stop.set()

    buying.run(keep())
    assert [buying.story(each)["standing"] for each in others] == ["accepted", "accepted"]
    assert buying.story(hanging)["running"]
    buyer.open_fetch = right
    assert buying.run(review_due(buyer)) == 1
    assert buying.story(hanging)["standing"] == "accepted"


def test_a_run_by_rules_that_are_not_here_is_interrupted_and_no_breach(buying: Buying) -> None:
    clauses = buying.clauses()
    eased = {**clauses["binds"], "register_version": "0"}
    text = json.dumps(eased, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    other = {**clauses, "binds": eased, "id": f"sha256:{hashlib.sha256(text).hexdigest()}"}
    contract = buying.contract(other)
    ran = buying.test(contract)["content"]
    assert ran["outcome"] == "interrupted"
    assert "binds rules 0" in ran["why"]
    assert buying.story(contract)["standing"] == "not accepted: interrupted"


def test_a_review_needs_what_was_accepted_with_the_same_clauses(buying: Buying) -> None:
    contract = buying.contract()
    path = f"/contracts/{name_of(contract)}"
    refused = buying.city.post(f"{path}/run", {"purpose": "review"})
    assert (refused.status, "accepted yet" in refused.json["detail"]) == (409, True)
    buying.test(contract)
    more = buying.clauses(f"{NAMES},1.C1.R1.2")
    assert buying.city.patch(path, {"clauses": more}).status == 200
    refused = buying.city.post(f"{path}/run", {"purpose": "review"})
    assert (refused.status, "accept anew" in refused.json["detail"]) == (409, True)
    assert buying.test(contract, "acceptance")["content"]["outcome"] == "passed"


def test_what_belongs_to_a_published_contract_is_published(buying: Buying) -> None:
    contract = buying.contract(publish=True)
    ran = buying.test(contract)
    buying.service.control = OgcCity(sets={"stations": stations()})
    buying.later(30)
    outside = buying.city.acting("anybody")
    told = outside.get(f"/contracts/{name_of(contract)}/story").json
    assert [one["state"] for one in (*told["runs"], *told["breaches"])] == ["published"] * 3
    assert outside.get(f"/acceptances/{name_of(ran)}/evidence").status == 200
    hidden = buying.contract()
    assert outside.get(f"/contracts/{name_of(hidden)}/story").status == 404


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"ends": "2026-10-01"}, "before it begins"),
        ({"endpoint": f"{HOST}/ogc?key=s3cret"}, "carries a secret, 'key'"),
        ({"endpoint": "file:///etc/passwd"}, "'endpoint'"),
        (
            {
                "clauses": {
                    "format": "beffroi-clauses/1",
                    "id": "sha256:" + "0" * 64,
                    "binds": {"requirements": []},
                }
            },
            "was changed",
        ),
        ({"clauses": {"format": "x"}}, "'clauses'"),
        ({"reviewDays": 0}, "'reviewDays'"),
        ({"notices": [{"said": "soon", "from": "2026-01-01", "what": "x", "names": []}]}, "'notices"),
    ],
)
def test_a_contract_that_is_not_right_is_refused_with_a_sentence(
    buying: Buying, members: dict[str, Any], said: str
) -> None:
    got = buying.city.post("/contracts", {**contract_of(buying.clauses()), **members})
    assert got.status == 400
    assert said in got.json["detail"]
    assert buying.city.get("/contracts").json["total"] == 0


def test_evidence_that_nothing_rests_on_is_not_kept_for_ever(buying: Buying) -> None:
    contract = buying.contract(reviewDays=1)
    first = buying.test(contract)
    runs = []
    for _ in range(24):
        buying.later(1)
        runs.append(buying.story(contract)["runs"][0])
    assert buying.city.get(f"/acceptances/{name_of(first)}/evidence").status == 200
    kept = [buying.city.get(f"/acceptances/{name_of(one)}/evidence").status for one in runs]
    assert kept == [404] * 5 + [200] * 19


def test_the_clauses_come_in_three_forms(buying: Buying) -> None:
    for form, media in (("html", "text/html"), ("docx", "officedocument"), ("json", "application/json")):
        got = buying.city.get("/clauses", f"requirement=MIM1&format={form}&lang=fr")
        assert (got.status, media in got.headers["content-type"]) == (200, True)
    for query, said in (
        ("requirement=MIM12", "near to it"),
        ("", "No requirement is chosen"),
        ("requirement=MIM1&format=pdf", "no format 'pdf'"),
        ("requirement=MIM1&lang=nl", "no language 'nl'"),
    ):
        got = buying.city.get("/clauses", query)
        assert (got.status, said in got.json["detail"]) == (400, True)


def test_packs_are_compared_over_the_interface(buying: Buying) -> None:
    contract = buying.contract()
    ran = buying.test(contract)
    evidence = buying.city.get(f"/acceptances/{name_of(ran)}/evidence").json
    body = {"evidence": evidence, "clauses": buying.clauses(), "url": f"{HOST}/ogc", "again": True}
    same = buying.city.post("/pack-comparisons", body).json
    assert (same["result"], same["fulfilled"]) == ("holds", True)
    buying.service.control = n3_lies()
    other = buying.city.post("/pack-comparisons", body).json
    assert other["result"] == "differs"
    assert {row["requirement"] for row in other["rows"] if row["differs"]} == {"0.C2.R2.1", "7.C1.R1.1"}
    for wrong in (
        {},
        {"evidence": 1, "clauses": {}},
        {**body, "again": "yes"},
        {**body, "evidence": {"format": "x"}},
    ):
        assert buying.city.post("/pack-comparisons", wrong).status == 400


def test_a_check_is_repeated_some_times_in_some_minutes(buying: Buying) -> None:
    ran = buying.test(buying.contract())
    evidence = buying.city.get(f"/acceptances/{name_of(ran)}/evidence").json
    body = {"evidence": evidence, "clauses": buying.clauses(), "url": f"{HOST}/ogc", "again": True}
    assert [buying.city.post("/pack-comparisons", body).status for _ in range(6)] == [200] * 5 + [429]
    refused = buying.city.post("/pack-comparisons", body)
    assert (refused.headers["retry-after"], "repeated 5 times" in refused.json["detail"]) == ("600", True)
    assert buying.city.post("/pack-comparisons", {**body, "again": False}).status == 200
    buying.city.clock.now = plus_seconds(buying.city.clock.now, 601)
    assert buying.city.post("/pack-comparisons", body).status == 200


def test_a_contract_that_ended_or_was_withdrawn_is_not_reviewed_any_more(buying: Buying) -> None:
    ending = buying.contract(ends="2026-12-10")
    buying.test(ending)
    assert buying.story(ending)["due"] is None
    contract = buying.contract()
    buying.test(contract)
    path = f"/contracts/{name_of(contract)}"
    assert buying.city.post(f"{path}/withdraw", {"reason": "Given up (simulated)"}).status == 200
    assert buying.later(30) == 0
    assert buying.story(contract)["due"] is None
    refused = buying.city.post(f"{path}/run", {})
    assert (refused.status, "was withdrawn" in refused.json["detail"]) == (409, True)


def test_an_unreachable_service_is_asked_each_day_until_the_contract_ends(buying: Buying) -> None:
    contract = buying.contract(reviewDays=10, ends="2026-12-05")
    buying.test(contract)
    buying.service.control = None
    buying.later(10)
    days = sum(buying.later(1) for _ in range(10))
    assert days == 3
    assert buying.story(contract)["due"] is None


def test_a_followed_contract_stands_where_its_own_node_says(buying: Buying) -> None:
    """Its documents stand here as the other node published them; this node has no course of it."""
    far = "did:web:far.example"
    contract = {"id": f"{far}/contracts/1", "origin": far, "published": "2026-11-01T00:00:00Z"}
    run = {"id": f"{far}/acceptances/1", "origin": far, "published": "2026-11-02T00:00:00Z"}
    breach = {"id": f"{far}/breaches/1", "origin": far, "published": "2026-11-03T00:00:00Z"}
    of = {"contract": contract["id"]}

    def keep(kind: str, document: dict[str, Any], **content: Any) -> None:
        body = document_of({**document, "kind": kind, "state": "published", "content": content})
        change = Change(Key("", f"net:{kind}", document["id"]), body)
        buying.run(buying.city.network.store.transact([], lambda _: Commit((change,))))

    def standing() -> Any:
        return buying.city.get(f"/contracts/{segment(contract['id'])}/story").json["standing"]

    keep("contract", contract, title="Far (simulated)")
    assert standing() == "not tried"
    ran: Any = {"clauses": f"sha256:{'0' * 64}", "endpoint": f"{HOST}/ogc", "outcome": "passed"}
    keep("acceptance", run, **of, **ran, purpose="acceptance")
    assert standing() == "accepted"
    found: Any = {"what": "interface", "on": "2026-11-03T00:00:00Z", "run": run["id"], "before": run["id"]}
    keep("breach", breach, **of, **found)
    assert standing() == "in breach"
    refused = buying.city.post(f"/contracts/{segment(contract['id'])}/run", {})
    assert (refused.status, far in refused.json["detail"]) == (403, True)


def test_what_another_node_says_of_a_contract_does_not_stand_in_its_story(buying: Buying) -> None:
    contract, foreign = buying.contract(publish=True), "did:web:other.example"
    id, at = ACCEPTANCE.id_of(foreign, "1"), buying.city.clock.now
    content: Any = {
        "contract": contract["id"],
        "purpose": "acceptance",
        "clauses": contract["content"]["clauses"]["id"],
        "endpoint": contract["content"]["endpoint"],
        "outcome": "failed",
        "at": at,
    }
    said = {**draft(ACCEPTANCE, id, foreign, content, "", at), "state": "published", "published": at}
    change = Change(ACCEPTANCE.key(id), document_of(said))
    buying.run(buying.city.network.store.transact([], lambda _: Commit((change,))))
    assert buying.story(contract)["runs"] == []


@pytest.mark.parametrize("binds", [{}, {"requirements": [1]}, {"requirements": [{"id": None}]}])
def test_a_contract_whose_clauses_cannot_be_shown_is_refused(buying: Buying, binds: Any) -> None:
    text = json.dumps(binds, separators=(",", ":"), sort_keys=True)
    clauses = {
        "format": "beffroi-clauses/1",
        "id": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}",
        "binds": binds,
    }
    got = buying.city.post("/contracts", contract_of(clauses))
    assert (got.status, "'clauses.binds" in got.json["detail"]) == (400, True)
