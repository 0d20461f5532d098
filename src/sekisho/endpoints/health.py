"""Whether this process lives, and whether it can serve: for load balancers and orchestrators."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sekisho.http.context import context

_NO_STORE = {"cache-control": "no-store"}


async def show_live(_request: Request) -> Response:
    """Answer as long as the event loop turns."""
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


async def show_ready(request: Request) -> Response:
    """Answer when the database does; otherwise the gate says 503."""
    await context(request).runtime.database.ping()
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


routes: Sequence[BaseRoute] = (
    Route("/health/live", show_live, methods=["GET"]),
    Route("/health/ready", show_ready, methods=["GET"]),
)
