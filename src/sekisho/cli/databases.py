"""What `sekisho db` does."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from sekisho.cli.refusals import Refusal
from sekisho.db.database import Database
from sekisho.db.migrate import SchemaState, differences, read_revision, state_of
from sekisho.kernel.clock import SystemClock
from sekisho.migrations import HISTORY
from sekisho.migrations.declared import import_tables
from sekisho.migrations.prepare import prepare
from sekisho.settings import Settings, load_settings


async def migrate() -> str:
    """Migrate, and tell what was done."""
    settings = load_settings()
    before = None
    if not is_missing(settings):
        async with open_database(settings) as database:
            before = await read_revision(database)
    async with open_database(settings) as database:
        await prepare(database, settings, clock=SystemClock())
        after = await read_revision(database)
    if before == after:
        return f"Nothing to do: the database is at {after}."
    return f"Migrated from {before or 'nothing'} to {after}."


async def check() -> Sequence[str]:
    """Return what is wrong with the database, a line each."""
    settings = load_settings()
    if is_missing(settings):
        raise Refusal(f"There is no database {settings.db_url.database} yet; `sekisho db migrate` makes it.")
    import_tables()
    async with open_database(settings) as database:
        return await problems_of(database)


async def problems_of(database: Database) -> Sequence[str]:
    """Compare the declared tables with a database that exists."""
    match await state_of(database, HISTORY):
        case SchemaState.EMPTY:
            return ["The database is empty; `sekisho db migrate` fills it."]
        case SchemaState.BEHIND:
            return [f"The database is at {await read_revision(database)}, this version at {HISTORY.head}."]
        case SchemaState.AHEAD:
            return ["The database was migrated by a newer version."]
        case SchemaState.CURRENT:
            return [*await differences(database), *await _damage(database)]


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database as it is: nothing is migrated."""
    database = Database(settings.db_url)
    try:
        yield database
    finally:
        await database.close()


async def _damage(database: Database) -> Sequence[str]:
    """Return what SQLite finds wrong with its own file."""
    if not database.is_sqlite:
        return []
    async with database.unit_of_work() as uow:
        found = [str(line) for line in (await uow.execute(text("PRAGMA integrity_check"), reads=True)).scalars()]
        orphans = (await uow.execute(text("PRAGMA foreign_key_check"), reads=True)).mappings().all()
    told = [f"A row of {row['table']} refers to a row of {row['parent']} that does not exist." for row in orphans]
    return [line for line in found if line != "ok"] + told


def is_missing(settings: Settings) -> bool:
    """Tell whether an SQLite file is still to be made: opening it would make it."""
    return settings.uses_sqlite and not Path(settings.db_url.database or "").exists()
