"""Key sets that clients publish at an address: fetched through the guarded client, and remembered for a while.

What a stranger can make us do is bounded: one fetch of an address at a time, a newer one at most once a minute, small
answers, seconds of patience. A client whose address is away goes on with its last keys for an hour.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from sekisho.crypto.public_keys import PublicKey, UnusablePublicKey, read_key_set
from sekisho.db.database import UnitOfWork
from sekisho.kernel.clock import Clock
from sekisho.outbound.on_demand import OutboundOnDemand

#: How long a key set is taken as it was read.
FRESH = timedelta(minutes=10)
#: How long it is used when its address does not answer.
STALE = timedelta(hours=1)
#: How soon an address is asked again, after a failure or for a key that is not there.
PAUSE = timedelta(minutes=1)
_PATIENCE = timedelta(seconds=3)
_MOST_BYTES = 64 * 1024
_REMEMBERED = 1000
_OK = 200

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Entry:
    keys: Sequence[PublicKey] = ()
    read_at: datetime | None = None
    tried_at: datetime | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeySetCache:
    """The key sets read last. One per process; public keys are no tenant's own."""

    def __init__(self, *, outbound: OutboundOnDemand, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def known(self, uri: str, *, lacks_key: bool) -> Sequence[PublicKey] | None:
        """Return the keys of an address; None when it must be asked, or is being asked."""
        entry = self._entries.get(uri)
        if entry is None or self._must_ask(entry, lacks_key=lacks_key):
            return None
        keys = self._usable(entry)
        return None if entry.lock.locked() and (lacks_key or not keys) else keys

    async def fetch(self, uri: str, *, lacks_key: bool) -> Sequence[PublicKey]:
        entry = self._entry(uri)
        async with entry.lock:
            # Who waited for the lock finds what the one before him has read.
            if self._must_ask(entry, lacks_key=lacks_key):
                entry.tried_at = self._clock.now()
                try:
                    entry.keys = await self._read(uri)
                    entry.read_at = entry.tried_at
                except _Unreadable as error:
                    log.warning("the key set of a client cannot be read", uri=uri, reason=str(error))
        return self._usable(entry)

    def _must_ask(self, entry: _Entry, *, lacks_key: bool) -> bool:
        now = self._clock.now()
        if entry.tried_at is not None and now - entry.tried_at < PAUSE:
            return False
        return lacks_key or entry.read_at is None or now - entry.read_at >= FRESH

    def _usable(self, entry: _Entry) -> Sequence[PublicKey]:
        is_usable = entry.read_at is not None and self._clock.now() - entry.read_at < STALE
        return entry.keys if is_usable else ()

    def _entry(self, uri: str) -> _Entry:
        entry = self._entries.setdefault(uri, _Entry())
        self._entries.move_to_end(uri)
        if len(self._entries) > _REMEMBERED:
            self._entries.popitem(last=False)
        return entry

    async def _read(self, uri: str) -> Sequence[PublicKey]:
        from sekisho.outbound.client import OutboundFailed  # noqa: PLC0415 — loads the HTTP client
        from sekisho.outbound.guard import OutboundRefused  # noqa: PLC0415

        try:
            answer = await self._outbound.client().request("GET", uri, patience=_PATIENCE, most_bytes=_MOST_BYTES)
            if answer.status != _OK:
                raise _Unreadable(f"status {answer.status}")
            return read_key_set(answer.json())
        except (OutboundFailed, OutboundRefused, UnusablePublicKey) as error:
            raise _Unreadable(str(error)) from error


class _Unreadable(Exception):
    pass


class ClientKeySets:
    """Implements `sekisho.oidc.ports.KeySets` for one unit of work."""

    def __init__(self, *, shared: KeySetCache, uow: UnitOfWork) -> None:
        self._shared = shared
        self._uow = uow

    async def fetch(self, uri: str, *, lacks_key: bool = False) -> Sequence[PublicKey]:
        known = self._shared.known(uri, lacks_key=lacks_key)
        if known is not None:
            return known
        # A connection to the database must not wait for somebody's web server.
        await self._uow.release()
        return await self._shared.fetch(uri, lacks_key=lacks_key)
