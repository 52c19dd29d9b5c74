"""The page that says how the feed is made: its example is one, by these rules and by a library of others."""

import json
import re
from base64 import urlsafe_b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from beffroi.kernel.instant import Instant
from beffroi.network.rules.chain import Known, read_page
from beffroi.network.rules.identity import public_jwk, read_key

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "feed.md"
BLOCK = re.compile(r"^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DID = "did:web:city.example"
SOON = Instant("2026-11-22T12:02:00.000000Z")


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def blocks() -> tuple[dict[str, str], str, dict[str, object], dict[str, object]]:
    key, lines, entry, head = BLOCK.findall(PAGE.read_text("utf-8"))
    return json.loads(key), lines, json.loads(entry), json.loads(head)


def test_the_example_of_the_feed_is_verified_by_our_rules() -> None:
    key, lines, entry, head = blocks()
    jwk = public_jwk(read_key({**key}))
    page = read_page(Known(DID, jwk), lines.encode(), [jwk], 10, SOON)
    assert (page.trouble, page.end, page.known.sequence) == (None, 1, 1)
    assert page.entries[0].document == entry["document"]
    assert page.known.hash == head["hash"]


def test_the_example_of_the_feed_is_verified_by_what_the_page_says_alone() -> None:
    key, lines, entry, head = blocks()
    public = Ed25519PublicKey.from_public_bytes(bytes_of(key["x"]))
    first, last = lines.split()
    for text, typ, said in ((first, "beffroi-feed+jws", entry), (last, "beffroi-head+jws", head)):
        signing_input, _, signature = text.rpartition(".")
        public.verify(bytes_of(signature), signing_input.encode())
        header, payload = (json.loads(bytes_of(part)) for part in signing_input.split("."))
        assert header == {"alg": "Ed25519", "kid": f"{DID}#key-1", "typ": typ}
        assert payload == said
    assert (entry["previous"], head["hash"]) == ("", sha256(first.encode()).hexdigest())
