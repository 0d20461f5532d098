"""Where the Console is: at `/console` of the origin the admin tenant answers at, and nowhere else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from sekisho.console.pages import ErrorPage
from sekisho.http.context import RequestContext, context
from sekisho.http.cookies import CookieJar
from sekisho.http.errors import status_of
from sekisho.http.redirects import redirect
from sekisho.kernel.errors import DomainError
from sekisho.oidc.error_answers import public_code
from sekisho.oidc.errors import OAuthError
from sekisho.services import Services
from sekisho.tenants.models import ADMIN_TENANT, DEFAULT_TENANT
from sekisho.ui.page import Page
from sekisho.ui.responses import page_response

PATH = "/console"

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One request to the Console: `admin` are the services of the tenant administrators live in."""

    request: Request
    ctx: RequestContext
    admin: Services

    @property
    def origin(self) -> str:
        return self.admin.urls.origin

    def url(self, path: str = "") -> str:
        return f"{self.origin}{PATH}{path}"

    def set_admin_cookie(self, name: str, value: str, *, expires: datetime) -> None:
        """Set a cookie that the admin tenant's pages are sent."""
        self._with_admin_jar(lambda jar: jar.set(name, value, expires=expires))

    def clear_admin_cookie(self, name: str) -> None:
        self._with_admin_jar(lambda jar: jar.clear(name, signed=False))

    def show(self, page: Page, *, status: int = 200) -> Response:
        return page_response(self.ctx, page, status=status)

    def _with_admin_jar(self, change: Callable[[CookieJar], None]) -> None:
        jar = CookieJar(header="", urls=self.admin.urls)
        change(jar)
        self.ctx.cookies.pending += jar.pending


def in_console(handler: Callable[[Place], Awaitable[Response]]) -> Handler:
    """Make a handler of places one of requests; elsewhere there is no Console."""

    @wraps(handler)
    async def placed(request: Request) -> Response:
        ctx = context(request)
        if ctx.urls.prefix or ctx.tenant_id not in {DEFAULT_TENANT, ADMIN_TENANT}:
            return Response("Not Found", status_code=404)
        place = Place(request=request, ctx=ctx, admin=ctx.services_of(ADMIN_TENANT))
        # A tenant with an origin of its own is reached there alone. Attack: a Host header that names it, at our port.
        if not place.admin.urls.prefix and ctx.tenant_id != ADMIN_TENANT:
            if ctx.urls.origin == place.origin:
                return Response("Not Found", status_code=404)
            return redirect(place.url(request.url.path.removeprefix(PATH)))
        try:
            return await handler(place)
        except (DomainError, OAuthError) as error:
            return refused(place, error)

    return placed


def refused(place: Place, error: DomainError | OAuthError) -> Response:
    """Say what went wrong, and undo what the request wrote."""
    place.ctx.fail()
    say = place.ctx.translator
    if isinstance(error, OAuthError):
        code, status, message = public_code(error), error.answer_status, say.error(public_code(error))
    else:
        code, status, message = error.code, status_of(error), say.error(error.code, **error.values)
    page = ErrorPage(message=message, code=code, request_id=place.ctx.request_id, back_url=place.url())
    return place.show(page, status=status)
