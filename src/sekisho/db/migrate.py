"""Brings a database to the revision this build was written for, and tells how the two compare.

Each migration is one transaction with its own revision mark, so an interrupted run continues where it stopped. Alembic
is loaded only when there is something to do: most starts read one row. Callers hold `sekisho.db.exclusive.exclusive`.
"""

import asyncio
import sqlite3
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from sekisho.db.database import Database
from sekisho.db.search_indexes import PREFIX
from sekisho.db.types import Table
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

_SNAPSHOTS_KEPT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Where the migrations are, and the last of them. Revisions are numbers of four digits, so that they sort."""

    location: Path
    head: str


class SchemaState(StrEnum):
    """How a database stands to this build."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


class BrokenReferences(Exception):
    """A migration left rows that refer to nothing."""


async def read_revision(database: Database) -> str | None:
    """Return the revision of the database, or None when it was never migrated."""
    present = (
        "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
        if database.is_sqlite
        else "SELECT to_regclass('alembic_version')::text"
    )
    async with database.unit_of_work() as uow:
        if (await uow.execute(text(present), reads=True)).scalar() is None:
            return None
        found: str | None = (await uow.execute(text("SELECT version_num FROM alembic_version"), reads=True)).scalar()
        return found


async def state_of(database: Database, history: History) -> SchemaState:
    revision = await read_revision(database)
    if revision is None:
        return SchemaState.EMPTY
    if revision == history.head:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision < history.head else SchemaState.AHEAD


async def migrate(database: Database, history: History, *, clock: Clock) -> SchemaState:
    """Apply what is missing, and return the state found before. A newer database is left alone: it still serves us."""
    state = await state_of(database, history)
    if state is SchemaState.BEHIND and database.is_sqlite:
        await asyncio.to_thread(_snapshot, Path(database.url.database or ""), clock=clock)
    if state in {SchemaState.EMPTY, SchemaState.BEHIND}:
        await _run(database, lambda connection: _upgrade(connection, history))
    return state


async def differences(database: Database) -> Sequence[str]:
    """Say where the tables of the database are not those declared by the `tables.py` imported so far."""
    found: list[str] = []
    await _run(database, lambda connection: found.extend(_compare(connection)))
    return found


async def _run(database: Database, work: Callable[[Connection], None]) -> None:
    try:
        if database.is_sqlite:
            await asyncio.to_thread(_run_on_sqlite, database, work)
            return
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 — see `_upgrade`

        engine = create_async_engine(database.url, poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(work)
    except (OSError, InterfaceError, OperationalError) as error:
        raise DatabaseUnavailable(str(error)) from error


def _run_on_sqlite(database: Database, work: Callable[[Connection], None]) -> None:
    # An engine of its own: foreign keys must be off while a table is rebuilt (sqlite.org/lang_altertable.html §7).
    engine = create_engine(database.url.set(drivername="sqlite"), poolclass=NullPool)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    with engine.connect() as connection:
        work(connection)
        connection.rollback()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise BrokenReferences(f"rows of {broken[0]} refer to rows of {broken[2]} that do not exist")


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, so that CREATE and ALTER are part of the transaction
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA journal_mode=WAL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(connection: Connection, history: History) -> None:
    from alembic import command  # noqa: PLC0415 — a third of a second that most starts need not spend

    command.upgrade(_configuration(connection, history), "head")


def _compare(connection: Connection) -> Sequence[str]:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 — see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_declared})
    with warnings.catch_warnings():
        # Indexes of expressions are all ours (`search_indexes.py`).
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index search_")
        found = compare_metadata(context, Table.metadata)
    return [" ".join(str(part) for part in _flat(difference)) for difference in found]


def _is_declared(name: str | None, _kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Tell whether the tables' metadata speak of an object."""
    return not (name or "").startswith(PREFIX)


def _configuration(connection: Connection, history: History) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 — see above

    configuration = Config()
    configuration.set_main_option("script_location", str(history.location).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


def _flat(difference: object) -> list[object]:
    if isinstance(difference, list | tuple):
        return [part for each in difference for part in _flat(each)]
    return [difference]


def _snapshot(file: Path, *, clock: Clock) -> None:
    """Copy the database beside itself before it is changed; the oldest copies make room."""
    stamp = clock.now().strftime("%Y%m%dT%H%M%S%f")
    copy, unfinished = (file.with_name(f"{file.name}.{kind}{stamp}") for kind in ("snapshot-", "unfinished-"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
    unfinished.chmod(0o600)
    unfinished.replace(copy)
    for old in sorted(file.parent.glob(f"{file.name}.snapshot-*"))[:-_SNAPSHOTS_KEPT]:
        old.unlink()
