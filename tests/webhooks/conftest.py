"""Webhooks at work: a caller of the Management API, receivers on loopback, and the outbox between them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.api.conftest import Mint, management, mint
from tests.support.receiver import Receiver
from tests.support.visitor import Visitor

from sekisho.jobs.models import Patience
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime

__all__ = ["Mint", "management", "mint"]

_PATIENCE = Patience()


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """What waits to be sent, and the time that must pass before it is tried again."""

    runtime: Runtime
    clock: ManualClock

    async def waiting(self) -> Sequence[Any]:
        async with self.runtime.database.unit_of_work() as uow:
            columns = (JobTable.id, JobTable.attempts, JobTable.run_at, JobTable.last_error)
            return list(await uow.execute(select(*columns).where(JobTable.died_at.is_(None))))

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + 20
        while not await is_so():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    async def emptied(self) -> None:
        """Wait until nothing waits: all was sent, or given up."""

        async def is_empty() -> bool:
            return not await self.waiting()

        await self.until(is_empty)

    async def failed(self, times: int) -> None:
        """Wait until a message has failed so often and is to be tried again, and let the pause pass."""
        pause = _PATIENCE.pause_after(times)
        due = self.clock.now() + pause

        async def has_failed() -> bool:
            return any(job.attempts == times and job.run_at == due for job in await self.waiting())

        await self.until(has_failed)
        self.later(pause)

    def later(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.runtime.has_jobs.set()


@pytest.fixture
def outbox(runtime: Runtime, clock: ManualClock) -> Outbox:
    return Outbox(runtime=runtime, clock=clock)


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """The caller's webhooks."""

    management: Visitor

    async def register(self, receiver: Receiver, *events: str, **config: Any) -> dict[str, Any]:
        body = {"name": "h", "events": events, "config": {"url": f"{receiver.url}/hook", **config}}
        created = await self.management.post("/api/hooks", json=body)
        assert created.status_code == 201, created.text
        return dict(created.json())

    async def make_user(self, **members: Any) -> dict[str, Any]:
        made = await self.management.post("/api/users", json={"name": "Ada", **members})
        assert made.status_code == 200, made.text
        return dict(made.json())

    async def dead_letters(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        found = await self.management.get(f"/api/hooks/{hook['id']}/dead-letters")
        assert found.status_code == 200, found.text
        return list(found.json())

    async def logs(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        found = await self.management.get(f"/api/hooks/{hook['id']}/recent-logs")
        assert found.status_code == 200, found.text
        return list(found.json())

    async def stats(self, hook: dict[str, Any]) -> dict[str, int]:
        found = await self.management.get(f"/api/hooks/{hook['id']}?includeExecutionStats=true")
        return dict(found.json()["executionStats"])


@pytest.fixture
def hooks(management: Visitor) -> Hooks:
    return Hooks(management=management)
