"""Rows of the audit log. They are added through `db/group_commit.py`, or in the transaction of what they tell of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, or_, select
from sqlalchemy.dialects import postgresql

from sekisho.audit.errors import LogNotFound
from sekisho.audit.models import LogEntry, LogFilter
from sekisho.audit.tables import LogTable
from sekisho.db.database import UnitOfWork
from sekisho.db.group_commit import Kind, rows_of
from sekisho.db.types import ID
from sekisho.kernel.ids import TenantId
from sekisho.kernel.pages import Page, PageRequest

_LOGS = LogTable.metadata.tables[LogTable.__tablename__]
_COLUMNS = (_LOGS.c.id, _LOGS.c.key, _LOGS.c.payload, _LOGS.c.created_at)
_ADD = insert(_LOGS)

ENTRIES = Kind(
    table=_LOGS.name,
    on_sqlite=_ADD,
    # A group whose answer was lost is written again: what is there already is no error.
    on_postgresql=postgresql.insert(_LOGS).from_select(*rows_of(_LOGS)).on_conflict_do_nothing(),
)
"""How entries are written in groups."""


class LogStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    def add(self, entry: LogEntry) -> None:
        self._uow.write(_ADD, row_of(entry, tenant_id=self._tenant_id))

    async def get(self, log_id: str) -> LogEntry:
        which = (_LOGS.c.tenant_id == self._tenant_id, _LOGS.c.id == log_id)
        row = (await self._uow.execute(select(*_COLUMNS).where(*which))).one_or_none()
        if row is None:
            raise LogNotFound(log_id)
        return _entry(row)

    async def page(self, page: PageRequest, *, filter_: LogFilter, cap: int | None = None) -> Page[LogEntry]:
        """Return entries, newest first; counting stops one beyond `cap`."""
        rules = self._rules(filter_)
        newest = select(*_COLUMNS).where(*rules).order_by(_LOGS.c.created_at.desc(), _LOGS.c.id.desc())
        rows = await self._uow.execute(newest.limit(page.size).offset(page.offset))
        entries = [_entry(row) for row in rows]
        counted = select(_LOGS.c.id).where(*rules)
        if cap is not None:
            counted = counted.limit(cap + 1)
        total = await self._uow.execute(select(func.count()).select_from(counted.subquery()))
        return Page(rows=entries, total=total.scalar_one())

    async def count_by_result(self, hook_ids: Sequence[str], *, since: datetime) -> dict[str, dict[str, int]]:
        """Return how many deliveries to these webhooks ended how."""
        result = _LOGS.c.payload["result"].as_string()
        which = (
            _LOGS.c.tenant_id == self._tenant_id,
            _LOGS.c.hook_id.in_(list(hook_ids)),
            _LOGS.c.created_at >= since,
        )
        counted = select(_LOGS.c.hook_id, result.label("result"), func.count().label("deliveries")).where(*which)
        counts: dict[str, dict[str, int]] = {}
        for row in await self._uow.execute(counted.group_by(_LOGS.c.hook_id, result)):
            counts.setdefault(row.hook_id, {})[row.result] = row.deliveries
        return counts

    def _rules(self, filter_: LogFilter) -> Sequence[ColumnElement[bool]]:
        rules: list[ColumnElement[bool]] = [_LOGS.c.tenant_id == self._tenant_id]
        if filter_.families:
            rules.append(or_(*(_LOGS.c.key.startswith(family, autoescape=True) for family in filter_.families)))
        for column, value in (
            (_LOGS.c.key, filter_.key),
            (_LOGS.c.user_id, filter_.user_id),
            (_LOGS.c.application_id, filter_.application_id),
            (_LOGS.c.hook_id, filter_.hook_id),
        ):
            if value is not None:
                rules.append(column == value)
        if filter_.start is not None:
            rules.append(_LOGS.c.created_at >= filter_.start)
        if filter_.end is not None:
            rules.append(_LOGS.c.created_at <= filter_.end)
        return rules


def row_of(entry: LogEntry, *, tenant_id: TenantId) -> dict[str, Any]:
    """Return the values of a row."""
    return {
        "tenant_id": tenant_id,
        "id": entry.id,
        "key": entry.key,
        "payload": entry.payload,
        "user_id": _id(entry, "userId"),
        "application_id": _id(entry, "applicationId"),
        "hook_id": _id(entry, "hookId"),
        "created_at": entry.created_at,
    }


def _id(entry: LogEntry, member: str) -> str | None:
    """Return a member that is an id; what a refused request called one may be anything."""
    value = entry.payload.get(member)
    return value if isinstance(value, str) and len(value) <= (ID.length or 0) else None


def _entry(row: Row[*tuple[Any, ...]]) -> LogEntry:
    return LogEntry(id=row.id, key=row.key, payload=row.payload, created_at=row.created_at)
