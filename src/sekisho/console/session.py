"""The administrator's session: one sealed cookie below `/console`, worth no more than the sign-in behind it.

Every request looks anew whether that sign-in still stands and whether its user is still an administrator, so that
signing out, suspension and a lost role end the Console at once.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from sekisho.administrators.models import ADMINISTRATOR_ROLE
from sekisho.console.place import PATH, Place
from sekisho.crypto.sealing import CannotOpen
from sekisho.crypto.sealing import Place as SealedAt
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.ids import UserId
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.models import User

T = TypeVar("T")

SESSION_COOKIE = "_console"
SIGN_IN_COOKIE = "_console_sign_in"
SESSION_LIFETIME = timedelta(hours=12)
SIGN_IN_LIFETIME = timedelta(minutes=60)


class ConsoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, in which session of the admin tenant, until when (seconds since 1970)."""

    id: str
    user_id: str
    session_uid: str
    expires_at: int


class SignInUnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """What the callback needs to know of the request it answers."""

    state: str
    nonce: str
    code_verifier: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    user: User
    session: ConsoleSession


async def find_administrator(place: Place) -> Administrator | None:
    """Return who is looking, if the session stands and its user still may."""
    session = open_cookie(place, SESSION_COOKIE, ConsoleSession)
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


def set_cookie(place: Place, name: str, content: msgspec.Struct, *, expires_at: datetime) -> None:
    """Seal a value into a cookie that only the Console's pages are sent."""
    sealed = place.ctx.runtime.sealer.seal(msgspec.json.encode(content), place=_sealed_at(name))
    value = urlsafe_b64encode(sealed).decode().rstrip("=")
    place.ctx.cookies.set(name, value, path=PATH, expires=expires_at)


def clear_cookie(place: Place, name: str) -> None:
    place.ctx.cookies.clear(name, path=PATH, signed=False)


def open_cookie(place: Place, name: str, shape: type[T]) -> T | None:
    """Return what a cookie carries, or None when it is not one of ours."""
    value = place.ctx.cookies.get(name)
    if not value:
        return None
    try:
        sealed = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return msgspec.json.decode(place.ctx.runtime.sealer.open(sealed, place=_sealed_at(name)), type=shape)
    except (BadBase64, ValueError, CannotOpen, msgspec.DecodeError):
        return None


def _sealed_at(name: str) -> SealedAt:
    return SealedAt(tenant=ADMIN_TENANT, table="console", row="cookie", column=name)
