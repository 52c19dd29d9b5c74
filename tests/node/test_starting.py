"""What cannot be served is told in a sentence, with exit code 1; wrong options with the usage and 2."""

import os
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem
from beffroi.store import batches
from tests.node.process import ENTITIES, NodeProcess, beffroi, free_port, room


def refused(*options: str) -> str:
    """What the command raises when it does not start; the program makes a sentence and exit code 1 of it."""
    done = CliRunner().invoke(PROGRAM, ["serve", "--port", str(free_port()), *options])
    assert isinstance(done.exception, Problem), done
    return done.exception.detail


def program_refuses(folder: Path, *options: str) -> str:
    """What `beffroi serve` says when it does not start."""
    done = beffroi("serve", "--port", str(free_port()), *options, folder=folder)
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    said = done.stderr.strip()
    assert said.endswith("."), said
    return said


def a_file(folder: Path) -> str:
    (folder / "file").write_text("nothing")
    return "file"


def below_a_file(folder: Path) -> str:
    return a_file(folder) + "/data"


def a_bad_database(folder: Path) -> str:
    (folder / "junk").mkdir()
    (folder / "junk/beffroi.db").write_bytes(b"no database at all, but as long as one" * 500)
    return "junk"


def another_program(folder: Path) -> str:
    (folder / "other").mkdir()
    with sqlite3.connect(folder / "other/beffroi.db") as database:
        database.execute("CREATE TABLE x (y)")
    database.close()
    return "other"


def from_the_future(folder: Path) -> str:
    with NodeProcess(folder, str(folder / "future")):
        pass
    with sqlite3.connect(folder / "future/beffroi.db") as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()
    return "future"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (a_file, "The folder 'file' cannot be used: File exists."),
        (below_a_file, "The folder 'file/data' cannot be used: Not a directory."),
        (a_bad_database, "is no sound database"),
        (another_program, "is a database of another program."),
        (from_the_future, "was written by a newer version of beffroi."),
        (lambda _: "/proc/nothing", "The folder '/proc/nothing' cannot be used"),
        (lambda _: "sqlite:/nowhere/x.db", "The folder '/nowhere' cannot be used"),
        (lambda _: "postgresql://me:hush@127.0.0.1:1/x", "The database does not answer"),
    ],
    ids=lambda value: getattr(value, "__name__", "")[:20],
)
def test_data_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = refused("--data", make(tmp_path))  # type: ignore[operator]
    assert says in said
    assert "hush" not in said


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody can write to, root neither."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield folder
        return
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"Nothing can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, read_only: Path) -> None:
    assert f"The folder '{read_only}' cannot be used" in program_refuses(tmp_path, "--data", str(read_only))
    assert "cannot be used" in refused("--data", str(read_only / "below"))


def test_a_folder_that_another_node_serves_is_told(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, str(tmp_path / "data")) as node:
        assert "Another node serves the folder 'data' already." in program_refuses(tmp_path, "--data", "data")
        assert node.call("POST", ENTITIES, room(1)).status == 201


def test_other_commands_work_beside_a_node(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, str(tmp_path / "data")):
        assert beffroi("source", "list", "--data", "data", folder=tmp_path).returncode == 0
        assert beffroi("token", "add", "Anna", "--data", "data", folder=tmp_path).returncode == 0


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, str(tmp_path / "new/data")) as node:
        assert node.call("POST", ENTITIES, room(1)).status == 201
    assert (tmp_path / "new/data/beffroi.db").is_file()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = program_refuses(tmp_path, "--data", "memory:", "--port", port)
    assert f"The address 127.0.0.1:{port} cannot be used: Address already in use." in said
    assert "storage" not in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "192.0.2.1"], "The address 192.0.2.1:"),
        (["--host", "nowhere.invalid"], "The address 'nowhere.invalid' cannot be used: it is not known."),
        (["--host", ""], "The address to listen on is empty."),
        (["--base", "city.example"], "The public address 'city.example' is no HTTP URL."),
        (
            ["--base-map", "nothing.pmtiles"],
            "The base map 'nothing.pmtiles' is neither a file nor an HTTP URL.",
        ),
        (["--contexts", "text"], "The file 'text' is no JSON."),
        (["--contexts", "list"], "The file 'list' maps no URLs to files."),
        (["--contexts", "map"], "The file 'missing' cannot be read: No such file or directory."),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_settings_that_cannot_be_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("nothing")
    (tmp_path / "list").write_text("[]")
    (tmp_path / "map").write_text('{"https://example.org/": "missing"}')
    assert says in refused("--data", "memory:", *options)


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port", "x"],
        ["serve", "--port", "70000"],
        ["serve", "--nothing"],
        ["serve", "--contexts", "nowhere"],
        ["serve", "--body-seconds", "0"],
        ["serve", "here"],
        ["nothing"],
        ["token"],
        ["token", "add"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_options_are_told_with_the_usage(arguments: list[str]) -> None:
    done = CliRunner().invoke(PROGRAM, arguments)
    assert done.exit_code == 2
    assert "Usage: " in done.output


def test_the_program_tells_its_version_and_what_runs() -> None:
    runs = "from its sources" if Path(batches.__file__).suffix == ".py" else "compiled"
    done = CliRunner().invoke(PROGRAM, ["--version"])
    assert (done.exit_code, done.output) == (0, f"beffroi {version('beffroi')}, {runs}\n")


def test_the_program_ends_with_2_for_wrong_options(tmp_path: Path) -> None:
    done = beffroi("serve", "--nothing", folder=tmp_path)
    assert done.returncode == 2
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_program_ends_with_1_for_data_that_cannot_be_used(tmp_path: Path) -> None:
    assert "The folder 'file' cannot be used: File exists." in program_refuses(
        tmp_path, "--data", a_file(tmp_path)
    )


def test_a_node_answers_under_names_of_this_machine(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, "memory:", host="localhost") as node:
        assert node.get("/health").status == 200
