"""Wrong guesses counted in Redis or Valkey, so that all processes and machines see the same counts.

Redis is loaded where it is configured only. When it does not answer, people still sign in: each process counts for
itself until it does, and the log says so.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog

from sekisho.http.rate_limits import Allowance, Counts
from sekisho.kernel.secret import Secret

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 0.25
_PAUSE_SECONDS = 2.0

# All keys are looked at before any is counted: a refused guess takes no place.
_TAKE = """
local wait = 0
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[i + 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
end
return 0
"""
# A window that has ended is not begun again by what it gives back.
_GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
return 0
"""


class SharedCounts:
    """Implements `Counts`. Connects with the first guess."""

    def __init__(self, url: Secret, *, or_else: Counts) -> None:
        self._url = url
        self._or_else = or_else
        self._asks_again_at = 0.0
        self._giving_back: set[asyncio.Task[Any]] = set()

    async def take(self, allowances: Sequence[Allowance], *, window: timedelta) -> timedelta | None:
        length = window // timedelta(milliseconds=1)
        wait = await self._run(_TAKE, allowances, length, *(each.guesses for each in allowances))
        if wait is None:
            return await self._or_else.take(allowances, window=window)
        return timedelta(milliseconds=wait) if wait else None

    def give_back(self, allowances: Sequence[Allowance]) -> None:
        # Nobody waits for it: the caller may hold a transaction by now.
        self._or_else.give_back(allowances)
        task = asyncio.create_task(self._run(_GIVE_BACK, allowances))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._giving_back)
        if "_redis" in self.__dict__:
            await self._redis.aclose()
        await self._or_else.close()

    @cached_property
    def _redis(self) -> "Redis":
        from redis.asyncio import Redis  # noqa: PLC0415 — a megabyte that most installations never use

        return Redis.from_url(
            self._url.reveal(), socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    async def _run(self, script: str, allowances: Sequence[Allowance], *arguments: int) -> int | None:
        """Return what a script answers; None when there is nobody to answer, or was not a moment ago."""
        now = asyncio.get_running_loop().time()
        if not allowances or now < self._asks_again_at:
            return None
        from redis.exceptions import RedisError  # noqa: PLC0415 — see `_redis`

        try:
            answer = await self._redis.eval(script, len(allowances), *(each.key for each in allowances), *arguments)
        except (RedisError, OSError, TimeoutError) as error:
            # Not every caller may wait for a server that is away.
            self._asks_again_at = now + _PAUSE_SECONDS
            log.warning("Redis does not answer, wrong guesses are counted by this process", error=type(error).__name__)
            return None
        return int(answer)
