"""What a social connector does: send somebody to a provider, and learn from what comes back who it was.

One object per connector serves every tenant at once, so it keeps nothing. Connectors of type Social have the methods
of `SocialConnector`; who can renew tokens has those of `RefreshesTokens` too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import Manifest
from sekisho.connectors.kit.tools import Tools

# A hundred years of seconds: beyond, it is no life.
_LONGEST_LIFE = 100 * 366 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What somebody's way to the provider starts with.

    The provider must send `state` back untouched, to `redirect_uri`. `connector_id` is that of the tenant's connector,
    `connector_factory_id` the manifest's. `scope` was asked for by the caller, and goes before the configured one.
    """

    state: str
    redirect_uri: str
    connector_id: str
    connector_factory_id: str
    jti: str = ""
    user_agent: str | None = None
    scope: str | None = None


class ConnectorSession(Protocol):
    """What a connector remembers of one sign-in between the way out and the way back: JSON values by name.

    `set` replaces everything; reading may use it up. Where there is nobody to remember it for (an administrator asks),
    both raise `ConnectorError(NOT_IMPLEMENTED)`.
    """

    async def set(self, values: Mapping[str, Any], /) -> None: ...
    async def get(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialUser:
    """Who came back: `id` is the provider's, and never changes. An `email` or `phone` stands for its proven owner.

    `phone` has digits only, country code first. `raw_data` is what the provider said, for administrators to see.
    """

    id: str
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    raw_data: Any = None

    def to_wire(self) -> dict[str, Any]:
        members = {
            "id": self.id,
            "email": self.email,
            "phone": self.phone,
            "name": self.name,
            "avatar": self.avatar,
            "rawData": self.raw_data,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenResponse:
    """What a token endpoint answered (RFC 6749 §5.1); `expires_in` is in seconds."""

    access_token: str | None = None
    id_token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None
    scope: str | None = None
    token_type: str | None = None

    def __repr__(self) -> str:
        return "TokenResponse()"


def token_response(document: Mapping[str, Any]) -> TokenResponse:
    """Read a token endpoint's answer; `expires_in` may be a text of digits. Raises `ConnectorError`."""
    texts = ("access_token", "id_token", "refresh_token", "scope", "token_type")
    if any(not isinstance(document.get(name), str | None) for name in texts):
        raise ConnectorError(ErrorCode.INVALID_RESPONSE)
    expires_in = document.get("expires_in")
    try:
        seconds = None if expires_in is None else int(expires_in)
    except (TypeError, ValueError):
        raise ConnectorError(ErrorCode.INVALID_RESPONSE) from None
    if seconds is not None and not 0 <= seconds <= _LONGEST_LIFE:
        raise ConnectorError(ErrorCode.INVALID_RESPONSE)
    return TokenResponse(**{name: document.get(name) for name in texts}, expires_in=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialResult:
    """A user, and the provider's tokens where the connector can have them stored."""

    user: SocialUser
    token: TokenResponse | None = None


class SocialConnector(Protocol):
    """Signs people in at a provider."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def config(self) -> type[Config]: ...

    async def authorization_uri(
        self, request: AuthorizationRequest, *, config: Any, session: ConnectorSession, tools: Tools
    ) -> str:
        """Return where to send the browser."""
        ...

    async def user(
        self, callback: Mapping[str, Any], *, config: Any, session: ConnectorSession, tools: Tools
    ) -> SocialResult:
        """Return who came back. `callback` is untrusted: the provider's parameters, and `redirectUri`."""
        ...


@runtime_checkable
class RefreshesTokens(Protocol):
    """Can renew what a provider gave."""

    async def refresh(self, refresh_token: str, *, config: Any, tools: Tools) -> TokenResponse: ...
