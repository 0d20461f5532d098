"""Things that happened: a slice announces them, slices above it listen (webhooks do), and neither knows the other.

To announce: declare a subclass of `Event` in your slice's `events.py`, take `announce: Announce` in your service's
constructor (`services.py` gives it `self.announce`), and `await self._announce(Happened(...))` in the transaction that
makes it true: the event is durable exactly when what it tells of is. What must be told although the request is refused
goes through `webhooks.announce_despite_refusal`. Management API routes announce by themselves: `api/data_events.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol


class EventName(StrEnum):
    """What can be listened to, in the words and the order of the wire (management-api.md §10.1)."""

    POST_REGISTER = "PostRegister"
    POST_SIGN_IN = "PostSignIn"
    POST_SIGN_IN_ADAPTIVE_MFA_TRIGGERED = "PostSignInAdaptiveMfaTriggered"
    POST_RESET_PASSWORD = "PostResetPassword"  # noqa: S105 — the name of an event
    USER_CREATED = "User.Created"
    USER_DELETED = "User.Deleted"
    USER_DATA_UPDATED = "User.Data.Updated"
    USER_SUSPENSION_STATUS_UPDATED = "User.SuspensionStatus.Updated"
    ROLE_CREATED = "Role.Created"
    ROLE_DELETED = "Role.Deleted"
    ROLE_DATA_UPDATED = "Role.Data.Updated"
    ROLE_SCOPES_UPDATED = "Role.Scopes.Updated"
    SCOPE_CREATED = "Scope.Created"
    SCOPE_DELETED = "Scope.Deleted"
    SCOPE_DATA_UPDATED = "Scope.Data.Updated"
    ORGANIZATION_CREATED = "Organization.Created"
    ORGANIZATION_DELETED = "Organization.Deleted"
    ORGANIZATION_DATA_UPDATED = "Organization.Data.Updated"
    ORGANIZATION_MEMBERSHIP_UPDATED = "Organization.Membership.Updated"
    ORGANIZATION_ROLE_CREATED = "OrganizationRole.Created"
    ORGANIZATION_ROLE_DELETED = "OrganizationRole.Deleted"
    ORGANIZATION_ROLE_DATA_UPDATED = "OrganizationRole.Data.Updated"
    ORGANIZATION_ROLE_SCOPES_UPDATED = "OrganizationRole.Scopes.Updated"
    ORGANIZATION_SCOPE_CREATED = "OrganizationScope.Created"
    ORGANIZATION_SCOPE_DELETED = "OrganizationScope.Deleted"
    ORGANIZATION_SCOPE_DATA_UPDATED = "OrganizationScope.Data.Updated"
    IDENTIFIER_LOCKOUT = "Identifier.Lockout"
    MESSAGE_RATE_LIMITED = "Message.RateLimited"
    GRANT_LIMIT_EXCEEDED = "Grant.LimitExceeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asked, as far as a connection tells; empty for work that nobody waits for."""

    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(ABC):
    """Something that happened; subclasses add what. `address_key` is what listeners call the caller's address."""

    address_key: ClassVar[str] = "ip"

    name: EventName

    @abstractmethod
    def payload(self) -> Mapping[str, Any]:
        """Return what listeners are told beside the name, the time and the caller: JSON, in the wire's words."""


class Announce(Protocol):
    """Records an event in the caller's transaction."""

    async def __call__(self, event: Event, /) -> None: ...
