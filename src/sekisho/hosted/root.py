"""`/`: into the sign-in that is under way, else where lost visitors go, else to the Console."""

from starlette.requests import Request
from starlette.responses import Response

from sekisho.hosted.visit import lost, lost_address
from sekisho.http.context import context
from sekisho.http.interactions import current_interaction
from sekisho.http.redirects import redirect
from sekisho.oidc.errors import OAuthError


async def show_root(request: Request) -> Response:
    ctx = context(request)
    try:
        await current_interaction(ctx)
    except OAuthError:
        # On one origin the Console stands beside the default tenant; a tenant elsewhere has none (design of URLs).
        if ctx.is_default_tenant and await lost_address(ctx) is None:
            return redirect(f"{ctx.urls.origin}/console")
        return await lost(ctx)
    return redirect(ctx.urls.url("/sign-in"))
