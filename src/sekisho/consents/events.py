"""What is told of grants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.kernel.events import Caller, Event, EventName


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLimitExceeded(Event):
    """A person gave an application more grants than it may have at a time, and the oldest made room."""

    name: EventName = EventName.GRANT_LIMIT_EXCEEDED
    user_id: str
    application_id: str
    revoked: Sequence[str]
    limit: int
    before: int
    caller: Caller
    application: Mapping[str, Any] | None

    def payload(self) -> Mapping[str, Any]:
        members: dict[str, Any] = {
            "userId": self.user_id,
            "applicationId": self.application_id,
            "revokedGrantIds": list(self.revoked),
            "maxAllowedGrants": self.limit,
            "preRevocationActiveGrantCount": self.before,
        }
        # Whoever authorized, not the job that counted afterwards.
        if self.caller.ip:
            members["ip"] = self.caller.ip
        if self.caller.user_agent:
            members["userAgent"] = self.caller.user_agent
        return members if self.application is None else {**members, "application": self.application}
