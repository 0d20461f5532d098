"""Rows that many requests add at once and none reads again: written together, so that one commit serves them all.

For rows that stand alone: nothing refers to them, and nothing in a request depends on them. While a group is being
written the next one gathers, so a lonely row waits for nobody. Whoever adds one is told when it is durable.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from sqlalchemy import Executable

from sekisho.db.database import Database, UnitOfWork
from sekisho.kernel.errors import DatabaseUnavailable

Row: TypeAlias = Mapping[str, Any]

_GROUP = 500
_MOST_WAITING = 20_000
_PAUSE_SECONDS = 1.0
_CLOSE_SECONDS = 5.0

log = structlog.get_logger(__name__)


def _as_they_are(rows: Sequence[Row]) -> Sequence[Row]:
    return rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kind:
    """How rows of one kind are written. `condense` makes fewer rows of a group: of equal ones, of what is counted."""

    on_sqlite: Executable
    on_postgresql: Executable
    condense: Callable[[Sequence[Row]], Sequence[Row]] = _as_they_are

    def statement(self, *, is_sqlite: bool) -> Executable:
        return self.on_sqlite if is_sqlite else self.on_postgresql


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    kind: Kind
    row: Row
    is_written: asyncio.Future[None]


class GroupCommit:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def add(self, rows: Sequence[tuple[Kind, Row]]) -> None:
        """Write rows, and return once they are durable.

        While the database is away they are kept, as many as there is room for, and nobody waits: what they tell of has
        happened, and its caller must hear of that.
        """
        loop = asyncio.get_running_loop()
        added = [_Waiting(kind, row, loop.create_future()) for kind, row in rows]
        self._waiting.extend(added)
        self._make_room()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await asyncio.gather(*(each.is_written for each in added))

    async def close(self) -> None:
        """Write what is waiting; give up when the database does not come back in time."""
        if self._writer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._writer, _CLOSE_SECONDS)
        if self._waiting:
            log.error("rows lost", count=len(self._waiting))

    def _make_room(self) -> None:
        lost = 0
        while len(self._waiting) > _MOST_WAITING:
            _settle([self._waiting.popleft()])
            lost += 1
        if lost:
            log.error("rows lost", count=lost)

    async def _write(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(_GROUP, len(self._waiting)))]
            try:
                await self._write_group(group)
            except DatabaseUnavailable as error:
                log.warning("rows wait for the database", count=len(group), error=str(error))
                self._waiting.extendleft(reversed(group))
                _settle(self._waiting)
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                _settle(group)

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        try:
            await self._commit(group)
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 — one bad row must not cost the others
            for each in group:
                await self._write_alone(each)

    async def _write_alone(self, one: _Waiting) -> None:
        try:
            await self._commit([one])
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("row lost")

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        kinds: dict[Kind, list[Row]] = {}
        for each in group:
            kinds.setdefault(each.kind, []).append(each.row)
        is_sqlite = self._database.is_sqlite
        async with self._database.unit_of_work() as uow:
            for kind, rows in kinds.items():
                await uow.execute(kind.statement(is_sqlite=is_sqlite), kind.condense(rows))


class Grouped:
    """What one unit of work adds to the next group, once it has ended, well or not, and before its caller is told."""

    def __init__(self, *, uow: UnitOfWork, groups: GroupCommit) -> None:
        self._uow = uow
        self._groups = groups
        self._rows: list[tuple[Kind, Row]] = []

    def add(self, kind: Kind, row: Row) -> None:
        if not self._rows:
            self._uow.after(self._write)
        self._rows.append((kind, row))

    async def _write(self, _own: UnitOfWork) -> None:
        rows, self._rows = self._rows, []
        await self._groups.add(rows)


def _settle(group: "Sequence[_Waiting] | deque[_Waiting]") -> None:
    for each in group:
        if not each.is_written.done():
            each.is_written.set_result(None)
