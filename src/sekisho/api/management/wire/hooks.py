"""Webhooks on the wire (management-api.md §10.2). What our own door to given-up messages shows is at the end."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import Field

from sekisho.api.formats import ABSENT, Number
from sekisho.api.management.wire.body import Body
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.events import EventName
from sekisho.kernel.ids import TenantId
from sekisho.webhooks.models import DeadLetter, Hook, HookChange, HookConfig, NewHook

Event = Literal[
    "PostRegister",
    "PostSignIn",
    "PostSignInAdaptiveMfaTriggered",
    "PostResetPassword",
    "User.Created",
    "User.Deleted",
    "User.Data.Updated",
    "User.SuspensionStatus.Updated",
    "Role.Created",
    "Role.Deleted",
    "Role.Data.Updated",
    "Role.Scopes.Updated",
    "Scope.Created",
    "Scope.Deleted",
    "Scope.Data.Updated",
    "Organization.Created",
    "Organization.Deleted",
    "Organization.Data.Updated",
    "Organization.Membership.Updated",
    "OrganizationRole.Created",
    "OrganizationRole.Deleted",
    "OrganizationRole.Data.Updated",
    "OrganizationRole.Scopes.Updated",
    "OrganizationScope.Created",
    "OrganizationScope.Deleted",
    "OrganizationScope.Data.Updated",
    "Identifier.Lockout",
    "Message.RateLimited",
    "Grant.LimitExceeded",
]
Name = Annotated[str, Field(min_length=1, max_length=256)]
TenantName = Annotated[str, Field(max_length=21)]
Events = Annotated[list[Event], Field(min_length=1)]


class HookConfigBody(Body):
    url: str
    headers: dict[str, str] = ABSENT
    retries: Annotated[Number, Field(ge=0, le=3)] = ABSENT

    def to_model(self) -> HookConfig:
        return HookConfig(url=self.url, headers=self.headers, retries=self.retries)


class CreateHookBody(Body):
    """`tenant_id` and `created_at` may be sent, and change nothing."""

    tenant_id: TenantName = ABSENT
    name: Name = ABSENT
    event: Event = ABSENT
    events: Events = ABSENT
    config: HookConfigBody
    enabled: bool = ABSENT
    created_at: Number = ABSENT

    def to_model(self) -> NewHook:
        given = self.model_fields_set
        return NewHook(
            name=self.name if "name" in given else "",
            event=EventName(self.event) if "event" in given else None,
            events=[EventName(name) for name in self.events] if "events" in given else (),
            config=self.config.to_model(),
            is_enabled=self.enabled if "enabled" in given else True,
        )


class UpdateHookBody(Body):
    tenant_id: TenantName = ABSENT
    name: Name = ABSENT
    event: Event | None = None
    events: Events = ABSENT
    config: HookConfigBody = ABSENT
    enabled: bool = ABSENT
    created_at: Number = ABSENT

    def to_model(self) -> HookChange:
        given = self.model_fields_set
        change = HookChange()
        if "name" in given:
            change["name"] = self.name
        if "event" in given:
            change["event"] = None if self.event is None else EventName(self.event)
        if "events" in given:
            change["events"] = [EventName(name) for name in self.events]
        if "config" in given:
            change["config"] = self.config.to_model()
        if "enabled" in given:
            change["is_enabled"] = self.enabled
        return change


class TestHookBody(Body):
    events: Events
    config: HookConfigBody
    event: Any = ABSENT


class HookConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    url: str
    headers: dict[str, str] | UnsetType = UNSET
    retries: float | UnsetType = UNSET


class ExecutionStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Deliveries of the last 24 hours."""

    success_count: int
    request_count: int


class HookOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    name: str
    event: Event | None
    events: list[Event]
    config: HookConfigOut
    signing_key: str
    enabled: bool
    created_at: int


class HookWithStatsOut(HookOut, frozen=True, kw_only=True, rename="camel"):
    execution_stats: ExecutionStats | UnsetType = UNSET


class DeadLetterOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message that was given up. `body` is what was to be sent."""

    id: str
    event: str
    body: dict[str, Any]
    attempts: int
    error: str
    created_at: int


def hook_out(hook: Hook, *, tenant_id: TenantId) -> HookOut:
    return HookOut(**_members(hook, tenant_id=tenant_id))


def hook_with_stats_out(hook: Hook, *, tenant_id: TenantId, deliveries: Mapping[str, int] | None) -> HookWithStatsOut:
    """Return a webhook; `deliveries` of the last day are counted by how they ended, if anybody asked."""
    stats: ExecutionStats | UnsetType = UNSET
    if deliveries is not None:
        stats = ExecutionStats(success_count=deliveries.get("Success", 0), request_count=sum(deliveries.values()))
    return HookWithStatsOut(**_members(hook, tenant_id=tenant_id), execution_stats=stats)


def _members(hook: Hook, *, tenant_id: TenantId) -> dict[str, Any]:
    config = hook.config
    return {
        "tenant_id": tenant_id,
        "id": hook.id,
        "name": hook.name,
        "event": None if hook.event is None else hook.event.value,
        "events": [name.value for name in hook.events],
        "config": HookConfigOut(
            url=config.url,
            headers=UNSET if config.headers is None else dict(config.headers),
            retries=UNSET if config.retries is None else config.retries,
        ),
        "signing_key": hook.signing_key.reveal(),
        "enabled": hook.is_enabled,
        "created_at": epoch_milliseconds(hook.created_at),
    }


def dead_letter_out(letter: DeadLetter) -> DeadLetterOut:
    return DeadLetterOut(
        id=letter.id,
        event=letter.event,
        body=dict(letter.body),
        attempts=letter.attempts,
        error=letter.error,
        created_at=epoch_milliseconds(letter.died_at),
    )
