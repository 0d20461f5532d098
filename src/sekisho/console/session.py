"""The administrator's session: one sealed cookie below `/console`, worth no more than the sign-in behind it.

Every request looks anew whether that sign-in still stands and whether its user is still an administrator, so that
signing out, suspension and a lost role end the Console at once.
"""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from sekisho.administrators.models import ADMINISTRATOR_ROLE
from sekisho.console.place import PATH, Place
from sekisho.http.own_client import SealedCookie
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.ids import UserId
from sekisho.users.models import User

SESSION_COOKIE = "_console"
SESSION_LIFETIME = timedelta(hours=12)


class ConsoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, in which session of the admin tenant, until when (seconds since 1970)."""

    id: str
    user_id: str
    session_uid: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    user: User
    session: ConsoleSession


def session_cookie(place: Place) -> SealedCookie:
    return SealedCookie(ctx=place.ctx, name=SESSION_COOKIE, path=PATH)


async def find_administrator(place: Place) -> Administrator | None:
    """Return who is looking, if the session stands and its user still may."""
    session = session_cookie(place).open(ConsoleSession)
    if session is None or session.expires_at <= epoch_seconds(place.admin.clock.now()):
        return None
    behind = await place.admin.provider.ports.sessions.find_by_uid(session.session_uid)
    if behind is None or behind.account_id != session.user_id or behind.expires_at <= place.admin.clock.now():
        return None
    user = await place.admin.users.find(UserId(session.user_id))
    if user is None or not await is_administrator(place, user):
        return None
    return Administrator(user=user, session=session)


async def is_administrator(place: Place, user: User) -> bool:
    return not user.is_suspended and ADMINISTRATOR_ROLE in await place.admin.roles.role_names_of_user(user.id)
