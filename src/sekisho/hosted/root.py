"""`/`: into the sign-in that is under way, else where lost visitors go, else to the Console."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sekisho.hosted.visit import lost, lost_address
from sekisho.http.context import context
from sekisho.http.interactions import current_interaction
from sekisho.oidc.errors import OAuthError


async def show_root(request: Request) -> Response:
    ctx = context(request)
    try:
        await current_interaction(ctx)
    except OAuthError:
        # On one origin the Console stands beside the default tenant; a tenant elsewhere has none (design of URLs).
        if ctx.is_default_tenant and await lost_address(ctx) is None:
            return RedirectResponse(f"{ctx.urls.origin}/console", status_code=302)
        return await lost(ctx)
    return RedirectResponse(ctx.urls.url("/sign-in"), status_code=302)
