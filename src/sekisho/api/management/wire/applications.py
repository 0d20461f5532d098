"""Applications and their secrets on the wire (management-api.md §8)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sekisho.api.formats import ABSENT, Number, RedirectUri, Url
from sekisho.api.management.wire.body import Body
from sekisho.api.responses import milliseconds
from sekisho.applications.key_sets import is_key_set, is_key_set_address
from sekisho.applications.models import (
    Application,
    ApplicationSecret,
    CustomClientMetadata,
    OidcClientMetadata,
)
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import ApplicationId, TenantId
from sekisho.oidc.clients import LONGEST_LIFETIME

TypeName = Literal["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"]
Name = Annotated[str, Field(min_length=1, max_length=256)]
Lifetime = Annotated[Number, Field(gt=0, le=LONGEST_LIFETIME.total_seconds())]
AdditionalScope = Literal[
    "custom_data", "identities", "roles", "urn:logto:scope:organizations", "urn:logto:scope:organization_roles"
]


class OidcClientMetadataBody(Body):
    redirect_uris: list[RedirectUri]
    post_logout_redirect_uris: list[RedirectUri]
    backchannel_logout_uri: Url = ABSENT
    backchannel_logout_session_required: bool = ABSENT
    logo_uri: str = ABSENT

    def to_model(self) -> OidcClientMetadata:
        return msgspec.convert(self.to_wire(), OidcClientMetadata)


def _key_set(document: dict[str, Any]) -> dict[str, Any]:
    if not is_key_set(document):
        raise PydanticCustomError("custom", "Invalid key set")
    return document


def _key_set_address(uri: str) -> str:
    if not is_key_set_address(uri):
        raise PydanticCustomError("invalid_string", "Invalid url", {"validation": "url"})
    return uri


class CustomClientMetadataBody(Body):
    cors_allowed_origins: list[Annotated[str, Field(min_length=1)]] = ABSENT
    id_token_ttl: Lifetime = ABSENT
    refresh_token_ttl: Lifetime = ABSENT
    refresh_token_ttl_in_days: Annotated[int, Field(ge=1, le=180)] = ABSENT
    tenant_id: str = ABSENT
    always_issue_refresh_token: bool = ABSENT
    rotate_refresh_token: bool = ABSENT
    allow_token_exchange: bool = ABSENT
    is_device_flow: bool = ABSENT
    max_allowed_grants: Annotated[int, Field(gt=0)] = ABSENT
    # Ours.
    token_endpoint_auth_method: Literal["private_key_jwt", "client_secret_jwt"] = ABSENT
    jwks: Annotated[dict[str, Any], AfterValidator(_key_set)] = ABSENT
    jwks_uri: Annotated[str, AfterValidator(_key_set_address)] = ABSENT
    dpop_bound_access_tokens: bool = ABSENT

    def to_model(self) -> CustomClientMetadata:
        return msgspec.convert(self.to_wire(), CustomClientMetadata)


class PageRule(Body):
    path: str


class NewProtectedApp(Body):
    sub_domain: str
    origin: str


class ProtectedAppBody(Body):
    origin: str = ABSENT
    session_duration: Number = ABSENT
    page_rules: list[PageRule] = ABSENT
    additional_scopes: list[AdditionalScope] = ABSENT


class CreateApplicationBody(Body):
    name: Name
    type: TypeName
    description: str | None = None
    oidc_client_metadata: OidcClientMetadataBody = ABSENT
    custom_client_metadata: CustomClientMetadataBody = ABSENT
    custom_data: dict[str, Any] = ABSENT
    is_third_party: bool = ABSENT
    protected_app_metadata: NewProtectedApp = ABSENT


class UpdateApplicationBody(Body):
    name: Name = ABSENT
    description: str | None = None
    oidc_client_metadata: OidcClientMetadataBody = ABSENT
    custom_client_metadata: CustomClientMetadataBody = ABSENT
    custom_data: dict[str, Any] = ABSENT
    app_level_access_control_enabled: bool = ABSENT
    protected_app_metadata: ProtectedAppBody | None = None
    is_admin: bool = ABSENT


class CreateSecretBody(Body):
    name: Name
    expires_at: Number | None = None


class RenameSecretBody(Body):
    name: Name


class ApplicationOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An application as the API shows it; `secret` only where an older installation left one."""

    tenant_id: str
    id: str
    name: str
    secret: str | UnsetType = UNSET
    description: str | None
    type: TypeName
    oidc_client_metadata: OidcClientMetadata
    custom_client_metadata: CustomClientMetadata
    protected_app_metadata: dict[str, Any] | None
    custom_data: dict[str, Any]
    is_third_party: bool
    app_level_access_control_enabled: bool
    created_at: int


class ApplicationWithAdminOut(ApplicationOut, frozen=True, kw_only=True, rename="camel"):
    is_admin: bool


class SecretOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    application_id: str
    name: str
    value: str
    created_at: int
    expires_at: int | None


def application_out(application: Application, *, tenant_id: TenantId) -> ApplicationOut:
    return ApplicationOut(**_members(application, tenant_id))


def application_with_admin_out(
    application: Application, *, tenant_id: TenantId, is_admin: bool
) -> ApplicationWithAdminOut:
    return ApplicationWithAdminOut(**_members(application, tenant_id), is_admin=is_admin)


def secret_out(secret: ApplicationSecret, *, tenant_id: TenantId, application_id: ApplicationId) -> SecretOut:
    return SecretOut(
        tenant_id=tenant_id,
        application_id=application_id,
        name=secret.name,
        value=secret.value.reveal(),
        created_at=epoch_milliseconds(secret.created_at),
        expires_at=milliseconds(secret.expires_at),
    )


def _members(application: Application, tenant_id: TenantId) -> dict[str, Any]:
    legacy, protected = application.legacy_secret, application.protected_app_metadata
    return {
        "tenant_id": tenant_id,
        "id": application.id,
        "name": application.name,
        "secret": UNSET if legacy is None else legacy.reveal(),
        "description": application.description,
        "type": application.type,
        "oidc_client_metadata": application.oidc_client_metadata,
        "custom_client_metadata": application.custom_client_metadata,
        "protected_app_metadata": None if protected is None else dict(protected),
        "custom_data": dict(application.custom_data),
        "is_third_party": application.is_third_party,
        "app_level_access_control_enabled": application.app_level_access_control_enabled,
        "created_at": epoch_milliseconds(application.created_at),
    }
