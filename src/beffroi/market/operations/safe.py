"""Seal what has to be shown once and cannot be kept as a hash (RFC 7516, AES-256-GCM).

The key is no record: whoever reads the database, or a copy of it, can use nothing of what is sealed there.
"""

from dataclasses import dataclass

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

ALGORITHMS = ["dir", "A256GCM"]
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Safe:
    """Seals and opens with one key; what was sealed for one subject (the `kid` of the protected header) opens
    for no other."""

    key: OctKey

    def seal(self, content: bytes, subject: str) -> str:
        header = {"alg": "dir", "enc": "A256GCM", "kid": subject}
        return jwe.encrypt_compact(header, content, self.key, algorithms=ALGORITHMS)

    def open(self, sealed: str, subject: str) -> bytes | None:
        """None for what another key sealed, or for somebody else."""
        try:
            opened = jwe.decrypt_compact(sealed, self.key, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return None
        return opened.plaintext if opened.headers().get("kid") == subject else None


def fresh_safe() -> Safe:
    """A safe whose key is known to this process only."""
    return Safe(OctKey.generate_key(KEY_BYTES * 8))


def safe_of(key: bytes) -> Safe:
    """A safe with a key of KEY_BYTES bytes."""
    return Safe(OctKey.import_key(key))
