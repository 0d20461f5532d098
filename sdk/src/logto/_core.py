"""The decisions of a client, once for both transports: sign-in, callback, tokens, sign-out.

Every method that needs the network is a flow. The storage is read again after each wait, because another request
of the same user may have changed it meanwhile.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from logto._flow import Flow
from logto._memory import ProcessMemory, TokenGrant, fingerprint
from logto._oidc import DEFAULT_SCOPES, OidcFlows, code_challenge, discovery_url, random_text, with_query
from logto._session import StoredSession
from logto._tokens import decode_unverified
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
from logto.models.client import LogtoConfig, SignInSession
from logto.models.oidc import AccessTokenClaims, OidcProviderMetadata, ReservedResource, UserInfoScope
from logto.models.response import UserInfoResponse
from logto.Storage import Storage
from logto.utilities import buildOrganizationUrn

USER_INFO: Final = ""
MAX_ATTEMPTS: Final = 5
OWN_PARAMETERS = frozenset(
    {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "interaction_mode",
        "nonce",
        "prompt",
        "redirect_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "state",
    }
)

_log = logging.getLogger("logto")


@dataclass(frozen=True, slots=True)
class _Callback:
    """The parameters of an authorization response (RFC 6749 §4.1.2, RFC 9207)."""

    path: str
    state: str | None
    code: str | None
    iss: str | None
    error: str | None
    error_description: str | None


class ClientCore:
    """One application's client over one storage."""

    def __init__(self, config: LogtoConfig, storage: Storage, *, memory: ProcessMemory, leeway: timedelta) -> None:
        self.session = StoredSession(storage, clock=memory.clock)
        self._config = config
        self._memory = memory
        self._leeway = leeway

    def metadata(self) -> Flow[OidcProviderMetadata]:
        return (yield from self._memory.discovery(discovery_url(self._config.endpoint)).metadata())

    def sign_in(self, redirect_uri: str, *, mode: str | None, extra: Mapping[str, str]) -> Flow[str]:
        if clash := OWN_PARAMETERS & extra.keys():
            raise ValueError(f"extraParams must not hold {', '.join(sorted(clash))}")
        metadata = yield from self.metadata()
        sign_in = SignInSession(
            redirectUri=redirect_uri,
            codeVerifier=random_text(),
            state=random_text(),
            nonce=random_text(),
            startedAt=int(self._memory.clock()),
        )
        self.session.clear_tokens()
        self.session.begin_sign_in(sign_in)
        parameters = [*self._authorization_parameters(sign_in, mode=mode), *extra.items()]
        return with_query(metadata.authorization_endpoint, parameters)

    def handle_callback(self, callback_uri: str) -> Flow[None]:
        callback = _read_callback(callback_uri)
        sign_in = self._match_sign_in(callback)
        oidc = yield from self._oidc()
        # RFC 9207 §2.4: stops the mix-up attack, where another server's answer is brought to us.
        if callback.iss is not None and callback.iss != oidc.metadata.issuer:
            raise CallbackRejected("the callback comes from another server")
        if callback.error is not None:
            self.session.end_sign_in(sign_in)
            raise AuthorizationDenied(callback.error, callback.error_description)
        if callback.code is None:
            raise CallbackRejected("the callback carries no code")
        # A code can be spent once: whatever else is needed has to be here before.
        yield from oidc.fetch_signing_keys()
        grant = yield from self._redeem(oidc, sign_in, callback.code)
        if grant.response.id_token is None:
            raise UnexpectedResponse("the server issued no ID token")
        yield from oidc.verify_id_token(grant.response.id_token, client_id=self._config.appId, nonce=sign_in.nonce)
        # Another user may have been signed in: none of their tokens must stay.
        self.session.clear_tokens()
        self.session.keep_id_token(grant.response.id_token)
        if grant.response.refresh_token is not None:
            self.session.keep_refresh_token(grant.response.refresh_token)
        self.session.keep_access_token(USER_INFO, grant)
        self.session.end_sign_in(sign_in)

    def access_token(self, resource: str) -> Flow[str | None]:
        """Return a token good for use, refreshed if need be; None when there is nothing to refresh with."""
        mark = self._memory.recent.mark()
        for _ in range(MAX_ATTEMPTS):
            token, refresh_token = self.session.access_token(resource), self.session.refresh_token
            if token is not None or refresh_token is None:
                return token
            refresh = self._refresh(refresh_token, resource, mark=mark)
            token = yield from self._memory.turnstile.alone(self._spending_key(refresh_token), refresh)
            if token is not None:
                return token
        raise UnexpectedResponse("the refresh token in the storage never stays the same")

    def organization_token(self, organization_id: str) -> Flow[str | None]:
        if UserInfoScope.organizations not in self._config.scopes:
            raise LogtoException("add UserInfoScope.organizations to the scopes of LogtoConfig to get such a token")
        return (yield from self.access_token(buildOrganizationUrn(organization_id)))

    def user_info(self) -> Flow[UserInfoResponse]:
        token = yield from self.access_token(USER_INFO)
        if token is None:
            raise NotSignedIn("nobody is signed in")
        oidc = yield from self._oidc()
        user = yield from oidc.user_info(token)
        # OpenID Connect Core §5.3.2: stops the claims of one user from being taken for another's.
        if user.sub != self._known_subject(user.sub):
            raise TokenInvalid("the user info belongs to another user than the ID token")
        return user

    def verify_access_token(self, token: str, *, audience: str) -> Flow[AccessTokenClaims]:
        oidc = yield from self._oidc()
        return (yield from oidc.verify_access_token(token, audience=audience))

    def sign_out(self, post_logout_redirect_uri: str | None) -> Flow[str]:
        refresh_token = self.session.refresh_token
        # First the part that cannot fail: whatever the server says, the user is signed out here.
        self.session.clear_tokens()
        oidc = yield from self._oidc()
        url = oidc.end_session_url(client_id=self._config.appId, post_logout_redirect_uri=post_logout_redirect_uri)
        if refresh_token is not None:
            yield from self._revoke(oidc, refresh_token)
        return url

    def _oidc(self) -> Flow[OidcFlows]:
        metadata = yield from self.metadata()
        return OidcFlows(metadata, memory=self._memory, leeway=self._leeway)

    def _authorization_parameters(self, sign_in: SignInSession, *, mode: str | None) -> Iterable[tuple[str, str]]:
        scopes = dict.fromkeys([*map(str, self._config.scopes), *map(str, DEFAULT_SCOPES)])
        resources = dict.fromkeys(self._config.resources)
        if UserInfoScope.organizations in scopes:
            resources[ReservedResource.organizations] = None
        yield "client_id", self._config.appId
        yield "redirect_uri", sign_in.redirectUri
        yield "response_type", "code"
        yield "scope", " ".join(scopes)
        for resource in resources:
            yield "resource", resource
        yield "prompt", self._config.prompt
        yield "code_challenge", code_challenge(sign_in.codeVerifier)
        yield "code_challenge_method", "S256"
        yield "state", sign_in.state
        if sign_in.nonce is not None:
            yield "nonce", sign_in.nonce
        if mode is not None:
            yield "interaction_mode", mode

    def _match_sign_in(self, callback: _Callback) -> SignInSession:
        # RFC 6749 §10.12: the state ties the answer to this browser; without it anybody could sign a user in.
        sign_in = None if callback.state is None else self.session.find_sign_in(callback.state)
        if sign_in is None:
            raise CallbackRejected("no sign-in is waiting for this callback: it was used, has expired, or is forged")
        # Only the path: behind a proxy the application often sees another scheme and host than the browser.
        if callback.path != urlsplit(sign_in.redirectUri).path:
            raise CallbackRejected("the callback does not arrive at the path of the redirect URI")
        return sign_in

    def _redeem(self, oidc: OidcFlows, sign_in: SignInSession, code: str) -> Flow[TokenGrant]:
        # With the verifier in the key, a leaked code finds nothing here without the sign-in it belongs to.
        key = self._spending_key(code, sign_in.codeVerifier)
        return (yield from self._memory.turnstile.alone(key, self._redeem_once(oidc, sign_in, code, key=key)))

    def _redeem_once(self, oidc: OidcFlows, sign_in: SignInSession, code: str, *, key: str) -> Flow[TokenGrant]:
        # A browser may load the callback twice. The server would take the second use of the code for theft and
        # revoke what the first one bought; so both get the same answer. The state was checked for each.
        if (grant := self._memory.recent.find(key, resource=USER_INFO, after=0)) is not None:
            return grant
        try:
            response = yield from oidc.redeem_code(
                code,
                client_id=self._config.appId,
                client_secret=self._config.appSecret,
                redirect_uri=sign_in.redirectUri,
                code_verifier=sign_in.codeVerifier,
            )
        except RequestRefused as refusal:
            if refusal.error == "invalid_grant":
                self.session.end_sign_in(sign_in)
            raise
        grant = TokenGrant(response=response, received_at=self._memory.clock())
        self._memory.recent.remember(key, spent=code, resource=USER_INFO, grant=grant)
        return grant

    def _refresh(self, refresh_token: str, resource: str, *, mark: int) -> Flow[str | None]:
        """Return a new access token; None when another request moved the storage on: then the caller looks again."""
        if self.session.refresh_token != refresh_token or self.session.access_token(resource) is not None:
            return None
        recent, key = self._memory.recent, self._spending_key(refresh_token)
        grant = recent.find(key, resource=resource, after=mark)
        if grant is None and (successor := recent.successor(key)) is not None:
            self.session.keep_refresh_token(successor)
            return None
        oidc = yield from self._oidc()
        if grant is None:
            grant = yield from self._spend_refresh_token(oidc, refresh_token, resource)
            if grant is None:
                return None
            recent.remember(key, spent=refresh_token, resource=resource, grant=grant)
        if self.session.refresh_token != refresh_token:
            # Signed out, or signed in anew, while the answer was on its way: it must not bring the old user back.
            return None
        yield from self._keep_refreshed(oidc, grant, resource)
        return grant.response.access_token

    def _spend_refresh_token(self, oidc: OidcFlows, refresh_token: str, resource: str) -> Flow[TokenGrant | None]:
        try:
            response = yield from oidc.refresh(
                refresh_token,
                client_id=self._config.appId,
                client_secret=self._config.appSecret,
                resource=resource,
            )
        except RequestRefused as refusal:
            if refusal.error == "invalid_grant" and self.session.refresh_token != refresh_token:
                # Another process was faster and has left the new token in the storage.
                return None
            raise
        return TokenGrant(response=response, received_at=self._memory.clock())

    def _keep_refreshed(self, oidc: OidcFlows, grant: TokenGrant, resource: str) -> Flow[None]:
        # The new refresh token first: the old one is dead from now on, whatever happens below.
        if grant.response.refresh_token is not None:
            self.session.keep_refresh_token(grant.response.refresh_token)
        if grant.response.id_token is not None:
            try:
                claims = yield from oidc.verify_id_token(grant.response.id_token, client_id=self._config.appId)
            except ServerUnavailable:
                # The keys are out of reach. The access token came straight from the server; the ID token stays.
                _log.warning("kept the previous ID token: the signing keys are out of reach")
            else:
                # OpenID Connect Core §12.2: a refreshed ID token is about the same user.
                if claims.sub != self._known_subject(claims.sub):
                    raise TokenInvalid("the refreshed ID token belongs to another user")
                self.session.keep_id_token(grant.response.id_token)
        self.session.keep_access_token(resource, grant)

    def _revoke(self, oidc: OidcFlows, refresh_token: str) -> Flow[None]:
        # With offline_access the refresh token outlives the session at the server: a copied cookie would stay good.
        self._memory.recent.forget(self._spending_key(refresh_token))
        try:
            yield from oidc.revoke(refresh_token, client_id=self._config.appId, client_secret=self._config.appSecret)
        except LogtoException as error:
            _log.warning("the refresh token could not be revoked: %s", type(error).__name__)

    def _known_subject(self, default: str) -> str:
        id_token = self.session.id_token
        return default if id_token is None else str(decode_unverified(id_token).get("sub"))

    def _spending_key(self, *secrets: str) -> str:
        return fingerprint(self._config.endpoint, self._config.appId, *secrets)


def _read_callback(uri: str) -> _Callback:
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        # The host is whatever the browser claims it to be.
        raise CallbackRejected(f"the callback is no URL: {error}") from error
    values = parse_qs(parts.query, keep_blank_values=True)

    def single(name: str) -> str | None:
        found = values.get(name, [])
        if len(found) > 1:
            # RFC 6749 §3.1: two readers of the same address must not see different answers.
            raise CallbackRejected(f"the callback carries {name!r} more than once")
        return found[0] or None if found else None

    return _Callback(
        path=parts.path,
        state=single("state"),
        code=single("code"),
        iss=single("iss"),
        error=single("error"),
        error_description=single("error_description"),
    )
