"""Back-channel logout through the outbox: written with the end of the session, delivered until the application heard.

What happens between is the outbox's: an attempt that fails is repeated with longer and longer pauses, what a process
left undone another one does, and what never succeeds is kept as a dead job with its reason.
"""

from datetime import timedelta
from typing import Any

from sekisho.db.database import UnitOfWork
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.ids import UserId
from sekisho.oidc.backchannel import logout_message
from sekisho.oidc.models import LogoutNotice
from sekisho.oidc.ports import Ports
from sekisho.outbound.on_demand import OutboundOnDemand

#: The name of the job.
NOTIFY = "backchannel_logout.notify"

_PATIENCE = timedelta(seconds=2.5)
#: Back-Channel Logout §2.8: 200; some frameworks turn an empty 200 into 204.
_HEARD = frozenset({200, 204})


class LogoutNotHeard(Exception):
    """The application answered, but not that it has signed its user out."""


class LogoutNoticeJobs:
    """Implements `LogoutNotices`."""

    def __init__(self, *, jobs: JobQueue) -> None:
        self._jobs = jobs

    async def add(self, notice: LogoutNotice) -> None:
        await self._jobs.add(
            NOTIFY,
            {
                "issuer": notice.issuer,
                "clientId": notice.client_id,
                "accountId": notice.account_id,
                "sid": notice.sid,
            },
        )


async def deliver(payload: Any, *, ports: Ports, uow: UnitOfWork, outbound: OutboundOnDemand) -> None:
    """Do the job: tell one application, or raise so that it is tried again."""
    notice = LogoutNotice(
        issuer=payload["issuer"],
        client_id=payload["clientId"],
        account_id=UserId(payload["accountId"]),
        sid=payload["sid"],
    )
    message = await logout_message(ports, notice)
    if message is None:
        return
    await uow.release()
    answer = await outbound.client().request(
        "POST",
        message.uri,
        form=message.form,
        headers={"user-agent": ""},
        patience=_PATIENCE,
        follows_redirects=False,
    )
    if answer.status not in _HEARD:
        raise LogoutNotHeard(f"{notice.client_id} answered {answer.status}")
