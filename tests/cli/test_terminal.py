"""The terminal: names from outside are shown as they are, and steer nothing, whichever command prints them."""

import ast
import asyncio
import json
import unicodedata
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table
from rich.text import Text
from tests.market.shop import product
from tests.network.needs.labelled import MEASURED_ON
from typer.testing import CliRunner

import beffroi.cli
from beffroi.app.opening import ALL_INDEXERS
from beffroi.cli.options import store_url
from beffroi.cli.program import PROGRAM
from beffroi.cli.terminal import Terminal, styled
from beffroi.courier.letters import letter
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.network.rules.membership.joining import REQUEST
from beffroi.network.rules.peer import PEER, new_peer
from beffroi.store.opening import open_store
from beffroi.store.port import Pending

NOW = Instant("2026-11-22T13:49:00.000000Z")
HOSTILE = "Bikes\x1b[2J\x1b]0;owned\x07 [bold red]free[/] \u202egnp\u202c \x9b31m :warning:"
SHOWN = "[bold red]free[/]"
DID = "did:web:other.example"


def steers(printed: str) -> list[str]:
    """The characters that a terminal, or who reads it, would obey."""
    return [repr(c) for c in printed if c not in "\n\t" and unicodedata.category(c)[0] == "C"]


def document(kind: str, number: str, content: JsonObject) -> Change:
    id = f"{DID}/{kind}s/{number}"
    body: JsonObject = {
        "id": id, "kind": kind, "origin": DID, "version": 1, "created": NOW, "changed": NOW,
        "state": "published", "published": NOW, "by": HOSTILE, "content": content,
    }  # fmt: skip
    return Change(Key("", f"net:{kind}", id), document_of(body))


def needs() -> list[Change]:
    made = {**MEASURED_ON[0].content, "title": HOSTILE}
    return [document("need", "1", made), document("need", "2", made)]


def market() -> list[Change]:
    offer: JsonObject = {"id": "bikes", "name": HOSTILE, "lifecycleStatus": "Active"}
    firm: JsonObject = {"id": "firm", "name": HOSTILE, "tradingName": HOSTILE}
    sold = {**product("a"), "name": HOSTILE}
    kinds = (("organization", firm), ("productOffering", offer), ("product", sold))
    return [Change(Key("", f"tmf:{kind}", str(body["id"])), document_of(body)) for kind, body in kinds]


def peer() -> Change:
    known: JsonObject = {**new_peer(DID, "operator", NOW), "about": {"organisation": HOSTILE}, "why": HOSTILE}
    return Change(Key("", PEER, DID), document_of(known))


def request() -> Change:
    body: JsonObject = {
        "id": "r1", "organisation": HOSTILE, "member": DID, "asked": NOW, "state": "asked", "decided": None,
        "words": HOSTILE, "place": HOSTILE,
    }  # fmt: skip
    return Change(Key("", REQUEST, "r1"), document_of(body))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a node to which others have told hostile names."""
    data = tmp_path_factory.mktemp("hostile")
    lost = letter(Pending(7, "to:a", encode({}), NO_INSTANT, 4), "", HOSTILE, NOW)
    entry = audit_entry("1", HOSTILE, NOW, "product", HOSTILE, "change", HOSTILE)

    async def plant() -> None:
        store = await open_store(store_url(str(data)), ALL_INDEXERS)
        await store.transact([], lambda _: Commit((*needs(), *market(), peer(), request(), lost, entry)))
        await store.close()

    asyncio.run(plant())
    return data


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(PROGRAM, [*words, "--data", str(folder)], env={"COLUMNS": "400"})


@pytest.mark.parametrize(
    "words",
    [
        "need list",
        f"need similar {DID}/needs/1",
        "document list need",
        "network peers",
        "network requests",
        "letters list",
        "market party list",
        "market offer list",
        "market offer show bikes",
        "market product list",
        "market audit",
    ],
)
def test_a_command_prints_a_hostile_name_and_obeys_nothing(folder: Path, words: str) -> None:
    done = run(folder, *words.split())
    assert done.exit_code == 0, (done.output, done.exception)
    assert SHOWN in done.output
    assert ":warning:" in done.output
    assert steers(done.output) == []


@pytest.mark.parametrize(
    "words",
    [
        ["network", "identity", "--organisation", HOSTILE],
        ["market", "party", "add", HOSTILE],
        ["token", "add", HOSTILE],
        ["source", "add", HOSTILE],
        ["source", "remove", HOSTILE],
        ["harvest", HOSTILE],
        ["market", "permit", "set", HOSTILE, "--type", HOSTILE],
        ["document", "list", HOSTILE],
        ["network", "follow", HOSTILE],
        ["need", "similar", HOSTILE],
        ["call", "open", HOSTILE],
        ["market", "product", "suspend", HOSTILE],
        ["fit", HOSTILE],
        ["check", HOSTILE],
    ],
)
def test_what_a_command_says_of_a_hostile_word_steers_nothing(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the program says it: what is refused is told by `main`."""
    taken = words if words[0] in {"fit", "check"} else [*words, "--data", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["beffroi", *taken])
    with pytest.raises(SystemExit):
        beffroi.cli.main()
    told = capsys.readouterr()
    assert steers(told.out + told.err) == []


def test_a_draft_of_a_mapping_steers_nothing(tmp_path: Path) -> None:
    place = {"type": "Point", "coordinates": [3.06, 50.63]}
    feature = {"type": "Feature", "geometry": place, "properties": {"name\x9b31m\u202e": HOSTILE, "id": "1"}}
    file = tmp_path / "hostile.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature] * 3}), "utf-8")
    done = CliRunner().invoke(PROGRAM, ["source", "draft", str(file)], env={"COLUMNS": "400"})
    assert done.exit_code == 0, done.exception
    assert steers(done.stderr) == []


def printed(*things: Any) -> str:
    terminal, written = Terminal(), StringIO()
    terminal.file = written
    for thing in things:
        terminal.print(thing)
    return written.getvalue()


def test_every_way_to_print_is_harmless() -> None:
    table = Table(HOSTILE, title=HOSTILE, caption=HOSTILE)
    table.add_row(HOSTILE)
    table.add_row(styled((HOSTILE, "bold")))
    table.add_row(Text(HOSTILE, "bold"))
    said = printed(HOSTILE, styled((HOSTILE, "red")), Text(HOSTILE), table)
    assert steers(said) == []
    assert said.count(SHOWN) == 9


def test_a_hostile_cell_does_not_break_its_table() -> None:
    table = Table("name")
    table.add_row("\x1b\x1b\x9b\u202e")
    table.add_row(Text("\x1b\x1b\x9b\u202e"))
    table.add_row("plain")
    lines = [line for line in printed(table).splitlines() if line]
    assert len({len(line) for line in lines}) == 1


def test_colours_are_still_there_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[31m" in printed(Text("no", "red"))


def test_every_command_prints_on_this_terminal() -> None:
    """Nothing else in the commands writes where markup would be read."""
    rooms = Path(beffroi.cli.__file__).parent
    others = {"rich.console", "rich.markup", "rich.text", "rich"}
    named = {
        file.name
        for file in rooms.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in others
    }
    assert named == {"terminal.py", "demonstration.py"}
    echoing = {file.name for file in rooms.glob("*.py") if "typer.echo" in file.read_text()}
    assert echoing == {"discovering.py", "program.py"}, "a draft that is piped, and the version"
