"""Files that pages load, at the root of every origin: named by their content, kept for ever, without cookies."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sekisho.ui.assets import find_asset


async def show_asset(request: Request) -> Response:
    asset = find_asset(request.path_params["path"])
    if asset is None:
        return PlainTextResponse("Not Found", status_code=404)
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "content-type": asset.content_type,
        "vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.gzipped, headers={**headers, "content-encoding": "gzip"})
    return Response(asset.body, headers=headers)


routes: Sequence[BaseRoute] = (Route("/assets/{path}", show_asset, methods=["GET"]),)
