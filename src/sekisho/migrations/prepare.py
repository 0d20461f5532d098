"""Makes a database ready to serve: schema, then the key of its secrets. The seed follows (`seed.py`).

Called by every process that opens the database. All but the first find everything done and take no lock.
"""

import os
from contextlib import suppress
from pathlib import Path

import structlog

from sekisho.crypto.sealing import Sealer
from sekisho.db.database import Database
from sekisho.db.exclusive import exclusive
from sekisho.db.migrate import SchemaState, migrate, state_of
from sekisho.kernel.clock import Clock
from sekisho.migrations import HISTORY
from sekisho.settings import Settings
from sekisho.tenants.store import SystemStore
from sekisho.tenants.vault import is_vault_made, open_vault

log = structlog.get_logger(__name__)


async def prepare(database: Database, settings: Settings, *, clock: Clock) -> Sealer:
    """Migrate if needed and return the sealer of this database's secrets, or raise `VaultLocked`."""
    if database.is_sqlite:
        _make_file(Path(database.url.database or ""))
    async with database.unit_of_work() as uow:
        state = await state_of(database, HISTORY)
        is_ready = state in {SchemaState.CURRENT, SchemaState.AHEAD} and await is_vault_made(SystemStore(uow=uow))
    if state is SchemaState.AHEAD:
        log.warning("the database was migrated by a newer version; bring this one up to date")
    if is_ready:
        return await _open(database, settings)
    async with exclusive(database):
        found = await migrate(database, HISTORY, clock=clock)
        if found is SchemaState.BEHIND:
            log.info("database migrated", revision=HISTORY.head)
        return await _open(database, settings)


def key_file_of(settings: Settings) -> Path | None:
    """Return where the generated key lies. A PostgreSQL database is shared by machines, so there it must be given."""
    if settings.uses_sqlite:
        return Path(f"{settings.db_url.database}.key")
    return settings.home / "sekisho.key" if settings.development else None


async def _open(database: Database, settings: Settings) -> Sealer:
    async with database.unit_of_work() as uow:
        return await open_vault(SystemStore(uow=uow), keys=settings.vault_keys, key_file=key_file_of(settings))


def _make_file(file: Path) -> None:
    """Create an empty database that only our user can read; SQLite gives its other files the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
