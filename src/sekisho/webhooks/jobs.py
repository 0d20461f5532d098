"""Sending messages: from the outbox, until one arrives or is given up, and as a test while somebody waits.

Only what may pass by itself is tried again: a receiver that cannot be reached, and one that says it is broken. A
refusal would be the same the next time, and a redirect is not followed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from sekisho.audit.service import AuditLog
from sekisho.db.database import UnitOfWork
from sekisho.jobs.models import GiveUp, Job
from sekisho.kernel.clock import Clock
from sekisho.kernel.events import EventName
from sekisho.outbound.on_demand import OutboundOnDemand
from sekisho.webhooks.errors import SampleNotSent, SampleRefused
from sekisho.webhooks.messages import headers_for, sample_of
from sekisho.webhooks.models import Hook, HookConfig, HookId
from sekisho.webhooks.service import DELIVER, HookService

__all__ = ["DELIVER", "NotTaken", "deliver", "send_samples"]

_PATIENCE = timedelta(seconds=10)
_BROKEN = 500
_MOST_KEPT = 10_000


class NotTaken(Exception):
    """The receiver could not be reached, or says that it is broken: another attempt may find it well."""


async def deliver(
    job: Job, *, hooks: HookService, audit: AuditLog, uow: UnitOfWork, outbound: OutboundOnDemand
) -> None:
    """Do the job: send one message, or raise so that it is tried again, or given up."""
    hook = await hooks.find(HookId(job.payload["hookId"]))
    if hook is None:
        return
    if not hook.is_enabled:
        raise GiveUp("the webhook is switched off")
    await uow.release()
    body = job.payload["body"].encode()
    about: dict[str, Any] = {"hookId": hook.id, "hookRequest": {"body": msgspec.json.decode(body)}}
    key = f"TriggerHook.{job.payload['event']}"
    try:
        status, said = await _send(body, config=hook.config, hook=hook, outbound=outbound)
    except NotTaken as error:
        _failed(job, hook, audit, key, error=str(error), about=about)
        raise
    about["response"] = {"statusCode": status, "body": said}
    if _is_taken(status):
        # In the transaction that ends the job: each delivery leaves one entry, however often it was tried.
        audit.add(audit.entry(key, **about))
        return
    refusal = f"the receiver answered {status}"
    _failed(job, hook, audit, key, error=refusal, about=about, is_final=status < _BROKEN)
    raise NotTaken(refusal)


async def send_samples(
    hook: Hook, names: Sequence[EventName], *, config: HookConfig, clock: Clock, outbound: OutboundOnDemand
) -> None:
    """Send one made-up message for each event, once; raises `SampleNotSent` and `SampleRefused`."""
    bodies = [sample_of(name, hook_id=hook.id, now=clock.now()) for name in dict.fromkeys(names)]
    sent = (_send(body, config=config, hook=hook, outbound=outbound) for body in bodies)
    for outcome in await asyncio.gather(*sent, return_exceptions=True):
        match outcome:
            case NotTaken():
                raise SampleNotSent(data={"message": str(outcome)}) from outcome
            case BaseException():
                raise outcome
            case (status, said):
                if not _is_taken(status):
                    raise SampleRefused(status=status, body=said)


async def _send(body: bytes, *, config: HookConfig, hook: Hook, outbound: OutboundOnDemand) -> tuple[int, str]:
    """Send a message once; returns the status and the beginning of the answer, or raises `NotTaken`."""
    from sekisho.outbound.client import OutboundFailed  # noqa: PLC0415 — loaded with the client itself
    from sekisho.outbound.guard import OutboundRefused  # noqa: PLC0415

    try:
        # Attack: a receiver redirects us to an address inside our own network. The guard judges the address that was
        # configured, and no redirect is followed.
        answer = await outbound.client().request(
            "POST",
            config.url,
            content=body,
            headers=headers_for(body, config=config, hook=hook),
            patience=_PATIENCE,
            follows_redirects=False,
        )
    except (OutboundFailed, OutboundRefused) as error:
        raise NotTaken(str(error)) from error
    return answer.status, answer.body.decode(errors="replace")[:_MOST_KEPT]


def _failed(
    job: Job,
    hook: Hook,
    audit: AuditLog,
    key: str,
    *,
    error: str,
    about: Mapping[str, Any],
    is_final: bool = False,
) -> None:
    """Give a message up, with an entry in the log, unless it may still arrive."""
    if is_final or job.attempt >= hook.config.attempts:
        audit.record(key, error=error, **about)
        raise GiveUp(error)


def _is_taken(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 — the class of statuses
