"""Where services put work: written in their transaction, started as soon as that is committed."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sekisho.db.database import UnitOfWork
from sekisho.jobs.models import DeadJob, Job
from sekisho.jobs.store import JobStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.json import Json
from sekisho.kernel.pages import Page, PageRequest


class JobQueue:
    """One tenant's outbox in one unit of work. `wake` tells this process's runner that there is something to do."""

    def __init__(
        self, *, uow: UnitOfWork, tenant_id: TenantId, clock: Clock, ids: Ids, wake: Callable[[], None]
    ) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._clock = clock
        self._ids = ids
        self._wake = wake

    async def dead(self, name: str, page: PageRequest, *, about: Mapping[str, str]) -> Page[DeadJob]:
        """Return the jobs of this name that were given up, latest first; `about` are members of their payloads."""
        return await JobStore(uow=self._uow).page_dead(self._tenant_id, name, page, about=about)

    async def revive(self, name: str, job_id: str, *, about: Mapping[str, str]) -> bool:
        """Try a job that was given up from the start; False when there is none, or somebody else was faster."""
        store = JobStore(uow=self._uow)
        is_revived = await store.revive(self._tenant_id, name, job_id, about=about, run_at=self._clock.now())
        self._uow.on_commit(self._wake)
        return is_revived

    async def add(self, name: str, payload: Json, *, delay: timedelta = timedelta(0)) -> None:
        """Add a job for the handler of this name."""
        now = self._clock.now()
        job = Job(id=self._ids.standard(), tenant_id=self._tenant_id, name=name, payload=payload, attempt=0)
        await JobStore(uow=self._uow).add(job, run_at=now + delay, created_at=now)
        self._uow.on_commit(self._wake)
