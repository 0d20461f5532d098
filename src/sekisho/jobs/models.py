"""What a job is, and how patiently it is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work; `attempt` counts from 1."""

    id: str
    tenant_id: TenantId
    name: str
    payload: Any
    attempt: int


Handler: TypeAlias = Callable[[Job, UnitOfWork], Awaitable[None]]
"""Does a job. What it writes is committed with the job's end; it gives the connection back before slow calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one attempt may take before others may try, and how often it is tried at all.

    The lease is also how long a job waits for another process when the one that began it died.
    """

    lease: timedelta = timedelta(minutes=1)
    attempts: int = 8
    first_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(hours=1)

    @property
    def longest_run(self) -> float:
        """Return the seconds after which an attempt is cut off: before its lease ends."""
        return self.lease.total_seconds() * 0.9

    def pause_after(self, attempt: int) -> timedelta:
        """Return how long to wait after a failure: four times longer each time."""
        return min(self.first_pause * (1 << 2 * (attempt - 1)), self.longest_pause)


class GiveUp(Exception):
    """Raised by a handler for which another attempt is no use; the text is kept with the dead job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadJob:
    """A job that was given up."""

    job: Job
    last_error: str
    died_at: datetime
