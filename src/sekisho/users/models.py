"""What a user is, and what may be said about one when he is made or changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

import msgspec

from sekisho.kernel.ids import ApplicationId, UserId


class IdentifierType(StrEnum):
    """What people type to say who they are."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    type: IdentifierType
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user. `mfa_verifications` and `logto_config` are as stored: keys are the wire's."""

    id: UserId
    username: str | None
    primary_email: str | None
    primary_phone: str | None
    name: str | None
    avatar: str | None
    profile: Mapping[str, Any]
    custom_data: Mapping[str, Any]
    identities: Mapping[str, Any]
    is_suspended: bool
    password_encrypted: str | None = field(repr=False)
    password_encryption_method: str | None
    is_password_expired: bool
    application_id: ApplicationId | None
    cimd_client_id: str | None
    last_sign_in_at: datetime | None
    password_updated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    mfa_verifications: Sequence[Mapping[str, Any]] = field(repr=False)
    logto_config: Mapping[str, Any]

    @property
    def has_password(self) -> bool:
        return self.password_encrypted is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user to be made. The password comes as its hash, never plain."""

    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    custom_data: Mapping[str, Any] = field(default_factory=dict)
    password_encrypted: str | None = field(default=None, repr=False)
    password_encryption_method: str | None = None
    application_id: ApplicationId | None = None
    logto_config: Mapping[str, Any] = field(default_factory=dict)


class UserChange(TypedDict, total=False):
    """What is to change: only the keys that are there; None clears. Setting a password also renews its age."""

    username: str | None
    primary_email: str | None
    primary_phone: str | None
    name: str | None
    avatar: str | None
    profile: Mapping[str, Any]
    custom_data: Mapping[str, Any]
    password_encrypted: str | None
    password_encryption_method: str | None
    is_password_expired: bool
    mfa_verifications: Sequence[Mapping[str, Any]]
    logto_config: Mapping[str, Any]


class UsernameConflict(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Users whose usernames differ only by case."""

    username_lower: str
    user_ids: tuple[str, ...]


class UsernameConflicts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many such usernames there are, and some of them."""

    total_conflicts: int
    samples: tuple[UsernameConflict, ...]
