"""The browser of one request: its session, found by cookie or new, and what the answer must do to the cookie.

A new anonymous session is not kept, so that a visitor who never signs in leaves nothing behind, or only for an hour
where something must be remembered. A cookie that names a session which is gone is replaced at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from sekisho.kernel.ids import UserId
from sekisho.oidc.models import (
    ANONYMOUS_SESSION_LIFETIME,
    ClientAuthorization,
    LogoutRequest,
    Session,
    is_expired,
)
from sekisho.oidc.ports import Ports

SESSION_COOKIE = "_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCookie:
    """What to set as the session cookie; a `value` of None clears it."""

    value: str | None
    expires_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Browser:
    """Changes are collected here and written by `save`."""

    session: Session
    session_id: str
    is_stored: bool
    #: The cookie names a session that is gone.
    is_stale: bool = False
    _rotates: bool = False

    @classmethod
    async def of(cls, ports: Ports, session_id: str | None) -> Self:
        """Find the session a cookie names; without one, begin a new session in memory."""
        session = None if session_id is None else await ports.sessions.find(session_id)
        return cls.in_session(ports, session, session_id=session_id)

    @classmethod
    def in_session(cls, ports: Ports, session: Session | None, *, session_id: str | None) -> Self:
        """Take the session that was found for a cookie, unless it is over."""
        now = ports.clock.now()
        if session is not None and session_id is not None and not is_expired(session.expires_at, now=now):
            return cls(session=session, session_id=session_id, is_stored=True)
        fresh = Session(uid=ports.ids.token(), created_at=now, expires_at=now)
        return cls(session=fresh, session_id=ports.ids.token(), is_stored=False, is_stale=session_id is not None)

    @property
    def account_id(self) -> UserId | None:
        return self.session.account_id

    def authorization_of(self, client_id: str) -> ClientAuthorization | None:
        return self.session.authorizations.get(client_id)

    def sign_in(self, account_id: UserId, *, at: datetime) -> None:
        """Make the session this account's."""
        if self.account_id != account_id:
            # Attack: secrets of forms that were planted with an anonymous session would let another site sign its user
            # out, or connect a device of the attacker's in his name.
            self.session = replace(self.session, logout=None, device_xsrf=None)
        self.session = replace(self.session, account_id=account_id, login_at=at)

    def ask_for_logout(self, logout: LogoutRequest | None) -> None:
        self.session = replace(self.session, logout=logout)

    def expect_device_code(self, xsrf: str) -> None:
        self.session = replace(self.session, device_xsrf=xsrf)

    def rotate(self, ports: Ports) -> None:
        """Give the session a new cookie value."""
        # Attack: a session id planted before the sign-in must be worthless after it (session fixation).
        self.session_id = ports.ids.token()
        self._rotates = True

    async def save(self, ports: Ports, *, is_needed: bool = False) -> SessionCookie | None:
        """Write the session with a renewed lifetime, and return the cookie; None when there is nothing to keep."""
        if not (self.is_stored or self.is_stale or is_needed or self.account_id is not None):
            return None
        self.session = replace(self.session, expires_at=ports.clock.now() + await self._lifetime(ports))
        if not self.is_stored:
            await ports.sessions.add(self.session, session_id=self.session_id)
            self.is_stored = True
        else:
            # `Outdated` if it ended while we looked: whoever ended it (sign-out, suspension) meant it.
            await ports.sessions.save(self.session, session_id=self.session_id if self._rotates else None)
        return SessionCookie(value=self.session_id, expires_at=self.session.expires_at)

    async def _lifetime(self, ports: Ports) -> timedelta:
        # Attack: a stranger who asks to sign out, over and over, would leave a row for days each time.
        return ANONYMOUS_SESSION_LIFETIME if self.account_id is None else await ports.sessions.lifetime()
