"""Connections as units of work see them, whichever database is behind, and the pool that keeps them.

A connection that was interrupted in the middle of something is never used again: nobody knows what it will say next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol

Arguments = Sequence[Any]
Rows = Sequence[Sequence[Any]]


class Effect(Enum):
    """What a change does to the rows of its table."""

    ADDS = auto()
    """It adds rows and looks at none: a plain INSERT."""
    CHANGES = auto()
    REMOVES = auto()
    LOCKS = auto()
    """It finds rows and keeps them as they are: SELECT … FOR UPDATE, or a weaker lock."""


class Change(NamedTuple):
    """One of several changes that go to the database together."""

    sql: str
    arguments: Arguments
    reach: frozenset[str]
    """The tables whose rows are not the same afterwards, or locked."""
    effect: Effect
    is_required: bool
    """Whether all of them fail, as `Outdated`, when this one touches no row."""


class Connection(Protocol):
    """One connection to a database. Outside a transaction every statement is one of its own."""

    @property
    def is_usable(self) -> bool:
        """Tell whether it is open and idle."""

    @property
    def in_transaction(self) -> bool: ...

    async def begin(self) -> None:
        """Begin a transaction that writes."""

    async def lock(self, number: int) -> None:
        """Wait until no other transaction holds this number, in a transaction that is begun if none is open."""

    async def commit(self) -> None: ...

    async def rollback(self) -> None: ...

    async def fetch(self, sql: str, arguments: Arguments) -> Rows:
        """Return the rows of a statement that returns some."""

    async def change(self, sql: str, arguments: Arguments) -> int:
        """Run a statement that returns no rows, and return how many it touched."""

    async def change_each(self, sql: str, many: Sequence[Arguments]) -> None:
        """Run such a statement for each of the arguments."""

    async def change_all(self, changes: Sequence[Change], *, commits: bool) -> None:
        """Make changes in a transaction, begun if none is open; `commits` ends it. Raises `Outdated`."""

    async def run(self, sql: str, arguments: Arguments) -> tuple[Sequence[str], Rows, int]:
        """Run a statement nobody knows anything about: return the names of its columns, its rows, and how many."""

    async def close(self) -> None:
        """End it, whatever it is doing; a transaction that was not committed is rolled back."""


class Pool:
    """Keeps at most `size` connections; the one used last is used next, so that the others can be missed."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, size: int, patience: float) -> None:
        self._connect = connect
        self._patience = patience
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._is_closed = False

    async def take(self) -> Connection:
        """Return a connection for the caller alone; `TimeoutError` when none becomes free."""
        if self._places.locked():
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_usable:
                    return connection
                await connection.close()
            return await self._connect()
        except BaseException:
            self._places.release()
            raise

    async def give_back(self, connection: Connection) -> None:
        """Take a connection back; what it did not commit is undone."""
        try:
            if connection.in_transaction and connection.is_usable:
                with suppress(Exception):  # whatever it is, the connection is not usable afterwards
                    async with asyncio.timeout(self._patience):
                        await connection.rollback()
            if connection.is_usable and not connection.in_transaction and not self._is_closed:
                self._idle.append(connection)
            else:
                await connection.close()
        finally:
            self._places.release()

    async def close(self) -> None:
        self._is_closed = True
        while self._idle:
            await self._idle.pop().close()
