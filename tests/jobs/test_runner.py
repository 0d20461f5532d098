import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from sekisho.db.database import Database, UnitOfWork
from sekisho.jobs.models import Handler, Job, Patience
from sekisho.jobs.queue import JobQueue
from sekisho.jobs.runner import JobRunner
from sekisho.jobs.store import JobStore
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.tables import SystemTable

PATIENCE = Patience(attempts=3, lease=timedelta(minutes=5), first_pause=timedelta(seconds=10))


class Bench:
    """A database, a runner for one handler, and what the handler was given."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.seen: list[Any] = []
        self.fails = 0
        self.runner = self.new_runner()

    def new_runner(self, handler: Handler | None = None) -> JobRunner:
        handlers = {"greet": handler or self._greet}
        return JobRunner(database=self.database, clock=self.clock, handlers=handlers, patience=PATIENCE)

    async def add(self, payload: Any, *, delay: timedelta = timedelta(0), wake: JobRunner | None = None) -> None:
        async with self.database.unit_of_work() as uow:
            await self.queue(uow, wake or self.runner).add("greet", payload, delay=delay)

    def queue(self, uow: UnitOfWork, runner: JobRunner) -> JobQueue:
        return JobQueue(uow=uow, tenant_id=DEFAULT_TENANT, clock=self.clock, ids=RandomIds(), wake=runner.wake)

    async def rows(self) -> int:
        async with self.database.unit_of_work() as uow:
            return int((await uow.execute(select(func.count()).select_from(JobTable))).scalar_one())

    async def _greet(self, job: Job, uow: UnitOfWork) -> None:
        self.seen.append(job.payload)
        await uow.execute(insert(SystemTable).values(key=f"greeted {len(self.seen)}", value=job.payload))
        if self.fails:
            self.fails -= 1
            raise RuntimeError("nobody at home")


@pytest.fixture
def bench(database: Database, clock: ManualClock) -> Bench:
    return Bench(database, clock)


async def test_a_job_is_done_once_and_gone(bench: Bench) -> None:
    await bench.add({"name": "Aki"})

    assert await bench.runner.run_due() == 1
    assert await bench.runner.run_due() == 0
    assert bench.seen == [{"name": "Aki"}]
    assert await bench.rows() == 0


async def test_a_job_of_a_transaction_that_failed_never_was(bench: Bench) -> None:
    async def fail() -> None:
        async with bench.database.unit_of_work() as uow:
            await bench.queue(uow, bench.runner).add("greet", 1)
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        await fail()

    assert await bench.runner.run_due() == 0


async def test_a_job_for_later_waits(bench: Bench) -> None:
    await bench.add(1, delay=timedelta(hours=1))
    assert await bench.runner.run_due() == 0

    bench.clock.advance(timedelta(hours=1))

    assert await bench.runner.run_due() == 1


async def test_a_failure_is_tried_again_after_longer_and_longer_pauses(bench: Bench) -> None:
    bench.fails = 2
    await bench.add(1)

    assert await bench.runner.run_due() == 1
    assert await bench.runner.run_due() == 0
    bench.clock.advance(timedelta(seconds=10))
    assert await bench.runner.run_due() == 1
    bench.clock.advance(timedelta(seconds=39))
    assert await bench.runner.run_due() == 0
    bench.clock.advance(timedelta(seconds=1))
    assert await bench.runner.run_due() == 1

    assert len(bench.seen) == 3
    assert await bench.rows() == 0


async def test_what_a_failed_attempt_wrote_is_undone(bench: Bench) -> None:
    bench.fails = 1
    await bench.add(1)
    await bench.runner.run_due()

    async with bench.database.unit_of_work() as uow:
        written = await uow.execute(select(func.count()).where(SystemTable.key.like("greeted%")))
        assert written.scalar() == 0


async def test_a_hopeless_job_is_kept_with_its_last_error(bench: Bench) -> None:
    bench.fails = 99
    await bench.add(7)
    for _ in range(10):
        await bench.runner.run_due()
        bench.clock.advance(timedelta(hours=2))

    async with bench.database.unit_of_work() as uow:
        (dead,) = await JobStore(uow=uow).list_dead()
    assert len(bench.seen) == 3
    assert dead.job.payload == 7
    assert dead.last_error == "RuntimeError: nobody at home"


async def test_a_job_of_a_process_that_died_is_done_by_another_when_the_lease_ends(bench: Bench) -> None:
    await bench.add(1)
    async with bench.database.unit_of_work() as uow:
        now = bench.clock.now()
        await JobStore(uow=uow).claim(["greet"], now=now, lease_end=now + PATIENCE.lease, limit=1)

    assert await bench.runner.run_due() == 0
    bench.clock.advance(PATIENCE.lease)

    assert await bench.runner.run_due() == 1
    assert bench.seen == [1]


async def test_an_attempt_whose_lease_ran_out_does_not_end_the_next(bench: Bench) -> None:
    async def slow(job: Job, uow: UnitOfWork) -> None:
        await uow.execute(insert(SystemTable).values(key="slow", value=job.payload))

    async def overtaken(job: Job, uow: UnitOfWork) -> None:
        bench.clock.advance(PATIENCE.lease)
        now = bench.clock.now()
        async with bench.database.unit_of_work() as other:
            await JobStore(uow=other).claim(["greet"], now=now, lease_end=now + PATIENCE.lease, limit=1)
        await slow(job, uow)

    await bench.add(1)
    await bench.new_runner(overtaken).run_due()

    async with bench.database.unit_of_work() as uow:
        assert (await uow.execute(select(func.count()).where(SystemTable.key == "slow"))).scalar() == 0
    assert await bench.rows() == 1


async def test_two_runners_never_do_the_same_job(bench: Bench) -> None:
    for number in range(30):
        await bench.add(number)

    await asyncio.gather(*(bench.new_runner().run_due() for _ in range(4)))

    assert sorted(bench.seen) == list(range(30))


async def test_jobs_without_a_handler_wait_for_a_process_that_has_one(bench: Bench) -> None:
    await bench.add(1)

    async def never(_job: Job, _uow: UnitOfWork) -> None:
        raise AssertionError("not for this handler")

    other = JobRunner(database=bench.database, clock=bench.clock, handlers={"other": never}, patience=PATIENCE)

    assert await other.run_due() == 0
    assert await bench.rows() == 1


async def test_a_committed_job_is_started_at_once_and_finished_before_the_stop(bench: Bench) -> None:
    started, done = asyncio.Event(), asyncio.Event()

    async def slow(_job: Job, _uow: UnitOfWork) -> None:
        started.set()
        await asyncio.sleep(0.2)
        done.set()

    runner = bench.new_runner(slow)
    runner.start()
    await asyncio.sleep(0.05)
    await bench.add(1, wake=runner)
    await asyncio.wait_for(started.wait(), 1.0)
    await runner.stop()

    assert done.is_set()
    assert await bench.rows() == 0


async def test_jobs_that_hang_leave_room_for_others(bench: Bench) -> None:
    """One application that says nothing must not keep everybody else's work from being done."""
    done, let_go = asyncio.Event(), asyncio.Event()

    async def hang(_job: Job, _uow: UnitOfWork) -> None:
        await let_go.wait()

    async def greet(_job: Job, _uow: UnitOfWork) -> None:
        done.set()

    handlers = {"hang": hang, "greet": greet}
    runner = JobRunner(database=bench.database, clock=bench.clock, handlers=handlers, patience=PATIENCE)
    async with bench.database.unit_of_work() as uow:
        for number in range(40):
            await bench.queue(uow, runner).add("hang", number)
    runner.start()
    await bench.add(1, wake=runner)
    await asyncio.wait_for(done.wait(), 5.0)
    let_go.set()
    async with asyncio.timeout(10):
        while await bench.rows():  # noqa: ASYNC110 — nobody says when the last is done
            await asyncio.sleep(0.02)
    await runner.stop()


async def test_a_runner_that_is_woken_as_it_is_told_to_stop_stops(bench: Bench) -> None:
    bench.runner.start()
    await asyncio.sleep(0.2)  # by now it waits

    bench.runner.wake()
    stopped, _ = await asyncio.wait({asyncio.create_task(bench.runner.stop())}, timeout=3)

    assert stopped
