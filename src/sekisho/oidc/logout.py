"""Signing out at the application's wish (OpenID Connect RP-Initiated Logout 1.0, oidc.md §24.1).

Two steps: the request is checked and kept with a secret, and a form that only our own page can send confirms it.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.oidc.backchannel import notify_clients
from sekisho.oidc.browser import Browser, SessionCookie
from sekisho.oidc.errors import InvalidClient, InvalidRequest
from sekisho.oidc.models import Client, LogoutRequest
from sekisho.oidc.params import read_params
from sekisho.oidc.ports import Ports
from sekisho.oidc.redirect_uris import match_redirect_uri, with_query
from sekisho.oidc.tokens import jwt
from sekisho.oidc.tokens.id_token import verify_hint

_KNOWN = frozenset({"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint"})
_CONFIRMATION = frozenset({"xsrf", "logout"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessionRequest:
    query: Sequence[tuple[str, str]]
    session_cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutForm:
    """A page that posts `xsrf` and `logout=yes` to `action` by itself."""

    action: str
    xsrf: str
    is_signed_in: bool
    session_cookie: SessionCookie | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRequest:
    form: Sequence[tuple[str, str]]
    session_cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut:
    """303 to the application, or to our own page that says it is done."""

    location: str
    session_cookie: SessionCookie | None


async def end_session(ports: Ports, request: EndSessionRequest) -> LogoutForm:
    """Check a logout request and return the form that confirms it."""
    params = read_params(request.query, known=_KNOWN)
    params.refuse_repeated()
    client = await _client(ports, client_id=params.get("client_id"), hint=params.get("id_token_hint"))
    target = params.get("post_logout_redirect_uri") if client is not None else None
    if client is not None and target is not None:
        # Attack: an unregistered target would make the sign-out an open redirector.
        target = match_redirect_uri(target, client.post_logout_redirect_uris)
        if target is None:
            raise InvalidRequest("post_logout_redirect_uri not registered")
    browser = await Browser.of(ports, request.session_cookie)
    # Attack: another site must not sign people out by posting the form itself.
    xsrf = ports.ids.token()
    browser.ask_for_logout(
        LogoutRequest(
            xsrf=xsrf,
            client_id=None if client is None else client.id,
            post_logout_redirect_uri=target,
            state=params.get("state"),
        )
    )
    cookie = await browser.save(ports, is_needed=True)
    return LogoutForm(
        action=ports.url("/session/end/confirm"),
        xsrf=xsrf,
        is_signed_in=browser.account_id is not None,
        session_cookie=cookie,
    )


async def confirm(ports: Ports, request: ConfirmRequest) -> LoggedOut:
    """End the session, or with `logout` left out only the application's part in it."""
    params = read_params(request.form, known=_CONFIRMATION)
    params.refuse_repeated()
    browser = await Browser.of(ports, request.session_cookie)
    wanted = browser.session.logout
    if wanted is None:
        raise InvalidRequest("could not find logout details")
    if not hmac.compare_digest((params.get("xsrf") or "").encode(), wanted.xsrf.encode()):
        raise InvalidRequest("xsrf token invalid")
    is_whole = params.get("logout") is not None
    cookie = await (_end(ports, browser) if is_whole else _leave(ports, browser, client_id=wanted.client_id))
    return LoggedOut(location=_location(ports, wanted), session_cookie=cookie)


async def _end(ports: Ports, browser: Browser) -> SessionCookie | None:
    """Revoke what was given without offline access, forget the session, and have its applications told."""
    # The session before its grants: the same order of locks everywhere, hence no deadlock.
    ended = await ports.sessions.take(browser.session.uid)
    if ended is None:
        # The same form, sent twice at once: the other request has done it all.
        return SessionCookie(value=None)
    await notify_clients(ports, ended)
    for entry in ended.authorizations.values():
        if entry.grant_id is not None and not entry.persists_logout:
            await ports.grants.revoke(entry.grant_id)
    return SessionCookie(value=None)


async def _leave(ports: Ports, browser: Browser, *, client_id: str | None) -> SessionCookie | None:
    entry = None if client_id is None else browser.authorization_of(client_id)
    browser.ask_for_logout(None)
    cookie = await browser.save(ports)
    if entry is not None and client_id is not None:
        await ports.sessions.forget_client(browser.session.uid, client_id=client_id)
        if entry.grant_id is not None and not entry.persists_logout:
            await ports.grants.revoke(entry.grant_id)
    return cookie


def _location(ports: Ports, wanted: LogoutRequest) -> str:
    if wanted.post_logout_redirect_uri is None:
        return ports.url("/session/end/success")
    if wanted.state is None:
        return wanted.post_logout_redirect_uri
    return with_query(wanted.post_logout_redirect_uri, {"state": wanted.state})


async def _client(ports: Ports, *, client_id: str | None, hint: str | None) -> Client | None:
    """Return the client that asks, as the request or its ID token says; None when neither does."""
    if hint is not None:
        hinted = await _hinted_client_id(ports, hint)
        if client_id is not None and client_id != hinted:
            raise InvalidRequest("client_id does not match the provided id_token_hint")
        client_id = hinted
    if client_id is None:
        return None
    client = await ports.clients.find(client_id)
    if client is None:
        raise InvalidClient(f"invalid client {client_id}")
    return client


async def _hinted_client_id(ports: Ports, hint: str) -> str:
    try:
        audience = jwt.peek(hint).get("aud")
    except jwt.UnverifiableToken as error:
        raise InvalidRequest("could not decode id_token_hint") from error
    try:
        verify_hint(hint, keys=await ports.keys.published(), issuer=ports.issuer)
    except jwt.UnverifiableToken as error:
        raise InvalidRequest("could not validate id_token_hint") from error
    if not isinstance(audience, str):
        raise InvalidRequest("could not validate id_token_hint")
    return audience
