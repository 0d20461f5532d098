"""Cross-site request forgery: a token bound to what the form belongs to, and a look at where the form came from.

Attack: another site posts our form with the victim's cookies (login CSRF included). The token is an HMAC under the
tenant's cookie key, so no state is kept, and a token of one interaction is worth nothing in another.
"""

import hmac
from hashlib import sha256

from starlette.requests import Request

from sekisho.http.context import RequestContext
from sekisho.kernel.errors import DomainError, ErrorKind

FIELD = "_csrf"


class CrossSiteForm(DomainError):
    """The form was not ours, or is too old."""

    code = "sekisho.cross_site_form"
    kind = ErrorKind.FORBIDDEN


def csrf_token(ctx: RequestContext, binding: str) -> str:
    """Return the token of the forms bound to `binding` (an interaction uid, a session id)."""
    return _token(ctx, binding, key=ctx.cookies.keys[0])


def check_origin(ctx: RequestContext, request: Request) -> None:
    """Refuse a request that a page of another origin made: raises `CrossSiteForm`.

    Another port or subdomain of our site counts, too: its requests carry our cookies.
    """
    if request.headers.get("origin", ctx.urls.origin) != ctx.urls.origin:
        raise CrossSiteForm
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise CrossSiteForm


def check_csrf(ctx: RequestContext, request: Request, *, token: str | None, binding: str) -> None:
    """Refuse a form that another site sent: raises `CrossSiteForm`."""
    check_origin(ctx, request)
    candidates = (_token(ctx, binding, key=key) for key in ctx.cookies.keys)
    if not any(hmac.compare_digest(candidate.encode(), (token or "").encode()) for candidate in candidates):
        raise CrossSiteForm


def _token(ctx: RequestContext, binding: str, *, key: bytes) -> str:
    return hmac.new(key, f"csrf|{ctx.tenant_id}|{binding}".encode(), sha256).hexdigest()
