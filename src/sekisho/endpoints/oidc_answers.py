"""The protocol's browser answers as HTTP: redirects, pages that post themselves, and the cookies that go with them."""

from datetime import timedelta
from html import escape
from typing import assert_never

from starlette.responses import Response

from sekisho.endpoints.oidc_errors import oauth_error_response
from sekisho.endpoints.pages import FormPost, SignOut, SubmittingCallback
from sekisho.http.context import RequestContext
from sekisho.oidc.authorize.answers import Authorized, RedirectToPage, Refused, SwitchAccount
from sekisho.oidc.browser import SESSION_COOKIE, SessionCookie
from sekisho.oidc.interactions import (
    COOKIE,
    ONE_TAP_COOKIE,
    PAGE_COOKIE,
    RESUME_COOKIE,
    StartedInteraction,
    cookie_with,
    resume_path,
)
from sekisho.oidc.logout import LoggedOut, LogoutForm
from sekisho.oidc.response_modes import PostToClient, RedirectToClient
from sekisho.ui.responses import page_response

#: Long enough for the page to take it over.
_ONE_TAP_LIFETIME = timedelta(seconds=10)


def authorized_response(ctx: RequestContext, authorized: Authorized) -> Response:
    """Return what the authorization endpoint decided, and set its cookies."""
    if authorized.finished is not None:
        ctx.cookies.clear(RESUME_COOKIE, path=resume_path(authorized.finished, is_device=False))
    set_session(ctx, authorized.session_cookie)
    answer = authorized.answer
    match answer:
        case RedirectToPage():
            return redirected_to_page(ctx, answer)
        case RedirectToClient():
            return see_other(answer.location)
        case PostToClient():
            page = FormPost(action=answer.action, fields=tuple(answer.members.items()))
            return page_response(ctx, page, status=400 if answer.is_error else 200)
        case SwitchAccount():
            return page_response(ctx, SignOut(action=answer.action, xsrf=answer.xsrf))
        case Refused():
            return oauth_error_response(ctx, answer.error, state=answer.state, issuer=answer.issuer)
        case _:
            assert_never(answer)


def logout_form_response(ctx: RequestContext, form: LogoutForm) -> Response:
    set_session(ctx, form.session_cookie)
    page = (SignOut if form.is_signed_in else SubmittingCallback)(action=form.action, xsrf=form.xsrf)
    return page_response(ctx, page)


def logged_out_response(ctx: RequestContext, logged_out: LoggedOut) -> Response:
    set_session(ctx, logged_out.session_cookie)
    return see_other(logged_out.location)


def redirected_to_page(ctx: RequestContext, answer: RedirectToPage) -> Response:
    """Send the browser to a page of ours, with the cookies of its interaction."""
    _set_interaction(ctx, answer.interaction)
    return see_other(ctx.urls.path(answer.location))


def see_other(location: str) -> Response:
    """Redirect with 303: the browser follows with a GET, whatever it sent."""
    body = f"Redirecting to {escape(location)}."
    return Response(body, status_code=303, media_type="text/html", headers={"location": location})


def set_session(ctx: RequestContext, cookie: SessionCookie | None) -> None:
    """Set or clear the session cookie, as the protocol decided."""
    if cookie is None:
        return
    if cookie.value is None:
        ctx.cookies.clear(SESSION_COOKIE)
    else:
        ctx.cookies.set_signed(SESSION_COOKIE, cookie.value, expires=cookie.expires_at)


def _set_interaction(ctx: RequestContext, started: StartedInteraction) -> None:
    entries = cookie_with(ctx.cookies.get_signed(COOKIE), client_id=started.client_id, uid=started.uid)
    ctx.cookies.set_signed(PAGE_COOKIE, started.page_cookie, http_only=False)
    ctx.cookies.set_signed(COOKIE, entries, expires=started.expires_at)
    ctx.cookies.set_signed(RESUME_COOKIE, started.uid, path=started.resume_path, expires=started.expires_at)
    if started.one_tap_credential is not None:
        expires_at = ctx.services.clock.now() + _ONE_TAP_LIFETIME
        ctx.cookies.set(ONE_TAP_COOKIE, started.one_tap_credential, expires=expires_at, http_only=False)
