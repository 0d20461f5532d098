"""PostgreSQL through asyncpg, and its errors in our words."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

import asyncpg

from sekisho.db.connections import Arguments, Change, Rows
from sekisho.db.errors import ConnectionLost, StatementFailed, UniqueViolation, unique_keys
from sekisho.db.together import NOTHING_TOUCHED, parted, together
from sekisho.kernel.errors import (
    ConstraintViolated,
    DatabaseUnavailable,
    InvalidInput,
    InvalidRelation,
    Outdated,
    ValueTooLong,
)

T = TypeVar("T")

# Enough for every statement of the product: with fewer, the busy ones would push each other out.
_PREPARED_STATEMENTS = 500
_GOODBYE_SECONDS = 1.0

# SQLSTATE classes and codes: 08 connection, 57P shutdown and start-up, 25006 read only (a failover left us behind);
# 53 resources, 40 rollback.
_LOST = re.compile(r"^(08|57P|25006)")
_AWAY = re.compile(r"^(53|40)")
_PLAIN: Mapping[str, type[Exception]] = {
    "23503": InvalidRelation,
    "22001": ValueTooLong,
    NOTHING_TOUCHED: Outdated,
}
# Syntax and names, which are ours to know; the texts of other errors may repeat values.
_TELLS_NO_VALUES = "42"


class PostgresConnection:
    """One connection. Statements are prepared once, and kept by the driver."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._is_busy = False
        self.in_transaction = False

    @classmethod
    async def open(cls, dsn: str, *, patience: float) -> Self:
        try:
            driver = await asyncpg.connect(dsn, timeout=patience, statement_cache_size=_PREPARED_STATEMENTS)
        except TimeoutError as error:
            raise DatabaseUnavailable("the database takes no connections") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise ConnectionLost(str(error)) from error
        return cls(driver)

    @property
    def is_usable(self) -> bool:
        return not self._is_busy and not self._driver.is_closed()

    async def begin(self) -> None:
        await self.change("BEGIN", ())
        self.in_transaction = True

    async def lock(self, number: int) -> None:
        begin = "" if self.in_transaction else "BEGIN; "
        # From here on, as it may have begun even if the lock fails. What runs later sees what its last holder wrote:
        # each statement has a snapshot of its own, taken when the lock is held.
        self.in_transaction = True
        await self._ask(self._driver.execute(f"{begin}SELECT pg_advisory_xact_lock({number:d})"))

    async def commit(self) -> None:
        done = await self._ask(self._driver.execute("COMMIT"))
        self.in_transaction = False
        if done != "COMMIT":  # PostgreSQL rolls back, and says so, when an earlier statement had failed
            raise StatementFailed("a transaction in which a statement had failed was to be committed")

    async def rollback(self) -> None:
        await self._ask(self._driver.execute("ROLLBACK"))
        self.in_transaction = False

    async def fetch(self, sql: str, arguments: Arguments) -> Rows:
        rows: Rows = await self._ask(self._driver.fetch(sql, *arguments))
        return rows

    async def change(self, sql: str, arguments: Arguments) -> int:
        return _rowcount(await self._ask(self._driver.execute(sql, *arguments)))

    async def change_each(self, sql: str, many: Sequence[Arguments]) -> None:
        await self._ask(self._driver.executemany(sql, many))

    async def change_all(self, changes: Sequence[Change], *, commits: bool) -> None:
        """Make them in as few round trips as may be: what is one statement is a transaction by itself."""
        groups = parted(changes)
        if not self.in_transaction and not (commits and len(groups) == 1):
            await self.begin()
        for group in groups:
            await self.change(*together(group))
        if commits and self.in_transaction:
            await self.commit()

    async def run(self, sql: str, arguments: Arguments) -> tuple[Sequence[str], Rows, int]:
        prepared = await self._ask(self._driver.prepare(sql))
        rows = await self._ask(prepared.fetch(*arguments))
        return [column.name for column in prepared.get_attributes()], rows, _rowcount(prepared.get_statusmsg())

    async def close(self) -> None:
        # Interrupted in the middle of a statement, the driver first asks the server to end it. Attack: searches that
        # are given up here and go on over there, until no processor is left.
        with suppress(TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._driver.close(timeout=_GOODBYE_SECONDS)  # afterwards it is ended without words

    async def _ask(self, question: Awaitable[T]) -> T:
        self._is_busy = True  # and stays so if we are interrupted, or lose the connection
        try:
            answer = await question
        except asyncpg.PostgresError as error:
            told = _in_our_words(error)
            self._is_busy = isinstance(told, ConnectionLost)
            raise told from None  # the driver's text may repeat values
        except ValueError:  # the driver's own word for a value that it cannot write
            self._is_busy = False
            raise StatementFailed("a value does not fit its type") from None
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise ConnectionLost(str(error)) from error
        self._is_busy = False
        return answer


def _in_our_words(error: asyncpg.PostgresError) -> Exception:
    state = error.sqlstate or ""
    match state:
        case "23505":
            return UniqueViolation(columns=unique_keys().get(error.constraint_name or "", frozenset()))
        case _ if (plain := _PLAIN.get(state)) is not None:
            return plain()
        case "2201B" | "22025":
            return InvalidInput(details="The search pattern cannot be read.")
        case _ if state.startswith("23"):
            return ConstraintViolated()
        case _ if _LOST.match(state) or isinstance(error, asyncpg.InvalidCachedStatementError):
            return ConnectionLost(f"{state} {error.args[0]}")
        case _ if _AWAY.match(state):
            return DatabaseUnavailable(f"{state} {error.args[0]}")
        case _:
            return StatementFailed(f"{state} {error.args[0] if state.startswith(_TELLS_NO_VALUES) else ''}".strip())


def _rowcount(status: str) -> int:
    """Read how many rows were touched from a status such as `UPDATE 1` or `INSERT 0 1`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdecimal() else 0
