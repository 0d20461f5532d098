"""Entries of the audit log on the wire (management-api.md §11)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.api.user_agents import parsed
from sekisho.audit.models import LogEntry
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import TenantId

_ANYTHING = msgspec.Meta(extra_json_schema={"additionalProperties": {}})


class BrowserOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    major: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class DeviceOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    model: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    vendor: str | UnsetType = UNSET


class EngineOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str | UnsetType = UNSET
    version: str | UnsetType = UNSET


class OsOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str | UnsetType = UNSET
    version: str | UnsetType = UNSET


class CpuOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    architecture: str | UnsetType = UNSET


class UserAgentOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    ua: str | UnsetType = UNSET
    browser: BrowserOut | UnsetType = UNSET
    device: DeviceOut | UnsetType = UNSET
    engine: EngineOut | UnsetType = UNSET
    os: OsOut | UnsetType = UNSET
    cpu: CpuOut | UnsetType = UNSET


class LogPayloadOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What every entry may say; each kind adds more."""

    key: str
    result: Literal["Success", "Error"]
    error: dict[str, Any] | str | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    user_agent: str | UnsetType = UNSET
    user_agent_parsed: UserAgentOut | UnsetType = UNSET
    user_id: str | UnsetType = UNSET
    application_id: str | UnsetType = UNSET
    cimd_client_id: str | UnsetType = UNSET
    session_id: str | UnsetType = UNSET
    params: Annotated[dict[str, Any], _ANYTHING] | UnsetType = UNSET


class HookLogOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    key: str
    payload: LogPayloadOut
    created_at: int


class LogOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    key: str
    payload: LogPayloadOut
    created_at: int


def log_out(entry: LogEntry, *, tenant_id: TenantId) -> LogOut:
    return LogOut(
        tenant_id=tenant_id,
        id=entry.id,
        key=entry.key,
        payload=_payload(entry),
        created_at=epoch_milliseconds(entry.created_at),
    )


def hook_log_out(entry: LogEntry) -> HookLogOut:
    return HookLogOut(
        id=entry.id, key=entry.key, payload=_payload(entry), created_at=epoch_milliseconds(entry.created_at)
    )


def _payload(entry: LogEntry) -> Any:
    """Return the payload as it was kept, and what its user agent means: that is found out by whoever reads it."""
    payload: dict[str, Any] = {}
    for name, value in entry.payload.items():
        payload[name] = value
        if name == "userAgent" and isinstance(value, str):
            payload["userAgentParsed"] = parsed(value)
    return payload
