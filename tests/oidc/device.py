"""A device and the browser of its user, step by step, in a world of tests."""

from dataclasses import replace
from typing import Any

from tests.oidc.asking import ask as ask_token
from tests.oidc.asking import refused as refused_token
from tests.oidc.browsing import consent
from tests.oidc.world import ALICE, World, native

from sekisho.oidc.authorize.answers import RedirectToPage
from sekisho.oidc.authorize.comeback import ResumeRequest
from sekisho.oidc.device.answers import ShowDevicePage, Verified
from sekisho.oidc.device.start import DeviceAuthorizationRequest
from sekisho.oidc.device.verification import AnswerVerification, OpenVerification
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.models import Client, GrantType

ADDRESS = "192.0.2.7"
DEVICE_GRANTS = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})


def tv(**more: Any) -> Client:
    """An application without a browser of its own."""
    values: dict[str, Any] = {
        "id": "tv",
        "grant_types": DEVICE_GRANTS,
        "response_types": frozenset(),
        "redirect_uris": (),
        "post_logout_redirect_uris": (),
        **more,
    }
    return native(**values)


def a_world(**more: Any) -> World:
    """Return a world with a television in it."""
    world = World()
    world.all_clients["tv"] = tv(**more)
    return world


async def start(world: World, **form: str) -> dict[str, Any]:
    """Let the device ask; `form` is what it says beside its name."""
    sent = {"client_id": "tv", "scope": "openid offline_access profile", **form}
    answer = await world.provider.start_device(DeviceAuthorizationRequest(form=list(sent.items())))
    return dict(answer.members())


async def open_page(world: World, *, cookie: str | None = None, **query: str) -> Verified:
    request = OpenVerification(query=list(query.items()), session_cookie=cookie)
    return await world.provider.open_verification(request)


async def browser(world: World) -> tuple[str, str]:
    """Open the page in a new browser, and return its session cookie and its form's secret."""
    opened = await open_page(world)
    assert opened.session_cookie is not None
    return opened.session_cookie.value or "", opened.xsrf or ""


async def post(
    world: World, *, cookie: str | None, address: str = ADDRESS, query: dict[str, str] | None = None, **form: str
) -> Verified:
    request = AnswerVerification(
        form=list(form.items()), query=list((query or {}).items()), address=address, session_cookie=cookie
    )
    return await world.provider.answer_verification(request)


async def come_back(world: World, uid: str, *, cookie: str | None, resume: str | None = "") -> Verified:
    resume_cookie = uid if resume == "" else resume
    return await world.provider.resume_verification(
        ResumeRequest(uid=uid, resume_cookie=resume_cookie, session_cookie=cookie)
    )


async def confirm(world: World, user_code: str, *, cookie: str, xsrf: str) -> RedirectToPage:
    """Say yes to a code, and return the page that comes next."""
    return page_of(await post(world, cookie=cookie, xsrf=xsrf, user_code=user_code, confirm="yes"))


async def sign_in(world: World, page: RedirectToPage, *, cookie: str, account_id: str = ALICE) -> Verified:
    """Come back from the sign-in page as somebody."""
    uid = page.interaction.uid
    world.interactions[uid] = replace(
        world.interactions[uid], result={"login": {"accountId": account_id}, "userId": account_id}
    )
    return await come_back(world, uid, cookie=cookie)


async def connect(world: World, user_code: str) -> Verified:
    """Do all that the device's user does, in a new browser."""
    cookie, xsrf = await browser(world)
    signed_in = await sign_in(world, await confirm(world, user_code, cookie=cookie, xsrf=xsrf), cookie=cookie)
    page, cookie = page_of(signed_in), cookie_of(signed_in)
    await consent(world, page.interaction.uid, cookie)
    return await come_back(world, page.interaction.uid, cookie=cookie)


async def poll(world: World, device_code: str, **more: str) -> dict[str, Any]:
    return await ask_token(world, _form(device_code, more))


async def refused_poll(world: World, device_code: str, **more: str) -> OAuthError:
    return await refused_token(world, _form(device_code, more))


def page_of(verified: Verified) -> RedirectToPage:
    assert isinstance(verified.answer, RedirectToPage), verified.answer
    return verified.answer


def cookie_of(verified: Verified) -> str:
    assert verified.session_cookie is not None
    return verified.session_cookie.value or ""


def told(verified: Verified) -> dict[str, str]:
    """Return what our page is told."""
    assert isinstance(verified.answer, ShowDevicePage), verified.answer
    return dict(verified.answer.query)


def _form(device_code: str, more: dict[str, str]) -> dict[str, str]:
    return {"grant_type": GrantType.DEVICE_CODE, "client_id": "tv", "device_code": device_code, **more}
