"""What an application is. The two metadata records are the wire's own objects: absent members are None.

They are structs because they go to JSON and back member by member, renamed, on the path of every request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

import msgspec

from sekisho.kernel.ids import ApplicationId
from sekisho.kernel.secret import Secret
from sekisho.oidc.models import ClientAuthMethod


class ApplicationType(StrEnum):
    NATIVE = "Native"
    SPA = "SPA"
    TRADITIONAL = "Traditional"
    MACHINE_TO_MACHINE = "MachineToMachine"
    PROTECTED = "Protected"
    SAML = "SAML"

    @property
    def has_secrets(self) -> bool:
        """Tell whether such an application can keep a secret."""
        return self in {ApplicationType.TRADITIONAL, ApplicationType.MACHINE_TO_MACHINE, ApplicationType.PROTECTED}

    @property
    def may_be_third_party(self) -> bool:
        return self in {ApplicationType.TRADITIONAL, ApplicationType.SPA, ApplicationType.NATIVE}


class OidcClientMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where a client may send its users, and how it hears of their logout."""

    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool | None = None
    logo_uri: str | None = None


class CustomClientMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a client's tokens behave. Lifetimes in seconds unless named otherwise; defaults are oidc.md §5.3's."""

    cors_allowed_origins: tuple[str, ...] | None = None
    id_token_ttl: int | float | None = None
    refresh_token_ttl: int | float | None = None
    refresh_token_ttl_in_days: int | None = None
    tenant_id: str | None = None
    always_issue_refresh_token: bool | None = None
    rotate_refresh_token: bool | None = None
    allow_token_exchange: bool | None = None
    is_device_flow: bool | None = None
    max_allowed_grants: int | None = None
    #: Ours, as are those below: how a client that signs proves itself (`private_key_jwt`, `client_secret_jwt`).
    token_endpoint_auth_method: str | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    #: The client's access tokens are always bound to a key (RFC 9449 §5.2).
    dpop_bound_access_tokens: bool | None = None

    @property
    def signs_with_own_key(self) -> bool:
        return self.token_endpoint_auth_method == ClientAuthMethod.PRIVATE_KEY_JWT


NO_REDIRECT_URIS = OidcClientMetadata(redirect_uris=(), post_logout_redirect_uris=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A client. `legacy_secret` is a secret of the application itself, as older installations have."""

    id: ApplicationId
    name: str
    description: str | None
    type: ApplicationType
    oidc_client_metadata: OidcClientMetadata
    custom_client_metadata: CustomClientMetadata
    protected_app_metadata: Mapping[str, Any] | None
    custom_data: Mapping[str, Any]
    is_third_party: bool
    app_level_access_control_enabled: bool
    created_at: datetime
    legacy_secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSecret:
    name: str
    value: Secret
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationWithSecrets:
    """All that authenticating a client needs, as one cached value."""

    application: Application
    secrets: Sequence[ApplicationSecret]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An application to be made; `id` only for seeded ones, whose ids are part of the contract."""

    name: str
    type: ApplicationType
    description: str | None = None
    oidc_client_metadata: OidcClientMetadata = NO_REDIRECT_URIS
    custom_client_metadata: CustomClientMetadata = field(default_factory=CustomClientMetadata)
    custom_data: Mapping[str, Any] = field(default_factory=dict)
    is_third_party: bool = False
    protected_app_metadata: Mapping[str, Any] | None = None
    id: ApplicationId | None = None


class ApplicationChange(TypedDict, total=False):
    """What is to change: only the keys that are there. Records replace the stored ones whole."""

    name: str
    description: str | None
    oidc_client_metadata: OidcClientMetadata
    custom_client_metadata: CustomClientMetadata
    custom_data: Mapping[str, Any]
    protected_app_metadata: Mapping[str, Any] | None
    app_level_access_control_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFilter:
    """Which applications a list shows."""

    types: Sequence[ApplicationType] = ()
    is_third_party: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSignIn:
    """How the sign-in to one application differs from the tenant's. `color` and `branding` are the wire's documents."""

    application_id: ApplicationId
    color: Mapping[str, Any] = field(default_factory=dict)
    branding: Mapping[str, Any] = field(default_factory=dict)
    custom_css: str | None = None
    terms_of_use_url: str | None = None
    privacy_policy_url: str | None = None
    display_name: str | None = None


class ApplicationSignInChange(TypedDict, total=False):
    """What is to change: only the keys that are there. Documents replace the stored ones whole."""

    color: Mapping[str, Any]
    branding: Mapping[str, Any]
    custom_css: str | None
    terms_of_use_url: str | None
    privacy_policy_url: str | None
    display_name: str | None
