"""The single requests under a client, for those who keep tokens themselves: asynchronous and synchronous."""

from datetime import timedelta
from typing import ClassVar

from logto._flow import (
    DEFAULT_TIMEOUT,
    AsyncClientFactory,
    AsyncDriver,
    ClientFactory,
    Driver,
    new_async_client,
    new_client,
)
from logto._memory import SHARED, ProcessMemory
from logto._oidc import DEFAULT_LEEWAY, DEFAULT_SCOPES, OidcFlows, code_challenge, random_text
from logto._tokens import decode_unverified, read_claims
from logto.models.oidc import AccessTokenClaims, IdTokenClaims, OidcProviderMetadata, Scope
from logto.models.response import TokenResponse, UserInfoResponse


class _Statics:
    """What needs no server."""

    defaultScopes: ClassVar[list[Scope]] = list(DEFAULT_SCOPES)

    def __init__(self, metadata: OidcProviderMetadata, *, memory: ProcessMemory, leeway: timedelta) -> None:
        self.metadata = metadata
        self._flows = OidcFlows(metadata, memory=memory, leeway=leeway)

    @staticmethod
    def generateState() -> str:
        """Return a random state: 43 URL-safe characters."""
        return random_text()

    @staticmethod
    def generateCodeVerifier() -> str:
        """Return a random PKCE verifier: 43 characters (RFC 7636 §4.1)."""
        return random_text()

    @staticmethod
    def generateCodeChallenge(codeVerifier: str) -> str:
        """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
        return code_challenge(codeVerifier)

    @staticmethod
    def decodeIdToken(idToken: str) -> IdTokenClaims:
        """Read an ID token without verifying it. Raises TokenInvalid when it is no JWT."""
        return read_claims(decode_unverified(idToken), IdTokenClaims)

    @staticmethod
    def decodeAccessToken(accessToken: str) -> AccessTokenClaims:
        """Read a JWT access token without verifying it. Raises TokenInvalid when it is no JWT."""
        return read_claims(decode_unverified(accessToken), AccessTokenClaims)


class OidcCore(_Statics):
    """The requests to the server that `metadata` describes; see LogtoClient for the other parameters."""

    def __init__(
        self,
        metadata: OidcProviderMetadata,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        leeway: timedelta = DEFAULT_LEEWAY,
        httpClient: AsyncClientFactory = new_async_client,
        memory: ProcessMemory = SHARED,
    ) -> None:
        super().__init__(metadata, memory=memory, leeway=leeway)
        self._driver = AsyncDriver(httpClient, timeout)

    @staticmethod
    async def getProviderMetadata(discoveryUrl: str) -> OidcProviderMetadata:
        """Return the discovery document at a URL; it is kept for an hour."""
        flow = SHARED.discovery(discoveryUrl).metadata()
        return await AsyncDriver(new_async_client, DEFAULT_TIMEOUT).run(flow)

    async def fetchTokenByCode(
        self, clientId: str, clientSecret: str | None, redirectUri: str, code: str, codeVerifier: str
    ) -> TokenResponse:
        """Exchange an authorization code (RFC 6749 §4.1.3). RequestRefused when it was used or has expired."""
        return await self._driver.run(
            self._flows.redeem_code(
                code,
                client_id=clientId,
                client_secret=clientSecret,
                redirect_uri=redirectUri,
                code_verifier=codeVerifier,
            )
        )

    async def fetchTokenByRefreshToken(
        self, clientId: str, clientSecret: str | None, refreshToken: str, resource: str = ""
    ) -> TokenResponse:
        """Refresh (RFC 6749 §6) for an API's indicator, an organization's URN, or "" for the userinfo endpoint."""
        return await self._driver.run(
            self._flows.refresh(refreshToken, client_id=clientId, client_secret=clientSecret, resource=resource)
        )

    async def verifyIdToken(self, idToken: str, clientId: str) -> None:
        """Check signature, issuer, audience and times of an ID token. Raises TokenInvalid."""
        await self._driver.run(self._flows.verify_id_token(idToken, client_id=clientId))

    async def fetchUserInfo(self, accessToken: str) -> UserInfoResponse:
        """Ask the userinfo endpoint. RequestRefused when the token is not good for it."""
        return await self._driver.run(self._flows.user_info(accessToken))


class SyncOidcCore(_Statics):
    """The same for synchronous code; safe to use from several threads."""

    def __init__(
        self,
        metadata: OidcProviderMetadata,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        leeway: timedelta = DEFAULT_LEEWAY,
        httpClient: ClientFactory = new_client,
        memory: ProcessMemory = SHARED,
    ) -> None:
        super().__init__(metadata, memory=memory, leeway=leeway)
        self._driver = Driver(httpClient, timeout)

    @staticmethod
    def getProviderMetadata(discoveryUrl: str) -> OidcProviderMetadata:
        """Return the discovery document at a URL; it is kept for an hour."""
        flow = SHARED.discovery(discoveryUrl).metadata()
        return Driver(new_client, DEFAULT_TIMEOUT).run(flow)

    def fetchTokenByCode(
        self, clientId: str, clientSecret: str | None, redirectUri: str, code: str, codeVerifier: str
    ) -> TokenResponse:
        """Exchange an authorization code (RFC 6749 §4.1.3). RequestRefused when it was used or has expired."""
        return self._driver.run(
            self._flows.redeem_code(
                code,
                client_id=clientId,
                client_secret=clientSecret,
                redirect_uri=redirectUri,
                code_verifier=codeVerifier,
            )
        )

    def fetchTokenByRefreshToken(
        self, clientId: str, clientSecret: str | None, refreshToken: str, resource: str = ""
    ) -> TokenResponse:
        """Refresh (RFC 6749 §6) for an API's indicator, an organization's URN, or "" for the userinfo endpoint."""
        return self._driver.run(
            self._flows.refresh(refreshToken, client_id=clientId, client_secret=clientSecret, resource=resource)
        )

    def verifyIdToken(self, idToken: str, clientId: str) -> None:
        """Check signature, issuer, audience and times of an ID token. Raises TokenInvalid."""
        self._driver.run(self._flows.verify_id_token(idToken, client_id=clientId))

    def fetchUserInfo(self, accessToken: str) -> UserInfoResponse:
        """Ask the userinfo endpoint. RequestRefused when the token is not good for it."""
        return self._driver.run(self._flows.user_info(accessToken))
