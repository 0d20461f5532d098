"""Sign users in from Python web applications, with Sekisho or any other Logto-compatible server.

LogtoClient is asynchronous, LogtoSyncClient is not; both take a LogtoConfig and a Storage over the user's session.
Importing what logto 0.2.1 published works unchanged: the names here, and the module paths below.
"""

from logto import OidcCore, models, utilities
from logto.LogtoClient import AccessToken, LogtoClient
from logto.LogtoException import (
    AuthorizationDenied,
    CallbackRejected,
    LogtoException,
    NotSignedIn,
    RequestRefused,
    ServerUnavailable,
    TokenInvalid,
    UnexpectedResponse,
)
from logto.LogtoSyncClient import LogtoSyncClient
from logto.models.client import InteractionMode, LogtoConfig
from logto.models.oidc import (
    AccessTokenClaims,
    IdTokenClaims,
    OAuthScope,
    OidcProviderMetadata,
    ReservedResource,
    Scope,
    UserInfoScope,
)
from logto.models.response import TokenResponse, UserInfoResponse
from logto.Storage import MemoryStorage, PersistKey, Storage

__all__ = [
    "AccessToken",
    "AccessTokenClaims",
    "AuthorizationDenied",
    "CallbackRejected",
    "IdTokenClaims",
    "InteractionMode",
    "LogtoClient",
    "LogtoConfig",
    "LogtoException",
    "LogtoSyncClient",
    "MemoryStorage",
    "NotSignedIn",
    "OAuthScope",
    "OidcCore",
    "OidcProviderMetadata",
    "PersistKey",
    "RequestRefused",
    "ReservedResource",
    "Scope",
    "ServerUnavailable",
    "Storage",
    "TokenInvalid",
    "TokenResponse",
    "UnexpectedResponse",
    "UserInfoResponse",
    "UserInfoScope",
    "models",
    "utilities",
]
