"""How fast a node follows a signed feed from scratch, every signature verified, and what memory it takes."""

import asyncio
import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from rich.console import Console

from beffroi.app.world import now
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Commit, Key, Record
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import INDEXERS
from beffroi.network.rules import feed
from beffroi.network.rules.identity import Identity
from beffroi.store.opening import open_store
from bench.servers import busy, node

BATCH = 1_000
ROOT = "/network/v1"
MOST_S = 1_800.0


class Followed(NamedTuple):
    """Entries, seconds from the follow to the last of them, seconds that the follower computed meanwhile, and
    bytes of its memory before and at most."""

    entries: int
    seconds: float
    computed: float
    before: int
    peak: int


def follow_feed(folder: Path, publisher: int, follower: int, entries: int) -> Followed:
    """Publish so many documents on one node and have another one, with an empty database, follow them."""
    (folder / "publisher").mkdir()
    asyncio.run(_publish(folder / "publisher", publisher, entries))
    with node(folder / "publisher", publisher), node(folder / "follower", follower) as process:
        connection = http.client.HTTPConnection("127.0.0.1", follower, timeout=60)
        before = peak = process.memory_info().rss
        begun, computed = time.perf_counter(), busy(process)
        did = str(_call(connection, "POST", "/peers", {"address": f"http://127.0.0.1:{publisher}"})["did"])
        while True:
            peer = _call(connection, "GET", f"/peers/{quote(did, safe='')}")
            peak = max(peak, process.memory_info().rss)
            if peer["sequence"] == entries and peer["state"] == "following":
                break
            assert peer["state"] != "broken", peer
            assert time.perf_counter() < begun + MOST_S, peer
            time.sleep(0.05)
        seconds, computed = time.perf_counter() - begun, busy(process) - computed
        total = _call(connection, "GET", f"/pledges?origin={quote(did, safe='')}&limit=1")["total"]
        assert total == entries, total
    return Followed(entries, seconds, computed, before, peak)


def print_feed(console: Console, measured: Followed) -> None:
    rate, megabytes = measured.entries / measured.seconds, 1 << 20
    console.print(
        f"a signed feed followed from scratch: {measured.entries:,} entries in {measured.seconds:.1f} s, "
        f"{rate:,.0f} a second ({measured.computed:.1f} s of one core), every one verified; "
        f"memory {measured.before / megabytes:.0f} MB before, {measured.peak / megabytes:.0f} MB at most"
    )


async def _publish(folder: Path, port: int, entries: int) -> None:
    """Fill a database as if its node had published so many pledges."""
    store = await open_store(f"sqlite:{folder / 'beffroi.db'}", INDEXERS)
    about = About(f"http://127.0.0.1:{port}", "Simulated city", "Simville")
    identity = await identity_of(store, about, now())
    for start in range(0, entries, BATCH):
        count = min(BATCH, entries - start)

        def decide(stored: Mapping[Key, Record], start: int = start, count: int = count) -> Commit:
            head = stored[feed.HEAD].body if feed.HEAD in stored else None
            entries = list[feed.Appended]()
            for number in range(start, start + count):
                entries.append(
                    feed.append(head, _pledge(identity, number), now(), identity.did, identity.key)
                )
                head = entries[-1].head
            return Commit((*(entry.changes[0] for entry in entries), entries[-1].changes[1]))

        await store.transact([feed.HEAD], decide)
    await store.close()


def _pledge(identity: Identity, number: int) -> JsonObject:
    at = now()
    text = f"A simulated promise, number {number}: what is measured is shown, and what is stopped says why. "
    return {
        "id": f"{identity.did}/pledges/{number:08d}-0000-4000-8000-000000000000",
        "kind": "pledge",
        "origin": identity.did,
        "version": 1,
        "created": at,
        "changed": at,
        "published": at,
        "state": "published",
        "previous": "",
        "content": {"title": f"Simulated pledge {number}", "language": "en", "text": text * 3},
    }


def _call(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> JsonObject:
    sent = None if body is None else json.dumps(body)
    connection.request(method, ROOT + path, sent, {"Content-Type": "application/json"})
    with connection.getresponse() as response:
        content = response.read()
        assert response.status < 300, content
    found: JsonObject = json.loads(content)
    return found
