"""SQLite through Python's own driver, and its errors in our words.

Every connection has a thread, which does one thing after the other: what nobody waits for any longer has ended before
its transaction is rolled back.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, Self, TypeVar

from sekisho.db.connections import Arguments, Change, Effect, Rows
from sekisho.db.errors import StatementFailed, UniqueViolation
from sekisho.db.patterns import posix, similar_to
from sekisho.kernel.errors import ConstraintViolated, DatabaseUnavailable, InvalidRelation, Outdated

P = ParamSpec("P")
T = TypeVar("T")

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
# Enough for every statement of the product.
_PREPARED_STATEMENTS = 500
_TAKEN = re.compile(r"UNIQUE constraint failed: (?P<columns>[\w., ]+)")


class SqliteConnection:
    """One connection. A transaction begins as a writer's, so that it never has to become one."""

    def __init__(self, thread: ThreadPoolExecutor, driver: sqlite3.Connection) -> None:
        self._thread = thread
        self._driver = driver
        self._is_busy = False

    @classmethod
    async def open(cls, file: str, *, patience: float) -> Self:
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        try:
            driver = await asyncio.get_running_loop().run_in_executor(thread, _open, file, patience)
        except sqlite3.Error as error:
            raise _in_our_words(error) from error
        return cls(thread, driver)

    @property
    def is_usable(self) -> bool:
        return not self._is_busy

    @property
    def in_transaction(self) -> bool:
        return self._driver.in_transaction

    async def begin(self) -> None:
        await self._do(self._driver.execute, "BEGIN IMMEDIATE")

    async def lock(self, number: int) -> None:  # noqa: ARG002 — who writes is alone
        if not self.in_transaction:
            await self.begin()

    async def commit(self) -> None:
        await self._do(self._driver.execute, "COMMIT")

    async def rollback(self) -> None:
        await self._do(self._driver.rollback)

    async def fetch(self, sql: str, arguments: Arguments) -> Rows:
        return await self._do(lambda: self._driver.execute(sql, arguments).fetchall())

    async def change(self, sql: str, arguments: Arguments) -> int:
        return await self._do(lambda: self._driver.execute(sql, arguments).rowcount)

    async def change_each(self, sql: str, many: Sequence[Arguments]) -> None:
        await self._do(self._driver.executemany, sql, many)

    async def change_all(self, changes: Sequence[Change], *, commits: bool) -> None:
        """Make them one after the other, in one visit to the thread."""
        if not await self._do(self._change_all, changes, commits=commits):
            raise Outdated

    async def run(self, sql: str, arguments: Arguments) -> tuple[Sequence[str], Rows, int]:
        def run() -> tuple[Sequence[str], Rows, int]:
            cursor = self._driver.execute(sql, arguments)
            return [column[0] for column in cursor.description or ()], cursor.fetchall(), cursor.rowcount

        return await self._do(run)

    async def close(self) -> None:
        if self._is_busy:
            self._driver.interrupt()
        with suppress(sqlite3.Error):
            await asyncio.get_running_loop().run_in_executor(self._thread, self._driver.close)
        self._thread.shutdown(wait=False)

    def _change_all(self, changes: Sequence[Change], *, commits: bool) -> bool:
        if not self._driver.in_transaction:
            self._driver.execute("BEGIN IMMEDIATE")
        for change in changes:
            cursor = self._driver.execute(change.sql, change.arguments)
            touched = len(cursor.fetchall()) if change.effect is Effect.LOCKS else cursor.rowcount
            if change.is_required and not touched:
                return False
        if commits:
            self._driver.execute("COMMIT")
        return True

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._is_busy = True  # and stays so if we are interrupted
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))
        except sqlite3.Error as error:
            self._is_busy = False
            raise _in_our_words(error) from error
        self._is_busy = False
        return done


def _open(file: str, patience: float) -> sqlite3.Connection:
    driver = sqlite3.connect(
        file,
        timeout=patience,
        isolation_level=None,  # the driver must not open transactions of its own: BEGIN is ours
        check_same_thread=False,
        cached_statements=_PREPARED_STATEMENTS,
    )
    for pragma in _PRAGMAS:
        driver.execute(f"PRAGMA {pragma}")
    driver.create_function("sekisho_posix", 3, posix, deterministic=True)
    driver.create_function("sekisho_similar_to", 3, similar_to, deterministic=True)
    return driver


def _in_our_words(error: sqlite3.Error) -> Exception:
    match getattr(error, "sqlite_errorname", None):
        case "SQLITE_CONSTRAINT_UNIQUE" | "SQLITE_CONSTRAINT_PRIMARYKEY" | "SQLITE_CONSTRAINT_ROWID":
            return UniqueViolation(columns=_taken_columns(str(error)))
        case "SQLITE_CONSTRAINT_FOREIGNKEY":
            return InvalidRelation()
        case str() as name if name.startswith("SQLITE_CONSTRAINT"):
            return ConstraintViolated()
        case _ if isinstance(error, sqlite3.OperationalError):
            return DatabaseUnavailable(str(error))
        case name:
            return StatementFailed(name or "a value does not fit its type")


def _taken_columns(text: str) -> frozenset[str]:
    found = _TAKEN.search(text)
    names = [] if found is None else found["columns"].split(",")
    return frozenset(name.strip().partition(".")[2] for name in names) - {"tenant_id"}
