"""`/demo-app`: a small application on a development server, to try the sign-in pages with.

It is the built-in client `demo-app` of each tenant, and signs in as any application would.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sekisho.applications.builtin import DEMO_APP
from sekisho.devkit.pages import DemoApp, DemoSignedIn
from sekisho.http.context import RequestContext, context
from sekisho.http.csrf import FIELD, check_csrf, csrf_token
from sekisho.http.forms import read_form
from sekisho.http.own_client import OwnClient, SealedCookie
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.errors import DomainError
from sekisho.oidc.error_answers import public_code
from sekisho.oidc.errors import OAuthError
from sekisho.ui.responses import page_response

PATH = "/demo-app"
SESSION_COOKIE, SIGN_IN_COOKIE = "_demo_app", "_demo_app_sign_in"
_SESSION_LIFETIME = timedelta(hours=1)


class DemoSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in, in which session of the tenant, until when (seconds since 1970)."""

    user_id: str
    session_uid: str
    claims: dict[str, Any]
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """One request to the application."""

    request: Request
    ctx: RequestContext

    @property
    def client(self) -> OwnClient:
        cookie = SealedCookie(ctx=self.ctx, name=SIGN_IN_COOKIE, path=PATH)
        return OwnClient(client_id=DEMO_APP, redirect_uri=self.url(), server=self.ctx.services, cookie=cookie)

    @property
    def session_cookie(self) -> SealedCookie:
        return SealedCookie(ctx=self.ctx, name=SESSION_COOKIE, path=PATH)

    def url(self, path: str = "") -> str:
        return self.ctx.urls.url(PATH + path)

    async def session(self) -> DemoSession | None:
        """Return the session, unless its user has signed out since."""
        session = self.session_cookie.open(DemoSession)
        if session is None or session.expires_at <= epoch_seconds(self.ctx.services.clock.now()):
            return None
        behind = await self.ctx.services.sessions.find_by_uid(session.session_uid)
        return session if behind is not None and behind.account_id == session.user_id else None

    def show(self, *, session: DemoSession | None = None, problem: str | None = None, status: int = 200) -> Response:
        page = DemoApp(
            sign_in_url=self.url("/sign-in"),
            sign_up_url=self.url("/sign-up"),
            signed_in=None if session is None else self._signed_in(session),
            problem=problem,
        )
        return page_response(self.ctx, page, status=status)

    def _signed_in(self, session: DemoSession) -> DemoSignedIn:
        return DemoSignedIn.told(
            session.claims,
            user_id=session.user_id,
            sign_out_action=self.url("/sign-out"),
            csrf_token=csrf_token(self.ctx, session.session_uid),
        )


def in_demo(handler: Callable[[Demo], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Make a handler of the demo one of requests; its refusals are shown on its own page."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        ctx = context(request)
        demo = Demo(request=request, ctx=ctx)
        try:
            return await handler(demo)
        except (DomainError, OAuthError) as error:
            ctx.fail()
            code = error.code if isinstance(error, DomainError) else public_code(error)
            values: Mapping[str, object] = error.values if isinstance(error, DomainError) else {}
            return demo.show(problem=ctx.translator.error(code, **values), status=400)

    return answered


@in_demo
async def show_demo(demo: Demo) -> Response:
    """Show who is signed in; also the redirect URI, so it takes the provider's answer."""
    query = demo.ctx.query
    if "error" in query:
        return demo.show(problem=query.get("error_description") or query["error"])
    if "code" not in query:
        return demo.show(session=await demo.session())
    signed_in = await demo.client.finish(query)
    expires_at = demo.ctx.services.clock.now() + _SESSION_LIFETIME
    session = DemoSession(
        user_id=signed_in.user_id,
        session_uid=signed_in.session_uid,
        claims=dict(signed_in.claims),
        expires_at=epoch_seconds(expires_at),
    )
    demo.session_cookie.set(session, expires_at=expires_at)
    return RedirectResponse(demo.url(), status_code=303)


@in_demo
async def demo_sign_in(demo: Demo) -> Response:
    return demo.client.start(extra={"prompt": "login"})


@in_demo
async def demo_sign_up(demo: Demo) -> Response:
    return demo.client.start(extra={"prompt": "login", "first_screen": "register"})


@in_demo
async def demo_sign_out(demo: Demo) -> Response:
    if session := await demo.session():
        form = await read_form(demo.request)
        check_csrf(demo.ctx, demo.request, token=form.get(FIELD), binding=session.session_uid)
    demo.session_cookie.clear()
    return RedirectResponse(demo.client.sign_out_url(then=demo.url()), status_code=303)
