"""Deletes what has expired: short statements now and then, so that no table grows and no writer waits.

Nothing depends on it: every reader judges expiry by itself. Several processes may sweep at once; they find less to do.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Column, delete, select, tuple_

from sekisho.db.database import Database
from sekisho.db.types import Table
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import DatabaseUnavailable

_BATCH = 500
_BREATH_SECONDS = 0.05
_PERIOD_SECONDS = 600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Rows of a table that may go once `expires_at` is `keep` ago; those without one stay."""

    table: type[Table]
    expires_at: Column[datetime] | Column[datetime | None]
    keep: timedelta = timedelta(0)


class Housekeeper:
    """One per process."""

    def __init__(self, *, database: Database, clock: Clock, sweeps: Sequence[Sweep]) -> None:
        self._database = database
        self._clock = clock
        self._sweeps = sweeps
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._sweeps:
            self._loop = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop

    async def sweep(self) -> int:
        """Delete everything that has expired, and return how many rows that were."""
        total = 0
        for each in self._sweeps:
            count = _BATCH
            while count == _BATCH:
                count = await self._sweep_batch(each)
                total += count
                await asyncio.sleep(_BREATH_SECONDS if count == _BATCH else 0)
        return total

    async def _sweep_batch(self, sweep: Sweep) -> int:
        key = tuple_(*sweep.table.__table__.primary_key)
        old = select(*key).where(sweep.expires_at < self._clock.now() - sweep.keep).limit(_BATCH)
        async with self._database.unit_of_work() as uow:
            if (await uow.execute(old.limit(1))).first() is None:
                return 0
            removed = await uow.execute(delete(sweep.table).where(key.in_(old)))
            return int(removed.rowcount)

    async def _serve(self) -> None:
        while True:
            # Processes that started together do not sweep together.
            await asyncio.sleep(_PERIOD_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 — no secret in it
            try:
                count = await self.sweep()
            except DatabaseUnavailable as error:
                log.warning("housekeeping waits for the database", error=str(error))
            else:
                if count:
                    log.info("expired rows deleted", count=count)
