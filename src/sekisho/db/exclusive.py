"""One process at a time: an advisory lock on PostgreSQL, a locked file beside an SQLite database.

Held while a database is made ready, so that machines that start together do not migrate together. Both locks end with
the process that holds them, however it ends.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sekisho.db.database import Database

# Any number will do, as long as it stays the same: the word "sekisho" in ASCII.
_LOCK = 0x73656B6973686F
_POLL_SECONDS = 0.05


@asynccontextmanager
async def exclusive(database: Database) -> AsyncIterator[None]:
    """Wait until no other process is inside, and keep the others out until the block ends."""
    holder = _file_lock(database) if database.is_sqlite else _advisory_lock(database)
    async with holder:
        yield


@asynccontextmanager
async def _advisory_lock(database: Database) -> AsyncIterator[None]:
    connection = await database.connect()
    try:
        await connection.run("SELECT pg_advisory_lock($1)", [_LOCK])
        yield
    finally:
        # The lock belongs to the database session: ending that is the one way to release it that cannot fail.
        await connection.close()


@asynccontextmanager
async def _file_lock(database: Database) -> AsyncIterator[None]:
    handle = os.open(lock_file(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _try_lock(handle):  # noqa: ASYNC110 — nobody can tell us when another process lets go
            await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def lock_file(database: Database) -> Path:
    return Path(f"{database.url.database}.lock")


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
