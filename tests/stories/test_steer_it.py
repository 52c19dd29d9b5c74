"""Steer it: a strategy from a table, indicators computed from the city's data, an action stopped with the reason, the
board, comparison by opt-in, and a second node that sees it all with its origin, what is corrected and withdrawn
included; two nodes as processes on loopback, through portal, interface and command line (US5).
"""

import html
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from beffroi.network.rules.identity import did_of
from tests.network.test_nodes import wait_for
from tests.node.process import NodeProcess
from tests.stories.square import ENTITIES, Square, in_own_words, station
from tests.stories.test_steer_calls import Town, last, segment, submit

pytestmark = pytest.mark.slow

ROOT = "/network/v1"
HERE = "/fr/network/strategy"
TABLE = """Engagement;N°;Action;Statut;Début;Échéance;Motif;Pilote;Indicateur;Unité;Départ;Cible;Valeur;Date
Ouvrir les données (simulé);1;Publier les vélos;en cours;01/01/2026;31/12/2099;;Service données;Jeux publiés;C62;0;40;10;01/02/2026
Ouvrir les données (simulé);1;Publier l'air;en cours;01/01/2026;30/06/2026;;;;;;;;
Ouvrir les données (simulé);1;Publier les chantiers;fait;01/01/2026;30/06/2026;;;;;;;;
Économiser l'énergie (simulé);2;Éteindre la nuit;en cours;01/01/2026;31/12/2099;;;;;;;;
Économiser l'énergie (simulé);2;Ombrières;prévu;01/01/2099;;;;;;;;;
Accueillir (simulé);3;;;;;;;;;;;;
"""
QUICK = ("--follow-seconds", "0.3")


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Town]]:
    """A city with an officer, and a neighbour that asks for sign-in no more than it does."""
    folder = tmp_path_factory.mktemp("steering")
    with (
        NodeProcess(folder, str(folder / "one"), "--city", "Simville (simulated)", *QUICK) as one,
        NodeProcess(folder, str(folder / "two"), "--city", "Othertown (simulated)", *QUICK) as other,
    ):
        made = [Town(Square(node, Path(node.data)), did_of(node.origin)) for node in (one, other)]
        for town in made:
            town.square.enter("odile", "officer")
        yield made[0], made[1]


def page(town: Town, path: str) -> str:
    return html.unescape(town["odile"].page(path))


def titled(town: Town, kind: str, title: str, origin: str = "") -> Any:
    """The document of this title, None where it is not known."""
    found = town.get(f"/{kind}?limit=1000{f'&origin={segment(origin)}' if origin else ''}")["documents"]
    return next((each for each in found if each["content"]["title"] == title), None)


def stages(board: Any) -> dict[str, int]:
    return {standing: count for standing, count in board["counts"].items() if count}


def readings(town: Town, indicator: Any) -> list[Any]:
    found = town.get(f"/readings?indicator={segment(indicator['id'])}")["documents"]
    return sorted(found, key=lambda each: each["content"]["at"])


def test_a_strategy_is_imported_measured_stopped_compared_and_followed(
    towns: tuple[Town, Town], tmp_path: Path
) -> None:
    city, other = towns
    officer = city["odile"]

    # the table: tried and imported in the portal; the same file changes nothing on the other two ways
    tried = officer.send(HERE, officer.page(HERE), table=TABLE, language="fr", do="try")
    assert "10 documents" in html.unescape(tried.body.decode())
    assert city.get("/strategy")["pledges"] == []
    submit(officer, HERE, HERE, table=TABLE, language="fr", do="import")
    file = tmp_path / "strategie.csv"
    file.write_bytes(TABLE.encode("cp1252"))
    assert "10 stayed as it was" in city.command("strategy", "import", str(file)).replace("\n", " ")
    again = officer.ask(
        "POST", f"{ROOT}/strategy/import?dry=true", TABLE.encode(), **{"Content-Type": "text/csv"}
    )
    assert again.json == {"new": {}, "changed": {}, "same": 10}
    wrong = officer.ask(
        "POST", f"{ROOT}/strategy/import", b"pledge;stage\nA;gone\n;", **{"Content-Type": "text/csv"}
    )
    assert (wrong.status, "line 2: 'gone' is no stage" in wrong.json["detail"]) == (400, True)

    # the board, the same on the three ways: what should have ended is late by itself
    board = city.get("/strategy")
    assert stages(board) == {"planned": 1, "on its way": 2, "late": 1, "done": 1}
    assert "1 planned, 2 on its way, 1 late, 1 done" in city.command("strategy", "board")
    assert all(word in page(city, HERE) for word in ("en retard <b>1</b>", "en cours <b>2</b>"))

    # indicators computed from the city's data, each with its source and date
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number in range(3):
        body = station(number, 10 * number, now)
        assert city.node.call("POST", ENTITIES, body, in_own_words(city.node)).status == 201
    bikes = titled(city, "actions", "Publier les vélos")
    action = f"{HERE}/{last(bikes)}"
    measure = {"type": "BikeHireDockingStation", "q": "availableBikeNumber>5", "aggregate": "count"}
    fields = {f"measure.{name}": value for name, value in measure.items()}
    submit(officer, action, f"{HERE}/new/indicator", title="Stations", unit="C62", target="10", shows=bikes["id"], **fields)  # fmt: skip
    stations = titled(city, "indicators", "Stations")
    mean = officer.make(
        f"{ROOT}/indicators?publish=true",
        {"title": "Vélos libres", "language": "fr", "unit": "C62", "shows": bikes["content"]["pledge"],
         "measure": {"type": "BikeHireDockingStation", "attribute": "availableBikeNumber", "aggregate": "mean"}},
    )  # fmt: skip
    submit(officer, action, f"{action}/readings/{last(stations)}", do="measure")
    assert "10 at " in city.command("strategy", "measure", last(mean))
    assert officer.make(f"{ROOT}/indicators/{last(stations)}/measure", {})["content"]["value"] == "2"
    (first, _) = readings(city, stations)
    assert first["content"]["value"] == "2"
    assert first["content"]["source"] == {
        "how": "computed", "entities": 2,
        "query": f"count of {ENTITIES}?type=BikeHireDockingStation&q={quote('availableBikeNumber>5', safe='')}",
    }  # fmt: skip
    (told,) = readings(city, mean)
    assert (told["content"]["value"], told["content"]["source"]["newest"][:19] + "Z") == ("10", now)
    shown = page(city, action)
    assert "calculé à partir de 2 entités" in shown
    assert f'datetime="{first["content"]["at"]}"' in shown
    assert "Vélos libres: 10 (" in city.command("strategy", "board")
    # one that was typed in carries the word of who typed it
    typed = titled(city, "indicators", "Jeux publiés")
    submit(officer, action, f"{action}/readings/{last(typed)}", value="12,5", at="2026-10-01", note="Compté à la main (simulé)")  # fmt: skip
    assert readings(city, typed)[-1]["content"]["source"] == {
        "how": "typed",
        "note": "Compté à la main (simulé)",
    }

    # stopped with the reason, on each way; without one it is refused on each way
    names = ("Publier les vélos", "Éteindre la nuit", "Ombrières")
    in_portal, over_api, by_command = (titled(city, "actions", name) for name in names)
    path = f"{HERE}/{last(in_portal)}"
    refused = officer.send(path, officer.page(path), title=names[0], stage="stopped", why="Motif oublié")
    assert (refused.status, "Une action s’arrête avec un motif" in html.unescape(refused.body.decode())) == (
        400,
        True,
    )
    patch = f"{ROOT}/actions/{last(over_api)}"
    assert officer.patch(f"{patch}?reason=Vote", {"stage": "stopped"}).status == 400
    unsaid = city.square.command(
        "strategy", "stop", last(by_command), "--reason", " ", "--data", city.node.data, "--base", city.node.origin
    )  # fmt: skip
    assert unsaid.exit_code == 1
    submit(officer, path, path, title=names[0], stage="stopped", reason="Le fournisseur a fermé (simulé)", why="Décision")  # fmt: skip
    assert (
        officer.patch(f"{patch}?reason=Vote", {"stage": "stopped", "reason": "Trop sombre (simulé)"}).status
        == 200
    )
    assert "is stopped" in city.command(
        "strategy", "stop", last(by_command), "--reason", "Sol fragile (simulé)"
    )
    assert stages(city.get("/strategy")) == {"late": 1, "done": 1, "stopped": 3}
    for reason in ("Le fournisseur a fermé (simulé)", "Trop sombre (simulé)", "Sol fragile (simulé)"):
        assert reason in page(city, HERE)
        assert reason in city.command("strategy", "board")
    versions = city.get(f"/actions/{last(in_portal)}/versions")["versions"]
    assert [each["content"]["stage"] for each in versions] == ["running", "stopped"]
    assert versions[1]["correction"] == "Décision"

    # a second node follows, and sees it with its origin, on each way
    assert "is followed" in other.command("network", "follow", city.node.origin)
    heard = wait_for(
        lambda: (
            stages(found := other.get(f"/strategy?origin={segment(city.did)}")).get("stopped") == 3 and found
        )
    )
    assert {deed["action"]["origin"] for each in heard["pledges"] for deed in each["actions"]} == {city.did}
    assert other.get("/strategy")["pledges"] == []
    theirs = page(other, f"{HERE}?origin={segment(city.did)}")
    assert "Sol fragile (simulé)" in theirs
    assert "Simville (simulated)" in theirs
    assert "Sol fragile (simulé)" in other.command("strategy", "board", "--city", city.did)
    elsewhere = page(other, f"{HERE}/{segment(in_portal['id'])}")
    assert "calculé à partir de 2 entités" in elsewhere
    assert 'name="why"' not in elsewhere
    theft = other["odile"].patch(f"{ROOT}/actions/{segment(in_portal['id'])}?reason=x", {"stage": "done"})
    assert (theft.status, f"is of {city.did}, and changed there" in theft.json["detail"]) == (403, True)

    # comparison: nobody by default; in by each way, out by each way, and the other node hears it
    assert city.get("/comparisons")["documents"] == other.get("/comparisons")["documents"] == []
    assert "Aucune ville ne participe" in page(other, "/fr/network/comparison")
    took_part: tuple[Callable[[], object], ...] = (
        lambda: submit(officer, "/fr/network/comparison", "/fr/network/comparison", compared="yes"),
        lambda: officer.ask("PUT", f"{ROOT}/comparison", {"compared": True}),
        lambda: city.command("comparison", "--take-part"),
    )
    left: tuple[Callable[[], object], ...] = (
        lambda: city.command("comparison", "--leave"),
        lambda: submit(officer, "/fr/network/comparison", "/fr/network/comparison", compared="no"),
        lambda: officer.ask("PUT", f"{ROOT}/comparison", {"compared": False}),
    )
    for join, leave in zip(took_part, left, strict=True):
        join()
        (compared,) = wait_for(lambda: other.get("/comparisons?state=published")["documents"])
        assert compared["origin"] == city.did
        assert compared["content"]["figures"].items() >= {"pledges": 3, "kept": 0, "actions": 5, "done": 1, "entities": 3}.items()  # fmt: skip
        assert "Simville (simulated)" in page(other, "/fr/network/comparison")
        assert "Simville (simulated)" in other.command("comparison")
        leave()
        wait_for(lambda: not other.get("/comparisons?state=published")["documents"])
        assert "Simville" not in other.command("comparison")

    # corrected on each way, with the reason; the other node shows what was said before, too
    pledge = titled(city, "pledges", "Ouvrir les données (simulé)")
    path = f"{HERE}/{last(pledge)}"
    submit(officer, path, path, title="Ouvrir nos données (simulé)", number="1", why="Dit plus clairement")
    assert (
        officer.patch(f"{ROOT}/pledges/{last(pledge)}?reason=Dit%20en%20entier", {"text": "Toutes."}).status
        == 200
    )
    assert "version 4" in city.command(
        "document", "correct", "pledge", last(pledge), "--set", "axis=Ouverture", "--reason", "Axe oublié"
    )
    wait_for(
        lambda: (known := titled(other, "pledges", "Ouvrir nos données (simulé)", city.did)) and known["version"] == 4
    )  # fmt: skip
    corrected = page(other, f"{HERE}/{segment(pledge['id'])}")
    for said in (
        "Ouvrir les données (simulé)",
        "Dit plus clairement",
        "Dit en entier",
        "Axe oublié",
        "Toutes.",
    ):
        assert said in corrected
    shown = json.loads(other.command("document", "show", "pledge", pledge["id"]))["versions"]
    assert [each["content"].get("axis") for each in shown] == [None, None, None, "Ouverture"]

    # and withdrawn on each way: it leaves the board of both, and its page says why
    reasons = {"pledges": "Repris ailleurs (simulé)", "actions": "Doublon (simulé)", "readings": "Mal lu (simulé)"}  # fmt: skip
    welcome = titled(city, "pledges", "Accueillir (simulé)")
    path = f"{HERE}/{last(welcome)}"
    submit(officer, path, f"{path}/withdraw", reason=reasons["pledges"])
    done = titled(city, "actions", "Publier les chantiers")
    gone = officer.ask("POST", f"{ROOT}/actions/{last(done)}/withdraw", {"reason": reasons["actions"]})
    assert gone.status == 200
    city.command("document", "withdraw", "reading", last(told), "--reason", reasons["readings"])
    wait_for(
        lambda: (
            len((found := other.get(f"/strategy?origin={segment(city.did)}"))["pledges"]) == 2
            and stages(found) == {"late": 1, "stopped": 3}
        )
    )
    assert reasons["pledges"] in page(other, f"{HERE}/{segment(welcome['id'])}")
    assert reasons["actions"] in page(other, f"{HERE}/{segment(done['id'])}")
    wait_for(lambda: not [each for each in readings(other, mean) if each["state"] == "published"])
    late = officer.patch(f"{ROOT}/pledges/{last(welcome)}?reason=x", {"text": "Revient"})
    assert (late.status, "was withdrawn" in late.json["detail"]) == (409, True)
