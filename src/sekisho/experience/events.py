"""What flows tell of: somebody came in, registered or reset his password, and users that change on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sekisho.kernel.events import Event, EventName


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFinished(Event):
    """A flow was submitted (experience.md §6.4). `user` and `application` are as the wire shows them."""

    address_key: ClassVar[str] = "userIp"

    interaction_event: str
    session_id: str
    user: Mapping[str, Any]
    application: Mapping[str, Any] | None

    def payload(self) -> Mapping[str, Any]:
        members = {
            "interactionEvent": self.interaction_event,
            "sessionId": self.session_id,
            "userId": self.user["id"],
            "user": self.user,
        }
        return members if self.application is None else {**members, "application": self.application}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Event):
    """A user was made or changed by himself, in a flow."""

    interaction_event: str
    session_id: str
    user: Mapping[str, Any]
    application: Mapping[str, Any] | None

    def payload(self) -> Mapping[str, Any]:
        members = {"interactionEvent": self.interaction_event, "sessionId": self.session_id, "data": self.user}
        return members if self.application is None else {**members, "application": self.application}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierLocked(Event):
    """Somebody guessed too often at one account, and nobody comes in to it for a while."""

    name: EventName = EventName.IDENTIFIER_LOCKOUT
    type: str
    value: str
    application: Mapping[str, Any] | None

    def payload(self) -> Mapping[str, Any]:
        members = {"type": self.type, "value": self.value}
        return members if self.application is None else {**members, "application": self.application}
