"""Time moves a flow through every expiry (oidc.md §13).

Each thing is good until its time, and the tolerance for clocks that differ, and not a second longer, whatever else is
still alive.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.e2e.journeys import Client, Journey
from tests.support.factories import Factory, MadeUser
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.oidc.models import (
    ACCESS_TOKEN_LIFETIME,
    CLOCK_TOLERANCE,
    CODE_LIFETIME,
    GRANT_LIFETIME,
    INTERACTION_LIFETIME,
    SESSION_LIFETIME,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
REFRESH_TOKEN_LIFETIME = 14 * DAY
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

#: Asks whether the thing still works.
IsAlive = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One person, signed in to one application."""

    visitor: Visitor
    clock: ManualClock
    make: Factory
    journey: Journey
    user: MadeUser

    async def tokens(self, **more: str) -> dict[str, str]:
        return await self.journey.sign_in(self.user.username, **more)

    async def cookies_for(self, path: str) -> dict[str, str]:
        """Return the cookies a browser sends now, for one that keeps them longer than it is told to."""
        return {"cookie": self.visitor.jar.header(f"{self.visitor.base_url}{path}")}


@pytest.fixture
async def scene(visitor: Visitor, clock: ManualClock, make: Factory) -> Scene:
    application, user = await make.traditional(), await make.user()
    journey = Journey(visitor, Client.of(application))
    return Scene(visitor=visitor, clock=clock, make=make, journey=journey, user=user)


async def code(scene: Scene) -> IsAlive:
    await scene.tokens()
    value = await scene.journey.silently()

    async def is_alive() -> bool:
        return (await scene.journey.redeem(value)).status_code == 200

    return is_alive


async def access_token(scene: Scene) -> IsAlive:
    value = (await scene.tokens())["access_token"]

    async def is_alive() -> bool:
        return (await scene.journey.userinfo(value)).status_code == 200

    return is_alive


async def refresh_token(scene: Scene) -> IsAlive:
    value = (await scene.tokens())["refresh_token"]

    async def is_alive() -> bool:
        return (await scene.journey.refresh(value)).status_code == 200

    return is_alive


async def grant(scene: Scene) -> IsAlive:
    """Keep the refresh token fresh, so that the grant alone ends it."""
    token, started = (await scene.tokens())["refresh_token"], scene.clock.now()
    while scene.clock.now() < started + GRANT_LIFETIME - 10 * DAY:
        scene.clock.advance(min(11 * DAY, started + GRANT_LIFETIME - 5 * DAY - scene.clock.now()))
        answer = await scene.journey.refresh(token)
        assert answer.status_code == 200, answer.text
        token = answer.json()["refresh_token"]

    async def is_alive() -> bool:
        return (await scene.journey.refresh(token)).status_code == 200

    return is_alive


async def session(scene: Scene) -> IsAlive:
    await scene.tokens()
    headers = await scene.cookies_for("/oidc/auth")
    url = scene.journey.authorization_url(prompt="none", scope="openid")

    async def is_alive() -> bool:
        answer = await scene.visitor.get(url, headers=headers)
        return "code=" in answer.headers["location"]

    return is_alive


async def interaction(scene: Scene) -> IsAlive:
    await scene.journey.begin("SignIn")
    proof = await scene.journey.prove(scene.user.username)
    await scene.journey.identify(proof.json()["verificationId"])
    back = (await scene.journey.api("POST", "/submit")).json()["redirectTo"]
    headers = await scene.cookies_for(back.partition("3001")[2])

    async def is_alive() -> bool:
        return (await scene.visitor.get(back, headers=headers)).status_code == 303

    return is_alive


async def pushed_request(scene: Scene) -> IsAlive:
    client = scene.journey.client
    form = {
        "client_id": client.id,
        "client_secret": client.secret or "",
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": "openid",
    }
    uri = (await scene.visitor.post("/oidc/request", data=form)).json()["request_uri"]

    async def is_alive() -> bool:
        url = f"/oidc/auth?{urlencode({'client_id': client.id, 'request_uri': uri})}"
        return (await scene.visitor.get(url)).headers["location"].startswith("/sign-in")

    return is_alive


async def device_code(scene: Scene) -> IsAlive:
    device = await scene.make.native(redirect_uris=(), is_device_flow=True)
    asked = await scene.visitor.post("/oidc/device/auth", data={"client_id": device.id, "scope": "openid"})
    value = asked.json()["device_code"]

    async def is_alive() -> bool:
        form = {"grant_type": DEVICE, "device_code": value, "client_id": device.id}
        error: str = (await scene.visitor.post("/oidc/token", data=form)).json()["error"]
        assert error in {"authorization_pending", "expired_token"}
        return error == "authorization_pending"

    return is_alive


@pytest.mark.parametrize(
    ("thing", "lifetime"),
    [
        pytest.param(code, CODE_LIFETIME, id="authorization code"),
        pytest.param(pushed_request, timedelta(seconds=60), id="pushed authorization request"),
        pytest.param(device_code, timedelta(seconds=600), id="device code"),
        pytest.param(interaction, INTERACTION_LIFETIME, id="interaction"),
        pytest.param(access_token, ACCESS_TOKEN_LIFETIME, id="opaque access token"),
        pytest.param(refresh_token, REFRESH_TOKEN_LIFETIME, id="refresh token"),
        pytest.param(session, SESSION_LIFETIME, id="session"),
        pytest.param(grant, GRANT_LIFETIME, id="grant"),
    ],
)
@pytest.mark.parametrize("is_over", [False, True], ids=["alive", "over"])
async def test_a_thing_lives_as_long_as_it_should(
    scene: Scene, thing: Callable[[Scene], Awaitable[IsAlive]], lifetime: timedelta, *, is_over: bool
) -> None:
    begun = scene.clock.now()
    is_alive = await thing(scene)

    scene.clock.advance(begun + lifetime + CLOCK_TOLERANCE - scene.clock.now() - (timedelta() if is_over else SECOND))

    assert await is_alive() is not is_over


async def test_what_is_bound_to_a_session_ends_with_it(scene: Scene) -> None:
    bound = await _journey(scene, always_issue_refresh_token=True)
    token = (await bound.sign_in(scene.user.username, scope="openid profile"))["refresh_token"]
    scene.clock.advance(SESSION_LIFETIME - DAY)
    refreshed = await bound.refresh(token)
    assert refreshed.status_code == 200

    scene.clock.advance(DAY + CLOCK_TOLERANCE)

    # The refresh token has days to live; the session it belongs to has none (oidc.md §11.2).
    assert (await bound.refresh(refreshed.json()["refresh_token"])).json()["error"] == "invalid_grant"


async def test_offline_access_outlives_the_session(scene: Scene) -> None:
    token = (await scene.tokens())["refresh_token"]
    scene.clock.advance(REFRESH_TOKEN_LIFETIME - DAY)
    refreshed = (await scene.journey.refresh(token)).json()["refresh_token"]

    scene.clock.advance(2 * DAY)

    assert await scene.journey.silently() == "login_required"
    assert (await scene.journey.refresh(refreshed)).status_code == 200


async def test_a_session_slides_and_its_cookie_with_it(scene: Scene) -> None:
    await scene.tokens()
    for _ in range(3):
        scene.clock.advance(SESSION_LIFETIME - DAY)
        assert await scene.journey.silently() not in {"login_required", "consent_required"}
        (cookie,) = [each for each in scene.visitor.jar.cookies() if each.name == "_session"]
        assert cookie.expires == (scene.clock.now() + SESSION_LIFETIME).replace(microsecond=0)


async def test_cookies_of_an_interaction_live_as_long_as_it_does(scene: Scene) -> None:
    await scene.journey.begin("SignIn")

    cookies = {each.name: each.expires for each in scene.visitor.jar.cookies()}
    due = (scene.clock.now() + INTERACTION_LIFETIME).replace(microsecond=0)
    assert (cookies["_interaction"], cookies["_interaction_resume"]) == (due, due)


def test_nothing_outlives_what_it_hangs_on() -> None:
    # A code is exchanged while its interaction could still be; tokens never outlive the longest life of their grant.
    assert CODE_LIFETIME < INTERACTION_LIFETIME < SESSION_LIFETIME
    assert ACCESS_TOKEN_LIFETIME < SESSION_LIFETIME <= REFRESH_TOKEN_LIFETIME < GRANT_LIFETIME
    # The longest refresh token an administrator may ask for is the grant's own life.
    assert timedelta(days=180) <= GRANT_LIFETIME
    assert CODE_LIFETIME > CLOCK_TOLERANCE


async def _journey(scene: Scene, **metadata: bool) -> Journey:
    return Journey(scene.visitor, Client.of(await scene.make.traditional(**metadata)))
