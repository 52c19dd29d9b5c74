"""Calls over their interface, on every engine: who may do what, what is sealed, and races."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.network.operations.calls import applications as applying
from beffroi.network.operations.calls import jury
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.rules.calls.award import Decision
from beffroi.network.rules.kind import ROOT
from beffroi.network.rules.kinds import KINDS
from beffroi.store.port import Find, Store
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.got import Got
from tests.network.calls.calls import AFTER, APPLICATION, CALL, DURING, LATER
from tests.network.city import City, city_of, name_of, segment
from tests.network.needs.labelled import MEASURED_ON
from tests.network.test_documents import entries

BEFORE = Instant("2026-12-20T10:00:00.000000Z")
ALONE = {**CALL, "needs": []}
NEED = MEASURED_ON[0].content


@pytest.fixture
def city(store: Store, run: Run) -> City:
    city = city_of(store, run)
    city.clock.now = BEFORE
    return city.acting("cora", "read", "steer", "coordinate")


def firm(city: City, name: str = "parkwise") -> City:
    return city.acting(name, "trade", party=f"urn:party:{name}")


def juror(city: City, name: str = "ana") -> City:
    return city.acting(name, "read", "judge")


def opened(city: City, content: dict[str, Any] = ALONE) -> str:
    made = city.post("/calls", content)
    assert made.status == 201, made.text
    path = f"/calls/{name_of(made.json)}"
    done = city.post(f"{path}/open")
    assert done.status == 200, done.text
    city.clock.now = DURING
    return path


def seat(city: City, path: str, *names: str) -> None:
    """Invite these jurors, who accept."""
    assert city.send("PUT", f"{path}/jury", {"jurors": list(names)}).status == 200
    for name in names:
        assert juror(city, name).post(f"{path}/jury/accept").status == 200


def evaluated(
    city: City, firms: tuple[str, ...] = ("parkwise", "otherpark"), jurors: tuple[str, ...] = ("ana", "bob")
) -> tuple[str, list[str]]:
    """An evaluated call and the last segments of the applications' ids."""
    path = opened(city)
    ids = []
    for name in firms:
        got = firm(city, name).post(f"{path}/applications", {**APPLICATION, "firm": name})
        assert got.status == 201, got.text
        ids.append(name_of(got.json))
    seat(city, path, *jurors)
    city.clock.now = AFTER
    assert city.post(f"{path}/evaluate").status == 200
    return path, ids


class Checker:
    """A checker that remembers whether it was to run a check; the rules of the call are its own."""

    def __init__(self) -> None:
        self.ran: list[bool] = []

    async def clauses(self, names: list[str], applies: list[str], form: str, lang: str) -> tuple[str, bytes]:
        rules = CALL["requirements"]["rules"]
        return "application/json", json.dumps({"binds": {"register_version": rules}}).encode()

    async def compare(self, evidence: bytes, clauses: bytes, url: str, *, again: bool) -> JsonObject:
        self.ran.append(again)
        return {"result": "holds"}

    def wake(self) -> None:
        """No run waits here."""


def test_reading_a_comparison_runs_no_check(city: City) -> None:
    checker, table = Checker(), Table()
    network = replace(city.network, buying=checker)
    table.mount(ROOT, NETWORK_ROUTES, network, problem_response)
    city = replace(city, network=network, table=table)
    path = opened(city)
    applied = firm(city).post(f"{path}/applications", APPLICATION)
    assert firm(city).send("PUT", f"{path}/applications/mine/pack", {"format": "x"}).status == 200
    city.clock.now = AFTER
    one = f"{path}/applications/{name_of(applied.json)}/comparison"
    assert city.get(one).status == 200
    assert city.get(one, "again=true").status == 400
    assert checker.ran == [False]
    assert firm(city).post(one).status == 403
    assert city.post(one).status == 200
    assert checker.ran == [False, True]


def points(number: object) -> dict[str, Any]:
    return {
        "scores": {
            name: {"points": number, "reason": "A simulated reason."} for name in ("quality", "price", "open")
        }
    }


def judged(city: City, path: str, id: str, name: str, number: object) -> None:
    assert juror(city, name).post(f"{path}/applications/{id}/declaration", {"conflict": False}).status == 200
    got = juror(city, name).post(f"{path}/applications/{id}/scores", points(number))
    assert got.status == 200, got.text


def scored(city: City) -> tuple[str, list[str]]:
    path, ids = evaluated(city)
    for id, number in zip(ids, (8, 6), strict=True):
        for name in ("ana", "bob"):
            judged(city, path, id, name, number)
    return path, ids


def refused(got: Got, status: int, sentence: str) -> None:
    assert (got.status, got.json["detail"]) == (status, got.json["detail"]), got.text
    assert got.status == status, got.text
    assert sentence in got.json["detail"], got.text


def test_a_call_walks_from_draft_to_award(city: City) -> None:
    path, (first, _) = scored(city)
    assert city.get(f"{path}/ranking").json["ranking"][0]["total"] == "80.00"
    city.clock.now = LATER
    award = city.post(f"{path}/award", {"application": first, "reasons": "Best in all criteria."})
    assert award.status == 201, award.text
    everybody = city.acting("anybody")
    assert (
        everybody.get(award.headers["location"].partition("/network/v1")[2]).json["content"]["winner"]["firm"]
        == "parkwise"
    )
    call = everybody.get(path).json
    assert call["content"]["stage"] == "awarded"
    assert [row["step"] for row in call["content"]["steps"]] == ["opened", "closed", "evaluating", "awarded"]
    kinds = [(entry["kind"], entry["version"]) for entry in entries(city)]
    assert kinds == [("call", 2), ("call", 3), ("call", 4), ("award", 1)]
    versions = everybody.get(f"{path}/versions").json["versions"]
    assert [row["version"] for row in versions] == [2, 3, 4]
    assert "by" not in str(versions[-1].keys())


def test_a_draft_is_not_seen_and_an_open_call_is(city: City) -> None:
    path = f"/calls/{name_of(city.post('/calls', ALONE).json)}"
    refused(city.acting("anybody").get(path), 404, "There is no call")
    city.post(f"{path}/open")
    assert city.acting("anybody").get(path).status == 200


@pytest.mark.parametrize(
    ("rights", "method", "tail", "body"),
    [
        (("read", "steer"), "POST", "/open", None),
        (("read", "judge"), "POST", "/award", {"application": "x", "reasons": "x"}),
        (("trade",), "POST", "/cancel", {"reason": "x"}),
        (("read", "coordinate"), "POST", "/applications", APPLICATION),
        (("trade",), "PUT", "/jury", {"jurors": ["eve"]}),
        (("read", "coordinate"), "POST", "/applications/x/scores", points(9)),
        ((), "GET", "/applications", None),
    ],
)
def test_nobody_acts_without_the_right(
    city: City, rights: tuple[str, ...], method: str, tail: str, body: object
) -> None:
    path = opened(city)
    got = city.acting("somebody", *rights).send(method, path + tail, body)
    assert got.status in {401, 403}, got.text
    assert city.get(path).json["content"]["stage"] == "open"


def test_sealed_applications_are_read_by_the_firm_alone_until_the_close(city: City) -> None:
    path = opened(city)
    id = name_of(firm(city).post(f"{path}/applications", APPLICATION).json)
    seat(city, path, "ana")
    for who in (city, juror(city), city.acting("boss", "read", "write", "operate")):
        for tail in ("/applications", f"/applications/{id}", f"/applications/{id}/pack"):
            refused(who.get(path + tail), 409, "sealed until the call closes")
    assert firm(city).get(f"{path}/applications/mine").json["content"] == APPLICATION
    refused(firm(city, "rival").get(f"{path}/applications/mine"), 404, "no application")
    assert city.acting("anybody").get(f"{path}/application-count").json["count"] == 1
    city.clock.now = AFTER
    assert juror(city).get(f"{path}/applications").json["applications"][0]["content"] == APPLICATION
    refused(
        juror(city, "eve").get(f"{path}/applications"), 403, "by the call's jury and by coordinators only"
    )


def test_a_call_that_is_cancelled_before_its_close_leaves_its_applications_sealed(city: City) -> None:
    path = opened(city)
    firm(city).post(f"{path}/applications", APPLICATION)
    assert city.post(f"{path}/cancel", {"reason": "No money."}).status == 200
    (told,) = firm(city).get(f"{path}/applications/mine").json["notices"]
    assert (told["what"], told["reason"]) == ("cancelled", "No money.")
    refused(
        firm(city, "otherpark").post(f"{path}/applications", APPLICATION), 409, "was cancelled: No money."
    )
    city.clock.now = LATER
    refused(city.get(f"{path}/applications"), 409, "sealed until the call closes")
    assert city.acting("anybody").get("/calls", "stage=cancelled").json["total"] == 1
    assert city.acting("anybody").get("/calls", "stage=open").json["total"] == 0


def test_the_applications_of_a_call_that_is_cancelled_after_its_close_can_be_read(city: City) -> None:
    path, ids = evaluated(city)
    city.post(f"{path}/cancel", {"reason": "None fits."})
    assert len(city.get(f"{path}/applications").json["applications"]) == len(ids)


def test_an_application_is_idempotent_replaced_withdrawn_and_late(city: City) -> None:
    path = opened(city)
    parkwise = firm(city)
    first = parkwise.post(f"{path}/applications", APPLICATION)
    again = parkwise.post(f"{path}/applications", APPLICATION)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    other = {**APPLICATION, "summary": "Better."}
    refused(parkwise.post(f"{path}/applications", other), 409, f"applied already at {DURING}")
    assert len(parkwise.send("PUT", f"{path}/applications/mine", other).json["receipts"]) == 2
    assert parkwise.send("DELETE", f"{path}/applications/mine").json["state"] == "withdrawn"
    assert city.get(f"{path}/application-count").json["count"] == 0
    assert name_of(parkwise.post(f"{path}/applications", APPLICATION).json) == name_of(first.json)
    city.clock.now = AFTER
    for method, tail, body in (
        ("POST", "", APPLICATION),
        ("PUT", "/mine", other),
        ("DELETE", "/mine", None),
        ("PUT", "/mine/pack", {"format": "x"}),
    ):
        refused(
            parkwise.send(method, f"{path}/applications{tail}", body),
            409,
            f"closed at {AFTER}; this came at {AFTER} and is too late",
        )
    assert firm(city).get(f"{path}/applications/mine").json["content"] == APPLICATION


def test_an_account_without_a_firm_does_not_apply(city: City) -> None:
    path = opened(city)
    refused(city.acting("local", "write").post(f"{path}/applications", APPLICATION), 403, "acts for no firm")


def test_a_self_check_stays_as_it_came(city: City) -> None:
    path = opened(city)
    firm(city).post(f"{path}/applications", APPLICATION)
    pack = {"format": "beffroi-check/1", "url": "https://parkwise.example"}
    assert len(firm(city).send("PUT", f"{path}/applications/mine/pack", pack).json["receipts"]) == 2
    own = firm(city).get(f"{path}/applications/mine").json
    assert own["pack"]["size"] == len(json.dumps(pack))
    city.clock.now = AFTER
    got = city.get(f"{path}/applications/{name_of(own)}/pack")
    assert got.text == json.dumps(pack).encode()


def test_a_moved_deadline_is_told_to_every_applicant(city: City) -> None:
    path = opened(city)
    for name in ("parkwise", "otherpark"):
        firm(city, name).post(f"{path}/applications", APPLICATION)
    later = {**CALL["calendar"], "closes": "2027-03-15T12:00:00+01:00"}
    earlier = {**CALL["calendar"], "closes": "2027-02-15T12:00:00+01:00"}
    refused(city.post(f"{path}/prolong", {"calendar": earlier, "reason": "x"}), 400, "moves only to later")
    assert city.post(f"{path}/prolong", {"calendar": later, "reason": "A holiday."}).status == 200
    for name in ("parkwise", "otherpark"):
        (told,) = firm(city, name).get(f"{path}/applications/mine").json["notices"]
        assert (told["what"], told["reason"], told["calendar"]["closes"]) == (
            "prolonged",
            "A holiday.",
            later["closes"],
        )
    call = city.acting("anybody").get(path).json
    assert call["correction"] == "A holiday."
    city.clock.now = AFTER
    assert firm(city, "third").post(f"{path}/applications", APPLICATION).status == 201


def test_jurors_act_within_the_rules(city: City) -> None:
    path, (first, second) = evaluated(city)
    ana = juror(city)
    refused(ana.post(f"{path}/applications/{first}/scores", points(9)), 409, "Declare first")
    refused(
        juror(city, "eve").post(f"{path}/applications/{first}/declaration", {"conflict": False}),
        403,
        "'eve' is not in the jury",
    )
    assert (
        ana.post(
            f"{path}/applications/{first}/declaration", {"conflict": True, "reason": "My brother."}
        ).status
        == 200
    )
    refused(
        ana.post(f"{path}/applications/{first}/scores", points(9)), 403, "conflict of interest was declared"
    )
    refused(ana.get(f"{path}/applications/{first}"), 404, "no application")
    judged(city, path, second, "ana", 7)
    refused(ana.post(f"{path}/applications/{second}/scores", points(9)), 409, "scored at")
    assert ana.get(f"{path}/applications/{second}/scores").json["scores"]["price"]["points"] == 7
    refused(ana.get(f"{path}/ranking"), 403, "scores alone")
    refused(
        ana.post(f"{path}/applications/none/declaration", {"conflict": False}), 404, "no application 'did:web"
    )
    ranking = city.get(f"{path}/ranking").json["ranking"]
    assert {row["application"].rpartition("/")[2]: row["conflicts"] for row in ranking} == {
        first: ["ana"],
        second: [],
    }
    refused(city.post(f"{path}/award", {"application": second, "reasons": "x"}), 409, "points are missing")
    assert city.post(f"{path}/jury/excuse", {"juror": "bob", "reason": "Ill."}).status == 200
    refused(city.post(f"{path}/award", {"application": second, "reasons": "x"}), 409, "scored by nobody")
    assert city.send("PUT", f"{path}/jury", {"jurors": ["ana", "bob", "cyd"]}).status == 200
    refused(
        juror(city, "cyd").get(f"{path}/applications"), 403, "by the call's jury and by coordinators only"
    )
    assert juror(city, "cyd").post(f"{path}/jury/accept").json["answers"]["cyd"]["accepts"] is True
    judged(city, path, first, "cyd", 5)
    judged(city, path, second, "cyd", 5)
    assert city.post(f"{path}/award", {"application": second, "reasons": "Better."}).status == 201
    refused(
        juror(city, "cyd").post(f"{path}/applications/{first}/scores", points(9)), 409, "The call is awarded"
    )
    assert juror(city, "cyd").get(f"{path}/ranking").status == 200


def test_an_account_that_got_the_name_of_a_juror_judges_nothing(city: City) -> None:
    path, (first, _) = evaluated(city)
    former = juror(city)
    actor = replace(former.actor, account="another account")
    again = replace(former, actor=actor)
    judged(city, path, first, "ana", 7)
    one = f"{path}/applications/{first}"
    for refusal in (
        again.get(f"{path}/jury"),
        again.get(f"{path}/applications"),
        again.get(f"{one}/scores"),
        again.post(f"{one}/scores", points(9)),
        again.post(f"{one}/declaration", {"conflict": True, "reason": "x"}),
        again.post(f"{path}/jury/accept"),
    ):
        assert refusal.status == 403, refusal.text
    assert former.get(f"{one}/scores").json["scores"]["price"]["points"] == 7


def test_a_juror_who_declines_does_not_keep_the_award_waiting(city: City) -> None:
    path = opened(city)
    one = name_of(firm(city).post(f"{path}/applications", APPLICATION).json)
    seat(city, path, "ana")
    city.send("PUT", f"{path}/jury", {"jurors": ["ana", "bob"]})
    assert juror(city, "bob").post(f"{path}/jury/decline", {"reason": "No time."}).status == 200
    refused(juror(city, "bob").get(f"{path}/jury"), 403, "not in the jury")
    city.clock.now = AFTER
    city.post(f"{path}/evaluate")
    judged(city, path, one, "ana", 8)
    assert city.post(f"{path}/award", {"application": one, "reasons": "Good."}).status == 201
    refused(juror(city).post(f"{path}/jury/accept"), 409, "does not change any more")


def test_two_coordinators_who_decide_at_once_make_one_decision(city: City) -> None:
    path, ids = scored(city)
    name = path.rpartition("/")[2]

    async def both() -> list[Any]:
        acts = [
            jury.decide(
                city.network,
                name,
                Decision(id, f"Reason of {who}.", "It fits better."),
                city.acting(who, "coordinate").actor,
            )
            for who, id in zip(("cora", "carl"), ids, strict=True)
        ]
        return await asyncio.gather(*acts, return_exceptions=True)

    done = city.run(both())
    (problem,) = [each for each in done if isinstance(each, Exception)]
    (award,) = [each for each in done if not isinstance(each, Exception)]
    assert f"awarded at {AFTER} to {award['content']['winner']['firm']} already" in str(problem)
    assert len(city.get("/awards").json["documents"]) == 1
    assert city.get(path).json["content"]["award"] == award["id"]
    assert [row["step"] for row in city.get(path).json["content"]["steps"]].count("awarded") == 1


def test_a_juror_who_scores_twice_at_once_is_heard_once(city: City) -> None:
    path, (first, _) = evaluated(city)
    name, ana = path.rpartition("/")[2], juror(city).actor
    juror(city).post(f"{path}/applications/{first}/declaration", {"conflict": False})

    async def both() -> list[Any]:
        acts = [jury.score(city.network, name, first, points(number), ana) for number in (3, 9)]
        return await asyncio.gather(*acts, return_exceptions=True)

    done = city.run(both())
    (problem,) = [each for each in done if isinstance(each, Exception)]
    (kept,) = [each for each in done if not isinstance(each, Exception)]
    assert f"scored at {AFTER} already" in str(problem)
    got = juror(city).get(f"{path}/applications/{first}/scores").json
    assert got["scores"] == kept["scores"]


def test_many_firms_that_apply_at_once_are_all_kept(city: City) -> None:
    path = opened(city)
    name = path.rpartition("/")[2]

    async def all_of_them() -> list[JsonObject]:
        acts = [
            applying.apply(city.network, name, APPLICATION, firm(city, f"firm{n % 30}").actor)
            for n in range(60)
        ]
        return await asyncio.gather(*acts)

    receipts: Any = city.run(all_of_them())
    assert len({receipt["id"] for receipt in receipts}) == 30
    assert city.get(f"{path}/application-count").json["count"] == 30


def test_a_joint_call_needs_two_cities(city: City) -> None:
    need = city.publish("needs", NEED)
    path = f"/needs/{name_of(need)}"
    refused(city.post(f"{path}/call"), 409, "shared by 1 city; a joint call is for two or more")
    heard(city, "did:web:b.example", need["id"])
    (shared,) = city.acting("anybody").get("/shared-needs").json["shared"]
    assert shared["cities"] == [need["origin"], "did:web:b.example"]
    made = city.post(f"{path}/call")
    assert made.status == 201, made.text
    call = made.json["content"]
    assert [each["id"] for each in call["cities"]] == shared["cities"]
    assert (call["needs"], call["stage"]) == ([need["id"]], "draft")
    path = f"/calls/{name_of(made.json)}"
    rest = {name: CALL[name] for name in ("criteria", "calendar", "budget", "eligibility", "requirements")}
    stranger = {"id": "did:web:c.example", "name": "C"}
    city.patch(path, {**rest, "cities": [*call["cities"], stranger]})
    refused(city.post(f"{path}/open"), 400, "did:web:c.example has not said")
    city.patch(path, {"cities": call["cities"]})
    assert city.post(f"{path}/open").status == 200


def heard(city: City, origin: str, need: str) -> None:
    """An interest of another node, as following brings it."""
    kind = KINDS["interest"]
    id = f"{origin}/interests/1"
    document: JsonObject = {
        "id": id, "kind": "interest", "origin": origin, "version": 1, "created": BEFORE, "changed": BEFORE,
        "state": "published", "published": BEFORE, "previous": "", "content": {"need": need, "language": "en"},
    }  # fmt: skip
    change = Change(kind.key(id), document_of(document))
    city.run(city.network.store.transact([], lambda _: Commit((change,))))


def test_similar_needs_come_with_their_reasons(city: City) -> None:
    ids = {need.content["title"]: city.publish("needs", need.content)["id"] for need in MEASURED_ON}
    asked = ids["Quels toits pour le solaire ?"]
    found = city.acting("anybody").get(f"/needs/{segment(asked)}/similar").json["similar"]
    assert found[0]["need"]["content"]["title"] == "Which roofs suit solar panels"
    assert "solar" in found[0]["reason"]["en"]
    assert sum(found[0]["parts"].values()) == found[0]["points"]


def test_a_clone_is_a_draft_without_the_first_city(city: City) -> None:
    path = opened(city)
    firm(city).post(f"{path}/applications", {**APPLICATION, "firm": "Parkwise"})
    city.send("PUT", f"{path}/jury", {"jurors": ["Ana Lopes"]})
    reason = "reason=Clearer"
    assert city.patch(path, {"challenge": "Parkwise und Ana Lopes in Bourgneuf."}, reason).status == 200
    city.clock.now = AFTER
    made = city.post(f"{path}/clone")
    assert made.status == 201, made.text
    clone = made.json["content"]
    assert clone["challenge"] == "[ville] und [ville] in [ville]."
    assert clone["clonedFrom"]["call"] == city.get(path).json["id"]
    assert (clone["stage"], made.json["state"]) == ("draft", "draft")
    refused(city.post(f"/calls/{name_of(made.json)}/open"), 400, "no cities, no calendar, no budget")


def test_a_refusal_changes_nothing(city: City) -> None:
    path = opened(city)
    before = everything(city)
    for method, tail, body in (
        ("POST", "/applications", {**APPLICATION, "answers": {}}),
        ("POST", "/cancel", {"reason": " "}),
        ("POST", "/close", None),
        ("POST", "/award", {"application": "x", "reasons": "x"}),
        ("PATCH", "", {"budget": None}),
        ("POST", "/prolong", {"calendar": {}, "reason": "x"}),
        ("PUT", "/jury", {"jurors": []}),
    ):
        who = firm(city) if tail == "/applications" else city
        assert who.send(method, path + tail, body).status in {400, 409}, (method, tail)
    assert everything(city) == before


def everything(city: City) -> list[tuple[Key, bytes]]:
    kinds = (
        "net:call",
        "net:version",
        "net:application",
        "net:applicants",
        "net:jury",
        "net:award",
        "net:call-notice",
    )
    return [
        (record.key, record.document)
        for kind in kinds
        for record in city.run(city.network.store.find(Find("", kind, limit=None))).records
    ]


def test_a_clone_of_an_open_call_does_not_tell_who_has_applied(city: City) -> None:
    path = opened(city, {**ALONE, "contract": "As Parkwise (simulated) and Otherpark would do it."})
    assert firm(city).post(f"{path}/applications", APPLICATION).status == 201
    assert "Parkwise" in city.post(f"{path}/clone").json["content"]["contract"]
    city.clock.now = AFTER
    assert "Parkwise" not in city.post(f"{path}/clone").json["content"]["contract"]
