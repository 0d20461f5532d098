"""The device flow and pushed requests over HTTP: what clients ask, and what a browser answers (oidc.md §17, §25.1)."""

from datetime import timedelta
from typing import assert_never
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sekisho.endpoints.oidc_answers import redirected_to_page, set_session
from sekisho.endpoints.oidc_bodies import read_form, read_query
from sekisho.endpoints.oidc_errors import JSON
from sekisho.endpoints.oidc_settled import settled
from sekisho.endpoints.pages import SendingUserCode, SignOut
from sekisho.http.context import RequestContext
from sekisho.http.redirects import redirect
from sekisho.oidc.authorize.answers import RedirectToPage, SwitchAccount
from sekisho.oidc.authorize.comeback import ResumeRequest
from sekisho.oidc.browser import SESSION_COOKIE
from sekisho.oidc.device.answers import PAGE, XSRF_COOKIE, Connected, SendUserCode, ShowDevicePage, Verified
from sekisho.oidc.device.start import DeviceAuthorizationRequest
from sekisho.oidc.device.verification import AnswerVerification, OpenVerification
from sekisho.oidc.interactions import PAGE_COOKIE, RESUME_COOKIE, resume_path
from sekisho.oidc.pushed import PushRequest
from sekisho.ui.responses import page_response

_XSRF_LIFETIME = timedelta(minutes=10)


async def push_request(request: Request, ctx: RequestContext) -> Response:
    headers = ctx.headers
    wanted = PushRequest(
        form=await read_form(request),
        authorization=headers.get("authorization"),
        origin=headers.get("origin"),
        proofs=headers.getlist("dpop"),
    )
    pushed = await ctx.services.provider.push(wanted)
    return Response(msgspec.json.encode(pushed.members()), status_code=201, headers={"content-type": JSON})


async def start_device(request: Request, ctx: RequestContext) -> Response:
    headers = ctx.headers
    wanted = DeviceAuthorizationRequest(
        form=await read_form(request), authorization=headers.get("authorization"), origin=headers.get("origin")
    )
    waiting = await ctx.services.provider.start_device(wanted)
    return Response(msgspec.json.encode(waiting.members()), headers={"content-type": JSON})


async def open_verification(request: Request, ctx: RequestContext) -> Response:
    wanted = OpenVerification(query=read_query(request), session_cookie=ctx.cookies.get_signed(SESSION_COOKIE))
    return _verified(ctx, await settled(ctx, lambda: ctx.services.provider.open_verification(wanted)))


async def answer_verification(request: Request, ctx: RequestContext) -> Response:
    wanted = AnswerVerification(
        form=await read_form(request),
        query=read_query(request),
        address=ctx.client_ip,
        session_cookie=ctx.cookies.get_signed(SESSION_COOKIE),
    )
    return _verified(ctx, await settled(ctx, lambda: ctx.services.provider.answer_verification(wanted)))


async def resume_verification(request: Request, ctx: RequestContext) -> Response:
    wanted = ResumeRequest(
        uid=request.path_params["uid"],
        resume_cookie=ctx.cookies.get_signed(RESUME_COOKIE),
        session_cookie=ctx.cookies.get_signed(SESSION_COOKIE),
    )
    return _verified(ctx, await settled(ctx, lambda: ctx.services.provider.resume_verification(wanted)))


def _verified(ctx: RequestContext, verified: Verified) -> Response:
    """Return what the verification endpoint decided, and set its cookies."""
    if verified.finished is not None:
        ctx.cookies.clear(RESUME_COOKIE, path=resume_path(verified.finished, is_device=True))
    set_session(ctx, verified.session_cookie)
    if verified.xsrf is not None:
        expires_at = ctx.services.clock.now() + _XSRF_LIFETIME
        ctx.cookies.set(XSRF_COOKIE, verified.xsrf, path=PAGE, expires=expires_at, http_only=False)
    if verified.forgets_xsrf:
        ctx.cookies.clear(XSRF_COOKIE, path=PAGE, signed=False)
    if verified.page_cookie is not None:
        ctx.cookies.set_signed(PAGE_COOKIE, verified.page_cookie, http_only=False)
    answer = verified.answer
    match answer:
        case ShowDevicePage():
            query = f"?{urlencode(answer.query)}" if answer.query else ""
            return redirect(ctx.urls.path(PAGE) + query)
        case Connected():
            return redirect(ctx.urls.path(f"{PAGE}/success"))
        case SendUserCode():
            page = SendingUserCode(action=answer.action, xsrf=answer.xsrf, user_code=answer.user_code)
            return page_response(ctx, page)
        case RedirectToPage():
            return redirected_to_page(ctx, answer)
        case SwitchAccount():
            return page_response(ctx, SignOut(action=answer.action, xsrf=answer.xsrf))
        case _:
            assert_never(answer)
