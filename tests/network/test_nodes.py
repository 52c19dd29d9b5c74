"""Several nodes as processes: a chapter and its cities, peers that misbehave, a partition that heals."""

import itertools
import json
import shutil
import signal
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from typing_extensions import override

from beffroi.kernel.instant import instant_of
from beffroi.network.rules.identity import did_of
from tests.network.federation import Liar
from tests.node.process import NodeProcess, beffroi

ROOT = "/network/v1"
PATIENCE_S = 120.0
QUICK = ("--follow-seconds", "0.3")


def wait_for(what: Callable[[], Any]) -> Any:
    """What it gives once it is true."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"It did not come to be within {PATIENCE_S:g} s: {what()}")


def pledge(node: NodeProcess, title: str) -> str:
    made = node.call("POST", f"{ROOT}/pledges?publish=true", {"title": title, "language": "en"})
    assert made.status == 201, made
    return str(made.json["id"])


def pledges(node: NodeProcess, origin: str) -> list[str]:
    path = f"{ROOT}/pledges?origin={quote(did_of(origin), safe='')}&limit=1000"
    return [each["id"] for each in node.get(path).json["documents"]]


def peer(node: NodeProcess, origin: str) -> dict[str, Any]:
    found = node.get(f"{ROOT}/peers").json["peers"]
    return next((each for each in found if each["did"] == did_of(origin)), {"state": "", "why": ""})


def is_in(node: NodeProcess, origin: str, state: str) -> bool:
    return bool(peer(node, origin)["state"] == state)


@contextmanager
def chapter_and_cities(folder: Path, cities: int) -> Iterator[list[NodeProcess]]:
    """A chapter and its members, each with a database of its own, that follow each other."""
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(
                NodeProcess(folder, str(folder / f"data-{n}"), "--city", f"Simville {n}", *QUICK)
            )
            for n in range(cities + 1)
        ]
        chapter, *members = nodes
        made = chapter.call(
            "POST", f"{ROOT}/chapters?publish=true", {"name": "A simulated chapter", "language": "en"}
        )
        assert made.status == 201, made
        for city in members:
            code = chapter.call("POST", f"{ROOT}/invitations", {"days": 1}).json["code"]
            joined = city.call("POST", f"{ROOT}/joinings", {"address": chapter.origin, "code": code})
            assert joined.status == 201, joined
        for one, other in itertools.permutations(nodes, 2):
            wait_for(partial(is_in, one, other.origin, "following"))
        yield nodes


@pytest.mark.slow
def test_a_partition_between_chapter_and_cities_heals_without_loss_or_duplicates(tmp_path: Path) -> None:
    with chapter_and_cities(tmp_path, 2) as (chapter, one, other):
        before = pledge(chapter, "Before the partition")
        wait_for(lambda: pledges(one, chapter.origin) == [before])
        chapter.signal(signal.SIGSTOP)
        try:
            said = [pledge(one, f"One says {n}") for n in range(20)]
            heard = [pledge(other, f"The other says {n}") for n in range(20)]
            wait_for(lambda: pledges(one, other.origin) == heard)
            wait_for(lambda: pledges(other, one.origin) == said)
            wait_for(lambda: is_in(one, chapter.origin, "late"))
            assert pledges(one, chapter.origin) == [before]
        finally:
            chapter.signal(signal.SIGCONT)
        after = pledge(chapter, "After the partition")
        wait_for(lambda: pledges(chapter, one.origin) == said and pledges(chapter, other.origin) == heard)
        wait_for(lambda: is_in(one, chapter.origin, "following"))
        wait_for(lambda: pledges(one, chapter.origin) == [before, after])
        known = peer(chapter, one.origin)
        assert (known["sequence"], known["end"], known["refused"]["count"]) == (20, 20, 0)


@pytest.mark.slow
def test_a_city_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with chapter_and_cities(tmp_path, 1) as (chapter, city):
        first = [pledge(chapter, f"First {n}") for n in range(30)]
        city.kill()
        second = [pledge(chapter, f"Second {n}") for n in range(30)]
        city.start()
        wait_for(lambda: pledges(city, chapter.origin) == [*first, *second])
        assert peer(city, chapter.origin)["refused"]["count"] == 0


@pytest.mark.slow
def test_a_city_joins_and_leaves_by_the_command_line(tmp_path: Path) -> None:
    def told(node: NodeProcess, *words: str) -> str:
        done = beffroi("network", *words, "--data", node.data, "--base", node.origin, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with (
        NodeProcess(tmp_path, str(tmp_path / "chapter"), *QUICK) as chapter,
        NodeProcess(tmp_path, str(tmp_path / "city"), *QUICK) as city,
    ):
        chapter.call(
            "POST", f"{ROOT}/chapters?publish=true", {"name": "A simulated chapter", "language": "en"}
        )
        assert "Simulated city" in told(
            city, "identity", "--organisation", "Simulated city", "--point", "3.06", "50.63"
        )
        assert "asked" in told(city, "join", chapter.origin, "--words", "Good day.")
        assert "Simulated city" in told(chapter, "requests")
        (asked,) = chapter.get(f"{ROOT}/requests").json["requests"]
        refused = beffroi(
            "network",
            "refuse",
            asked["id"],
            "--reason",
            " ",
            "--data",
            chapter.data,
            "--base",
            chapter.origin,
            folder=tmp_path,
        )
        assert (refused.returncode, "with a reason" in refused.stderr) == (1, True)
        assert "is a member" in told(chapter, "accept", asked["id"])
        wait_for(lambda: city.get(f"{ROOT}/joinings").json["joinings"][0]["state"] == "member")
        wait_for(lambda: is_in(chapter, city.origin, "following"))
        assert "following" in told(chapter, "peers")
        assert "left" in told(city, "leave", chapter.origin, "--words", "It was enough.")
        wait_for(lambda: chapter.get(f"{ROOT}/peers").json["peers"] == [])
        assert "is followed" in told(city, "follow", chapter.origin)
        assert "no more" in told(city, "unfollow", chapter.origin)


class Serving:
    """`with Serving(handle) as origin`: a small server; `handle` writes the answer itself."""

    def __init__(self, handle: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                handle(self)

            @override
            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def hang(_: BaseHTTPRequestHandler) -> None:
    time.sleep(60)


def never_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"A" * 65_536)
    except OSError:
        return


@pytest.mark.slow
def test_peers_that_lie_hang_or_never_end_delay_nobody(tmp_path: Path) -> None:
    liars = dict[int, Liar]()

    def lie(handler: BaseHTTPRequestHandler) -> None:
        assert isinstance(handler.server, ThreadingHTTPServer)
        port = handler.server.server_port
        liar = liars.setdefault(port, Liar(f"http://127.0.0.1:{port}"))
        if not liar.entries:
            liar.at = instant_of(datetime.now(UTC))
            for number in range(3):
                liar.say(liar.pledge(number))
            liar.pages = lambda lines, _: [lines[0], lines[2], lines[1], lines[3]]
        body = liar(f"http://127.0.0.1:{port}{handler.path}").body
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with (
        Serving(lie) as liar, Serving(hang) as slow, Serving(never_end) as endless,
        NodeProcess(tmp_path, "memory:") as honest, NodeProcess(tmp_path, "memory:", *QUICK) as city,
    ):  # fmt: skip
        for origin in (slow, endless, liar, honest.origin):
            assert city.call("POST", f"{ROOT}/peers", {"address": origin}).status == 201
        said = [pledge(honest, f"Pledge {n}") for n in range(5)]
        wait_for(lambda: pledges(city, honest.origin) == said)
        assert "not asked yet" in peer(city, slow)["why"]  # it is still being asked
        wait_for(lambda: is_in(city, liar, "broken"))
        assert (len(pledges(city, liar)), "Entry 3 comes" in peer(city, liar)["why"]) == (1, True)
        wait_for(lambda: peer(city, endless)["failures"] > 0)
        assert peer(city, endless)["state"] == "late"


def keep_copy(node: NodeProcess, copy: Path) -> None:
    """Copy what a node has stored, while it does not run."""
    node.stop()
    shutil.copytree(node.data, copy)
    node.start()


def put_back(node: NodeProcess, copy: Path) -> None:
    """Start a node again with no more than the copy of what it has stored."""
    node.stop()
    shutil.rmtree(node.data)
    shutil.copytree(copy, node.data)
    node.start()


@pytest.mark.slow
def test_a_node_restored_from_an_older_copy_is_told_and_contradicts_itself_once_it_writes(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "copy"
    with (
        NodeProcess(tmp_path, str(tmp_path / "city"), *QUICK) as city,
        NodeProcess(tmp_path, "memory:", *QUICK) as follower,
    ):
        assert follower.call("POST", f"{ROOT}/peers", {"address": city.origin}).status == 201
        first = pledge(city, "Before the copy")
        made = beffroi("network", "new-key", "--data", city.data, "--base", city.origin, folder=tmp_path)
        assert "key-2 signs from now on" in made.stdout, made.stderr
        keep_copy(city, copy)
        second = pledge(city, "After the copy")
        wait_for(lambda: pledges(follower, city.origin) == [first, second])
        put_back(city, copy)

        def asked() -> dict[str, Any]:
            follower.call(
                "POST", f"{ROOT}/peers", {"address": city.origin}
            )  # at once, not when its time comes
            return peer(follower, city.origin)

        wait_for(lambda: "older history" in asked()["why"])
        pledge(city, "In another history")
        wait_for(lambda: asked()["frozen"])
        assert pledges(follower, city.origin) == [first, second]
        did = quote(did_of(city.origin), safe="")
        proofs = follower.get(f"{ROOT}/peers/{did}").json["proofs"]
        (proof,) = [each for each in proofs if "two different entries 3" in each["why"]]
        entries = [json.loads(bytes_of(text.split(".")[1])) for text in proof["jws"][:2]]
        assert [each["sequence"] for each in entries] == [3, 3]
        assert [each["document"]["content"]["title"] for each in entries] == [
            "After the copy",
            "In another history",
        ]
        assert follower.call("POST", f"{ROOT}/peers/{did}/believe").status == 200
        wait_for(lambda: is_in(follower, city.origin, "following"))
        assert len(pledges(follower, city.origin)) == 2


def test_a_node_restored_from_an_older_copy_takes_back_what_its_followers_have(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with (
        NodeProcess(tmp_path, str(tmp_path / "city"), *QUICK) as city,
        NodeProcess(tmp_path, "memory:", *QUICK) as follower,
    ):
        for one, other in ((city, follower), (follower, city)):
            assert one.call("POST", f"{ROOT}/peers", {"address": other.origin}).status == 201
        first = pledge(city, "Before the copy")
        keep_copy(city, copy)
        second = pledge(city, "After the copy")
        wait_for(lambda: pledges(follower, city.origin) == [first, second])
        put_back(city, copy)
        wait_for(lambda: pledges(city, city.origin) == [first, second])
        third = pledge(city, "In the same history")
        wait_for(lambda: pledges(follower, city.origin) == [first, second, third])
        assert is_in(follower, city.origin, "following")


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
