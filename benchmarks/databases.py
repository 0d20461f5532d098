"""Throwaway databases of both kinds, empty when they are handed out.

PostgreSQL is the one the tests start. `BENCH_POSTGRESQL` names another server instead (URL without a database name,
of a role that may create databases): the way to measure over a network, or with other settings.
"""

import asyncio
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import assert_never

import asyncpg
from tests.support.postgres import ensure_server


class Kind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@contextmanager
def empty_database(kind: Kind, *, folder: Path) -> Iterator[str]:
    """Make a database with nothing in it and yield its URL; SQLite's lies in `folder`."""
    match kind:
        case Kind.SQLITE:
            with _sqlite(folder) as url:
                yield url
        case Kind.POSTGRESQL:
            with _postgresql() as url:
                yield url
        case _:
            assert_never(kind)


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    # In a folder of its own, with its key file, journal and snapshots.
    own = folder / f"sqlite-{secrets.token_hex(4)}"
    own.mkdir()
    yield f"sqlite:///{own / 'sekisho.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    server = os.environ.get("BENCH_POSTGRESQL") or _server_of_the_tests()
    name = f"bench_{secrets.token_hex(4)}"
    asyncio.run(_run(server, f"CREATE DATABASE {name}"))
    # The tests' server acknowledges before its log is written; a commit that is measured waits for it.
    asyncio.run(_run(server, f"ALTER DATABASE {name} SET synchronous_commit = on"))
    try:
        yield f"{server}/{name}"
    finally:
        asyncio.run(_run(server, f"DROP DATABASE {name} WITH (FORCE)"))


@cache
def _server_of_the_tests() -> str:
    """Start it; it stops, and removes its folder, when this process has ended."""
    return ensure_server(Path(tempfile.mkdtemp(prefix="sekisho-bench-postgresql-")), owner=os.getpid())


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
