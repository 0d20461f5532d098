"""Which sign-in a request belongs to: the interaction its cookie names, and the flow that goes through it."""

from sekisho.experience.flow import Flow
from sekisho.http.context import RequestContext
from sekisho.oidc.interactions import COOKIE, Current, CurrentRequest

FIRST_ADMIN_COOKIE = "_first_admin"
"""Carries the first-admin token from the link in the operator's terminal to the registration."""

_SESSION_COOKIE = "_session"


async def current_interaction(ctx: RequestContext) -> Current:
    """Return the interaction of this browser; raises `SessionNotFound`, or `InvalidRequest` for another client's."""
    request = CurrentRequest(
        interaction_cookie=ctx.cookies.get_signed(COOKIE),
        session_cookie=ctx.cookies.get_signed(_SESSION_COOKIE),
        client_id=ctx.headers.get("logto-app-id") or ctx.query.get("app_id") or None,
    )
    return await ctx.services.provider.current_interaction(request)


def flow_of(ctx: RequestContext, current: Current) -> Flow:
    """Return the handle of the flow in an interaction."""
    token = ctx.cookies.get(FIRST_ADMIN_COOKIE)
    return Flow(desk=ctx.services.experience, interaction=current.interaction, first_admin_token=token)
