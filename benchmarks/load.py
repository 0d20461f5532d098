"""A closed loop: so many visitors at once, each beginning anew as soon as it is done, for a bounded time.

An answer that is not the expected one ends the run with an error: refusals are fast and would make a fine figure.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import percentile

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What was done, and how long each of it took, in seconds."""

    seconds: float
    durations: Sequence[float]

    @property
    def count(self) -> int:
        return len(self.durations)

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def milliseconds(self, share: float) -> float:
        """Return the duration that `share` of the work stayed within."""
        return percentile(self.durations, share) * 1000


async def repeat(workers: Sequence[Work], *, seconds: float, most: int | None = None) -> Load:
    """Repeat every worker's work for so long, or `most` times in all; what has begun is finished."""
    durations: list[float] = []
    began = 0
    start = time.perf_counter()
    deadline = start + seconds

    async def run(work: Work) -> None:
        nonlocal began
        while (now := time.perf_counter()) < deadline and (most is None or began < most):
            began += 1
            await work()
            durations.append(time.perf_counter() - now)

    async with asyncio.TaskGroup() as tasks:
        for work in workers:
            tasks.create_task(run(work))
    return Load(seconds=time.perf_counter() - start, durations=durations)
