"""Which sign-in a request belongs to: the interaction its cookie names, and the flow that goes through it."""

from sekisho.experience.flow import Flow
from sekisho.http.context import RequestContext
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.interactions import COOKIE, Current, CurrentRequest, read_cookie

FIRST_ADMIN_COOKIE = "_first_admin"
"""Carries the first-admin token from the link in the operator's terminal to the registration."""

_SESSION_COOKIE = "_session"


async def current_interaction(ctx: RequestContext) -> Current:
    """Return the interaction of this browser; raises `SessionNotFound`, or `InvalidRequest` for another client's."""
    return await _of_client(ctx, ctx.headers.get("logto-app-id") or ctx.query.get("app_id") or None)


async def left_interaction(ctx: RequestContext) -> Current:
    """Return the interaction that a browser left for a provider; raises as `current_interaction`.

    A provider's answer names no client, and two applications may sign in side by side: the state tells them apart.
    """
    latest = await current_interaction(ctx)
    state = ctx.query.get("state", "")
    if flow_of(ctx, latest).expects(state):
        return latest
    for client_id in read_cookie(ctx.cookies.get_signed(COOKIE)):
        try:
            other = await _of_client(ctx, client_id)
        except OAuthError:
            continue
        if flow_of(ctx, other).expects(state):
            return other
    return latest


def flow_of(ctx: RequestContext, current: Current) -> Flow:
    """Return the handle of the flow in an interaction."""
    token = ctx.cookies.get(FIRST_ADMIN_COOKIE)
    return Flow(desk=ctx.services.experience, interaction=current.interaction, first_admin_token=token)


async def _of_client(ctx: RequestContext, client_id: str | None) -> Current:
    request = CurrentRequest(
        interaction_cookie=ctx.cookies.get_signed(COOKIE),
        session_cookie=ctx.cookies.get_signed(_SESSION_COOKIE),
        client_id=client_id,
    )
    return await ctx.services.provider.current_interaction(request)
