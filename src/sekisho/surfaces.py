"""Surfaces that are loaded on demand: the pages and the JSON APIs.

A server answers its first requests, which are for its health and for tokens, before it has loaded them. Everything here
imports what it needs when it is called.
"""
# ruff: noqa: PLC0415 — that is what this module is for

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router, request_response
from starlette.types import ASGIApp, Scope

from sekisho.http.context import RequestContext
from sekisho.http.on_demand import SurfaceOnDemand


def pages() -> SurfaceOnDemand:
    """Return the Console, a tenant's own pages and ours; also what answers an address that nobody knows."""
    return SurfaceOnDemand(_load_pages)


def apis() -> SurfaceOnDemand:
    """Return the JSON APIs."""
    return SurfaceOnDemand(_load_apis)


async def show_not_found(request: Request) -> Response:
    from sekisho.hosted import notices

    return await notices.show_not_found(request)


def misdirected(scope: Scope, origin: str) -> Response:
    from sekisho.hosted import outages

    return outages.misdirected(scope, origin)


def unavailable(ctx: RequestContext, path: str) -> Response:
    from sekisho.hosted import outages

    return outages.unavailable(ctx, path)


def _load_pages() -> ASGIApp:
    import sekisho.ui.environment  # noqa: F401 — Jinja
    from sekisho.console.routing import routes as console_routes
    from sekisho.hosted.routing import routes as hosted_routes
    from sekisho.hosted.uploaded import UploadedPages

    hosted = Router(routes=hosted_routes, redirect_slashes=False, default=request_response(show_not_found))
    return Router(routes=console_routes, redirect_slashes=False, default=UploadedPages(or_else=hosted))


def _load_apis() -> ASGIApp:
    from sekisho.api.app import create_api

    return create_api()
