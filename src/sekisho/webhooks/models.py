"""A webhook, what may be changed of it, and a message to it that was given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType, TypedDict

from sekisho.kernel.events import EventName
from sekisho.kernel.secret import Secret

HookId = NewType("HookId", str)

DEFAULT_RETRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HookConfig:
    """Where messages go. `headers` are sent along and may hold credentials; `retries` is as it was given."""

    url: str
    headers: Mapping[str, str] | None = None
    retries: float | None = None

    @property
    def attempts(self) -> int:
        """Return how often a message is tried at all."""
        return 1 + int(DEFAULT_RETRIES if self.retries is None else self.retries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """`event` is the older way to name a single one; it counts only where `events` is empty."""

    id: HookId
    name: str
    event: EventName | None
    events: Sequence[EventName]
    config: HookConfig
    signing_key: Secret
    is_enabled: bool
    created_at: datetime

    def listens_to(self, name: EventName) -> bool:
        """Tell whether an event of this name is sent here (management-api.md §10.3)."""
        return self.is_enabled and (name in self.events if self.events else name == self.event)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHook:
    name: str = ""
    event: EventName | None = None
    events: Sequence[EventName] = ()
    config: HookConfig
    is_enabled: bool = True


class HookChange(TypedDict, total=False):
    name: str
    event: EventName | None
    events: Sequence[EventName]
    config: HookConfig
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that was given up: its body as it was to be sent, and why it was not taken."""

    id: str
    event: str
    body: Mapping[str, Any]
    attempts: int
    error: str
    died_at: datetime
