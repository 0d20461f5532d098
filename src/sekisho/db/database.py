"""One database: its connections and the units of work over it.

Reads run each in a snapshot of its own; the first write opens a transaction (`BEGIN IMMEDIATE` on SQLite, where
writers also queue up in process, so that none waits for a lock). Both databases therefore behave alike: READ COMMITTED.
What is consumed once is consumed by compare-and-set, never by a read followed by a write.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import URL, Executable, text

from sekisho.db.connections import Change, Connection, Pool
from sekisho.db.errors import ConnectionLost, StatementFailed, StatementTooSlow
from sekisho.db.json_codec import dumps, loads
from sekisho.db.statements import Answer, Parameters, Statement, Statements, Values
from sekisho.db.url import dsn
from sekisho.kernel.errors import DatabaseUnavailable, Outdated
from sekisho.kernel.patience import Patience

T = TypeVar("T")
Work = Callable[["UnitOfWork"], Awaitable[None]]

_PING = text("SELECT 1")


class Database:
    """Hands out units of work. `pool_size` counts connections of this process; timeouts are in seconds.

    A database that takes connections and then says nothing counts as away after `statement_timeout`.
    """

    def __init__(
        self, url: URL, *, pool_size: int = 20, connect_timeout: float = 5.0, statement_timeout: float = 10.0
    ) -> None:
        self.url = url
        self.statement_timeout = statement_timeout
        self.scan_timeout = 2.0
        """How long a search may read rows that no index points to."""
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.statements = _statements_of(url.drivername)
        self.pool = Pool(self.connect, size=pool_size, patience=connect_timeout)
        self.writers = asyncio.Lock()
        self.observer: Callable[[str], None] | None = None
        """Told the text of every statement that is about to run."""
        self._connect_timeout = connect_timeout
        self.patience = Patience(look_every=statement_timeout / 4)

    def unit_of_work(self) -> "UnitOfWork":
        return UnitOfWork(self)

    async def connect(self) -> Connection:
        """Open a connection outside the pool; whoever asks for one closes it."""
        if self.is_sqlite:
            from sekisho.db.sqlite import SqliteConnection  # noqa: PLC0415 — only the driver that is needed

            return await SqliteConnection.open(self.url.database or "", patience=self._connect_timeout)
        from sekisho.db.postgresql import PostgresConnection  # noqa: PLC0415

        return await PostgresConnection.open(dsn(self.url), patience=self._connect_timeout)

    async def ping(self) -> None:
        """Raise `DatabaseUnavailable` unless the database answers."""
        async with self.unit_of_work() as uow:
            await uow.execute(_PING, reads=True)

    async def close(self) -> None:
        await self.pool.close()


class UnitOfWork:
    """Everything one request does to the database: committed whole when the block ends well, else not at all."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._connection: Connection | None = None
        self._writing = False
        self._waiting: list[Change] = []
        self._has_failed = False
        self._after: list[Work] = []
        self._ended: list[Callable[[], Awaitable[None]]] = []
        self._committed: list[Callable[[], None]] = []

    async def execute(
        self,
        statement: Executable,
        parameters: Parameters = None,
        *,
        reads: bool = False,
        within: float | None = None,
    ) -> Answer:
        """Run a statement. DML opens the transaction; `reads=True` vouches that a textual statement only reads.

        One that may take long through no fault of the database has so many seconds, or fails as `StatementTooSlow`.
        """
        prepared = self.database.statements.prepare(statement, parameters)
        if self._waiting and not self._goes_ahead(prepared):
            await self._write_waiting(commits=False)
        self._tell(prepared.sql)
        writes = not (reads or prepared.is_select)
        return await self._on_connection(
            lambda connection: prepared.run(connection, parameters), writes=writes, within=within
        )

    async def execute_alone(self, statement: Executable, parameters: Parameters = None) -> Answer:
        """Run one change that is committed by itself: PostgreSQL needs no transaction for it, and one round trip."""
        if self.database.is_sqlite or self._is_pending:
            raise RuntimeError("a change of its own inside a transaction")
        return await self.execute(statement, parameters, reads=True)

    def write(self, statement: Executable, values: Values) -> None:
        """Have a change made whose answer nobody needs: with the commit, or before what could tell the difference.

        What waits goes to the database together, so a change must not look at another table, and must not fail by what
        somebody entered: it fails where nobody knows any more what it was for.
        """
        self._wait(statement, values, is_required=False)

    def require(self, statement: Executable, values: Values) -> None:
        """Have a change made that must touch a row, or a query that must find one and lock it; it waits like a write.

        If it does not, whatever made it run raises `Outdated`, and nothing of this unit of work is written.
        """
        self._wait(statement, values, is_required=True)

    async def begin(self) -> None:
        """Open the write transaction now: what follows reads what nobody else can change meanwhile (SQLite)."""
        if self._waiting:
            await self._write_waiting(commits=False)
        await self._on_connection(_do_nothing, writes=True)

    async def lock(self, number: int) -> None:
        """Open the write transaction, and wait until no other one holds this number; SQLite has one writer anyhow."""
        if self._waiting:
            await self._write_waiting(commits=False)
        await self._on_connection(lambda connection: connection.lock(number), writes=True, begins=False)

    async def release(self) -> None:
        """Give the connection back before slow work (hashing, HTTP, SMTP); never with writes pending."""
        if self._is_pending:
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
        if self._has_failed:
            raise StatementFailed("a transaction in which a write had failed was to be committed")
        if self._waiting:
            await self._write_waiting(commits=True)
        elif self._writing:
            await self._on_connection(lambda connection: connection.commit(), writes=True, commits=True)
        if self.is_open:
            await self._drop()
        for notify in self._committed:
            notify()
        self._committed.clear()

    def after(self, work: Work) -> None:
        """Run `work` in a transaction of its own when this one has ended, well or not, and before the answer."""
        self._after.append(work)

    def on_end(self, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait for `wait` when this one has ended, well or not, after all other work, and before the answer."""
        self._ended.append(wait)

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
        self._forget()
        if self.is_open or self._writing:
            # Shielded, so that a client that hangs up cannot leave a transaction (or SQLite's writer queue) open.
            await asyncio.shield(self._drop())
        while self._after:
            work = self._after.pop(0)
            async with self.database.unit_of_work() as own:
                await work(own)
        while self._ended:
            await self._ended.pop(0)()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await (self.finish() if error is None else self.abandon())

    @property
    def _is_pending(self) -> bool:
        return self._writing or bool(self._waiting)

    def _wait(self, statement: Executable, values: Values, *, is_required: bool) -> None:
        prepared = self.database.statements.prepare(statement, values)
        self._waiting.append(prepared.change(values, is_required=is_required))

    def _goes_ahead(self, prepared: Statement) -> bool:
        """Tell whether a statement only reads, and nothing that waits could change what it finds."""
        tables = prepared.tables if prepared.is_select else frozenset()
        return bool(tables) and all(tables.isdisjoint(change.reach) for change in self._waiting)

    async def _write_waiting(self, *, commits: bool) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            self._tell(change.sql)
        try:
            await self._on_connection(
                lambda connection: connection.change_all(waiting, commits=commits),
                writes=True,
                begins=False,
                commits=commits,
            )
        except Outdated:
            self._forget()
            await self._drop()
            raise
        except BaseException:  # interrupted, too: what was to be written is gone, and a commit would not know of it
            self._has_failed = True
            raise

    def _tell(self, sql: str) -> None:
        if self.database.observer is not None:
            self.database.observer(sql)

    def _forget(self) -> None:
        self._has_failed = False
        self._waiting.clear()
        self._committed.clear()

    async def _on_connection(
        self,
        work: Callable[[Connection], Awaitable[T]],
        *,
        writes: bool,
        begins: bool = True,
        commits: bool = False,
        within: float | None = None,
    ) -> T:
        """Do some work, if it `writes` inside a transaction: the one that is open, or one begun here or by the work."""
        trying = self._try(work, writes=writes, begins=begins, commits=commits)
        try:
            if within is None:
                return await self.database.patience.wait_for(trying, seconds=self.database.statement_timeout)
            async with asyncio.timeout(within):
                return await trying
        except TimeoutError as error:
            await self._drop()
            if within is not None:
                raise StatementTooSlow from error
            raise DatabaseUnavailable("the database does not answer in time") from error

    async def _try(self, work: Callable[[Connection], Awaitable[T]], *, writes: bool, begins: bool, commits: bool) -> T:
        # A pooled connection may have died while it lay idle: outside a transaction a second try loses nothing.
        # What commits may have done so, and only its answer was lost.
        may_retry = not commits and not self._writing
        try:
            connection = self._connection
            if connection is None or (writes and not self._writing):
                connection = await self._connect(writes=writes, begins=begins)
            return await work(connection)
        except ConnectionLost:
            await self._drop()
            if not may_retry:
                raise
            return await work(await self._connect(writes=writes, begins=begins))

    async def _connect(self, *, writes: bool, begins: bool) -> Connection:
        if self._connection is not None:
            await self._drop()
        if writes:
            if self.database.is_sqlite:
                await self.database.writers.acquire()
            self._writing = True
        try:
            self._connection = await self.database.pool.take()
            if writes and begins:
                await self._connection.begin()
        except BaseException:
            await self._drop()
            raise
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        writing, self._writing = self._writing, False
        try:
            if connection is not None:
                await self.database.pool.give_back(connection)  # rolls back whatever was not committed
        finally:
            if writing and self.database.is_sqlite:
                self.database.writers.release()


async def _do_nothing(_connection: Connection) -> None:
    pass


@cache
def _statements_of(drivername: str) -> Statements:
    """Return the statements of all databases of a kind: what is compiled for one is compiled for all."""
    dialect = URL.create(drivername).get_dialect()
    return Statements(dialect(json_serializer=dumps, json_deserializer=loads))  # type: ignore[call-arg]
