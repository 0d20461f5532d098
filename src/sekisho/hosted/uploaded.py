"""Pages that a tenant brings itself, in place of ours: they drive the Experience API (experience.md §23.4).

Only where the tenant is alone at its origin. What the server decides stays with it: who is in a sign-in, and whether
an application needs consent.
"""

import re

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sekisho.custom_ui.models import PageFile
from sekisho.hosted.visit import lost
from sekisho.http.context import RequestContext, context
from sekisho.http.headers import uploaded_page_policy
from sekisho.http.interactions import current_interaction
from sekisho.oidc.errors import OAuthError
from sekisho.outbound.objects import StoreFailed
from sekisho.tenants.models import ADMIN_TENANT

log = structlog.get_logger(__name__)

# Addresses of programs and of our own tools, known or not: a page there would only hide a mistake.
_NOT_PAGES = frozenset({"api", "oidc", ".well-known", "health", "console", "dev", "t", "user-assets"})
# Pages of a sign-in: nobody is there by himself (§18.6).
_GUARDED = ("/sign-in", "/consent", "/register", "/single-sign-on", "/social/register", "/forgot-password")
# RFC 9110 §14.1.2. One range: several are answered with the whole file, as §14.2 allows.
_RANGE = re.compile(r"bytes=(?P<first>\d{0,15})-(?P<last>\d{0,15})")


class UploadedPages:
    """Answers with uploaded files where there are some; `or_else` are our own pages."""

    def __init__(self, *, or_else: ASGIApp) -> None:
        self._or_else = or_else

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        ctx = context(request)
        answer = None
        # `/consent` is ours first: most applications need none, and are sent on.
        if request.method in {"GET", "HEAD"} and ctx.path != "/consent":
            answer = await uploaded_page(ctx)
        await (answer or self._or_else)(scope, receive, send)


async def uploaded_page(ctx: RequestContext) -> Response | None:
    """Return the tenant's own page for an address, if it has brought any."""
    path = ctx.path
    if path.removeprefix("/").partition("/")[0] in _NOT_PAGES or not ctx.services.is_alone_at_origin:
        return None
    uploaded = (await ctx.services.sign_in.get()).custom_ui_assets
    if uploaded is None:
        return None
    if (path == "/" or path.startswith(_GUARDED)) and "preview" not in ctx.query and not await _is_in_sign_in(ctx):
        return await lost(ctx)
    try:
        return await _file(ctx, uploaded.id, path)
    except StoreFailed:
        log.exception("the store of files does not answer")
        return PlainTextResponse("Service Unavailable", status_code=503, headers={"retry-after": "5"})


async def _file(ctx: RequestContext, upload_id: str, path: str) -> Response:
    custom_ui = ctx.services.custom_ui
    await ctx.uow.release()
    file = await custom_ui.find(upload_id, path)
    if file is None:
        return PlainTextResponse("Not Found", status_code=404)
    is_page = "." not in path
    headers = _headers(ctx, file, etag=None if is_page else f'"{upload_id}"')
    if not is_page and headers["etag"] in ctx.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={name: headers[name] for name in ("etag", "cache-control")})
    status, asked = 200, None if is_page else ctx.headers.get("range")
    if asked and (found := _RANGE.fullmatch(asked)):
        span = _span(found, size=file.size)
        if span is None:
            return PlainTextResponse("", status_code=416, headers={"content-range": f"bytes */{file.size}"})
        status, first, past = 206, *span
        headers["content-range"] = f"bytes {first}-{past - 1}/{file.size}"
        headers["content-length"] = str(past - first)
        file = await custom_ui.find(upload_id, path, span=span) or file
    if ctx.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(file.chunks, status_code=status, headers=headers)


def _headers(ctx: RequestContext, file: PageFile, *, etag: str | None) -> dict[str, str]:
    headers = {
        "content-type": file.content_type,
        "content-length": str(file.size),
        "content-security-policy": uploaded_page_policy(
            console_origin=ctx.services_of(ADMIN_TENANT).urls.origin,
            is_development=ctx.runtime.settings.development,
        ),
        "cross-origin-resource-policy": "cross-origin",
    }
    if etag is None:
        return {**headers, "cache-control": "no-cache, no-store, must-revalidate"}
    # The next upload may have another file under this name.
    return {**headers, "cache-control": "no-cache", "etag": etag, "accept-ranges": "bytes"}


def _span(asked: re.Match[str], *, size: int) -> tuple[int, int] | None:
    """Return the bytes that are asked for, from the first to before the second; None when there are none."""
    if not asked["first"]:
        # RFC 9110 §14.1.2: without a first byte, that many from the end.
        first, past = max(size - int(asked["last"] or 0), 0), size
    else:
        first, past = int(asked["first"]), min(int(asked["last"] or size) + 1, size)
    return (first, past) if first < past else None


async def _is_in_sign_in(ctx: RequestContext) -> bool:
    try:
        await current_interaction(ctx)
    except OAuthError:
        return False
    return True
