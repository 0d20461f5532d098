"""What the mock connectors of this process were asked to send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as the recordings have it."""

    address: str
    type: str
    payload: Mapping[str, Any]
    template: Mapping[str, Any]
    content: str
    subject: str | None = None

    @property
    def code(self) -> str:
        return str(self.payload["code"])


@dataclass
class Outbox:
    """Every message, the latest last; or what keeps each from being sent."""

    messages: list[Sent] = field(default_factory=list)
    refuses_with: Exception | None = None

    def put(self, message: Sent) -> None:
        if self.refuses_with is not None:
            raise self.refuses_with
        self.messages.append(message)

    @property
    def last(self) -> Sent:
        return self.messages[-1]

    def empty(self) -> None:
        self.messages.clear()
        self.refuses_with = None


OUTBOX = Outbox()
