"""The client for synchronous code: Django, plain Flask views, scripts. Its methods are LogtoClient's, without await.

One client serves any number of threads, provided its storage does.
"""

from collections.abc import Mapping
from datetime import timedelta

from logto._client import SignedInUser, read_access_token
from logto._flow import DEFAULT_TIMEOUT, ClientFactory, Driver, new_client
from logto._memory import SHARED, ProcessMemory
from logto._oidc import DEFAULT_LEEWAY
from logto.models.client import InteractionMode, LogtoConfig
from logto.models.oidc import AccessTokenClaims
from logto.models.response import UserInfoResponse
from logto.OidcCore import SyncOidcCore
from logto.Storage import Storage


class LogtoSyncClient(SignedInUser):
    """Signs one application's users in; parameters, results and errors are described at LogtoClient."""

    def __init__(
        self,
        config: LogtoConfig,
        storage: Storage | None = None,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        leeway: timedelta = DEFAULT_LEEWAY,
        httpClient: ClientFactory = new_client,
        memory: ProcessMemory = SHARED,
    ) -> None:
        super().__init__(config, storage, leeway=leeway, memory=memory)
        self._driver = Driver(httpClient, timeout)

    def getOidcCore(self) -> SyncOidcCore:
        """Return the lower-level requests to this client's server, with its discovery document."""
        return SyncOidcCore(
            self._driver.run(self._core.metadata()),
            timeout=self._driver.timeout,
            leeway=self._leeway,
            httpClient=self._driver.http_client,
            memory=self._memory,
        )

    def signIn(
        self,
        redirectUri: str,
        interactionMode: InteractionMode | None = None,
        *,
        extraParams: Mapping[str, str] | None = None,
    ) -> str:
        """Begin a sign-in and return the URL to send the browser to. Whoever was signed in no longer is."""
        return self._driver.run(self._core.sign_in(redirectUri, mode=interactionMode, extra=extraParams or {}))

    def handleSignInCallback(self, callbackUri: str) -> None:
        """Finish the sign-in that the whole URL of this request answers, and keep its tokens."""
        self._driver.run(self._core.handle_callback(callbackUri))

    def signOut(self, postLogoutRedirectUri: str | None = None) -> str:
        """Forget the tokens, revoke the refresh token, and return the URL that ends the session at the server."""
        return self._driver.run(self._core.sign_out(postLogoutRedirectUri))

    def getAccessToken(self, resource: str = "") -> str | None:
        """Return an access token for an API, refreshed if it has expired; None when nobody is signed in."""
        return self._driver.run(self._core.access_token(resource))

    def getOrganizationToken(self, organizationId: str) -> str | None:
        """Return an access token for an organization; None when nobody is signed in."""
        return self._driver.run(self._core.organization_token(organizationId))

    def getAccessTokenClaims(self, resource: str = "") -> AccessTokenClaims:
        """Return what the access token for an API says."""
        return read_access_token(self.getAccessToken(resource))

    def getOrganizationTokenClaims(self, organizationId: str) -> AccessTokenClaims:
        """Return what the access token for an organization says."""
        return read_access_token(self.getOrganizationToken(organizationId))

    def fetchUserInfo(self) -> UserInfoResponse:
        """Ask the server for the user as they are now. NotSignedIn when nobody is."""
        return self._driver.run(self._core.user_info())

    def verifyAccessToken(self, accessToken: str, audience: str) -> AccessTokenClaims:
        """Verify a bearer token as the API it was issued for: signature, issuer, audience, times."""
        return self._driver.run(self._core.verify_access_token(accessToken, audience=audience))
