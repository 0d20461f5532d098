"""One visit to a page of a sign-in: its interaction, its look, its flow, and the addresses of the pages around it.

Without an interaction there is no visit: the guard sends the browser where the tenant wants lost visitors
(experience.md §18.6).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sekisho.applications.builtin import ADMIN_CONSOLE
from sekisho.experience.flow import Flow
from sekisho.hosted.look import Look, look_of
from sekisho.hosted.notices import refused
from sekisho.hosted.pages import Captcha
from sekisho.http.context import RequestContext, context
from sekisho.http.csrf import FIELD, check_csrf, csrf_token
from sekisho.http.forms import Form, read_form
from sekisho.http.interactions import current_interaction, flow_of
from sekisho.http.message_language import message_language
from sekisho.http.redirects import redirect
from sekisho.kernel.errors import DomainError
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.interactions import Current
from sekisho.oidc.models import Interaction
from sekisho.tenants.models import ADMIN_TENANT, ConfigurationKey
from sekisho.ui.page import Page
from sekisho.ui.responses import page_response

#: What a page hands on to the next; everything else in the query was for this page alone.
_HANDED_ON = ("organization_id", "ui_locales", "login_hint", "identifier")

#: What one page may have the next one say, by name.
NOTICES = {
    "password-changed": "description.password_changed",
    "password-expired": "description.password_expiration_reset",
    "code-sent": "description.passcode_sent",
}

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    request: Request
    ctx: RequestContext
    current: Current
    look: Look
    flow: Flow

    @property
    def interaction(self) -> Interaction:
        return self.current.interaction

    @property
    def csrf_token(self) -> str:
        return csrf_token(self.ctx, self.interaction.uid)

    def url(self, path: str, **more: str) -> str:
        """Return the address of another page of this sign-in, with more in its query."""
        # Two applications may sign in side by side: each page says which one it belongs to.
        query = [("app_id", self.interaction.client_id)]
        query.extend((name, self.ctx.query[name]) for name in _HANDED_ON if name in self.ctx.query)
        query.extend(more.items())
        return self.ctx.urls.url(path) + (f"?{urlencode(query)}" if query else "")

    def notice(self, name: str) -> str | None:
        """Return what the page before wanted said here: a query can only choose a sentence the page knows."""
        return self.look.say(NOTICES[name]) if self.ctx.query.get("notice") == name else None

    @property
    def is_for_console(self) -> bool:
        """Whether the person is on the way to our own Console."""
        return self.ctx.tenant_id == ADMIN_TENANT and self.interaction.client_id == ADMIN_CONSOLE

    async def application_name(self) -> str | None:
        """Return what the application that sent the person here is called."""
        if self.is_for_console:
            return self.look.say("sekisho.console.name")
        application = await self.ctx.services.applications.find(ApplicationId(self.interaction.client_id))
        if application is None:
            return None
        return await self.ctx.services.application_sign_in.name_of(application.application)

    async def message_language(self) -> str:
        """Return the language of what is sent to the person."""
        return await message_language(self.ctx, self.interaction)

    def show(self, page: Page, *, status: int = 200) -> Response:
        check: Captcha | None = getattr(page, "captcha", None)
        widgets = () if check is None else check.sources
        return page_response(self.ctx, page, chrome=self.look.chrome, status=status, widgets=widgets)

    async def form(self) -> Form:
        """Read the form that was sent; raises `CrossSiteForm` when it is not one of ours."""
        form = await read_form(self.request)
        check_csrf(self.ctx, self.request, token=form.get(FIELD), binding=self.interaction.uid)
        return form


def visited(
    handler: Callable[[Visit], Awaitable[Response]],
    *,
    find: Callable[[RequestContext], Awaitable[Current]] = current_interaction,
) -> Handler:
    """Make a handler of visits one of requests; `find` says which interaction a request belongs to."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        ctx = context(request)
        try:
            current = await find(ctx)
        except OAuthError:
            return await lost(ctx)
        look = await look_of(ctx, current.interaction)
        visit = Visit(request=request, ctx=ctx, current=current, look=look, flow=flow_of(ctx, current))
        try:
            return await handler(visit)
        except (DomainError, OAuthError) as error:
            return await refused(ctx, error, look=look)

    return guarded


async def lost(ctx: RequestContext) -> Response:
    """Send a browser that is in no sign-in where the tenant wants it."""
    return redirect(await lost_address(ctx) or ctx.urls.url("/unknown-session"))


async def lost_address(ctx: RequestContext) -> str | None:
    """Return where the tenant wants lost visitors, if it said so."""
    settings = await ctx.services.sign_in.get()
    if settings.unknown_session_redirect_url:
        return settings.unknown_session_redirect_url
    configured = await ctx.services.tenants.configuration(ConfigurationKey.SESSION_NOT_FOUND_REDIRECT_URL)
    return configured.get("url") or None if isinstance(configured, dict) else None
