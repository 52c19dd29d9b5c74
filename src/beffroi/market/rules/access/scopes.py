"""Scope: what a token may do, in words that say exactly what was bought (RFC 6749, section 3.3).

    scope     = word *( SP word )
    word      = "read" / "live" / "history" / "through" / "type:" uri / "attribute:" uri / "tenant:" name
              / "area:" digest / "types:" digest / "attributes:" digest

`attribute:` words are absent where every attribute was bought. A digest stands for what is too long for a
token: the first 16 hexadecimal digits of the SHA-256 of the GeoJSON text, or of the names in their order
with a line feed between them. A token may ask for fewer words; it never lets more through than the product
covers now.
"""

from dataclasses import replace
from hashlib import sha256
from urllib.parse import quote, unquote

from beffroi.kernel.grant import Grant

MOST_WORDS = 40
"""More types or attributes than that stand as one digest."""

_SAFE = "!#$&'()*+,-./:;=?@[]^_`{|}~"
"""What a word may have of a URI (RFC 6749, appendix A.4); the rest is percent-encoded."""


def scope_of(grant: Grant) -> str:
    """The scope of all that a grant covers.

    >>> scope_of(Grant("urn:p:1", types=frozenset({"ex:Car"}), attributes=frozenset({"ex:speed"}), live=True))
    'read live type:ex:Car attribute:ex:speed'
    """
    words = ["read"]
    words += ["live"] if grant.live else []
    words += ["history"] if grant.history else []
    words += ["through"] if grant.endpoint else []
    words += _named("type", grant.types)
    words += _named("attribute", grant.attributes) if grant.attributes is not None else []
    words += [f"tenant:{_word(grant.tenant)}"] if grant.tenant else []
    words += [f"area:{_digest(grant.area)}"] if grant.area else []
    return " ".join(words)


def narrowed(asked: str, grant: Grant) -> str | None:
    """The scope of a token for which these words were asked; None if some were not bought.

    Words that only say what was bought (`read`, `tenant`, `area`, digests) are always in it. Without a word
    for a type, or for an attribute, all that were bought are meant.
    """
    bought = scope_of(grant).split()
    words = list(dict.fromkeys(asked.split()))
    if not set(words) <= set(bought):
        return None
    if not words:
        return " ".join(bought)
    kept = set(words)
    for start in ("type:", "attribute:"):
        if not any(word.startswith(start) for word in words):
            kept.update(word for word in bought if word.startswith(start))
    kept.update(word for word in bought if word not in {"live", "history"} and not word.startswith(_CHOSEN))
    return " ".join(word for word in bought if word in kept)


def within(grant: Grant, scope: str) -> Grant | None:
    """What a token with this scope lets through of what its product covers now.

    None where that cannot be told: the scope names another tenant, or has the digest of another area or list.
    """
    words, bought = frozenset(scope.split()), frozenset(scope_of(grant).split())
    if words == bought:
        return grant
    if any(word.startswith(_WHOLE) for word in words - bought) or any(
        word.startswith(_BOUNDS) for word in bought - words
    ):
        return None
    types = _chosen(words, "type:")
    attributes = _chosen(words, "attribute:")
    return replace(
        grant,
        types=grant.types if _has(words, "types:") else grant.types & types,
        attributes=_fewer(grant.attributes, attributes),
        live=grant.live and "live" in words,
        history=grant.history and "history" in words,
        endpoint=grant.endpoint if "through" in words else "",
        scope=scope,
    )


_CHOSEN = ("type:", "attribute:")
_BOUNDS = ("tenant:", "area:")
_WHOLE = (*_BOUNDS, "types:", "attributes:")
"""Words that say something of the whole, which cannot be cut to something smaller."""


def _fewer(granted: frozenset[str] | None, asked: frozenset[str]) -> frozenset[str] | None:
    if not asked:
        return granted
    return asked if granted is None else granted & asked


def _chosen(words: frozenset[str], start: str) -> frozenset[str]:
    return frozenset(unquote(word.removeprefix(start)) for word in words if word.startswith(start))


def _has(words: frozenset[str], start: str) -> bool:
    return any(word.startswith(start) for word in words)


def _named(what: str, names: frozenset[str]) -> list[str]:
    if len(names) > MOST_WORDS:
        return [f"{what}s:{_digest(chr(10).join(sorted(names)))}"]
    return [f"{what}:{_word(name)}" for name in sorted(names)]


def _word(name: str) -> str:
    return quote(name, safe=_SAFE)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
