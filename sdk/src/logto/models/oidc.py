"""Scopes, claims and the discovery document. Sources: OpenID Connect Core 1.0 and Discovery 1.0."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Scope(StrEnum):
    """The base of scope enums: derive your own for the permissions of your API."""


class OAuthScope(Scope):
    """Scopes of the protocol itself."""

    offlineAccess = "offline_access"


class UserInfoScope(Scope):
    """Scopes that buy claims about the user; `openid` and `profile` are always asked for."""

    openid = "openid"
    profile = "profile"
    email = "email"
    phone = "phone"
    address = "address"
    customData = "custom_data"
    identities = "identities"
    roles = "roles"
    organizations = "urn:logto:scope:organizations"
    organization_roles = "urn:logto:scope:organization_roles"


class ReservedResource(StrEnum):
    """Resource indicators that no API can register."""

    organizations = "urn:logto:resource:organizations"


class IdTokenClaims(BaseModel):
    """Who signed in. Times are whole seconds since 1970; claims without a field here are in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    at_hash: str | None = None
    name: str | None = None
    username: str | None = None
    picture: str | None = None
    email: str | None = None
    email_verified: bool | None = None
    phone_number: str | None = None
    phone_number_verified: bool | None = None
    organizations: list[str] | None = None
    organization_roles: list[str] | None = None


class AccessTokenClaims(BaseModel):
    """What an access token allows. `scope` is space separated; claims without a field here are in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    scope: str = ""
    client_id: str | None = None


class OidcProviderMetadata(BaseModel):
    """The discovery document (OpenID Connect Discovery 1.0 §3, RFC 8414 §2); unknown members are dropped."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    registration_endpoint: str | None = None
    scopes_supported: list[str] = []
    response_types_supported: list[str]
    response_modes_supported: list[str] = []
    grant_types_supported: list[str] = []
    acr_values_supported: list[str] = []
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    id_token_encryption_alg_values_supported: list[str] = []
    id_token_encryption_enc_values_supported: list[str] = []
    userinfo_signing_alg_values_supported: list[str] = []
    userinfo_encryption_alg_values_supported: list[str] = []
    userinfo_encryption_enc_values_supported: list[str] = []
    request_object_signing_alg_values_supported: list[str] = []
    request_object_encryption_alg_values_supported: list[str] = []
    request_object_encryption_enc_values_supported: list[str] = []
    token_endpoint_auth_methods_supported: list[str] = []
    token_endpoint_auth_signing_alg_values_supported: list[str] = []
    display_values_supported: list[str] = []
    claim_types_supported: list[str] = []
    claims_supported: list[str] = []
    service_documentation: str | None = None
    claims_locales_supported: list[str] = []
    ui_locales_supported: list[str] = []
    claims_parameter_supported: bool = False
    request_parameter_supported: bool = False
    request_uri_parameter_supported: bool = True
    require_request_uri_registration: bool = False
    op_policy_uri: str | None = None
    op_tos_uri: str | None = None
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    code_challenge_methods_supported: list[str] = []
