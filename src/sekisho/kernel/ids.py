"""Identifiers and random values: their alphabets and lengths are part of the wire contract."""

import secrets
import string
from typing import NewType, Protocol

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)
ApplicationId = NewType("ApplicationId", str)


class _Alphabet:
    """Draws symbols without bias: random bytes past the last whole multiple of their number are thrown away."""

    def __init__(self, symbols: str) -> None:
        whole = 256 - 256 % len(symbols)
        self._symbols = bytes(ord(symbols[byte % len(symbols)]) for byte in range(256))
        self._thrown_away = bytes(range(whole, 256))

    def pick(self, length: int) -> str:
        # One system call is nearly always enough, and always where every byte counts.
        drawn = length * 2 if self._thrown_away else length
        chosen = b""
        while len(chosen) < length:
            chosen += secrets.token_bytes(drawn).translate(self._symbols, self._thrown_away)
        return chosen[:length].decode()


_DIGITS = _Alphabet(string.digits)
_LOWER = _Alphabet(string.digits + string.ascii_lowercase)
_ALPHANUMERIC = _Alphabet(string.digits + string.ascii_letters)
_URL_SAFE = _Alphabet(string.digits + string.ascii_letters + "-_")
# Without vowels nobody types a word, and nothing looks like a digit (RFC 8628 §6.1).
_CONSONANTS = _Alphabet("BCDFGHJKLMNPQRSTVWXZ")


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
        return _LOWER.pick(21)

    def short(self) -> str:
        return _LOWER.pick(12)

    def secret(self) -> str:
        return _ALPHANUMERIC.pick(32)

    def token(self) -> str:
        return _URL_SAFE.pick(43)

    def user_code(self) -> str:
        return _CONSONANTS.pick(8)

    def digits(self, length: int) -> str:
        return _DIGITS.pick(length)
