"""Uploaded files, as browsers may have them: never run, never sniffed, and without cookies."""

from collections.abc import Sequence

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sekisho.assets.models import SERVED_AT
from sekisho.assets.service import Asset
from sekisho.http.context import context
from sekisho.outbound.objects import StoreFailed

log = structlog.get_logger(__name__)


async def show_user_asset(request: Request) -> Response:
    try:
        asset = await context(request).services.assets.find(request.path_params["key"])
    except StoreFailed:
        log.exception("the store of files does not answer")
        return PlainTextResponse("Service Unavailable", status_code=503, headers={"retry-after": "5"})
    if asset is None:
        return PlainTextResponse("Not Found", status_code=404)
    return StreamingResponse(asset.chunks, headers=_headers(asset))


def _headers(asset: Asset) -> dict[str, str]:
    """Attack: a picture that is a page, opened at our origin; an SVG has scripts. Neither is shown as one."""
    disposition = "inline" if asset.kind.value.is_shown else "attachment"
    return {
        "content-type": asset.kind.mime_type,
        "content-length": str(asset.size),
        "content-disposition": f'{disposition}; filename="{asset.name}"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "x-content-type-options": "nosniff",
        # Pictures of people are shown by applications elsewhere.
        "cross-origin-resource-policy": "cross-origin",
        # What a key names never changes.
        "cache-control": "public, max-age=31536000, immutable",
    }


routes: Sequence[BaseRoute] = (Route(f"{SERVED_AT}/{{key:path}}", show_user_asset, methods=["GET"]),)
