"""Identifiers and random values: their alphabets and lengths are part of the wire contract."""

import os
import secrets
import string
from collections.abc import Callable
from io import BytesIO
from typing import NewType, Protocol

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)
ApplicationId = NewType("ApplicationId", str)

_Draw = Callable[[int], bytes]


class _Ahead:
    """Random bytes of the operating system, drawn a block ahead: asking for each id would be a system call.

    For ids that open nothing. No byte is given twice: reading moves on in one step, which no thread divides, and a
    child process begins without its parent's block. Only a copy of the whole machine, made while it runs, would go on
    with the same bytes; hence secrets are drawn one by one (Linux gives each copy others).
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._block = BytesIO()
        os.register_at_fork(after_in_child=self._forget)

    def draw(self, length: int) -> bytes:
        while len(drawn := self._block.read(length)) < length:
            self._block = BytesIO(os.urandom(self._size))
        return drawn

    def _forget(self) -> None:
        self._block = BytesIO()


class _Alphabet:
    """Draws symbols without bias: random bytes past the last whole multiple of their number are thrown away."""

    def __init__(self, symbols: str) -> None:
        whole = 256 - 256 % len(symbols)
        self._symbols = bytes(ord(symbols[byte % len(symbols)]) for byte in range(256))
        self._thrown_away = bytes(range(whole, 256))

    def pick(self, length: int, *, draw: _Draw = secrets.token_bytes) -> str:
        # One system call is nearly always enough, and always where every byte counts.
        drawn = length * 2 if self._thrown_away else length
        chosen = b""
        while len(chosen) < length:
            chosen += draw(drawn).translate(self._symbols, self._thrown_away)
        return chosen[:length].decode()


_DIGITS = _Alphabet(string.digits)
_LOWER = _Alphabet(string.digits + string.ascii_lowercase)
_ALPHANUMERIC = _Alphabet(string.digits + string.ascii_letters)
_URL_SAFE = _Alphabet(string.digits + string.ascii_letters + "-_")
# Without vowels nobody types a word, and nothing looks like a digit (RFC 8628 §6.1).
_CONSONANTS = _Alphabet("BCDFGHJKLMNPQRSTVWXZ")

_ahead = _Ahead(4096).draw


class Ids(Protocol):
    """Makes fresh identifiers; every one comes from a cryptographic source."""

    def standard(self) -> str:
        """Return 21 characters of `[0-9a-z]`: the id of most rows, which opens nothing."""
        ...

    def short(self) -> str:
        """Return 12 characters of `[0-9a-z]`: the id of users and connectors."""
        ...

    def request(self) -> str:
        """Return 16 URL-safe characters: what an answer and its log lines share."""
        ...

    def jti(self) -> str:
        """Return 43 URL-safe characters that tell one JWT from all others, and open nothing."""
        ...

    def secret(self) -> str:
        """Return 32 characters of `[0-9A-Za-z]`: application secrets and the like."""
        ...

    def token(self) -> str:
        """Return 43 URL-safe characters (258 bits): codes, opaque tokens, session and interaction ids."""
        ...

    def subject_token(self) -> str:
        """Return 21 characters of `[0-9a-z]` that open what they stand for, unlike an id of the same form."""
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
        return _LOWER.pick(21, draw=_ahead)

    def short(self) -> str:
        return _LOWER.pick(12, draw=_ahead)

    def request(self) -> str:
        return _URL_SAFE.pick(16, draw=_ahead)

    def jti(self) -> str:
        return _URL_SAFE.pick(43, draw=_ahead)

    def secret(self) -> str:
        return _ALPHANUMERIC.pick(32)

    def token(self) -> str:
        return _URL_SAFE.pick(43)

    def subject_token(self) -> str:
        return _LOWER.pick(21)

    def user_code(self) -> str:
        return _CONSONANTS.pick(8)

    def digits(self, length: int) -> str:
        return _DIGITS.pick(length)
