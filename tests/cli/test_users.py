"""`beffroi user`: an account acts for a party that there is, and lists show ids whole."""

import re
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem


def typed(data: Path, *words: str) -> Any:
    environment = {"NO_COLOR": "1", "COLUMNS": "60", "BEFFROI_PASSWORD": "a long password"}
    return CliRunner(env=environment).invoke(PROGRAM, [*words, "--data", str(data)])


def test_an_account_of_a_party_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    data = tmp_path / "city"
    done = typed(data, "user", "add", "ada", "--role", "buyer", "--party", "nobody")
    assert isinstance(done.exception, Problem)
    assert "There is no party 'nobody'; 'beffroi market party list' shows" in done.exception.detail
    assert "There is no account yet" in typed(data, "user", "list").output


def test_an_account_of_a_party_is_listed_with_its_whole_id(tmp_path: Path) -> None:
    data = tmp_path / "city"
    made = typed(data, "market", "party", "add", "City of Example")
    found = re.search(r"[0-9a-f-]{36}", made.output)
    assert found, made.output
    done = typed(data, "user", "add", "ada", "--role", "provider", "--party", found[0])
    assert done.exit_code == 0, (done.output, done.exception)
    assert found[0] in typed(data, "user", "list").output


def test_the_log_says_which_types_a_permit_names_and_why(tmp_path: Path) -> None:
    data = tmp_path / "city"
    made = typed(data, "market", "party", "add", "City of Example")
    party = re.findall(r"[0-9a-f-]{36}", made.output)[0]
    given = ("market", "permit", "set", party, "--type", "Room")
    assert typed(data, *given, "--reason", "Agreed.").exit_code == 0
    assert typed(data, *given).exit_code == 0
    log = " ".join(typed(data, "market", "audit", "--resource", "permit").output.split())
    assert log.count("Room") == 2
    assert "Agreed." in log


def test_a_token_for_a_party_is_listed_with_its_roles_and_needs_one(tmp_path: Path) -> None:
    data = tmp_path / "city"
    party = re.findall(r"[0-9a-f-]{36}", typed(data, "market", "party", "add", "City").output)[0]
    assert typed(data, "token", "add", "till", "--role", "buyer", "--party", party).exit_code == 0
    listed = typed(data, "token", "list").output
    assert party in listed
    assert "buyer" in listed
    for words, said in (
        (("--party", party), "acts for a party in a role"),
        (("--role", "buyer", "--may", "read"), "has rights (--may), or roles"),
        (("--role", "buyer", "--party", "nobody"), "There is no party 'nobody'"),
        (("--account", "nobody"), "There is no account 'nobody'"),
    ):
        done = typed(data, "token", "add", "till", *words)
        assert isinstance(done.exception, Problem)
        assert said in done.exception.detail
