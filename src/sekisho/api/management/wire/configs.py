"""Tenant configuration of the provider on the wire (management-api.md §14)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import Field

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.crypto.jwk import KeyType, type_of
from sekisho.kernel.clock import epoch_milliseconds, epoch_seconds
from sekisho.signing_keys.models import SealedKey, SigningKey

ExtendedClaimName = Literal[
    "custom_data",
    "identities",
    "sso_identities",
    "roles",
    "organizations",
    "organization_data",
    "organization_roles",
]
KeyKind = Literal["private-keys", "cookie-keys"]
KeyTypeName = Literal["RSA", "EC"]
StatusName = Literal["Next", "Current", "Previous"]

_LONGEST_SESSION = 365 * 86_400
#: More is nobody's plan, and no time is counted beyond.
_LONGEST_GRACE = 10 * 365 * 86_400


class RotateKeysBody(Body):
    signing_key_algorithm: KeyTypeName = ABSENT
    rotation_grace_period: Annotated[int, Field(ge=0, le=_LONGEST_GRACE)] = ABSENT

    @property
    def key_type(self) -> KeyType | None:
        return KeyType(self.signing_key_algorithm) if "signing_key_algorithm" in self.model_fields_set else None


class SessionConfigBody(Body):
    ttl: Annotated[int, Field(ge=1, le=_LONGEST_SESSION)] = ABSENT


class IdTokenConfigBody(Body):
    enabled_extended_claims: list[ExtendedClaimName] = ABSENT


class OidcKeyOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key without its value, which never leaves."""

    id: str
    created_at: int
    signing_key_algorithm: KeyTypeName | UnsetType = UNSET
    status: StatusName | UnsetType = UNSET
    effective_at: int | UnsetType = UNSET


class SessionConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    ttl: int


class IdTokenConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    enabled_extended_claims: list[ExtendedClaimName] | UnsetType = UNSET


def signing_key_out(key: SigningKey) -> OidcKeyOut:
    return OidcKeyOut(
        id=key.id,
        created_at=epoch_seconds(key.created_at),
        signing_key_algorithm=type_of(key.key).value,
        status=key.status.value,
        effective_at=UNSET if key.effective_at is None else epoch_milliseconds(key.effective_at),
    )


def cookie_key_out(key: SealedKey) -> OidcKeyOut:
    return OidcKeyOut(id=key.id, created_at=epoch_seconds(key.created_at))
