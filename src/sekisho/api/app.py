"""The FastAPI application that is mounted at `/api`: routers in the reference's order, and one way to refuse.

It answers what it expects. Everything else goes through to the gate, which rolls back: the framework's own catch-all
would answer first and have the transaction committed.
"""

from typing import cast

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from sekisho.api import errors, openapi
from sekisho.api.auth import VerifiedTokens
from sekisho.api.experience import router as experience
from sekisho.api.management import router as management
from sekisho.api.routing import RoutesBySegment


class Api(FastAPI):
    """An operation is reached at once; the framework's own way is for what is none."""

    operations: RoutesBySegment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match, found = self.operations.matches(scope)
        if match is not Match.FULL:
            await super().__call__(scope, receive, send)
            return
        scope.update(found, app=self)
        await found["route"].handle(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        return cast("ServerErrorMiddleware", super().build_middleware_stack()).app


def create_api() -> Api:
    """Return the JSON APIs; paths are relative to `/api`."""
    api = Api(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    api.state.verified_tokens = VerifiedTokens()
    api.state.documents = {}
    errors.install(api)
    api.state.operations = [*experience.routes, *management.routes, *openapi.router.routes]
    api.operations = RoutesBySegment(api.state.operations)
    api.router.routes.append(api.operations)
    return api
