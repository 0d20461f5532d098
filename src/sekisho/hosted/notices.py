"""Pages that only say something: lost sign-in, suspended account, unknown address, and refusals nobody can mend."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sekisho.hosted.look import Look, look_of
from sekisho.hosted.pages import AccountSuspended, ErrorPage, NotFound, UnknownSession
from sekisho.http.context import RequestContext, context
from sekisho.http.csrf import CrossSiteForm
from sekisho.http.errors import status_of
from sekisho.kernel.errors import DomainError
from sekisho.oidc.error_answers import public_code
from sekisho.oidc.errors import OAuthError
from sekisho.ui.responses import page_response


async def show_unknown_session(request: Request) -> Response:
    ctx = context(request)
    look = await look_of(ctx)
    return page_response(ctx, UnknownSession(support=look.support), chrome=look.chrome)


async def show_account_suspended(request: Request) -> Response:
    ctx = context(request)
    look = await look_of(ctx)
    page = AccountSuspended(sign_in_url=_with_query(ctx, "/sign-in"), support=look.support)
    return page_response(ctx, page, chrome=look.chrome)


async def show_not_found(request: Request) -> Response:
    """Answer an address nobody knows, in the look of the tenant."""
    ctx = context(request)
    ctx.fail()
    look = await look_of(ctx)
    return page_response(ctx, NotFound(support=look.support), chrome=look.chrome, status=404)


async def refused(ctx: RequestContext, error: DomainError | OAuthError, *, look: Look | None = None) -> Response:
    """Say what a person cannot mend on a form, and undo what the request wrote."""
    ctx.fail()
    look = look or await look_of(ctx)
    if isinstance(error, OAuthError):
        code, status, message = public_code(error), error.answer_status, look.say.error(public_code(error))
    else:
        code, status, message = error.code, status_of(error), look.say.error(error.code, **error.values)
    back_url = _with_query(ctx, "/sign-in") if isinstance(error, CrossSiteForm) else None
    page = ErrorPage(message=message, code=code, request_id=ctx.request_id, back_url=back_url, support=look.support)
    return page_response(ctx, page, chrome=look.chrome, status=status)


def _with_query(ctx: RequestContext, path: str) -> str:
    app_id = ctx.query.get("app_id")
    return ctx.urls.url(path) if app_id is None else f"{ctx.urls.url(path)}?{urlencode({'app_id': app_id})}"
