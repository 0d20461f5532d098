"""Secrets at rest: AES-256-GCM bound to the place they are kept in.

The envelope is `version (1) | key id (8) | nonce (12) | ciphertext and tag`. The key id lets an operator put a new key
before the old ones. Nonces are random, which is safe for 2^32 values under one key (NIST SP 800-38D §8.3).
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_BYTES, _ID_BYTES, _NONCE_BYTES = 32, 8, 12
_HEAD = len(_VERSION) + _ID_BYTES + _NONCE_BYTES


class CannotOpen(Exception):
    """A sealed value was made with another key, moved from its place, or altered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sealed value is kept. Attack it stops: who can write rows cannot put one row's secret into another."""

    tenant: str
    table: str
    row: str
    column: str

    def __bytes__(self) -> bytes:
        # Each part carries its length, so that no two places spell the same.
        parts = (part.encode() for part in (self.tenant, self.table, self.row, self.column))
        return b"".join(len(part).to_bytes(4) + part for part in parts)


class Sealer:
    """Seals with the first key, opens with whichever sealed."""

    __slots__ = ("_ciphers", "_current", "_look_up_keys")

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError("sealing needs keys of 32 bytes")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])
        self._look_up_keys = [hmac.digest(key, b"sekisho look-up key", "sha256") for key in keys]

    def seal(self, plain: bytes, *, place: Place) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + self._current + nonce
        return head + self._ciphers[self._current].encrypt(nonce, plain, head + bytes(place))

    def open(self, sealed: bytes, *, place: Place) -> bytes:
        """Return what was sealed for this place, or raise `CannotOpen`."""
        head, body = sealed[:_HEAD], sealed[_HEAD:]
        cipher = self._ciphers.get(head[len(_VERSION) : -_NONCE_BYTES])
        if cipher is None or head[: len(_VERSION)] != _VERSION:
            raise CannotOpen("sealed with a key that is not configured")
        try:
            return cipher.decrypt(head[-_NONCE_BYTES:], body, head + bytes(place))
        except InvalidTag:
            raise CannotOpen("does not belong to this place, or was altered") from None

    def seal_text(self, plain: str, *, place: Place) -> bytes:
        return self.seal(plain.encode(), place=place)

    def open_text(self, sealed: bytes, *, place: Place) -> str:
        return self.open(sealed, place=place).decode()

    def fingerprints(self, plain: str, *, place: Place) -> Sequence[bytes]:
        """Return what a sealed value can be looked up by, under each key: keep the first, look for all.

        Attack it stops: who reads the rows cannot try values against them, as he could against a plain hash.
        """
        message = bytes(place) + plain.encode()
        return [hmac.digest(key, message, "sha256") for key in self._look_up_keys]


def _key_id(key: bytes) -> bytes:
    """Name a key without telling anything about it: 32 random bytes cannot be found from their hash."""
    return sha256(b"sekisho sealing key id\x00" + key).digest()[:_ID_BYTES]
