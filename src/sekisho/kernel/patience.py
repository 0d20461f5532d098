"""How long something may take, at next to no cost.

Nearly everything is answered in a millisecond, and a timer for each statement would cost an eighth of asking. So all
that wait share one timer, which looks now and then who waited too long: nobody is cut off early, or late by more than
the time between two looks.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Patience:
    """Cuts off what takes too long, as `asyncio.timeout` does; a task waits for one thing at a time."""

    def __init__(self, *, look_every: float) -> None:
        self._look_every = look_every
        self._waiting: dict[asyncio.Task[Any], float] = {}
        self._cut_off: set[asyncio.Task[Any]] = set()
        self._next_look: asyncio.TimerHandle | None = None

    async def wait_for(self, work: Awaitable[T], *, seconds: float) -> T:
        """Return what the work does; raises `TimeoutError`."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be cut off")
        loop = task.get_loop()
        cancelled_before = task.cancelling()
        self._waiting[task] = loop.time() + seconds
        if self._next_look is None:
            self._next_look = loop.call_later(self._look_every, self._look, loop)
        try:
            return await work
        except asyncio.CancelledError as error:
            # Somebody else may want the task to end as well, and then it has to.
            if task in self._cut_off and task.uncancel() <= cancelled_before:
                raise TimeoutError from error
            raise
        finally:
            self._waiting.pop(task, None)
            self._cut_off.discard(task)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task in [task for task, until in self._waiting.items() if until <= now]:
            del self._waiting[task]
            self._cut_off.add(task)
            task.cancel()
        self._next_look = loop.call_later(self._look_every, self._look, loop) if self._waiting else None
