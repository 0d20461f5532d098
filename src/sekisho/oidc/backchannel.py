"""Telling applications behind the browser's back that their user signed out (OpenID Connect Back-Channel Logout 1.0).

The sign-out itself only notes whom to tell, in its own transaction. A logout token is made when it is delivered, time
and again until one arrives: it is good for two minutes, and deliveries may take hours (oidc.md §24.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.models import Client, LogoutNotice, Session
from sekisho.oidc.ports import Ports
from sekisho.oidc.tokens import jwt

LOGOUT_TOKEN_LIFETIME = timedelta(seconds=120)
_TYPE = "logout+jwt"
_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutMessage:
    """A form to post, once and without following redirects."""

    uri: str
    form: Mapping[str, str]


async def notify_clients(ports: Ports, session: Session) -> None:
    """Note that every application of the session that wishes to hear of its end has to be told."""
    if session.account_id is None:
        return
    for client_id, authorization in session.authorizations.items():
        if await _listening(ports, client_id) is not None:
            notice = LogoutNotice(
                issuer=ports.issuer, client_id=client_id, account_id=session.account_id, sid=authorization.sid
            )
            await ports.logout_notices.add(notice)


async def logout_message(ports: Ports, notice: LogoutNotice) -> LogoutMessage | None:
    """Return what to send now; None when the application is gone, or listens no more."""
    client = await _listening(ports, notice.client_id)
    if client is None or client.backchannel_logout_uri is None:
        return None
    issued_at = epoch_seconds(ports.clock.now())
    claims: dict[str, Any] = {
        # Back-Channel Logout §2.6, step 2: the issuer of the ID token, which may follow the request that signed out.
        "iss": notice.issuer,
        "aud": client.id,
        "iat": issued_at,
        "exp": issued_at + int(LOGOUT_TOKEN_LIFETIME.total_seconds()),
        "sub": notice.account_id,
        # Back-Channel Logout §2.4: each attempt has its own, or a receiver that has seen it refuses the next.
        "jti": ports.ids.jti(),
        "events": {_EVENT: {}},
    }
    if client.backchannel_logout_session_required:
        claims["sid"] = notice.sid
    # Attack: without a type of its own a logout token could pass for an ID token (RFC 8725 §3.11).
    token = jwt.sign(claims, key=await ports.keys.current(), typ=_TYPE)
    return LogoutMessage(uri=client.backchannel_logout_uri, form={"logout_token": token})


async def _listening(ports: Ports, client_id: str) -> Client | None:
    try:
        client = await ports.clients.find(client_id)
    except OAuthError:
        # One application that was set up wrong must not keep its user from signing out.
        return None
    return client if client is not None and client.backchannel_logout_uri is not None else None
