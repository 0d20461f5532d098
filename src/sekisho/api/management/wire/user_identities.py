"""Identities of a user on the wire (management-api.md §6.4)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import WithJsonSchema

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.api.management.wire.users import Identity, SsoIdentityOut
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import TenantId
from sekisho.secrets.models import SocialSecret


class IdentityBody(Body):
    user_id: str
    details: dict[str, Any] = ABSENT


class LinkBody(Body):
    """What a provider sent back for the user, as it came, and the address it came to."""

    connector_id: str
    connector_data: Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": {}})]


class TokenMetadataOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    scope: str | UnsetType = UNSET
    expires_at: int | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    has_refresh_token: bool


class SocialTokenSecretOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is told of tokens that a provider gave for a user; never the tokens."""

    tenant_id: str
    id: str
    user_id: str
    type: Literal["federated_token_set"]
    metadata: TokenMetadataOut
    created_at: int
    updated_at: int
    connector_id: str
    identity_id: str
    target: str


def social_token_secret_out(secret: SocialSecret | None, *, tenant_id: TenantId) -> SocialTokenSecretOut | UnsetType:
    if secret is None:
        return UNSET
    facts = secret.facts
    return SocialTokenSecretOut(
        tenant_id=tenant_id,
        id=secret.id,
        user_id=secret.user_id,
        type="federated_token_set",
        metadata=TokenMetadataOut(
            scope=facts.scope,
            expires_at=facts.expires_at,
            token_type=facts.token_type,
            has_refresh_token=facts.has_refresh_token,
        ),
        created_at=epoch_milliseconds(secret.created_at),
        updated_at=epoch_milliseconds(secret.updated_at),
        connector_id=secret.origin.connector_id,
        identity_id=secret.origin.identity_id,
        target=secret.origin.target,
    )


class SsoTokenSecretOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The same of an enterprise identity provider."""

    tenant_id: str
    id: str
    user_id: str
    type: Literal["federated_token_set"]
    metadata: TokenMetadataOut
    created_at: int
    updated_at: int
    sso_connector_id: str
    issuer: str
    identity_id: str


class IdentityWithSecretOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    identity: Identity
    token_secret: SocialTokenSecretOut | UnsetType = UNSET


class SocialIdentityOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    identity: Identity
    token_secret: SocialTokenSecretOut | UnsetType = UNSET
    target: str


class SsoIdentityWithSecretOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    sso_identity: SsoIdentityOut
    token_secret: SsoTokenSecretOut | UnsetType = UNSET
    sso_connector_id: str


class AllIdentitiesOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    social_identities: list[SocialIdentityOut]
    sso_identities: list[SsoIdentityWithSecretOut]
