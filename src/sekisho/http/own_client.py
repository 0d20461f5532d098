"""An application of ours that signs in at its own server: the Console and the demo application.

Authorization code with PKCE like any other client, but the code is redeemed in process, never over the network. What
the answer must be compared with travels in a sealed cookie, so nothing is kept on the server.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.responses import RedirectResponse

from sekisho.crypto.sealing import CannotOpen, Place
from sekisho.http.context import RequestContext
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import InvalidGrant
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.tokens.id_token import verify_hint
from sekisho.oidc.tokens.jwt import UnverifiableToken
from sekisho.services import Services

T = TypeVar("T")

SIGN_IN_LIFETIME = timedelta(minutes=60)


class SignInFailed(DomainError):
    """The answer does not belong to a sign-in of this browser, or says that there was none."""

    code = "sekisho.sign_in_failed"
    kind = ErrorKind.INVALID


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCookie:
    """A cookie whose value only we can read or make."""

    ctx: RequestContext
    name: str
    path: str

    def set(self, content: msgspec.Struct, *, expires_at: datetime) -> None:
        sealed = self.ctx.runtime.sealer.seal(msgspec.json.encode(content), place=self._place)
        value = urlsafe_b64encode(sealed).decode().rstrip("=")
        self.ctx.cookies.set(self.name, value, path=self.path, expires=expires_at)

    def open(self, shape: type[T]) -> T | None:
        """Return what the cookie carries, or None when it is not one of ours."""
        value = self.ctx.cookies.get(self.name)
        if not value:
            return None
        try:
            sealed = urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return msgspec.json.decode(self.ctx.runtime.sealer.open(sealed, place=self._place), type=shape)
        except (BadBase64, ValueError, CannotOpen, msgspec.DecodeError):
            return None

    def clear(self) -> None:
        self.ctx.cookies.clear(self.name, path=self.path, signed=False)

    @property
    def _place(self) -> Place:
        return Place(tenant=self.ctx.tenant_id, table="cookies", row=self.name, column="value")


class _SignInUnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """What the callback needs to know of the request it answers; `expires_at` in seconds since 1970."""

    state: str
    nonce: str
    code_verifier: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in, in which session of the provider, and the claims of the ID token."""

    user_id: UserId
    session_uid: str
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClient:
    """`server` are the services of the tenant that is signed in to; `cookie` lives from request to answer."""

    client_id: str
    redirect_uri: str
    server: Services
    cookie: SealedCookie
    scopes: str = "openid profile"

    def start(self, *, extra: Mapping[str, str] | None = None) -> RedirectResponse:
        """Send the browser to the authorization endpoint."""
        ids, expires_at = self.server.ids, self.server.clock.now() + SIGN_IN_LIFETIME
        under_way = _SignInUnderWay(
            state=ids.token(), nonce=ids.token(), code_verifier=ids.token(), expires_at=epoch_seconds(expires_at)
        )
        self.cookie.set(under_way, expires_at=expires_at)
        digest = sha256(under_way.code_verifier.encode()).digest()
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": self.scopes,
            "state": under_way.state,
            "nonce": under_way.nonce,
            "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **(extra or {}),
        }
        return RedirectResponse(f"{self.server.urls.issuer}/auth?{urlencode(query)}", status_code=303)

    async def finish(self, query: Mapping[str, str]) -> SignedIn:
        """Take the provider's answer; raises `SignInFailed`, or what the token endpoint would."""
        under_way = self.cookie.open(_SignInUnderWay)
        self.cookie.clear()
        # Attack: an answer of another browser's sign-in, so that the victim works in the attacker's session.
        if under_way is None or not _same(query.get("state"), under_way.state):
            raise SignInFailed
        # RFC 9207 §2.4: an answer that names another issuer is none of ours.
        issuer = self.server.urls.issuer
        is_late = under_way.expires_at <= epoch_seconds(self.server.clock.now())
        code = query.get("code")
        if is_late or query.get("iss", issuer) != issuer or code is None:
            raise SignInFailed
        return await self._redeem(code, under_way)

    def sign_out_url(self, *, then: str) -> str:
        """Return where the browser goes to sign out at the provider, and then to `then`."""
        query = urlencode({"client_id": self.client_id, "post_logout_redirect_uri": then})
        return f"{self.server.urls.issuer}/session/end?{query}"

    async def _redeem(self, code: str, under_way: _SignInUnderWay) -> SignedIn:
        provider = self.server.provider
        found = await provider.ports.codes.find(code)
        session_uid = None if found is None else found.authorization.session_uid
        form = (
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id),
            ("code", code),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", under_way.code_verifier),
        )
        answer = await provider.token(TokenRequest(form=form, is_our_own=True))
        if answer.id_token is None or session_uid is None:
            raise InvalidGrant("a sign-in without an ID token or a session")
        keys = await self.server.signing_keys.published()
        try:
            claims = verify_hint(answer.id_token, keys=keys, issuer=self.server.urls.issuer, audience=self.client_id)
        except UnverifiableToken as error:
            raise SignInFailed from error
        # OpenID Connect Core §3.1.3.7, 11: the nonce ties the token to the request this browser made.
        if not _same(claims.get("nonce"), under_way.nonce):
            raise SignInFailed
        return SignedIn(user_id=UserId(claims["sub"]), session_uid=session_uid, claims=claims)


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())
