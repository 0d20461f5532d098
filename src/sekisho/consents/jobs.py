"""Work on grants that waits until the authorization that made it necessary is durable."""

from collections.abc import Mapping
from typing import Any

from sekisho.consents.access import AccessService
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.ids import UserId

LIMIT_GRANTS = "limit-grants"


class GrantLimitQueue:
    """Implements `sekisho.oidc.ports.GrantLimits` over the outbox."""

    def __init__(self, *, jobs: JobQueue) -> None:
        self._jobs = jobs

    async def enforce_later(self, *, account_id: UserId, client_id: str, limit: int) -> None:
        await self._jobs.add(LIMIT_GRANTS, {"accountId": account_id, "clientId": client_id, "limit": limit})


async def limit_grants(access: AccessService, payload: Mapping[str, Any]) -> None:
    """Do what was put into the outbox; doing it twice changes nothing more."""
    await access.limit_grants(UserId(payload["accountId"]), payload["clientId"], limit=payload["limit"])
