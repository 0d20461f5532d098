"""What the clients of one process share: discovery documents, signing keys, running and recent token requests.

Clients are often made per request, with a storage bound to it; so this lives longer than a client. It is bound to
no event loop and safe between threads.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from logto._provider import Discovery, SigningKeys
from logto._turnstile import Turnstile
from logto.models.response import TokenResponse

RECENT_FOR = timedelta(seconds=30)
MAX_RECENT = 1000

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """A token answer and when it arrived, in seconds since 1970."""

    response: TokenResponse
    received_at: float


@dataclass(slots=True)
class _Spent:
    """What a code or refresh token bought lately, by resource, and the refresh token that replaced it."""

    until: float
    grants: dict[str, tuple[int, TokenGrant]] = field(default_factory=dict)
    successor: str | None = None


class RecentGrants:
    """Answers kept for half a minute, for requests that left the browser before the new cookie reached it.

    Without it such a request would present a rotated refresh token after the server's grace of three seconds, and
    the server would take that for theft and revoke the grant.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._spent: dict[str, _Spent] = {}

    def mark(self) -> int:
        """Return a point in time for `find`: answers that arrive from now on come after it."""
        with self._lock:
            return self._count

    def remember(self, key: str, *, spent: str, resource: str, grant: TokenGrant) -> None:
        replacement = grant.response.refresh_token
        with self._lock:
            self._drop_old()
            self._count += 1
            entry = self._spent.pop(key, None) or _Spent(until=0)
            entry.until = self._clock() + RECENT_FOR.total_seconds()
            entry.grants[resource] = (self._count, grant)
            if replacement is not None and replacement != spent:
                entry.successor = replacement
            self._spent[key] = entry

    def find(self, key: str, *, resource: str, after: int) -> TokenGrant | None:
        """Return the answer for this resource if it arrived after the mark."""
        with self._lock:
            self._drop_old()
            entry = self._spent.get(key)
            count, grant = (0, None) if entry is None else entry.grants.get(resource, (0, None))
            return grant if count > after else None

    def successor(self, key: str) -> str | None:
        """Return the refresh token that replaced the spent one, if it was replaced lately."""
        with self._lock:
            self._drop_old()
            entry = self._spent.get(key)
            return None if entry is None else entry.successor

    def forget(self, key: str) -> None:
        with self._lock:
            self._spent.pop(key, None)

    def _drop_old(self) -> None:
        # Every entry lives equally long and is re-inserted when it changes: the first is always the oldest.
        now = self._clock()
        while self._spent:
            oldest = next(iter(self._spent))
            if self._spent[oldest].until > now and len(self._spent) < MAX_RECENT:
                return
            del self._spent[oldest]


class ProcessMemory:
    """One per process is right; tests make their own, with their own clock (seconds since 1970)."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.clock = clock
        self.turnstile = Turnstile()
        self.recent = RecentGrants(clock)
        self._lock = threading.Lock()
        self._discoveries: dict[str, Discovery] = {}
        self._keys: dict[str, SigningKeys] = {}

    def discovery(self, url: str) -> Discovery:
        with self._lock:
            return self._discoveries.setdefault(url, Discovery(url, clock=self.clock, turnstile=self.turnstile))

    def signing_keys(self, url: str) -> SigningKeys:
        with self._lock:
            return self._keys.setdefault(url, SigningKeys(url, clock=self.clock, turnstile=self.turnstile))


def fingerprint(*parts: str) -> str:
    """Name a secret without holding it: SHA-256 over the parts, each with its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


SHARED = ProcessMemory()
