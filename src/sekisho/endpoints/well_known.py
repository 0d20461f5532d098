"""Metadata at the root of an origin, where RFC 8414 §3.1 looks for it: the path of the issuer comes last.

Off until a tenant switches it on; until then, and for whatever is no issuer here, the address is one nobody knows.
"""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sekisho.endpoints.oidc_cors import CrossOrigin, allow, preflight
from sekisho.endpoints.oidc_errors import JSON
from sekisho.http.context import RequestContext, context
from sekisho.kernel.ids import TenantId
from sekisho.services import Services

OrElse: TypeAlias = Callable[[Request], Awaitable[Response]]

_PATH = "/.well-known/oauth-authorization-server"
_PREFIXED = re.compile(r"/t/(?P<id>[0-9a-z-]{1,21})/oidc")
_CORS = CrossOrigin(methods="GET", is_open=True)


def metadata_route(*, or_else: OrElse) -> Route:
    """Return the route; `or_else` answers where there is nothing to find."""

    async def show_metadata(request: Request) -> Response:
        services = await _issuer(context(request), "/" + request.path_params["issuer"])
        match request.method:
            case "GET" | "HEAD" if services is not None:
                document = msgspec.json.encode(await services.provider.discovery())
                response = Response(document, headers={"content-type": JSON})
                allow(request, response, _CORS)
                return response
            case "OPTIONS" if services is not None:
                return preflight(request, _CORS)
            case _:
                return await or_else(request)

    return Route(_PATH + "/{issuer:path}", _Endpoint(show_metadata))


async def _issuer(ctx: RequestContext, path: str) -> Services | None:
    """Return the tenant whose issuer this path is, if it shows itself here."""
    # RFC 8414 §3.1: at the root of the origin, not below a tenant's prefix.
    if ctx.urls.prefix:
        return None
    prefixed = _PREFIXED.fullmatch(path)
    services = ctx.services if prefixed is None else ctx.services_of(TenantId(prefixed["id"]))
    # RFC 8414 §3.3: the document's issuer must be the very one that was asked for.
    is_here = services.urls.issuer == ctx.urls.origin + path and ctx.runtime.cache.knows(services.tenant_id)
    if not is_here or not (await services.provider_options.get()).has_authorization_server_metadata:
        return None
    return services


class _Endpoint:
    """An application of its own, so that the router leaves every method to us."""

    def __init__(self, handle: OrElse) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._handle(Request(scope, receive))
        await response(scope, receive, send)
