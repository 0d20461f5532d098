"""An entry of the audit log, and what to look for in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

CAP = 10_000
"""Where counting stops, if it may: a log has millions of entries, and nobody pages through them."""


class Result(StrEnum):
    SUCCESS = "Success"
    ERROR = "Error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """`payload` is in the wire's words; secrets in it were masked when it was written."""

    id: str
    key: str
    payload: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """`families` are the beginnings of keys, of which one must fit; `start` and `end` belong to the window."""

    families: Sequence[str] = ()
    key: str | None = None
    user_id: str | None = None
    application_id: str | None = None
    hook_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


LISTED_FAMILIES = (
    "ExchangeTokenBy",
    "RevokeToken",
    "RevokeGrants",
    "Interaction",
    "JwtCustomizer",
    "SamlApplication",
    "Action",
    "Unknown",
)
"""What `/api/logs` shows (management-api.md §11); deliveries to webhooks are shown with their webhook."""
HOOK_FAMILY = "TriggerHook"
