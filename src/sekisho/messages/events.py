"""What is told of messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sekisho.kernel.events import Event, EventName


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFlooded(Event):
    """Somebody asked for more messages to one person than that person may get (management-api.md §10.4)."""

    name: EventName = EventName.MESSAGE_RATE_LIMITED
    action: str
    recipient: str

    def payload(self) -> Mapping[str, Any]:
        return {"action": self.action, "recipient": self.recipient}
