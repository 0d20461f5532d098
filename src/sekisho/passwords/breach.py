"""Whether a password is in a public list of breached ones, asked so that nobody learns the password.

Only the first five hexadecimal digits of its SHA-1 leave the house (k-anonymity). The list is a comfort, never a
dependency: slow or away for a second means "not known to be breached", and a breaker stops asking for a while.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Protocol

import structlog

from sekisho.kernel.clock import Clock
from sekisho.kernel.secret import Secret

_PREFIX = 5
_PATIENCE = 1.0
_FAILURES_TO_OPEN = 3
_REST = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class BreachList(Protocol):
    """A source of breached passwords by the beginning of their SHA-1."""

    async def suffixes(self, prefix: str) -> Iterable[str]:
        """Return the rest of every listed hash that begins with five hexadecimal digits."""
        ...


class BreachCheck:
    """Asks a list, if there is one. One per process: the breaker is shared."""

    def __init__(self, *, clock: Clock, source: BreachList | None = None, patience: float = _PATIENCE) -> None:
        self._clock = clock
        self._source = source
        self._patience = patience
        self._failures = 0
        self._closed_until: datetime | None = None

    async def is_breached(self, password: Secret) -> bool:
        """Tell whether the password is known to be breached; unknown counts as no."""
        source = self._source
        if source is None or self._rests():
            return False
        # Not a use of SHA-1 for security: the public list is indexed by it.
        digest = sha1(password.reveal().encode(errors="surrogatepass"), usedforsecurity=False).hexdigest().upper()
        try:
            async with asyncio.timeout(self._patience):
                suffixes = await source.suffixes(digest[:_PREFIX])
        except Exception as error:  # noqa: BLE001 — whatever ails the list, people must be able to set a password
            self._failed(error)
            return False
        self._failures = 0
        return any(suffix.upper() == digest[_PREFIX:] for suffix in suffixes)

    def _rests(self) -> bool:
        return self._closed_until is not None and self._clock.now() < self._closed_until

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        log.warning("breached-password list not reachable", error=type(error).__name__, failures=self._failures)
        if self._failures >= _FAILURES_TO_OPEN:
            self._failures = 0
            self._closed_until = self._clock.now() + _REST
