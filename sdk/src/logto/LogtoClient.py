"""The client for asynchronous code. Every call may run in an event loop of its own, as in Flask's async views.

The logic is in _core; here each flow gets its transport. LogtoSyncClient is the same for synchronous code.
"""

from collections.abc import Mapping
from datetime import timedelta

from logto._client import SignedInUser, read_access_token
from logto._flow import DEFAULT_TIMEOUT, AsyncClientFactory, AsyncDriver, new_async_client
from logto._memory import SHARED, ProcessMemory
from logto._oidc import DEFAULT_LEEWAY
from logto.LogtoException import LogtoException
from logto.models.client import AccessToken, AccessTokenMap, InteractionMode, LogtoConfig, SignInSession
from logto.models.oidc import (
    AccessTokenClaims,
    IdTokenClaims,
    OidcProviderMetadata,
    ReservedResource,
    Scope,
    UserInfoScope,
)
from logto.models.response import TokenResponse, UserInfoResponse
from logto.OidcCore import OidcCore
from logto.Storage import MemoryStorage, PersistKey, Storage
from logto.utilities import OrganizationUrnPrefix, buildOrganizationUrn, removeFalsyKeys

__all__ = [
    "AccessToken",
    "AccessTokenClaims",
    "AccessTokenMap",
    "IdTokenClaims",
    "InteractionMode",
    "LogtoClient",
    "LogtoConfig",
    "LogtoException",
    "MemoryStorage",
    "OidcCore",
    "OidcProviderMetadata",
    "OrganizationUrnPrefix",
    "PersistKey",
    "ReservedResource",
    "Scope",
    "SignInSession",
    "Storage",
    "TokenResponse",
    "UserInfoResponse",
    "UserInfoScope",
    "buildOrganizationUrn",
    "removeFalsyKeys",
]


class LogtoClient(SignedInUser):
    """Signs one application's users in, and keeps their tokens in a storage.

    `storage` holds the present user's session; without one, MemoryStorage (one user for the whole process).
    `timeout` bounds each step of a request: connecting, sending, each read. `leeway` is how far this machine's clock
    may differ from the server's. `httpClient` makes the HTTP client of one request: give it to set a proxy or a
    certificate. `memory` shares documents between clients and is only replaced in tests.

    Every method that awaits may raise a LogtoException. ServerUnavailable never signs the user out.
    """

    def __init__(
        self,
        config: LogtoConfig,
        storage: Storage | None = None,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        leeway: timedelta = DEFAULT_LEEWAY,
        httpClient: AsyncClientFactory = new_async_client,
        memory: ProcessMemory = SHARED,
    ) -> None:
        super().__init__(config, storage, leeway=leeway, memory=memory)
        self._driver = AsyncDriver(httpClient, timeout)

    async def getOidcCore(self) -> OidcCore:
        """Return the lower-level requests to this client's server, with its discovery document."""
        return OidcCore(
            await self._driver.run(self._core.metadata()),
            timeout=self._driver.timeout,
            leeway=self._leeway,
            httpClient=self._driver.http_client,
            memory=self._memory,
        )

    async def signIn(
        self,
        redirectUri: str,
        interactionMode: InteractionMode | None = None,
        *,
        extraParams: Mapping[str, str] | None = None,
    ) -> str:
        """Begin a sign-in and return the URL to send the browser to. Whoever was signed in no longer is.

        `redirectUri` is one of the application's registered redirect URIs. `interactionMode="signUp"` opens the
        registration page. `extraParams` go into the URL as they are: `first_screen`, `login_hint`,
        `direct_sign_in`, `ui_locales` and the like; a parameter this method sets itself is a ValueError.
        """
        return await self._driver.run(self._core.sign_in(redirectUri, mode=interactionMode, extra=extraParams or {}))

    async def handleSignInCallback(self, callbackUri: str) -> None:
        """Finish the sign-in that the whole URL of this request answers, and keep its tokens.

        Raises CallbackRejected when it answers none, AuthorizationDenied when the server ended the sign-in,
        TokenInvalid when the ID token does not hold. Sign-ins in several tabs finish independently.
        """
        await self._driver.run(self._core.handle_callback(callbackUri))

    async def signOut(self, postLogoutRedirectUri: str | None = None) -> str:
        """Forget the tokens, revoke the refresh token, and return the URL that ends the session at the server.

        `postLogoutRedirectUri` is a registered one; without it the server shows a page of its own.
        """
        return await self._driver.run(self._core.sign_out(postLogoutRedirectUri))

    async def getAccessToken(self, resource: str = "") -> str | None:
        """Return an access token for an API, refreshed if it has expired; None when nobody is signed in.

        `resource` is the API's indicator, listed in `LogtoConfig.resources`; "" is the userinfo endpoint.
        """
        return await self._driver.run(self._core.access_token(resource))

    async def getOrganizationToken(self, organizationId: str) -> str | None:
        """Return an access token for an organization; None when nobody is signed in.

        Needs `UserInfoScope.organizations` among the scopes. RequestRefused when the user is no member.
        """
        return await self._driver.run(self._core.organization_token(organizationId))

    async def getAccessTokenClaims(self, resource: str = "") -> AccessTokenClaims:
        """Return what the access token for an API says. TokenInvalid when it is opaque, as the one for "" is."""
        return read_access_token(await self.getAccessToken(resource))

    async def getOrganizationTokenClaims(self, organizationId: str) -> AccessTokenClaims:
        """Return what the access token for an organization says."""
        return read_access_token(await self.getOrganizationToken(organizationId))

    async def fetchUserInfo(self) -> UserInfoResponse:
        """Ask the server for the user as they are now. NotSignedIn when nobody is."""
        return await self._driver.run(self._core.user_info())

    async def verifyAccessToken(self, accessToken: str, audience: str) -> AccessTokenClaims:
        """Verify a bearer token as the API it was issued for: signature, issuer, audience, times.

        `audience` is the API's indicator, or `urn:logto:organization:<id>`. Raises TokenInvalid (answer 401).
        What the caller may do is for the API to decide: `"read" in claims.scope.split()` (else 403).
        """
        return await self._driver.run(self._core.verify_access_token(accessToken, audience=audience))
