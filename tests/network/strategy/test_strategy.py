"""A strategy is imported once, shows where each action stands, and keeps what it said before."""

from typing import Any

import pytest

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.network.operations.strategy import MOST_READINGS
from beffroi.network.rules.strategy.kinds import READING
from beffroi.store.port import Store
from tests.conftest import Run
from tests.got import Got
from tests.network.city import DID, City, city_of, name_of, segment

TABLE = """Engagement;N°;Action;Statut;Début;Échéance;Motif;Indicateur;Unité;Départ;Cible;Valeur;Date
Ouvrir;1;Publier les vélos;fait;2026-01-01;2026-03-01;;Jeux publiés;C62;0;40;10;2026-02-01
Ouvrir;1;Publier l'air;en cours;2026-01-01;2026-06-30;;;;;;;
Économiser;2;Éteindre la nuit;arrêté;2026-01-01;2026-12-31;Trop d'accidents;;;;;;
Économiser;2;Panneaux;prévu;2027-01-01;;;;;;;;
Économiser;2;;;;;;Énergie;KWH;1000;800;950,5;2026-10-01
""".encode("cp1252")


@pytest.fixture
def city(store: Store, run: Run) -> City:
    return city_of(store, run)


def load(city: City, table: bytes = TABLE, query: str = "") -> Got:
    return city.send("POST", "/strategy/import", table, query, "text/csv")


def board(city: City) -> Any:
    return city.acting("anybody").get("/strategy").json


def test_a_table_becomes_pledges_actions_indicators_and_readings_that_everybody_sees(city: City) -> None:
    new = {"pledge": 2, "action": 4, "indicator": 2, "reading": 2}
    assert load(city).json == {"new": new, "changed": {}, "same": 0}
    shown = board(city)
    assert [each["pledge"]["content"]["title"] for each in shown["pledges"]] == ["Ouvrir", "Économiser"]
    standings = [[a["standing"] for a in each["actions"]] for each in shown["pledges"]]
    assert standings == [["done", "late"], ["stopped", "planned"]]
    assert shown["counts"] == {"planned": 1, "on its way": 0, "late": 1, "done": 1, "stopped": 1}
    assert shown["pledges"][0]["actions"][0]["indicators"][0]["progress"] == "0.2500"
    assert shown["pledges"][1]["indicators"][0]["progress"] == "0.2475"


def test_the_same_table_again_changes_nothing(city: City) -> None:
    load(city)
    before = city.get("/strategy").json
    assert load(city).json == {"new": {}, "changed": {}, "same": 10}
    assert city.get("/strategy").json == before


def test_a_changed_table_corrects_in_the_open_and_the_former_version_stays(city: City) -> None:
    load(city)
    assert load(city, TABLE.replace(b"en cours", b"fait")).json["changed"] == {"action": 1}
    changed = board(city)["pledges"][0]["actions"][1]["action"]
    assert changed["correction"] == "Line 3 of an imported table says so."
    versions = city.get(f"/actions/{name_of(changed)}/versions").json["versions"]
    assert [each["content"]["stage"] for each in versions] == ["running", "done"]


def test_a_new_value_is_a_new_reading_beside_the_old_one(city: City) -> None:
    load(city)
    load(city, TABLE.replace(b"950,5;2026-10-01", b"900;2026-11-01"))
    values = [each["value"] for each in board(city)["pledges"][1]["indicators"][0]["readings"]]
    assert values == ["950.5", "900"]


def test_a_dry_run_writes_nothing(city: City) -> None:
    assert load(city, query="dry=true").json["new"]["pledge"] == 2
    assert board(city)["pledges"] == []


def test_one_wrong_line_refuses_the_whole_table(city: City) -> None:
    got = load(city, TABLE.replace(b"2026-06-30", b"2026-06-31"))
    assert (got.status, "line 3" in got.json["detail"], "2026-06-31" in got.json["detail"]) == (
        400,
        True,
        True,
    )
    assert board(city)["pledges"] == []


def test_lines_that_contradict_each_other_are_refused_with_both(city: City) -> None:
    got = load(city, b"pledge;action;stage\nA;B;done\nA;b;running\n")
    assert got.status == 400
    assert "Line 3 says 'running' for 'stage' of the action 'b', and line 2 'done'." in got.json["detail"]


def test_an_action_that_ends_before_it_begins_is_refused(city: City) -> None:
    got = load(city, b"pledge;action;begins;ends\nA;B;2026-05-01;2026-04-01\n")
    assert "ends on 2026-04-01, before it begins on 2026-05-01" in got.json["detail"]


def test_an_action_that_is_late_was_on_its_way_before(city: City) -> None:
    load(city)
    city.clock.now = Instant("2026-06-30T12:00:00.000000Z")
    assert board(city)["pledges"][0]["actions"][1]["standing"] == "on its way"


def test_what_is_withdrawn_leaves_the_board_and_comes_back_with_a_table(city: City) -> None:
    load(city)
    action = board(city)["pledges"][0]["actions"][0]["action"]
    city.post(f"/actions/{name_of(action)}/withdraw", {"reason": "Not ours"})
    assert len(board(city)["pledges"][0]["actions"]) == 1
    assert load(city).json["new"] == {"action": 1, "indicator": 1, "reading": 1}


def test_a_board_reads_the_first_and_the_newest_readings_of_each_indicator(city: City) -> None:
    """However many there are: a node that is followed says how many."""
    load(city)
    (indicator, *_) = city.get("/indicators").json["documents"]
    kept = city.get("/readings", f"indicator={segment(indicator['id'])}").json["documents"]
    records = []
    for number in range(MOST_READINGS + 50):
        id = f"{DID}/readings/more-{number}"
        at = f"2027-01-01T00:{number // 60:02}:{number % 60:02}Z"
        content = {"indicator": indicator["id"], "value": str(number), "at": at, "source": {"how": "typed"}}
        document = {**kept[0], "id": id, "content": content}
        records.append(Change(READING.key(id), document_of(document)))
    city.run(city.network.store.transact([], lambda _: Commit(tuple(records))))
    measured = [
        each
        for promise in board(city)["pledges"]
        for each in (
            *promise["indicators"],
            *(one for deed in promise["actions"] for one in deed["indicators"]),
        )
        if each["indicator"]["id"] == indicator["id"]
    ]
    values = [reading["value"] for reading in measured[0]["readings"]]
    assert len(values) == MOST_READINGS + 1
    assert values[0] == kept[0]["content"]["value"]
    assert values[1:] == [str(number) for number in range(50, MOST_READINGS + 50)]


def test_only_a_table_is_imported(city: City) -> None:
    assert city.send("POST", "/strategy/import", TABLE, "", "application/pdf").status == 415
    assert load(city, query="language=de").status == 400


def test_a_stopped_action_says_why(city: City) -> None:
    pledge = city.publish("pledges", {"title": "Open", "language": "en"})
    action = {"pledge": pledge["id"], "title": "Act", "language": "en", "stage": "stopped"}
    assert "with a 'reason'" in city.post("/actions", action).json["detail"]
    assert city.post("/actions", {**action, "reason": "No money"}).status == 201
