"""Identifiers and random values: their alphabets and lengths are part of the wire contract."""

import secrets
import string
from typing import NewType, Protocol

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)
ApplicationId = NewType("ApplicationId", str)

_LOWER = string.digits + string.ascii_lowercase
_ALPHANUMERIC = string.digits + string.ascii_letters
_URL_SAFE = _ALPHANUMERIC + "-_"
# Without vowels nobody types a word, and nothing looks like a digit (RFC 8628 §6.1).
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"


class Ids(Protocol):
    """Makes fresh identifiers; every one comes from a cryptographic source."""

    def standard(self) -> str:
        """Return 21 characters of `[0-9a-z]`: the id of most rows."""
        ...

    def short(self) -> str:
        """Return 12 characters of `[0-9a-z]`: the id of users and connectors."""
        ...

    def secret(self) -> str:
        """Return 32 characters of `[0-9A-Za-z]`: application secrets and the like."""
        ...

    def token(self) -> str:
        """Return 43 URL-safe characters (258 bits): codes, opaque tokens, session and interaction ids."""
        ...

    def user_code(self) -> str:
        """Return 8 upper-case consonants: what a person reads off a device and types."""
        ...

    def digits(self, length: int) -> str:
        """Return digits: what a person reads in a message and types."""
        ...


class RandomIds:
    """Ids from the operating system's random source."""

    __slots__ = ()

    def standard(self) -> str:
        return _pick(_LOWER, 21)

    def short(self) -> str:
        return _pick(_LOWER, 12)

    def secret(self) -> str:
        return _pick(_ALPHANUMERIC, 32)

    def token(self) -> str:
        # 64 symbols divide 256 evenly, so masking a byte is unbiased and needs one system call.
        return "".join([_URL_SAFE[byte & 63] for byte in secrets.token_bytes(43)])

    def user_code(self) -> str:
        return _pick(_CONSONANTS, 8)

    def digits(self, length: int) -> str:
        return _pick(string.digits, length)


def _pick(alphabet: str, length: int) -> str:
    """Choose `length` symbols without bias: bytes past the last whole multiple of the alphabet are thrown away."""
    size = len(alphabet)
    limit = 256 - 256 % size
    chosen: list[str] = []
    while len(chosen) < length:
        chosen += [alphabet[byte % size] for byte in secrets.token_bytes(length * 2) if byte < limit]
    return "".join(chosen[:length])
