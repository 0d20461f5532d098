"""The gate every request passes: who is meant (tenant), what it may see (context), and how it ends (transaction).

The unit of work is committed before the first byte of the answer leaves, so that nothing is acknowledged that could
still be lost; a refusal rolls back. Pure ASGI, because it must stand outside every framework's error handling.
"""

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sekisho.connectors.kit.errors import ProviderFailed
from sekisho.http.context import RequestContext, attach
from sekisho.http.errors import RETRY_AFTER_SECONDS
from sekisho.http.headers import RawHeaders, RequestHeaders, add_common_headers
from sekisho.http.rate_limits import RateLimits
from sekisho.kernel.errors import DatabaseUnavailable
from sekisho.kernel.patience import Patience
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

# Answered at the root of an origin whatever tenant the origin belongs to; none needs the database to be found.
_ROOT_ONLY = re.compile(r"/health/|/assets/[a-z]+\.[0-9a-f]{12}\.[a-z]+$")


class Gate:
    """Wraps the router of all surfaces."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        runtime: Runtime,
        rate_limits: RateLimits,
        render_misdirected: RenderMisdirected,
        render_unavailable: RenderUnavailable,
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._rate_limits = rate_limits
        self._render_misdirected = render_misdirected
        self._render_unavailable = render_unavailable
        self._patience = Patience(look_every=1.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._runtime.ids.request()
        path: str = scope["path"]
        headers = RequestHeaders(scope["headers"])
        origin = self._origin(scope, headers)
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
                await self._enter(found, headers, scope, receive, send, request_id)

    def _resolve(self, origin: str, path: str, scope: Scope) -> Resolution:
        if _ROOT_ONLY.match(path):
            return urls_of(DEFAULT_TENANT, origin=origin, public=self._runtime.public_urls)
        server = scope.get("server")
        return resolve(origin, path, self._runtime.public_urls, port=server[1] if server else None)

    async def _enter(
        self, urls: TenantUrls, headers: RequestHeaders, scope: Scope, receive: Receive, send: Send, request_id: str
    ) -> None:
        scope["root_path"] = urls.prefix
        ctx = RequestContext(
            runtime=self._runtime,
            rate_limits=self._rate_limits,
            urls=urls,
            headers=headers,
            scope=scope,
            request_id=request_id,
        )
        attach(scope, ctx)
        opening = _Opening(send, request_id, before=ctx_end(ctx))
        try:
            await self._serve(ctx, scope, receive, opening)
        except Exception as error:  # noqa: BLE001 — whatever it is, the caller gets an answer and the transaction ends
            ctx.fail()
            answer = self._answer_to(error, ctx, opening)
            if not opening.is_sent:
                await answer(scope, receive, opening.send)
        finally:
            # An outage, or a caller who hung up, ends a request past `before`: nothing may stay open, least of all
            # the turn to write.
            with suppress(DatabaseUnavailable):
                await ctx.uow.abandon()
            ctx.close()

    async def _serve(self, ctx: RequestContext, scope: Scope, receive: Receive, opening: "_Opening") -> None:
        if not _ROOT_ONLY.match(scope["path"]):
            await self._runtime.cache.revalidate()
            if not self._runtime.cache.knows(ctx.tenant_id):
                await Response(status_code=404)(scope, receive, opening.send)
                return
            ctx.cookies.keys = await ctx.services.signing_keys.cookie_keys()
        await self._app(scope, _limited(receive, ctx, patience=self._patience), opening.send)

    def _answer_to(self, error: Exception, ctx: RequestContext, opening: "_Opening") -> Response:
        """Return what is answered when no surface did."""
        match error:
            case DatabaseUnavailable():
                log.warning("database unavailable", error=str(error), path=ctx.path)
                opening.before = None
                return self._come_back(ctx)
            case _BodyTooLarge():
                return PlainTextResponse("Payload Too Large", status_code=413)
            case _BodyTooSlow():
                return PlainTextResponse("Request Timeout", status_code=408)
            case ClientDisconnect():
                # RFC 9112 §8: a body that ends too soon. Who only closed his half still listens, and a server that
                # is left without an answer makes one up.
                return PlainTextResponse("Bad Request", status_code=400)
            case ProviderFailed():  # logged where it happened
                return _internal_error()
            case _:
                log.error("request failed", path=ctx.path, method=ctx.method, request_id=ctx.request_id, exc_info=error)
                return _internal_error()

    def _come_back(self, ctx: RequestContext) -> Response:
        """Return a 503: who is told to retry keeps its tokens, who is told `invalid_grant` signs its user out."""
        answer = self._render_unavailable(ctx, ctx.path)
        answer.status_code = 503
        answer.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        answer.headers["cache-control"] = "no-store"
        return answer

    def _origin(self, scope: Scope, headers: RequestHeaders) -> str | None:
        scheme, authority = scope.get("scheme", "http"), headers.get("host", "")
        if len(headers.getlist("host")) > 1:  # RFC 9112 §3.2. Attack: naming one origin to a proxy, and another to us.
            return None
        if self._runtime.settings.trust_proxy_header:
            scheme = _first(headers.get("x-forwarded-proto")) or scheme
            authority = _first(headers.get("x-forwarded-host")) or authority
        if scheme not in {"http", "https"} or not is_valid_authority(authority):
            return None
        return normal_origin(scheme, authority)


def ctx_end(ctx: RequestContext) -> Callable[[RawHeaders], Awaitable[None]]:
    """Return what ends a request: commit or roll back, then hand out the cookies."""

    async def end(headers: RawHeaders) -> None:
        if ctx.has_failed:
            await ctx.uow.abandon()
        else:
            await ctx.uow.finish()
        for cookie in ctx.cookies.pending:
            headers.append((b"set-cookie", cookie.encode()))

    return end


def _internal_error() -> Response:
    return Response('{"message":"Internal server error."}', 500, media_type="application/json")


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


class _BodyTooSlow(Exception):
    """The body did not come to its end in time."""


def _limited(receive: Receive, ctx: RequestContext, *, patience: Patience) -> Receive:
    """Bound a body in size and time.

    Attack: as many bodies as there are database connections, sent a byte at a time, would stop everybody else; so
    while we wait, the connection serves others.
    """
    taken, is_whole = 0, False
    start: float | None = None
    uow = ctx.uow

    async def limited() -> Message:
        nonlocal taken, start, is_whole
        if is_whole:
            return await receive()
        if start is None:
            start = time.monotonic()
        try:
            if uow.is_open:
                await uow.rest()
            remaining = start + ctx.body_limit.seconds - time.monotonic()
            message = await patience.wait_for(receive(), seconds=remaining)
        except TimeoutError:
            raise _BodyTooSlow from None
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if taken > ctx.body_limit.size:
                raise _BodyTooLarge
        return message

    return limited


def _first(value: str | None) -> str:
    return (value or "").partition(",")[0].strip()
