"""Rows that many requests add at once and none reads again: written together, so that one commit serves them all.

For rows that stand alone: nothing refers to them, and nothing in a request depends on them. Requests that are answered
at the same moment share a group, and while one is being written the next one gathers; a lonely row waits for nobody.
Whoever adds rows is told when they are durable.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import structlog
from sqlalchemy import JSON, Executable, Insert, Select, Table, bindparam, column, func, select

from sekisho.db.database import Database, UnitOfWork
from sekisho.kernel.errors import DatabaseUnavailable

Row: TypeAlias = Mapping[str, Any]

_GROUP = 500
# More rows in a commit save next to nothing, and the processor has nothing to do while all requests wait for one.
_ENOUGH = 8
# A request takes several turns of the event loop: after so many that bring no row, none is on its way. They cost a
# lonely row 0.1 ms, and save busy servers every other commit.
_QUIET_TURNS = 6
_MOST_WAITING = 20_000
_PAUSE_SECONDS = 1.0
_CLOSE_SECONDS = 5.0

log = structlog.get_logger(__name__)


def _as_they_are(rows: Sequence[Row]) -> Sequence[Row]:
    return rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kind:
    """How rows of one table are written. `condense` makes fewer rows of a group: of equal ones, of what is counted.

    SQLite takes row after row; PostgreSQL takes all of them as one value (`rows_of`), with a round trip for the group.
    """

    table: str
    on_sqlite: Executable
    on_postgresql: Insert
    condense: Callable[[Sequence[Row]], Sequence[Row]] = _as_they_are


def rows_of(table: Table) -> tuple[Sequence[str], Select[Any]]:
    """Return what an INSERT on PostgreSQL takes `from_select`: a JSON array, in the parameter named as the table."""
    columns = [column(each.name, each.type) for each in table.columns]
    given = func.json_to_recordset(bindparam(table.name, type_=JSON())).table_valued(*columns)
    named = given.render_derived(name="given", with_types=True)
    return [each.name for each in columns], select(*named.c)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    rows: Sequence[tuple[Kind, Row]]
    are_written: asyncio.Future[None]


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
        added = _Waiting(rows, asyncio.get_running_loop().create_future())
        self._waiting.append(added)
        self._make_room()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await added.are_written

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
            await self._gather()
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

    async def _gather(self) -> None:
        """Wait while the event loop brings more, until there is enough."""
        known = quiet = 0
        while quiet < _QUIET_TURNS and len(self._waiting) < _ENOUGH:
            quiet = quiet + 1 if len(self._waiting) == known else 0
            known = len(self._waiting)
            await asyncio.sleep(0)

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        rows = [row for each in group for row in each.rows]
        try:
            await self._commit(rows)
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 — one bad row must not cost the others
            for row in rows:
                await self._write_alone(row)

    async def _write_alone(self, row: tuple[Kind, Row]) -> None:
        try:
            await self._commit([row])
        except DatabaseUnavailable:
            raise
        except Exception:
            log.exception("row lost")

    async def _commit(self, rows: Sequence[tuple[Kind, Row]]) -> None:
        kinds: dict[Kind, list[Row]] = {}
        for kind, row in rows:
            kinds.setdefault(kind, []).append(row)
        async with self._database.unit_of_work() as uow:
            if self._database.is_sqlite:
                for kind, of_kind in kinds.items():
                    await uow.execute(kind.on_sqlite, kind.condense(of_kind))
            else:
                values = {kind.table: kind.condense(of_kind) for kind, of_kind in kinds.items()}
                await uow.execute_alone(_together(frozenset(kinds)), values)


@lru_cache
def _together(kinds: frozenset[Kind]) -> Executable:
    """Return one statement for all kinds; always in the same order, so that no two processes lock each other out."""
    first, *others = sorted(kinds, key=lambda kind: kind.table)
    return first.on_postgresql.add_cte(*(each.on_postgresql.cte(f"into_{each.table}") for each in others))


class Grouped:
    """What one unit of work adds to the next group, once it has ended, well or not, and before its caller is told."""

    def __init__(self, *, uow: UnitOfWork, groups: GroupCommit) -> None:
        self._uow = uow
        self._groups = groups
        self._rows: list[tuple[Kind, Row]] = []

    def add(self, kind: Kind, row: Row) -> None:
        if not self._rows:
            self._uow.on_end(self._write)
        self._rows.append((kind, row))

    def when_durable(self, add: Callable[[], None]) -> None:
        """Call what adds rows, if what the unit of work writes is committed."""
        self._uow.on_commit(add)

    async def _write(self) -> None:
        rows, self._rows = self._rows, []
        await self._groups.add(rows)


def _settle(group: Iterable[_Waiting]) -> None:
    for each in group:
        if not each.are_written.done():
            each.are_written.set_result(None)
