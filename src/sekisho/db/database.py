"""One database: its engine and the units of work over it.

Reads run each in a snapshot of its own; the first write opens a transaction (`BEGIN IMMEDIATE` on SQLite, where
writers also queue up in process, so that none waits for a lock). Both databases therefore behave alike: READ COMMITTED.
What is consumed once is consumed by compare-and-set, never by a read followed by a write.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, CursorResult, Executable, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sekisho.db.errors import is_lost_connection, translate
from sekisho.db.json_codec import dumps, loads
from sekisho.kernel.errors import DatabaseUnavailable

Work = Callable[["UnitOfWork"], Awaitable[None]]


class Database:
    """Hands out units of work. `pool_size` counts connections of this process; timeouts are in seconds.

    A database that takes connections and then says nothing counts as away after `statement_timeout`.
    """

    def __init__(
        self, url: URL, *, pool_size: int = 20, connect_timeout: float = 5.0, statement_timeout: float = 10.0
    ) -> None:
        self.url = url
        self.statement_timeout = statement_timeout
        self.is_sqlite = url.get_backend_name() == "sqlite"
        connect_args: dict[str, Any] = {"timeout": connect_timeout}
        if self.is_sqlite:
            # The driver must not open transactions of its own: BEGIN is ours.
            connect_args["isolation_level"] = None
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=connect_timeout,
            connect_args=connect_args,
            # Errors are logged, and parameters are people's data.
            hide_parameters=True,
            json_serializer=dumps,
            json_deserializer=loads,
            **({} if self.is_sqlite else {"pool_use_lifo": True}),
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        #: For a connection that is kept. It sets its mode by an event, and events cost every statement time: units of
        #: work set theirs themselves. SQLite's driver never opens a transaction, so there is no mode to set.
        self.reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.writers = asyncio.Lock()

    def unit_of_work(self) -> "UnitOfWork":
        return UnitOfWork(self)

    async def ping(self) -> None:
        """Raise `DatabaseUnavailable` unless the database answers."""
        async with self.unit_of_work() as uow:
            await uow.execute(text("SELECT 1"), reads=True)

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class UnitOfWork:
    """Everything one request does to the database: committed whole when the block ends well, else not at all."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._connection: AsyncConnection | None = None
        self._writing = False
        self._wrote = False
        self._after: list[Work] = []
        self._committed: list[Callable[[], None]] = []

    async def execute(self, statement: Executable, parameters: Any = None, *, reads: bool = False) -> CursorResult[Any]:
        """Run a statement. DML opens the transaction; `reads=True` vouches that a textual statement only reads."""
        writes = not reads and not getattr(statement, "is_select", False)
        for attempt in (1, 2):
            # A pooled connection may have died while it lay idle: before the first write a second try loses nothing.
            may_retry = attempt == 1 and not self._wrote
            try:
                async with asyncio.timeout(self.database.statement_timeout):
                    connection = await self._connect(writes=writes)
                    result = await connection.execute(statement, parameters)
            except TimeoutError as error:
                await self._abort()
                raise translate(error) from error
            except Exception as error:
                if is_lost_connection(error) and may_retry:
                    await self._drop()
                    continue
                raise translate(error) from error
            self._wrote = self._wrote or writes
            return result
        raise DatabaseUnavailable

    async def begin(self) -> None:
        """Open the write transaction now: what follows reads what nobody else can change meanwhile (SQLite)."""
        try:
            await self._connect(writes=True)
        except Exception as error:
            raise translate(error) from error

    async def release(self) -> None:
        """Give the connection back before slow work (hashing, HTTP, SMTP); never with writes pending."""
        if self._writing:
            raise RuntimeError("slow work inside a transaction")
        await self._drop()

    async def rest(self) -> None:
        """Give the connection back unless something was written: whoever we wait for may take long."""
        if not self._writing:
            await self._drop()

    @property
    def is_open(self) -> bool:
        """Tell whether a connection is held."""
        return self._connection is not None

    async def commit(self) -> None:
        """Make everything written so far durable, and give the connection back."""
        if self._connection is not None and self._writing:
            try:
                async with asyncio.timeout(self.database.statement_timeout):
                    await self._connection.commit()
            except TimeoutError as error:
                await self._abort()
                raise translate(error) from error
            except Exception as error:
                await self._drop()
                raise translate(error) from error
        await self._drop()
        for notify in self._committed:
            notify()
        self._committed.clear()

    def after(self, work: Work) -> None:
        """Run `work` in a transaction of its own when this one has ended, well or not, and before the answer."""
        self._after.append(work)

    def on_commit(self, notify: Callable[[], None]) -> None:
        """Call `notify` once what was written is durable; forgotten if it never is."""
        self._committed.append(notify)

    async def finish(self) -> None:
        """End well: commit, then what was asked for after."""
        try:
            await self.commit()
        finally:
            await self.abandon()

    async def abandon(self) -> None:
        """End: roll back what was not committed, then what was asked for after."""
        self._committed.clear()
        if self._connection is None and not self._writing and not self._after:
            return
        # Shielded, so that a client that hangs up cannot leave a transaction (or SQLite's writer queue) open.
        await asyncio.shield(self._drop())
        while self._after:
            work = self._after.pop(0)
            async with self.database.unit_of_work() as own:
                await work(own)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await (self.finish() if error is None else self.abandon())

    async def _connect(self, *, writes: bool) -> AsyncConnection:
        if self._connection is not None and (self._writing or not writes):
            return self._connection
        await self._drop()
        if not writes:
            self._connection = await self.database.engine.connect()
            if not self.database.is_sqlite:
                await self._connection.execution_options(isolation_level="AUTOCOMMIT")
            return self._connection
        if self.database.is_sqlite:
            await self.database.writers.acquire()
        self._writing = True
        try:
            self._connection = await self.database.engine.connect()
            if self.database.is_sqlite:
                await self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            await self._drop()
            raise
        return self._connection

    async def _abort(self) -> None:
        """Break the connection off: a rollback would wait for the same silence."""
        if self._connection is not None:
            await self._connection.invalidate()
        await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        writing, self._writing, self._wrote = self._writing, False, False
        try:
            if connection is not None:
                await connection.close()  # rolls back whatever was not committed
        finally:
            if writing and self.database.is_sqlite:
                self.database.writers.release()
