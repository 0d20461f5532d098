"""What the token and userinfo endpoints answer. Sources: RFC 6749 §5.1, OpenID Connect Core 1.0 §5.3.2."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class TokenResponse(BaseModel):
    """A successful token answer; `expires_in` is in seconds from its arrival."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str | None = None
    id_token: str | None = None


class UserIdentity(BaseModel):
    """One social account of the user: its id at that provider, and what the provider told."""

    userId: str
    details: dict[str, Any] | None = None


class UserInfoResponse(BaseModel):
    """The user as the server knows them now; claims without a field here are in `model_extra`."""

    model_config = ConfigDict(extra="allow")

    sub: str
    name: str | None = None
    username: str | None = None
    picture: str | None = None
    email: str | None = None
    email_verified: bool | None = None
    phone_number: str | None = None
    phone_number_verified: bool | None = None
    custom_data: Any = None
    identities: dict[str, UserIdentity] | None = None
    organizations: list[str] | None = None
    organization_roles: list[str] | None = None
