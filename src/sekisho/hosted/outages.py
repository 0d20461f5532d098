"""Answers of the gate itself, where no surface was reached: the origin is not ours, or the database is away.

Nothing here may need the database. Programs get JSON, people a page.
"""

from secrets import token_urlsafe

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from sekisho.hosted.pages import Misdirected, Unavailable
from sekisho.http.context import RequestContext
from sekisho.http.headers import page_policy
from sekisho.i18n.languages import negotiate
from sekisho.i18n.translator import translator
from sekisho.ui.page import Chrome
from sekisho.ui.render import render
from sekisho.ui.responses import page_response

_FOR_PROGRAMS = ("/oidc/", "/api/")


def misdirected(scope: Scope, origin: str) -> Response:
    """Answer 421: the operator must say which origin is ours (RFC 9110 §15.5.20)."""
    headers = Headers(scope=scope)
    say = translator(negotiate(accept_language=headers.get("accept-language")))
    code = "sekisho.misdirected"
    if "text/html" not in headers.get("accept", ""):
        return JSONResponse({"code": code, "message": say.error(code, origin=origin)}, status_code=421)
    chrome = Chrome(translator=say, nonce=token_urlsafe(16))
    policy = page_policy(nonce=chrome.nonce)
    headers_out = {"cache-control": "no-store", "content-security-policy": policy}
    return HTMLResponse(render(Misdirected(origin=origin), chrome=chrome), status_code=421, headers=headers_out)


def unavailable(ctx: RequestContext, path: str) -> Response:
    """Answer 503: come back in a moment; nothing was decided."""
    if not path.startswith(tuple(ctx.urls.path(prefix) for prefix in _FOR_PROGRAMS)):
        retry_url = ctx.requested_url if ctx.method == "GET" else None
        return page_response(ctx, Unavailable(retry_url=retry_url), status=503)
    code = "sekisho.unavailable"
    body = {
        "code": code,
        "message": ctx.translator.error(code),
        "error": "temporarily_unavailable",
        "error_description": "the service is temporarily unavailable",
    }
    return JSONResponse(body, status_code=503)
