"""`GET /api/status`: whether the server answers, and to an operator, for whom."""

from hmac import compare_digest

from fastapi import APIRouter, Request, Response

from sekisho.api.documented import operation
from sekisho.api.responses import NoContent
from sekisho.api.routing import JsonRoute
from sekisho.http.context import context

router = APIRouter(route_class=JsonRoute, tags=["Status"])


@router.get("/status", **operation("GetStatus", answers={204: None}, is_public=True))
async def get_status(request: Request) -> Response:
    ctx = context(request)
    response = NoContent()
    expected = ctx.runtime.settings.status_api_key
    given = ctx.headers.get("logto-status-api-key", "")
    if expected is not None and compare_digest(given.encode(), expected.reveal().encode()):
        response.headers["logto-tenant-id"] = ctx.tenant_id
    return response
