"""The gate every request passes: who is meant (tenant), what it may see (context), and how it ends (transaction).

The unit of work is committed before the first byte of the answer leaves, so that nothing is acknowledged that could
still be lost; a refusal rolls back. Pure ASGI, because it must stand outside every framework's error handling.
"""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sekisho.http.context import RequestContext, attach
from sekisho.http.errors import RETRY_AFTER_SECONDS
from sekisho.http.headers import RawHeaders, add_common_headers
from sekisho.kernel.errors import DatabaseUnavailable
from sekisho.services import Runtime
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import (
    Misdirected,
    NoTenant,
    Resolution,
    TenantUrls,
    is_valid_authority,
    normal_origin,
    resolve,
    urls_of,
)

log = structlog.get_logger(__name__)

RenderMisdirected = Callable[[Scope, str], Response]
RenderUnavailable = Callable[[RequestContext, str], Response]
MAX_BODY = 1_100_000

# Answered at the root of an origin whatever tenant the origin belongs to; none needs the database to be found.
_ROOT_ONLY = ("/assets/", "/health/")


class Gate:
    """Wraps the router of all surfaces."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        runtime: Runtime,
        render_misdirected: RenderMisdirected,
        render_unavailable: RenderUnavailable,
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._render_misdirected = render_misdirected
        self._render_unavailable = render_unavailable

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_urlsafe(12)
        path: str = scope["path"]
        origin = self._origin(scope)
        if origin is None:
            await PlainTextResponse("Bad Request", status_code=400)(scope, receive, _Opening(send, request_id).send)
            return
        found = self._resolve(origin, path, scope)
        match found:
            case Misdirected():
                await self._render_misdirected(scope, found.origin)(scope, receive, _Opening(send, request_id).send)
            case NoTenant():
                await Response(status_code=404)(scope, receive, _Opening(send, request_id).send)
            case TenantUrls():
                await self._enter(found, scope, receive, send, request_id)

    def _resolve(self, origin: str, path: str, scope: Scope) -> Resolution:
        if path.startswith(_ROOT_ONLY):
            return urls_of(DEFAULT_TENANT, origin=origin, public=self._runtime.public_urls)
        server = scope.get("server")
        return resolve(origin, path, self._runtime.public_urls, port=server[1] if server else None)

    async def _enter(self, urls: TenantUrls, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        scope["root_path"] = urls.prefix
        ctx = RequestContext(runtime=self._runtime, urls=urls, scope=scope, request_id=request_id)
        attach(scope, ctx)
        opening = _Opening(send, request_id, before=ctx_end(ctx))
        try:
            if not scope["path"].startswith(_ROOT_ONLY):
                await self._runtime.cache.revalidate()
                if not self._runtime.cache.knows(urls.tenant_id):
                    await Response(status_code=404)(scope, receive, opening.send)
                    return
                ctx.cookies.keys = await ctx.services.signing_keys.cookie_keys()
            await self._app(scope, _limited(receive), opening.send)
        except DatabaseUnavailable as error:
            log.warning("database unavailable", error=str(error), path=scope["path"])
            if not opening.is_sent:
                await self._refuse(ctx, scope, receive, opening)
        except _BodyTooLarge:
            if not opening.is_sent:
                ctx.fail()
                await PlainTextResponse("Payload Too Large", status_code=413)(scope, receive, opening.send)
        except ClientDisconnect:
            # The caller hung up in the middle of the body: nobody is left to answer, and nothing failed here.
            ctx.fail()
        except Exception:
            log.exception("request failed", path=scope["path"], method=scope["method"], request_id=request_id)
            if not opening.is_sent:
                ctx.fail()
                answer = Response('{"message":"Internal server error."}', 500, media_type="application/json")
                await answer(scope, receive, opening.send)
        finally:
            # An outage, or a caller who hung up, ends a request past `before`: nothing may stay open, least of all
            # the turn to write.
            with suppress(DatabaseUnavailable):
                await ctx.uow.abandon()

    async def _refuse(self, ctx: RequestContext, scope: Scope, receive: Receive, opening: "_Opening") -> None:
        """Answer 503: a client that is told to retry keeps its tokens, one that is told `invalid_grant` signs out."""
        opening.before = None
        answer = self._render_unavailable(ctx, scope["path"])
        answer.status_code = 503
        answer.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        answer.headers["cache-control"] = "no-store"
        await answer(scope, receive, opening.send)

    def _origin(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        scheme, authority = scope.get("scheme", "http"), headers.get("host", "")
        if self._runtime.settings.trust_proxy_header:
            scheme = _first(headers.get("x-forwarded-proto")) or scheme
            authority = _first(headers.get("x-forwarded-host")) or authority
        if scheme not in {"http", "https"} or not is_valid_authority(authority):
            return None
        return normal_origin(scheme, authority)


def ctx_end(ctx: RequestContext) -> Callable[[RawHeaders], Awaitable[None]]:
    """Return what ends a request: commit or roll back, then hand out the cookies."""

    async def end(headers: RawHeaders) -> None:
        if ctx.outcome.has_failed:
            await ctx.uow.abandon()
        else:
            await ctx.uow.finish()
        for cookie in ctx.cookies.pending:
            headers.append((b"set-cookie", cookie.encode()))

    return end


class _Opening:
    """Holds the first message of the answer back until the transaction has ended."""

    def __init__(
        self, send: Send, request_id: str, before: Callable[[RawHeaders], Awaitable[None]] | None = None
    ) -> None:
        self._send = send
        self._request_id = request_id
        self.before = before
        self.is_sent = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: RawHeaders = [(name.lower(), value) for name, value in message.get("headers", ())]
            message["headers"] = headers
            if self.before is not None:
                before, self.before = self.before, None
                await before(headers)
            add_common_headers(headers, request_id=self._request_id)
            self.is_sent = True
        await self._send(message)


class _BodyTooLarge(Exception):
    """The body went past the limit of any endpoint."""


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise _BodyTooLarge
        return message

    return limited


def _first(value: str | None) -> str:
    return (value or "").partition(",")[0].strip()
