"""Counting grants as work for later, in the outbox of the authorization that makes it necessary."""

from sekisho.jobs.queue import JobQueue
from sekisho.kernel.ids import UserId

#: The job's name; `sekisho.app` knows who does it.
LIMIT_GRANTS = "limit-grants"


class GrantLimitJobs:
    """Implements `GrantLimits`."""

    def __init__(self, *, jobs: JobQueue) -> None:
        self._jobs = jobs

    async def enforce_later(self, *, account_id: UserId, client_id: str, limit: int) -> None:
        await self._jobs.add(LIMIT_GRANTS, {"accountId": account_id, "clientId": client_id, "limit": limit})
