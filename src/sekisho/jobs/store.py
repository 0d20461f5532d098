"""Statements over the outbox, of all tenants: the runner serves every one of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select, tuple_, update

from sekisho.db.database import UnitOfWork
from sekisho.jobs.models import DeadJob, Job
from sekisho.jobs.tables import JobTable
from sekisho.kernel.ids import TenantId
from sekisho.kernel.pages import Page, PageRequest

_COLUMNS = (JobTable.tenant_id, JobTable.id, JobTable.name, JobTable.payload, JobTable.attempts)
_ADD = insert(JobTable)
_KEY = tuple_(JobTable.tenant_id, JobTable.id)


class JobStore:
    def __init__(self, *, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, job: Job, *, run_at: datetime, created_at: datetime) -> None:
        values = {"tenant_id": job.tenant_id, "id": job.id, "name": job.name, "payload": job.payload}
        self._uow.write(_ADD, {**values, "run_at": run_at, "created_at": created_at})

    async def claim(self, names: Collection[str], *, now: datetime, lease_end: datetime, limit: int) -> Sequence[Job]:
        """Take due jobs for ourselves until the lease ends."""
        due = and_(JobTable.died_at.is_(None), JobTable.run_at <= now, JobTable.name.in_(names))
        # Looking first costs a read; claiming would queue up behind every writer of SQLite, each time for nothing.
        if not (await self._uow.execute(select(exists().where(due)))).scalar():
            return []
        await self._uow.begin()
        chosen = select(JobTable.tenant_id, JobTable.id).where(due).order_by(JobTable.run_at, JobTable.id).limit(limit)
        if not self._uow.database.is_sqlite:
            chosen = chosen.with_for_update(skip_locked=True)
        # A common table expression, because PostgreSQL may run a locking sub-select more than once, and lock more rows.
        ours = chosen.cte("ours")
        taken = {"run_at": lease_end, "attempts": JobTable.attempts + 1}
        is_ours = _KEY.in_(select(ours.c.tenant_id, ours.c.id))
        claim = update(JobTable).where(is_ours).values(taken).returning(*_COLUMNS)
        return [_job(row) for row in await self._uow.execute(claim)]

    async def remove(self, job: Job) -> bool:
        """End a job; False when its lease had run out and another attempt has begun."""
        return bool((await self._uow.execute(delete(JobTable).where(_is(job)))).rowcount)

    async def postpone(self, job: Job, *, run_at: datetime, error: str) -> None:
        await self._uow.execute(update(JobTable).where(_is(job)).values(run_at=run_at, last_error=error))

    async def bury(self, job: Job, *, now: datetime, error: str) -> None:
        await self._uow.execute(update(JobTable).where(_is(job)).values(died_at=now, last_error=error))

    async def list_dead(self) -> Sequence[DeadJob]:
        dead = select(*_COLUMNS, JobTable.last_error, JobTable.died_at).where(JobTable.died_at.is_not(None))
        rows = await self._uow.execute(dead.order_by(JobTable.died_at, JobTable.id))
        return [_dead_job(row) for row in rows]

    async def page_dead(
        self, tenant_id: TenantId, name: str, page: PageRequest, *, about: Mapping[str, str]
    ) -> Page[DeadJob]:
        which = _dead(tenant_id, name, about)
        latest = select(*_COLUMNS, JobTable.last_error, JobTable.died_at).where(*which)
        latest = latest.order_by(JobTable.died_at.desc(), JobTable.id).limit(page.size).offset(page.offset)
        rows = [_dead_job(row) for row in await self._uow.execute(latest)]
        total = await self._uow.execute(select(func.count()).select_from(JobTable).where(*which))
        return Page(rows=rows, total=total.scalar_one())

    async def revive(
        self, tenant_id: TenantId, name: str, job_id: str, *, about: Mapping[str, str], run_at: datetime
    ) -> bool:
        fresh = {"died_at": None, "last_error": None, "attempts": 0, "run_at": run_at}
        which = (*_dead(tenant_id, name, about), JobTable.id == job_id)
        return bool((await self._uow.execute(update(JobTable).where(*which).values(fresh))).rowcount)


def _dead(tenant_id: TenantId, name: str, about: Mapping[str, str]) -> Sequence[ColumnElement[bool]]:
    members = [JobTable.payload[key].as_string() == value for key, value in about.items()]
    return (JobTable.tenant_id == tenant_id, JobTable.name == name, JobTable.died_at.is_not(None), *members)


def _dead_job(row: Any) -> DeadJob:
    return DeadJob(job=_job(row), last_error=row.last_error or "", died_at=row.died_at)


def _is(job: Job) -> ColumnElement[bool]:
    """Match the job in this very attempt, so that one whose lease ran out cannot speak for the next."""
    return and_(JobTable.tenant_id == job.tenant_id, JobTable.id == job.id, JobTable.attempts == job.attempt)


def _job(row: Any) -> Job:
    return Job(id=row.id, tenant_id=TenantId(row.tenant_id), name=row.name, payload=row.payload, attempt=row.attempts)
