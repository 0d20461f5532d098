"""Runs jobs in this process, beside the requests: claims, calls the handler, and ends or postpones.

A process that dies leaves its jobs to the others when their leases end. One that is told to stop finishes what it has
begun, for a while.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress

import structlog

from sekisho.db.database import Database
from sekisho.jobs.models import GiveUp, Handler, Job, Patience
from sekisho.jobs.store import JobStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import DatabaseUnavailable

_POLL_SECONDS = 2.0
_STOP_SECONDS = 10.0
_AT_ONCE = 16
# Of one name: jobs that wait for somebody who says nothing leave room for the others.
_AT_ONCE_ALIKE = 10
_LONGEST_ERROR = 1000

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """An attempt took so long that another one has begun; what this one wrote is not kept."""


class JobRunner:
    """One per process. `is_wanted` is set by whoever committed a job."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        handlers: Mapping[str, Handler],
        patience: Patience | None = None,
        is_wanted: asyncio.Event | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._patience = patience or Patience()
        self._is_wanted = is_wanted or asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._handlers:
            self._loop = asyncio.create_task(self._serve())

    def wake(self) -> None:
        """Look for jobs now rather than at the next poll."""
        self._is_wanted.set()

    async def stop(self) -> None:
        """Take no more jobs, and give those under way a little time; what is cut off is tried again later."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
        if self._running:
            _, unfinished = await asyncio.wait(self._running, timeout=_STOP_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def run_due(self) -> int:
        """Run every job that is due, one after the other, and return how many there were."""
        count = 0
        while jobs := await self._claim(self._handlers.keys(), limit=_AT_ONCE):
            for job in jobs:
                await self._run(job)
            count += len(jobs)
        return count

    async def _serve(self) -> None:
        while True:
            self._is_wanted.clear()
            try:
                took_some = await self._take()
            except DatabaseUnavailable as error:
                log.warning("jobs wait for the database", error=str(error))
                took_some = False
            if not took_some:
                # Not wait_for(): woken and cancelled in one step, it would forget that it was cancelled.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._is_wanted.wait()

    async def _take(self) -> bool:
        """Claim as many jobs as there is room for; False when there was nothing to claim, or no room."""
        busy = Counter(self._running.values())
        names = [name for name in self._handlers if busy[name] < _AT_ONCE_ALIKE]
        room = min([_AT_ONCE - len(self._running), *(_AT_ONCE_ALIKE - busy[name] for name in names)])
        if not names or not room:
            return False
        jobs = await self._claim(names, limit=room)
        for job in jobs:
            task = asyncio.create_task(self._run(job))
            self._running[task] = job.name
            task.add_done_callback(self._make_room)
        return bool(jobs)

    def _make_room(self, ended: asyncio.Task[None]) -> None:
        del self._running[ended]
        self._is_wanted.set()

    async def _claim(self, names: Collection[str], *, limit: int) -> list[Job]:
        now = self._clock.now()
        async with self._database.unit_of_work() as uow:
            store = JobStore(uow=uow)
            lease_end = now + self._patience.lease
            return list(await store.claim(names, now=now, lease_end=lease_end, limit=limit))

    async def _run(self, job: Job) -> None:
        try:
            async with asyncio.timeout(self._patience.longest_run):
                await self._do(job)
        except GiveUp as reason:
            with suppress(DatabaseUnavailable):  # see below
                await self._give_up(job, str(reason)[:_LONGEST_ERROR])
        except Exception as error:
            log.warning("job failed", job=job.name, id=job.id, attempt=job.attempt, exc_info=True)
            with suppress(DatabaseUnavailable):  # then the end of the lease brings it back
                await self._failed(job, f"{type(error).__name__}: {error}"[:_LONGEST_ERROR])

    async def _do(self, job: Job) -> None:
        async with self._database.unit_of_work() as uow:
            await self._handlers[job.name](job, uow)
            if not await JobStore(uow=uow).remove(job):
                raise LeaseLost

    async def _failed(self, job: Job, error: str) -> None:
        if job.attempt >= self._patience.attempts:
            await self._give_up(job, error)
            return
        run_at = self._clock.now() + self._patience.pause_after(job.attempt)
        async with self._database.unit_of_work() as uow:
            await JobStore(uow=uow).postpone(job, run_at=run_at, error=error)

    async def _give_up(self, job: Job, error: str) -> None:
        log.error("job given up", job=job.name, id=job.id, error=error)
        async with self._database.unit_of_work() as uow:
            await JobStore(uow=uow).bury(job, now=self._clock.now(), error=error)
