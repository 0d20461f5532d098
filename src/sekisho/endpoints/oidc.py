"""The provider's endpoints under `/oidc`: one table from path and method to handler (oidc.md §1.2).

A table of our own in place of the framework's router: paths are matched without regard to case and to one trailing
slash, and what is not in the table is a JSON 404 of the protocol, whatever the method.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from sekisho.endpoints.oidc_answers import authorized_response, logged_out_response, logout_form_response
from sekisho.endpoints.oidc_bodies import path_below, read_converted, read_form, read_query, unknown_route
from sekisho.endpoints.oidc_cors import CrossOrigin, allow, deny, preflight
from sekisho.endpoints.oidc_device import (
    answer_verification,
    open_verification,
    push_request,
    resume_verification,
    start_device,
)
from sekisho.endpoints.oidc_errors import JSON, oauth_error_response
from sekisho.endpoints.oidc_settled import settled
from sekisho.endpoints.pages import SignedOut
from sekisho.http.context import RequestContext, context
from sekisho.http.rate_limits import Guarded, seconds_of
from sekisho.kernel.errors import InvalidRelation
from sekisho.oidc.authorize.comeback import ResumeRequest
from sekisho.oidc.authorize.flow import AuthorizeRequest
from sekisho.oidc.browser import SESSION_COOKIE
from sekisho.oidc.errors import (
    ClientAuthenticationFailed,
    OAuthError,
    OriginNotAllowed,
    SessionNotFound,
    TooManyFailures,
    UnknownRoute,
)
from sekisho.oidc.interactions import RESUME_COOKIE
from sekisho.oidc.logout import ConfirmRequest, EndSessionRequest
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.token_management import TokenManagementRequest
from sekisho.oidc.userinfo import UserinfoRequest
from sekisho.ui.responses import page_response

Handler: TypeAlias = Callable[[Request, RequestContext], Awaitable[Response]]


async def show_discovery(_request: Request, ctx: RequestContext) -> Response:
    return _json(await ctx.services.provider.discovery())


async def show_keys(_request: Request, ctx: RequestContext) -> Response:
    response = _json(await ctx.services.provider.key_set())
    response.headers["content-type"] = "application/jwk-set+json; charset=utf-8"
    response.headers["cache-control"] = "no-cache, max-age=0, must-revalidate"
    return response


async def authorize(request: Request, ctx: RequestContext) -> Response:
    query = await read_converted(request) if request.method == "POST" else read_query(request)
    wanted = AuthorizeRequest(query=query, session_cookie=ctx.cookies.get_signed(SESSION_COOKIE))
    return authorized_response(ctx, await settled(ctx, lambda: ctx.services.provider.authorize(wanted)))


async def resume(request: Request, ctx: RequestContext) -> Response:
    wanted = ResumeRequest(
        uid=request.path_params["uid"],
        resume_cookie=ctx.cookies.get_signed(RESUME_COOKIE),
        session_cookie=ctx.cookies.get_signed(SESSION_COOKIE),
    )
    return authorized_response(ctx, await settled(ctx, lambda: ctx.services.provider.resume(wanted)))


async def token(request: Request, ctx: RequestContext) -> Response:
    headers = ctx.headers
    wanted = TokenRequest(
        form=await read_form(request),
        authorization=headers.get("authorization"),
        origin=headers.get("origin"),
        proofs=headers.getlist("dpop"),
    )
    journal = ctx.services.journal
    try:
        answer = await ctx.services.provider.token(wanted)
    except OAuthError as error:
        journal.exchanged(wanted.form, error)
        raise
    journal.exchanged(wanted.form, answer)
    return _json(answer.members())


async def userinfo(request: Request, ctx: RequestContext) -> Response:
    wanted = UserinfoRequest(
        authorization=ctx.headers.get("authorization"),
        query=read_query(request),
        form=await read_form(request) if request.method == "POST" else (),
        origin=ctx.headers.get("origin"),
        method=request.method,
        proofs=ctx.headers.getlist("dpop"),
    )
    return _json(await ctx.services.provider.userinfo(wanted))


async def introspect(request: Request, ctx: RequestContext) -> Response:
    return _json(await ctx.services.provider.introspect(await _token_management(request)))


async def revoke(request: Request, ctx: RequestContext) -> Response:
    wanted = await _token_management(request)
    journal = ctx.services.journal
    try:
        await ctx.services.provider.revoke(wanted)
    except OAuthError as error:
        journal.revoked(wanted.form, error)
        raise
    journal.revoked(wanted.form)
    return Response(media_type="text/plain")


async def end_session(request: Request, ctx: RequestContext) -> Response:
    query = await read_converted(request) if request.method == "POST" else read_query(request)
    wanted = EndSessionRequest(query=query, session_cookie=ctx.cookies.get_signed(SESSION_COOKIE))
    return logout_form_response(ctx, await settled(ctx, lambda: ctx.services.provider.end_session(wanted)))


async def confirm_end_session(request: Request, ctx: RequestContext) -> Response:
    wanted = ConfirmRequest(form=await read_form(request), session_cookie=ctx.cookies.get_signed(SESSION_COOKIE))
    return logged_out_response(ctx, await settled(ctx, lambda: ctx.services.provider.confirm_end_session(wanted)))


async def show_signed_out(_request: Request, ctx: RequestContext) -> Response:
    return page_response(ctx, SignedOut())


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One path. `is_private`: no cache may keep its answers."""

    handlers: Mapping[str, Handler]
    cors: CrossOrigin | None = None
    is_private: bool = True


_OPEN = CrossOrigin(methods="GET", is_open=True)
_POST = CrossOrigin(methods="POST")
_DISCOVERY = Endpoint(handlers={"GET": show_discovery}, cors=_OPEN, is_private=False)

ENDPOINTS: Mapping[str, Endpoint] = {
    "/.well-known/openid-configuration": _DISCOVERY,
    "/.well-known/oauth-authorization-server": _DISCOVERY,
    "/jwks": Endpoint(handlers={"GET": show_keys}, cors=_OPEN, is_private=False),
    "/auth": Endpoint(handlers={"GET": authorize, "POST": authorize}),
    "/auth/:uid": Endpoint(handlers={"GET": resume}),
    "/request": Endpoint(handlers={"POST": push_request}, cors=_POST),
    "/device/auth": Endpoint(handlers={"POST": start_device}, cors=_POST),
    "/device": Endpoint(handlers={"GET": open_verification, "POST": answer_verification}),
    "/device/:uid": Endpoint(handlers={"GET": resume_verification}),
    "/token": Endpoint(handlers={"POST": token}, cors=_POST),
    "/me": Endpoint(handlers={"GET": userinfo, "POST": userinfo}, cors=CrossOrigin(methods="GET,POST")),
    "/token/introspection": Endpoint(handlers={"POST": introspect}, cors=_POST),
    "/token/revocation": Endpoint(handlers={"POST": revoke}, cors=_POST, is_private=False),
    "/session/end": Endpoint(handlers={"GET": end_session, "POST": end_session}),
    "/session/end/confirm": Endpoint(handlers={"POST": confirm_end_session}),
    "/session/end/success": Endpoint(handlers={"GET": show_signed_out}),
}
_RESUME = re.compile(r"(?P<of>/auth|/device)/(?P<uid>[A-Za-z0-9_-]{1,128})/?", re.IGNORECASE)


class OidcEndpoints(BaseRoute):
    """The whole of `/oidc`, as one route."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_below = scope["type"] == "http" and scope["path"].startswith("/oidc/", len(scope["root_path"]))
        return (Match.FULL if is_below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await _answer(request, context(request))
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)


async def _answer(request: Request, ctx: RequestContext) -> Response:
    endpoint = _find(request)
    method = request.method
    if method == "HEAD":
        method = "GET"
    if endpoint is not None and endpoint.cors is not None and method == "OPTIONS":
        return preflight(request, endpoint.cors)
    handler = None if endpoint is None else endpoint.handlers.get(method)
    if endpoint is None or handler is None:
        return oauth_error_response(ctx, UnknownRoute(unknown_route(request)))
    try:
        response = await _handled(handler, request, ctx)
        refusal = None
    except OAuthError as error:
        # What a refused request wrote is undone; what must survive it was handed to the unit of work for afterwards.
        ctx.fail()
        issuer = ctx.urls.issuer if handler in {authorize, resume} else None
        response = await _refusal(ctx, error, issuer=issuer)
        refusal = error
    if endpoint.is_private:
        response.headers["cache-control"] = "no-store"
    if endpoint.cors is not None:
        allow(request, response, endpoint.cors)
        if isinstance(refusal, OriginNotAllowed):
            deny(response)
    return response


async def _refusal(ctx: RequestContext, error: OAuthError, *, issuer: str | None) -> Response:
    """Return the answer to what is refused; a client that failed to prove itself too often is told to wait."""
    if isinstance(error, ClientAuthenticationFailed):
        await ctx.uow.abandon()
        wait = await ctx.rate_limits.was_wrong(ctx, Guarded.CLIENT)
        if wait is not None:
            response = oauth_error_response(ctx, TooManyFailures())
            response.headers["retry-after"] = seconds_of(wait)
            return response
    return oauth_error_response(ctx, error, issuer=issuer)


async def _handled(handler: Handler, request: Request, ctx: RequestContext) -> Response:
    try:
        return await handler(request, ctx)
    except InvalidRelation as error:
        raise SessionNotFound("the account or session was removed meanwhile") from error


def _find(request: Request) -> Endpoint | None:
    path = path_below(request)
    normal = path.lower()
    if (endpoint := ENDPOINTS.get(normal.removesuffix("/"))) is not None and ":" not in normal:
        return endpoint
    if found := _RESUME.fullmatch(path):
        # The uid keeps its case: only the fixed part of a path does not matter.
        request.scope["path_params"] = {"uid": found["uid"]}
        return ENDPOINTS[f"{found['of'].lower()}/:uid"]
    return None


async def _token_management(request: Request) -> TokenManagementRequest:
    headers = request.headers
    return TokenManagementRequest(
        form=await read_form(request), authorization=headers.get("authorization"), origin=headers.get("origin")
    )


def _json(members: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(members), headers={"content-type": JSON})
