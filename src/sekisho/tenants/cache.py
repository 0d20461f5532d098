"""Tenant configuration in memory: read once, dropped as soon as its version in `tenants.config_version` moves.

Every change bumps the version in its own transaction. PostgreSQL tells other processes by NOTIFY, and the version is
re-read when it is a second old (or always, while the listener is away); SQLite is asked before every request, which
takes microseconds and sees other processes' writes. A request that changes configuration reads past the cache.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import func, select, update

from sekisho.db.database import Database, UnitOfWork
from sekisho.db.url import dsn
from sekisho.kernel.ids import TenantId
from sekisho.tenants.tables import TenantTable

T = TypeVar("T")
Key = tuple[Hashable, ...]

_VERSIONS = select(TenantTable.id, TenantTable.config_version)
_CHANNEL = "sekisho_configuration"
_MAX_AGE = 1.0
_MAX_ENTRIES = 10_000
_RECONNECT = 1.0

log = structlog.get_logger(__name__)


class ConfigCache:
    """The configuration of all tenants that this process has read. One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[TenantId, dict[Key, Any]] = {}
        self._generations: dict[TenantId, int] = {}
        self._versions: dict[TenantId, int] = {}
        self._checked = 0.0
        self._listener: asyncio.Task[None] | None = None
        self._is_listening = False
        self._peek: sqlite3.Connection | None = None
        self._data_version = -1

    def of(self, tenant_id: TenantId, uow: UnitOfWork) -> "TenantCache":
        return TenantCache(self, tenant_id, uow)

    async def start(self) -> None:
        """Begin to listen for other processes' changes."""
        if not self._database.is_sqlite:
            self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        if self._peek is not None:
            self._peek.close()
            self._peek = None

    async def revalidate(self) -> None:
        """Drop what has changed since the last look; called before a request reads configuration."""
        if self._database.is_sqlite:
            self._look_into_sqlite()
        elif not self._is_listening or time.monotonic() - self._checked > _MAX_AGE:
            async with self._database.unit_of_work() as uow:
                rows = await uow.execute(_VERSIONS)
                self._compare({TenantId(row.id): row.config_version for row in rows})
            self._checked = time.monotonic()

    def knows(self, tenant_id: TenantId) -> bool:
        """Tell whether there is such a tenant."""
        return tenant_id in self._versions

    def tenants(self) -> Collection[TenantId]:
        """Return the tenants there are."""
        return self._versions.keys()

    def drop(self, tenant_id: TenantId) -> None:
        """Forget a tenant's configuration, and whatever is being read of it at this moment."""
        self._entries.pop(tenant_id, None)
        self._generations[tenant_id] = self.generation(tenant_id) + 1

    def generation(self, tenant_id: TenantId) -> int:
        return self._generations.get(tenant_id, 0)

    def entries(self, tenant_id: TenantId) -> dict[Key, Any]:
        return self._entries.setdefault(tenant_id, {})

    def _compare(self, versions: dict[TenantId, int]) -> None:
        for tenant_id in versions.keys() | self._versions.keys():
            if versions.get(tenant_id) != self._versions.get(tenant_id):
                self.drop(tenant_id)
        self._versions = versions

    def _look_into_sqlite(self) -> None:
        # A connection of its own: data_version moves only with the commits of others, and this one never writes.
        if self._peek is None:
            self._peek = sqlite3.connect(self._database.url.database or "", check_same_thread=False, timeout=1.0)
        (data_version,) = self._peek.execute("PRAGMA data_version").fetchone()
        if data_version != self._data_version:
            rows = self._peek.execute("SELECT id, config_version FROM tenants").fetchall()
            self._compare({TenantId(tenant_id): version for tenant_id, version in rows})
            self._data_version = data_version

    async def _listen(self) -> None:
        import asyncpg  # noqa: PLC0415 — only where the database is PostgreSQL

        while True:
            try:
                await self._listen_once(dsn(self._database.url))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("configuration listener lost; reading the version on every request", error=str(error))
            self._is_listening = False
            await asyncio.sleep(_RECONNECT)

    async def _listen_once(self, dsn: str) -> None:
        import asyncpg  # noqa: PLC0415

        lost = asyncio.Event()
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(_CHANNEL, lambda *call: self.drop(TenantId(call[-1])))
            self._checked = 0.0
            self._is_listening = True
            await lost.wait()
        finally:
            self._is_listening = False
            with suppress(Exception):
                await connection.close(timeout=1)


class TenantCache:
    """One request's view of its tenant's configuration."""

    def __init__(self, shared: ConfigCache, tenant_id: TenantId, uow: UnitOfWork) -> None:
        self._shared = shared
        self._tenant_id = tenant_id
        self._uow = uow
        self._has_changed = False

    async def get(self, key: Key, load: Callable[[], Awaitable[T]]) -> T:
        """Return what `load` read last. None is never kept, so that guessing ids cannot fill the memory."""
        if self._has_changed:
            return await load()
        entries = self._shared.entries(self._tenant_id)
        known: T | None = entries.get(key)
        if known is not None:
            return known
        generation = self._shared.generation(self._tenant_id)
        value = await load()
        # What changed while it was read may be stale already: use it once, keep it not.
        if value is not None and generation == self._shared.generation(self._tenant_id):
            if len(entries) >= _MAX_ENTRIES:
                entries.clear()
            entries[key] = value
        return value

    async def changed(self) -> None:
        """Bump the tenant's version in this transaction; every process forgets once it is committed."""
        if self._has_changed:
            return
        self._has_changed = True
        table = TenantTable
        bump = update(table).where(table.id == self._tenant_id).values(config_version=table.config_version + 1)
        await self._uow.execute(bump)
        if not self._uow.database.is_sqlite:
            await self._uow.execute(select(func.pg_notify(_CHANNEL, self._tenant_id)))
        self._uow.on_commit(lambda: self._shared.drop(self._tenant_id))
