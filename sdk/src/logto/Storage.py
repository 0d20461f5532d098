"""Where a signed-in user's tokens live between requests.

An application brings a Storage over its session; MemoryStorage is for trying things out. Values are opaque strings
of up to a few kilobytes. Whoever reads them can act as the user: keep them in a session the browser cannot forge.
"""

import logging
from abc import ABC, abstractmethod
from typing import Literal

PersistKey = Literal["idToken", "accessTokenMap", "refreshToken", "signInSession"]

_log = logging.getLogger("logto")


class Storage(ABC):
    """The four values of one user's session. The methods are called in the thread or task of the request."""

    @abstractmethod
    def get(self, key: PersistKey) -> str | None:
        """Return the value of a key, or None when there is none."""

    @abstractmethod
    def set(self, key: PersistKey, value: str | None) -> None:
        """Keep a value under a key; None means the same as deleting it."""

    @abstractmethod
    def delete(self, key: PersistKey) -> None:
        """Forget a key; a key that is absent is no error."""


class MemoryStorage(Storage):
    """One session in memory: every visitor of the application is the same user. Only for tests and first steps."""

    def __init__(self) -> None:
        self._values: dict[str, str | None] = {}
        self._warned = False

    @staticmethod
    def printWarning() -> None:
        """Write to the log that this storage must not carry real users."""
        _log.warning("MemoryStorage signs every visitor in as the same user: give LogtoClient a storage of your own.")

    def get(self, key: PersistKey) -> str | None:
        self._warn_once()
        return self._values.get(key)

    def set(self, key: PersistKey, value: str | None) -> None:
        self._warn_once()
        self._values[key] = value

    def delete(self, key: PersistKey) -> None:
        self._values.pop(key, None)

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            self.printWarning()
