"""Files that our pages load, at the root of every origin: named by their content, kept for ever, without cookies."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sekisho.ui.assets import Asset, all_assets


def _route(asset: Asset) -> Route:
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "content-type": asset.content_type,
        "vary": "Accept-Encoding",
    }

    async def show_asset(request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.gzipped, headers={**headers, "content-encoding": "gzip"})
        return Response(asset.body, headers=headers)

    return Route(f"/assets/{asset.path}", show_asset, methods=["GET"])


# Name by name: what else is below /assets may be of a tenant's own pages, whose builders like that folder too.
routes: Sequence[BaseRoute] = tuple(_route(asset) for asset in all_assets())
