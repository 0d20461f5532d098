"""Settings of the account center."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Access(StrEnum):
    """What people may do with a part of their account."""

    OFF = "Off"
    READ_ONLY = "ReadOnly"
    EDIT = "Edit"


class AccountPart(StrEnum):
    """A part of an account that people may be let to; one that is not named is not."""

    NAME = "name"
    AVATAR = "avatar"
    PROFILE = "profile"
    EMAIL = "email"
    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 — the name of a part
    USERNAME = "username"
    SOCIAL = "social"
    CUSTOM_DATA = "customData"
    MFA = "mfa"
    PASSKEY = "passkey"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCenter:
    """The row. `profile_fields` are names, in the order in which they are shown."""

    is_enabled: bool = False
    fields: Mapping[AccountPart, Access] = field(default_factory=dict)
    webauthn_related_origins: tuple[str, ...] = ()
    delete_account_url: str | None = None
    custom_css: str | None = None
    profile_fields: tuple[str, ...] | None = None
