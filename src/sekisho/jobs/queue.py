"""Where services put work: written in their transaction, started as soon as that is committed."""

from collections.abc import Callable
from datetime import timedelta

from sekisho.db.database import UnitOfWork
from sekisho.jobs.models import Job
from sekisho.jobs.store import JobStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.json import Json


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

    async def add(self, name: str, payload: Json, *, delay: timedelta = timedelta(0)) -> None:
        """Add a job for the handler of this name."""
        now = self._clock.now()
        job = Job(id=self._ids.standard(), tenant_id=self._tenant_id, name=name, payload=payload, attempt=0)
        await JobStore(uow=self._uow).add(job, run_at=now + delay, created_at=now)
        self._uow.on_commit(self._wake)
