"""Work on grants that waits until the authorization that made it necessary is durable."""

from collections.abc import Mapping
from typing import Any

from sekisho.applications.service import ApplicationService
from sekisho.audit.service import AuditLog
from sekisho.consents.access import AccessService
from sekisho.consents.events import GrantLimitExceeded
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.events import Announce, Caller
from sekisho.kernel.ids import ApplicationId, UserId

LIMIT_GRANTS = "limit-grants"


class GrantLimitQueue:
    """Implements `sekisho.oidc.ports.GrantLimits` over the outbox."""

    def __init__(self, *, jobs: JobQueue, caller: Caller) -> None:
        self._jobs = jobs
        self._caller = caller

    async def enforce_later(self, *, account_id: UserId, client_id: str, limit: int) -> None:
        await self._jobs.add(
            LIMIT_GRANTS,
            {
                "accountId": account_id,
                "clientId": client_id,
                "limit": limit,
                "ip": self._caller.ip,
                "userAgent": self._caller.user_agent,
            },
        )


async def limit_grants(
    payload: Mapping[str, Any],
    *,
    access: AccessService,
    applications: ApplicationService,
    audit: AuditLog,
    announce: Announce,
) -> None:
    """Do what was put into the outbox; doing it twice changes nothing more."""
    user_id, client_id, limit = UserId(payload["accountId"]), payload["clientId"], payload["limit"]
    limited = await access.limit_grants(user_id, client_id, limit=limit)
    if not limited.revoked:
        return
    revoked = list(limited.revoked)
    reason = "maxAllowedGrants limit reached"
    about = {"userId": user_id, "applicationId": client_id, "revokeGrantIds": revoked, "reason": reason}
    audit.add(audit.entry("RevokeGrants", **about))
    await announce(
        GrantLimitExceeded(
            user_id=user_id,
            application_id=client_id,
            revoked=revoked,
            limit=limit,
            before=limited.before,
            caller=Caller(ip=payload["ip"], user_agent=payload["userAgent"]),
            application=await _shown(applications, ApplicationId(client_id)),
        )
    )


async def _shown(applications: ApplicationService, application_id: ApplicationId) -> Mapping[str, Any] | None:
    found = await applications.find(application_id)
    if found is None:
        return None
    application = found.application
    return {
        "id": application.id,
        "type": application.type.value,
        "name": application.name,
        "description": application.description,
    }
