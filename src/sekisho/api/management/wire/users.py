"""Users on the wire (management-api.md §6.1, §6.2)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import Field

from sekisho.api.formats import (
    ABSENT,
    Email,
    EmailOrEmpty,
    Password,
    Phone,
    PhoneOrEmpty,
    UrlOrEmpty,
    Username,
    UsernameOrEmpty,
)
from sekisho.api.management.wire.body import Body
from sekisho.api.responses import milliseconds
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.users.models import User

PasswordAlgorithm = Literal["Argon2i", "Argon2id", "Argon2d", "SHA1", "SHA256", "MD5", "Bcrypt", "Legacy"]


class Address(Body):
    formatted: str = ABSENT
    street_address: str = ABSENT
    locality: str = ABSENT
    region: str = ABSENT
    postal_code: str = ABSENT
    country: str = ABSENT


class Profile(Body):
    family_name: str = ABSENT
    given_name: str = ABSENT
    middle_name: str = ABSENT
    nickname: str = ABSENT
    preferred_username: str = ABSENT
    profile: str = ABSENT
    website: str = ABSENT
    gender: str = ABSENT
    birthdate: str = ABSENT
    zoneinfo: str = ABSENT
    locale: str = ABSENT
    address: Address = ABSENT


class CreateUserBody(Body):
    primary_phone: Phone = ABSENT
    primary_email: Email = ABSENT
    username: Username = ABSENT
    password: Password = ABSENT
    password_digest: Annotated[str, Field(max_length=256)] = ABSENT
    password_algorithm: PasswordAlgorithm = ABSENT
    name: str = ABSENT
    avatar: UrlOrEmpty | None = None
    custom_data: dict[str, Any] = ABSENT
    profile: Profile = ABSENT


class UpdateUserBody(Body):
    username: UsernameOrEmpty | None = None
    primary_email: EmailOrEmpty | None = None
    primary_phone: PhoneOrEmpty | None = None
    name: str | None = None
    avatar: UrlOrEmpty | None = None
    custom_data: dict[str, Any] = ABSENT
    profile: Profile = ABSENT


class ProfileBody(Body):
    profile: Profile


class CustomDataBody(Body):
    custom_data: dict[str, Any]


class PasswordBody(Body):
    password: Password


class PasswordExpirationBody(Body):
    is_expired: bool


class SuspensionBody(Body):
    is_suspended: bool


class Identity(msgspec.Struct, frozen=True, rename="camel"):
    user_id: str
    details: dict[str, Any] | UnsetType = UNSET


class AddressOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    formatted: str | UnsetType = UNSET
    street_address: str | UnsetType = UNSET
    locality: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    country: str | UnsetType = UNSET


class ProfileOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a profile may say; stored and sent as it came."""

    family_name: str | UnsetType = UNSET
    given_name: str | UnsetType = UNSET
    middle_name: str | UnsetType = UNSET
    nickname: str | UnsetType = UNSET
    preferred_username: str | UnsetType = UNSET
    profile: str | UnsetType = UNSET
    website: str | UnsetType = UNSET
    gender: str | UnsetType = UNSET
    birthdate: str | UnsetType = UNSET
    zoneinfo: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    address: AddressOut | UnsetType = UNSET


class SsoIdentityOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An identity at an enterprise identity provider."""

    tenant_id: str
    id: str
    user_id: str
    issuer: str
    identity_id: str
    detail: dict[str, Any]
    created_at: int
    updated_at: int
    sso_connector_id: str


class UserOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A user as the API shows him; the digest only to callers who ask for it."""

    id: str
    username: str | None
    primary_email: str | None
    primary_phone: str | None
    name: str | None
    avatar: str | None
    custom_data: dict[str, Any]
    identities: dict[str, Identity]
    last_sign_in_at: int | None
    created_at: int
    updated_at: int
    profile: ProfileOut
    application_id: str | None
    cimd_client_id: str | None
    is_suspended: bool
    has_password: bool | UnsetType = UNSET
    has_security_verification_method: bool | UnsetType = UNSET
    sso_identities: list[SsoIdentityOut] | UnsetType = UNSET
    password_digest: str | UnsetType | None = UNSET
    password_algorithm: PasswordAlgorithm | UnsetType | None = UNSET


class HasPasswordOut(msgspec.Struct, frozen=True, rename="camel"):
    has_password: bool


def user_out(user: User, *, with_digest: bool = False, with_sso_identities: bool = False) -> UserOut:
    extras: dict[str, Any] = {}
    if with_digest:
        extras |= {"password_digest": user.password_encrypted, "password_algorithm": user.password_encryption_method}
    if with_sso_identities:
        extras["sso_identities"] = []
    return UserOut(
        id=user.id,
        username=user.username,
        primary_email=user.primary_email,
        primary_phone=user.primary_phone,
        name=user.name,
        avatar=user.avatar,
        custom_data=dict(user.custom_data),
        identities=dict(user.identities),
        last_sign_in_at=milliseconds(user.last_sign_in_at),
        created_at=epoch_milliseconds(user.created_at),
        updated_at=epoch_milliseconds(user.updated_at),
        profile=dict(user.profile),  # type: ignore[arg-type]  # encoded as it is stored
        application_id=user.application_id,
        cimd_client_id=user.cimd_client_id,
        is_suspended=user.is_suspended,
        has_password=user.has_password,
        **extras,
    )
