"""`/device-demo-app`: plays a device on a development server, to try the device flow with.

It is the built-in client `device-demo-app` of each tenant, and asks as any device would, only in process. What it waits
for and who it signed in travel in sealed cookies, so nothing is kept on the server.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sekisho.applications.builtin import DEVICE_DEMO_APP
from sekisho.devkit.pages import DemoSignedIn, DeviceDemo, DeviceDemoCode
from sekisho.http.context import RequestContext, context
from sekisho.http.csrf import FIELD, check_csrf, csrf_token
from sekisho.http.forms import read_form
from sekisho.http.own_client import SealedCookie
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.errors import DomainError
from sekisho.oidc.device.start import DeviceAuthorizationRequest
from sekisho.oidc.error_answers import public_code
from sekisho.oidc.errors import AuthorizationPending, InvalidGrant, OAuthError
from sekisho.oidc.models import DEVICE_CODE_LIFETIME, GrantType
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.tokens.id_token import verify_hint
from sekisho.ui.responses import page_response

PATH = "/device-demo-app"
CODE_COOKIE, SESSION_COOKIE = "_device_demo_code", "_device_demo"
_SCOPE = "openid profile"
_SESSION_LIFETIME = timedelta(hours=1)


class WaitingForCode(msgspec.Struct, frozen=True, kw_only=True):
    """What the device was told; `expires_at` in seconds since 1970."""

    device_code: str
    user_code: str
    address: str
    complete_address: str
    expires_at: int


class DeviceSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who connected the device, until when."""

    user_id: str
    claims: dict[str, Any]
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One request to the device."""

    request: Request
    ctx: RequestContext

    @property
    def code_cookie(self) -> SealedCookie:
        return SealedCookie(ctx=self.ctx, name=CODE_COOKIE, path=PATH)

    @property
    def session_cookie(self) -> SealedCookie:
        return SealedCookie(ctx=self.ctx, name=SESSION_COOKIE, path=PATH)

    @property
    def now(self) -> int:
        return epoch_seconds(self.ctx.services.clock.now())

    def url(self, path: str = "") -> str:
        return self.ctx.urls.url(PATH + path)

    def waiting(self) -> WaitingForCode | None:
        waiting = self.code_cookie.open(WaitingForCode)
        return waiting if waiting is not None and waiting.expires_at > self.now else None

    def session(self) -> DeviceSession | None:
        session = self.session_cookie.open(DeviceSession)
        return session if session is not None and session.expires_at > self.now else None

    def show(self, *, is_pending: bool = False, problem: str | None = None, status: int = 200) -> Response:
        session, waiting = self.session(), self.waiting()
        page = DeviceDemo(
            start_url=self.url("/start"),
            check_url=self.url("/check"),
            code=None if waiting is None or problem else _shown(waiting),
            is_pending=is_pending,
            signed_in=None if session is None or problem else self._signed_in(session),
            problem=problem,
        )
        return page_response(self.ctx, page, status=status)

    def _signed_in(self, session: DeviceSession) -> DemoSignedIn:
        return DemoSignedIn.told(
            session.claims,
            user_id=session.user_id,
            sign_out_action=self.url("/sign-out"),
            csrf_token=csrf_token(self.ctx, session.user_id),
        )


def on_device(handler: Callable[[Device], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Make a handler of the device one of requests; a refusal is shown on its own page, and ends the waiting."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        ctx = context(request)
        device = Device(request=request, ctx=ctx)
        try:
            return await handler(device)
        except (DomainError, OAuthError) as error:
            ctx.fail()
            device.code_cookie.clear()
            code = error.code if isinstance(error, DomainError) else public_code(error)
            return device.show(problem=ctx.translator.error(code), status=400)

    return answered


@on_device
async def show_device_demo(device: Device) -> Response:
    return device.show()


@on_device
async def start_device_demo(device: Device) -> Response:
    """Ask for a code, and show it."""
    form = (("client_id", str(DEVICE_DEMO_APP)), ("scope", _SCOPE))
    told = await device.ctx.services.provider.start_device(DeviceAuthorizationRequest(form=form))
    expires_at = device.ctx.services.clock.now() + DEVICE_CODE_LIFETIME
    waiting = WaitingForCode(
        device_code=told.device_code,
        user_code=told.user_code,
        address=told.verification_uri,
        complete_address=told.members()["verification_uri_complete"],
        expires_at=epoch_seconds(expires_at),
    )
    device.session_cookie.clear()
    device.code_cookie.set(waiting, expires_at=expires_at)
    return RedirectResponse(device.url(), status_code=303)


@on_device
async def check_device_demo(device: Device) -> Response:
    """Ask whether somebody has said yes."""
    waiting = device.waiting()
    if waiting is None:
        return RedirectResponse(device.url(), status_code=303)
    try:
        session = await _signed_in(device, waiting)
    except AuthorizationPending:
        return device.show(is_pending=True)
    device.code_cookie.clear()
    device.session_cookie.set(session, expires_at=device.ctx.services.clock.now() + _SESSION_LIFETIME)
    return RedirectResponse(device.url(), status_code=303)


@on_device
async def device_demo_sign_out(device: Device) -> Response:
    if session := device.session():
        form = await read_form(device.request)
        check_csrf(device.ctx, device.request, token=form.get(FIELD), binding=session.user_id)
    device.session_cookie.clear()
    query = urlencode({"client_id": DEVICE_DEMO_APP, "post_logout_redirect_uri": device.url()})
    return RedirectResponse(f"{device.ctx.urls.issuer}/session/end?{query}", status_code=303)


async def _signed_in(device: Device, waiting: WaitingForCode) -> DeviceSession:
    services = device.ctx.services
    form = (
        ("grant_type", str(GrantType.DEVICE_CODE)),
        ("client_id", str(DEVICE_DEMO_APP)),
        ("device_code", waiting.device_code),
    )
    answer = await services.provider.token(TokenRequest(form=form))
    if answer.id_token is None:
        raise InvalidGrant("a sign-in without an ID token")
    keys = await services.signing_keys.published()
    claims = verify_hint(answer.id_token, keys=keys, issuer=services.urls.issuer, audience=DEVICE_DEMO_APP)
    expires_at = epoch_seconds(services.clock.now() + _SESSION_LIFETIME)
    return DeviceSession(user_id=str(claims["sub"]), claims=dict(claims), expires_at=expires_at)


def _shown(waiting: WaitingForCode) -> DeviceDemoCode:
    return DeviceDemoCode(
        user_code=waiting.user_code, address=waiting.address, complete_address=waiting.complete_address
    )
