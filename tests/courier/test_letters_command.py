"""`beffroi letters`: what was given up can be seen and sent once more."""

import asyncio
from pathlib import Path

from typer.testing import CliRunner

from beffroi.cli.letters import letters
from beffroi.cli.options import store_url
from beffroi.courier.letters import letter
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import encode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Commit
from beffroi.store.opening import open_store
from beffroi.store.port import Pending

NOW = Instant("2026-11-22T13:49:00.000000Z")


def test_a_dead_letter_is_listed_and_goes_back_into_its_lane(tmp_path: Path) -> None:
    kept = letter(Pending(7, "to:a", encode({"text": "hello"}), NO_INSTANT, 4), "lille", "It is down.", NOW)

    async def given_up() -> None:
        store = await open_store(store_url(str(tmp_path)), {})
        await store.transact([], lambda _: Commit((kept,)))
        await store.close()

    async def waiting() -> int:
        store = await open_store(store_url(str(tmp_path)), {})
        events = await store.pending("to:a", 9)
        await store.close()
        return len(events)

    asyncio.run(given_up())
    ask, common = CliRunner().invoke, ["--tenant", "lille", "--data", str(tmp_path)]
    wide = {"COLUMNS": "200"}
    assert kept.key.id in ask(letters, ["list", *common], env=wide).output
    assert kept.key.id not in ask(letters, ["list", "--data", str(tmp_path)], env=wide).output
    assert ask(letters, ["replay", kept.key.id, *common]).exit_code == 0
    assert kept.key.id not in ask(letters, ["list", *common], env=wide).output
    assert asyncio.run(waiting()) == 1
    again = ask(letters, ["replay", kept.key.id, *common])
    assert isinstance(again.exception, Problem)
