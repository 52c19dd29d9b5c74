"""`beffroi demo`: every step holds, a step that does not says so, and an interruption leaves nothing."""

import asyncio
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from beffroi.demo.story import Story
from beffroi.demo.talk import Unexpected

LONGEST_S = 400.0
DEMO = [sys.executable, "-m", "beffroi", "demo", "--no-browser"]


def test_a_step_that_fails_leaves_a_sentence_and_ends_the_story() -> None:
    async def fails() -> str:
        raise Unexpected("The firm counted 3.")

    story = Story(Console(file=io.StringIO()))
    with pytest.raises(Unexpected):
        asyncio.run(story.step("Both sides count", fails(), str))
    assert story.failures == ["Both sides count: The firm counted 3."]


@pytest.mark.slow
def test_every_step_of_the_demo_holds() -> None:
    wide = {**os.environ, "COLUMNS": "400"}  # so that no cell of a table is broken
    done = subprocess.run(
        [*DEMO, "--exit"], capture_output=True, text=True, timeout=LONGEST_S, check=False, env=wide
    )
    said = re.sub(r"[\s│]+", " ", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"order to first answer: \d+ ms", said)
    steps = (
        "publishes an offering", "Both sides read the usage", "The month is billed", "join a chapter", "cities share the need",
        "every clause is fulfilled by our own run", "not-believed", "the acceptance passed", "with unchanged code", "sees the record",
    )  # fmt: skip
    for step in steps:
        assert step in said
    assert "Not as it should be" not in said


@pytest.mark.slow
def test_an_interruption_in_the_middle_of_the_trade_leaves_nothing(tmp_path: Path) -> None:
    log = tmp_path / "demo.txt"
    with log.open("wb") as out:
        demo = subprocess.Popen(
            DEMO, stdout=out, stderr=subprocess.STDOUT, env={"TMPDIR": str(tmp_path), **_path()}
        )
    try:
        said = _until("It looks for live bikes", demo, log)
        ports = set(re.findall(r"http://127\.0\.0\.1:(\d+)", said))
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 1
    finally:
        demo.kill()
        demo.wait()
    said = log.read_text("utf-8")
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert list(tmp_path.glob("beffroi-demo-*")) == []
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def _path() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(path for path in sys.path if path)}


def _until(words: str, demo: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(int(LONGEST_S * 10)):
        said = log.read_text("utf-8")
        if words in said:
            return said
        assert demo.poll() is None, said
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8"))
