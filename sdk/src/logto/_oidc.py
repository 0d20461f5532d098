"""The client side of OAuth 2.0 and OpenID Connect, as flows over one server's metadata.

Sources: RFC 6749, RFC 7636 (PKCE), RFC 8707 (resource indicators), RFC 7009 (revocation), OpenID Connect Core 1.0,
and the organization tokens of the server. What is kept between requests is not decided here: see _core.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from logto._flow import Flow, HttpCall
from logto._memory import ProcessMemory
from logto._replies import read_model, require_success
from logto._tokens import Expected, check_authorized_party, check_claims, key_id, read_claims, verify_signature
from logto.LogtoException import UnexpectedResponse
from logto.models.oidc import AccessTokenClaims, IdTokenClaims, OAuthScope, OidcProviderMetadata, Scope, UserInfoScope
from logto.models.response import TokenResponse, UserInfoResponse
from logto.utilities import OrganizationUrnPrefix, urlsafeEncode

DEFAULT_SCOPES: tuple[Scope, ...] = (UserInfoScope.openid, OAuthScope.offlineAccess, UserInfoScope.profile)
DEFAULT_LEEWAY = timedelta(seconds=60)

_ID_TOKEN_TYPES = frozenset({"", "jwt"})
_ACCESS_TOKEN_TYPES = frozenset({"at+jwt"})
_REVOCATION_TIMEOUT = timedelta(seconds=3)


def random_text() -> str:
    """Return 43 characters that carry 256 random bits: a state, a nonce, or a verifier (RFC 7636 §4.1)."""
    return urlsafeEncode(secrets.token_bytes(32))


def code_challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    return urlsafeEncode(hashlib.sha256(verifier.encode("ascii")).digest())


def discovery_url(endpoint: str) -> str:
    return f"{endpoint.rstrip('/')}/oidc/.well-known/openid-configuration"


def with_query(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    # RFC 6749 §3.1: an endpoint may have a query of its own, and keeps it.
    return f"{url}{'&' if '?' in url else '?'}{urlencode(list(parameters))}"


class OidcFlows:
    """The requests to one server. Client secrets travel in the form (RFC 6749 §2.3.1), as logto 0.2.1 sends them."""

    def __init__(self, metadata: OidcProviderMetadata, *, memory: ProcessMemory, leeway: timedelta) -> None:
        self.metadata = metadata
        self._clock = memory.clock
        self._leeway = leeway
        self._keys = memory.signing_keys(metadata.jwks_uri)

    def fetch_signing_keys(self) -> Flow[None]:
        yield from self._keys.warm()

    def redeem_code(
        self, code: str, *, client_id: str, client_secret: str | None, redirect_uri: str, code_verifier: str
    ) -> Flow[TokenResponse]:
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            **_secret(client_secret),
            "redirect_uri": redirect_uri,
            "code": code,
            "code_verifier": code_verifier,
        }
        return (yield from self._token(form))

    def refresh(
        self, refresh_token: str, *, client_id: str, client_secret: str | None, resource: str
    ) -> Flow[TokenResponse]:
        """Buy an access token. `resource` is an API's indicator, an organization's URN, or "" for userinfo."""
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            **_secret(client_secret),
            "refresh_token": refresh_token,
            **_target(resource),
        }
        return (yield from self._token(form))

    def revoke(self, refresh_token: str, *, client_id: str, client_secret: str | None) -> Flow[None]:
        """Revoke a refresh token (RFC 7009 §2.1), where the server has an endpoint for that."""
        if self.metadata.revocation_endpoint is None:
            return
        form = {
            "client_id": client_id,
            **_secret(client_secret),
            "token": refresh_token,
            "token_type_hint": "refresh_token",
        }
        require_success(
            (yield HttpCall("POST", self.metadata.revocation_endpoint, form=form, timeout=_REVOCATION_TIMEOUT))
        )

    def user_info(self, access_token: str) -> Flow[UserInfoResponse]:
        headers = {"Authorization": f"Bearer {access_token}"}
        return read_model((yield HttpCall("GET", self.metadata.userinfo_endpoint, headers=headers)), UserInfoResponse)

    def verify_id_token(self, token: str, *, client_id: str, nonce: str | None = None) -> Flow[IdTokenClaims]:
        key = yield from self._keys.find(key_id(token))
        claims = verify_signature(token, key=key, types=_ID_TOKEN_TYPES)
        check_claims(claims, self._expected(client_id, nonce=nonce))
        check_authorized_party(claims, client_id)
        return read_claims(claims, IdTokenClaims)

    def verify_access_token(self, token: str, *, audience: str) -> Flow[AccessTokenClaims]:
        """Verify a JWT access token as the API it was issued for (RFC 9068 §4)."""
        key = yield from self._keys.find(key_id(token))
        claims = verify_signature(token, key=key, types=_ACCESS_TOKEN_TYPES)
        check_claims(claims, self._expected(audience))
        return read_claims(claims, AccessTokenClaims)

    def end_session_url(self, *, client_id: str, post_logout_redirect_uri: str | None) -> str:
        """Return where to send the browser to end the session at the server (RP-Initiated Logout 1.0 §2)."""
        if self.metadata.end_session_endpoint is None:
            raise UnexpectedResponse("the server has no end_session_endpoint")
        parameters = [("client_id", client_id)]
        if post_logout_redirect_uri:
            parameters.append(("post_logout_redirect_uri", post_logout_redirect_uri))
        return with_query(self.metadata.end_session_endpoint, parameters)

    def _token(self, form: Mapping[str, str]) -> Flow[TokenResponse]:
        return read_model((yield HttpCall("POST", self.metadata.token_endpoint, form=form)), TokenResponse)

    def _expected(self, audience: str, *, nonce: str | None = None) -> Expected:
        return Expected(
            issuer=self.metadata.issuer, audience=audience, now=self._clock(), leeway=self._leeway, nonce=nonce
        )


def _secret(client_secret: str | None) -> dict[str, str]:
    return {"client_secret": client_secret} if client_secret else {}


def _target(resource: str) -> dict[str, str]:
    if resource.startswith(OrganizationUrnPrefix):
        return {"organization_id": resource.removeprefix(OrganizationUrnPrefix)}
    return {"resource": resource} if resource else {}
