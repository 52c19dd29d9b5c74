"""Verify a page of somebody's feed against what is known of it: signatures, order, size, time and end.

What follows the good part of a page is not looked at: `Page.trouble` says what is wrong there, with the
signed texts that prove it where there are such.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Literal

from joserfc.jwk import OKPKey

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds, seconds_between
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.feed import ENTRY_TYPE, HEAD_TYPE, MOST_DEPTH, VERSION, hash_of, is_deeper
from beffroi.network.rules.identity import CURVE, public_jwk, read_key
from beffroi.network.rules.signature import Unsigned, signer_of, verified

SKEW_S: Final = 300.0
"""Seconds that a peer's clock may be ahead of ours."""
STALE_S: Final = 3_600.0
"""A word on the end of a feed that is older than this was not asked for now: it is a copy."""
ENVELOPE_DEPTH: Final = MOST_DEPTH + 1

TroubleKind = Literal["stale", "clock", "forged", "order", "older", "contradiction"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a feed: how far it was verified, and the public key (JWK) that signs the next entry.

    `hash` and `at` are those of entry `sequence`; `said` is the moment of the newest signed head.
    """

    did: str
    jwk: JsonObject
    sequence: int = 0
    hash: str = ""
    at: Instant = NO_INSTANT
    said: Instant = NO_INSTANT


@dataclass(frozen=True, slots=True)
class Entry:
    """A verified entry: its JWS as it came, and what it says; `document` is None for a change of key."""

    sequence: int
    at: Instant
    jws: str
    document: JsonObject | None


@dataclass(frozen=True, slots=True)
class Head:
    """A verified word of a node on the end of its feed: its JWS, what it says of the end and of the node."""

    did: str
    sequence: int
    hash: str
    at: Instant
    jws: str
    about: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a feed, as a sentence; `proof` are signed texts that show it."""

    kind: TroubleKind
    sentence: str
    proof: tuple[str, ...] = ()
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The good entries of a page, what is known after them, the sequence at which the peer says that its feed
    ends, what it says of itself there, and that word as it was signed if the page goes up to it."""

    entries: tuple[Entry, ...]
    known: Known
    end: int = 0
    about: JsonObject | None = None
    head: str = ""
    trouble: Trouble | None = None


class Wrong(Exception):
    """What is read is not as it has to be; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


def read_page(known: Known, body: bytes, keys: Sequence[JsonObject], most: int, now: Instant) -> Page:
    """The good part of a page of `most` entries that was asked for after `known.sequence`.

    `keys` are the public keys of the peer's DID document: the head of a feed whose later entries are not here
    yet may be signed by a key that one of those introduces.
    """
    texts = lines_of(body)
    if not texts or len(texts) > most + 1:
        sentence = f"The answer has {len(texts)} lines where up to {most + 1} were asked for."
        return Page((), known, trouble=Trouble("forged", sentence))
    page = read_entries(known, texts[:-1], now)
    if page.trouble is not None:
        return page
    known = page.known
    try:
        head = _head(known, texts[-1], keys, now)
        end = head.sequence
        if end > known.sequence and not page.entries:
            sentence = f"The feed is said to go up to entry {end}, but nothing comes after {known.sequence}."
            raise _wrong("order", sentence, head.jws)
    except Wrong as wrong:
        return replace(page, trouble=wrong.trouble)
    reached = head.jws if end == known.sequence else ""
    return Page(page.entries, replace(known, said=head.at), end, head.about, reached)


def read_entries(known: Known, texts: Sequence[bytes], now: Instant) -> Page:
    """The good ones of entries that are to follow `known.sequence`; what follows a wrong one is not read."""
    entries = list[Entry]()
    try:
        for text in texts:
            entry, known = _entry(known, text, now)
            entries.append(entry)
    except Wrong as wrong:
        return Page(tuple(entries), known, trouble=wrong.trouble)
    return Page(tuple(entries), known)


def read_head(did: str, text: bytes, keys: Sequence[JsonObject]) -> Head:
    """What a node signed on the end of its feed, with one of its public keys. Raises Wrong, or Problem for a
    key that is none."""
    kid = _signer(text)
    key = read_key(next((each for each in keys if kid == f"{did}#{each['kid']}"), keys[-1]))
    said = _read_signed(did, text, HEAD_TYPE, key, "word on its end")
    written, number, at = text.decode(), said.get("sequence"), _moment(said)
    if not isinstance(number, int) or isinstance(number, bool):
        raise _wrong("forged", f"The sequence '{_short(number)}' is no number.", written)
    return Head(did, number, str(said.get("hash")), at, written, about_in(said))


def lines_of(body: bytes) -> list[bytes]:
    """The lines of an answer, empty ones apart."""
    return [each for each in body.split(b"\n") if each]


def twin_in(body: bytes, sequence: int, key: OKPKey, did: str, ours: str) -> str:
    """An entry of this number in a page, signed as the one that is known (`ours`) and not the same; or ''."""
    for text in body.split(b"\n")[:2]:
        written = text.decode(errors="replace")
        said = signed_entry(written, key, did)
        if said is not None and said.get("sequence") == sequence and written != ours:
            return written
    return ""


def about_in(said: Mapping[str, Json]) -> JsonObject:
    """What a head says of its node, as far as it can be shown: `{organisation, place, languages}`."""
    about = said.get("about")
    known = about if isinstance(about, dict) else {}
    place = known.get("place")
    place = place if isinstance(place, dict) else {}
    languages = known.get("languages")
    shown: JsonObject = {
        "organisation": _short(known.get("organisation") or ""),
        "place": {"name": _short(place.get("name") or "")},
        "languages": [_short(each) for each in languages[:20]] if isinstance(languages, list) else [],
    }
    point = place.get("point")
    if is_point(point):
        shown["place"] = {"name": _short(place.get("name") or ""), "point": point}
    return shown


def is_point(point: Json) -> bool:
    """Whether this is a longitude and a latitude in degrees.

    >>> is_point([3.06, 50.63]), is_point([50.63, 3.06, 1]), is_point([200, 0])
    (True, False, False)
    """
    if not isinstance(point, list) or len(point) != 2:
        return False
    bounds = zip(point, (180, 90), strict=True)
    return all(
        isinstance(x, int | float) and not isinstance(x, bool) and abs(x) <= most for x, most in bounds
    )


def signed_entry(text: str, key: OKPKey, did: str) -> JsonObject | None:
    """What an entry says that this key signed for this DID; None if it did not."""
    try:
        return verified(text.encode(), ENTRY_TYPE, did, key)
    except Unsigned:
        return None


def _entry(known: Known, text: bytes, now: Instant) -> tuple[Entry, Known]:
    key = _key(str(known.jwk["x"]), str(known.jwk["kid"]))
    said = _read_signed(known.did, text, ENTRY_TYPE, key, f"entry after {known.sequence}")
    written = text.decode()
    number, at = said.get("sequence"), _moment(said)
    if not isinstance(number, int) or isinstance(number, bool):
        raise _wrong("forged", f"The sequence '{_short(number)}' is no number.", written)
    if number != known.sequence + 1:
        raise _disordered(known, number, written)
    if said.get("previous") != known.hash:
        sentence = f"Entry {number} follows another entry {known.sequence} than the one that is known."
        raise Wrong(Trouble("contradiction", sentence, (written,), known.sequence))
    if at < known.at:
        raise _wrong("order", f"Entry {number} is dated {at}, before the one that it follows.", written)
    if at > plus_seconds(now, SKEW_S):
        raise _wrong("clock", f"Entry {number} is dated {at}, which is still to come.")
    document = said.get("document")
    if is_deeper(said, ENVELOPE_DEPTH) or isinstance(document, dict) == isinstance(said.get("key"), dict):
        raise _wrong("forged", f"Entry {number} is neither about a document nor about a key.", written)
    after = replace(known, sequence=number, hash=hash_of(written), at=at, jwk=_next_key(known, said))
    return Entry(number, at, written, document if isinstance(document, dict) else None), after


def _head(known: Known, text: bytes, keys: Sequence[JsonObject], now: Instant) -> Head:
    head = read_head(known.did, text, [*keys, known.jwk])
    number, at, written = head.sequence, head.at, head.jws
    if at > plus_seconds(now, SKEW_S):
        raise _wrong("clock", f"The word on the end of the feed is dated {at}, which is still to come.")
    if at < known.said or seconds_between(at, now) > STALE_S:
        raise _wrong("stale", f"The answer is an old copy: it was signed at {at}.")
    if number < known.sequence:
        sentence = f"An older history: it ends at entry {number} now, and {known.sequence} are known."
        raise _wrong("older", sentence, written)
    if number == known.sequence and head.hash != known.hash:
        sentence = f"Entry {number} is said to be another one than the one that is known."
        raise Wrong(Trouble("contradiction", sentence, (written,), number))
    if number == known.sequence and _signer(text) != f"{known.did}#{known.jwk['kid']}":
        raise _wrong("forged", "The end of the feed is signed by a key that no entry introduces.", written)
    return head


def _disordered(known: Known, number: int, written: str) -> Wrong:
    if number > known.sequence:
        sentence = f"Entry {number} comes where entry {known.sequence + 1} has to come."
        return _wrong("order", sentence, written)
    sentence = f"Entry {number} is repeated after entry {known.sequence}."
    return Wrong(Trouble("order", sentence, (written,), max(number, 0)))


def _next_key(known: Known, said: Mapping[str, Json]) -> JsonObject:
    """The key that signs after this entry."""
    jwk = said.get("key")
    if not isinstance(jwk, dict):
        return known.jwk
    try:
        fresh = public_jwk(read_key({name: value for name, value in jwk.items() if name != "d"}))
    except Problem as problem:
        raise _wrong("forged", problem.detail) from problem
    if not fresh.get("kid") or fresh["kid"] == known.jwk["kid"]:
        raise _wrong("forged", "A change of key names no new key.")
    return fresh


@lru_cache(maxsize=256)
def _key(x: str, kid: str) -> OKPKey:
    return read_key({"kty": "OKP", "crv": CURVE, "x": x, "kid": kid})


def _signer(text: bytes) -> str:
    try:
        return signer_of(text)
    except Unsigned as unsigned:
        raise _wrong("forged", f"The end of the feed is not signed: {unsigned}.") from unsigned


def _read_signed(did: str, text: bytes, typ: str, key: OKPKey, what: str) -> JsonObject:
    try:
        said = verified(text, typ, did, key)
    except Unsigned as unsigned:
        raise _wrong("forged", f"The {what} is not signed by the node: {unsigned}.") from unsigned
    if said.get("feed") != VERSION or said.get("origin") != did:
        raise _wrong("forged", f"A line names another origin than '{did}', or another format.")
    return said


def _moment(said: Mapping[str, Json]) -> Instant:
    at = parse_instant(str(said.get("at")))
    if at is None:
        raise _wrong("forged", f"'{_short(said.get('at'))}' is no date-time with a zone.")
    return at


def _wrong(kind: TroubleKind, sentence: str, *proof: str) -> Wrong:
    return Wrong(Trouble(kind, sentence, proof))


def _short(value: object) -> str:
    return str(value)[:200]
