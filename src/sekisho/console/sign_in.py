"""Signing in to the Console: authorization code with PKCE at the admin tenant, the code exchanged in process."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

from starlette.responses import Response

from sekisho.console.place import CLIENT_ID, Place, in_console
from sekisho.console.session import (
    SESSION_COOKIE,
    SESSION_LIFETIME,
    SIGN_IN_COOKIE,
    SIGN_IN_LIFETIME,
    ConsoleSession,
    SignInUnderWay,
    clear_cookie,
    find_administrator,
    is_administrator,
    open_cookie,
    set_cookie,
)
from sekisho.http.csrf import FIELD, check_csrf
from sekisho.http.forms import read_form
from sekisho.http.interactions import FIRST_ADMIN_COOKIE
from sekisho.http.redirects import redirect
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.errors import DomainError, ErrorKind, Forbidden
from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import InvalidGrant
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.tokens.id_token import verify_hint
from sekisho.oidc.tokens.jwt import UnverifiableToken

_SCOPES = "openid profile"


class SignInFailed(DomainError):
    """The answer does not belong to a sign-in of this browser, or says that there was none."""

    code = "sekisho.console_sign_in_failed"
    kind = ErrorKind.INVALID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    user_id: UserId
    session_uid: str


def start_sign_in(place: Place, *, extra: Mapping[str, str] | None = None) -> Response:
    """Send the browser to the admin tenant's authorization endpoint."""
    ids, now = place.admin.ids, place.admin.clock.now()
    under_way = SignInUnderWay(
        state=ids.token(),
        nonce=ids.token(),
        code_verifier=ids.token(),
        expires_at=epoch_seconds(now + SIGN_IN_LIFETIME),
    )
    set_cookie(place, SIGN_IN_COOKIE, under_way, expires_at=now + SIGN_IN_LIFETIME)
    digest = sha256(under_way.code_verifier.encode()).digest()
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": place.url("/callback"),
        "response_type": "code",
        "scope": _SCOPES,
        "state": under_way.state,
        "nonce": under_way.nonce,
        "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        **(extra or {}),
    }
    return redirect(f"{place.admin.urls.issuer}/auth?{urlencode(query)}", status=303)


@in_console
async def finish_sign_in(place: Place) -> Response:
    """Take the provider's answer: `/console/callback`."""
    query, under_way = place.ctx.query, open_cookie(place, SIGN_IN_COOKIE, SignInUnderWay)
    clear_cookie(place, SIGN_IN_COOKIE)
    now = place.admin.clock.now()
    # Attack: an answer of another browser's sign-in, so that the victim works in the attacker's session.
    if (
        under_way is None
        or under_way.expires_at <= epoch_seconds(now)
        or not _same(query.get("state"), under_way.state)
    ):
        raise SignInFailed
    # RFC 9207 §2.4: an answer that names another issuer is none of ours.
    if query.get("iss", place.admin.urls.issuer) != place.admin.urls.issuer:
        raise SignInFailed
    code = query.get("code")
    if code is None:
        raise SignInFailed
    signed_in = await _exchange(place, code, under_way)
    user = await place.admin.users.get(signed_in.user_id)
    if not await is_administrator(place, user):
        raise Forbidden
    session = ConsoleSession(
        id=place.admin.ids.token(),
        user_id=user.id,
        session_uid=signed_in.session_uid,
        expires_at=epoch_seconds(now + SESSION_LIFETIME),
    )
    set_cookie(place, SESSION_COOKIE, session, expires_at=now + SESSION_LIFETIME)
    place.clear_admin_cookie(FIRST_ADMIN_COOKIE)
    return redirect(place.url(), status=303)


@in_console
async def sign_out(place: Place) -> Response:
    """End the session here and at the provider: `POST /console/sign-out`."""
    if administrator := await find_administrator(place):
        form = await read_form(place.request)
        check_csrf(place.ctx, place.request, token=form.get(FIELD), binding=administrator.session.id)
    clear_cookie(place, SESSION_COOKIE)
    query = urlencode({"client_id": CLIENT_ID, "post_logout_redirect_uri": place.url()})
    return redirect(f"{place.admin.urls.issuer}/session/end?{query}", status=303)


async def _exchange(place: Place, code: str, under_way: SignInUnderWay) -> SignedIn:
    """Redeem the code without leaving the process; raises what the token endpoint would."""
    provider = place.admin.provider
    found = await provider.ports.codes.find(code)
    session_uid = None if found is None else found.authorization.session_uid
    form: Sequence[tuple[str, str]] = (
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", code),
        ("redirect_uri", place.url("/callback")),
        ("code_verifier", under_way.code_verifier),
    )
    answer = await provider.token(TokenRequest(form=form))
    if answer.id_token is None or session_uid is None:
        raise InvalidGrant("a sign-in without an ID token or a session")
    keys = await place.admin.signing_keys.published()
    try:
        claims = verify_hint(answer.id_token, keys=keys, issuer=place.admin.urls.issuer, audience=CLIENT_ID)
    except UnverifiableToken as error:
        raise SignInFailed from error
    # OpenID Connect Core §3.1.3.7, 11: the nonce ties the token to the request this browser made.
    if not _same(claims.get("nonce"), under_way.nonce):
        raise SignInFailed
    return SignedIn(user_id=UserId(claims["sub"]), session_uid=session_uid)


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())
