"""Signing in to the Console at the admin tenant, and out again."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from sekisho.applications.builtin import ADMIN_CONSOLE
from sekisho.console.place import PATH, Place, in_console
from sekisho.console.session import (
    SESSION_LIFETIME,
    ConsoleSession,
    find_administrator,
    is_administrator,
    session_cookie,
)
from sekisho.http.csrf import FIELD, check_csrf
from sekisho.http.forms import read_form
from sekisho.http.interactions import FIRST_ADMIN_COOKIE
from sekisho.http.own_client import OwnClient, SealedCookie
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.errors import Forbidden

SIGN_IN_COOKIE = "_console_sign_in"


def start_sign_in(place: Place, *, extra: Mapping[str, str] | None = None) -> Response:
    """Send the browser to the admin tenant's authorization endpoint."""
    return _client(place).start(extra=extra)


@in_console
async def finish_sign_in(place: Place) -> Response:
    """Take the provider's answer: `/console/callback`."""
    signed_in = await _client(place).finish(place.ctx.query)
    user = await place.admin.users.get(signed_in.user_id)
    if not await is_administrator(place, user):
        raise Forbidden
    expires_at = place.admin.clock.now() + SESSION_LIFETIME
    session = ConsoleSession(
        id=place.admin.ids.token(),
        user_id=user.id,
        session_uid=signed_in.session_uid,
        expires_at=epoch_seconds(expires_at),
    )
    session_cookie(place).set(session, expires_at=expires_at)
    place.clear_admin_cookie(FIRST_ADMIN_COOKIE)
    return RedirectResponse(place.url(), status_code=303)


@in_console
async def sign_out(place: Place) -> Response:
    """End the session here and at the provider: `POST /console/sign-out`."""
    if administrator := await find_administrator(place):
        form = await read_form(place.request)
        check_csrf(place.ctx, place.request, token=form.get(FIELD), binding=administrator.session.id)
    session_cookie(place).clear()
    return RedirectResponse(_client(place).sign_out_url(then=place.url()), status_code=303)


def _client(place: Place) -> OwnClient:
    return OwnClient(
        client_id=ADMIN_CONSOLE,
        redirect_uri=place.url("/callback"),
        server=place.admin,
        cookie=SealedCookie(ctx=place.ctx, name=SIGN_IN_COOKIE, path=PATH),
    )
