"""A rotation in one process is one in all of them (oidc.md §3.2: seen on the next request)."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.app import Application, create_app
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds


@pytest.fixture
async def elsewhere(app: Application, clock: ManualClock) -> AsyncIterator[Visitor]:
    """A browser at another process over the same database."""
    other = create_app(app.settings, clock=clock, ids=RandomIds())
    await other.start()
    async with Visitor(other, clock=clock) as visitor:
        yield visitor
    await other.stop()


async def kids(visitor: Visitor) -> list[str]:
    return [key["kid"] for key in (await visitor.get("/oidc/jwks")).json()["keys"]]


async def test_another_process_publishes_and_signs_with_a_new_key(
    visitor: Visitor, elsewhere: Visitor, make: Factory
) -> None:
    (first,) = await kids(visitor)
    assert await kids(elsewhere) == [first]
    async with make.services() as services:
        (current, _) = await services.key_rotation.rotate()

    assert await kids(visitor) == [current.kid, first]
    deadline = time.monotonic() + 5
    while await kids(elsewhere) != [current.kid, first]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_browser_may_go_on_at_another_process_after_cookie_keys_were_rotated(
    visitor: Visitor, elsewhere: Visitor, make: Factory
) -> None:
    query = "client_id=demo-app&redirect_uri=http://localhost:3001/demo-app&response_type=code&scope=openid"
    pkce = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    assert (await elsewhere.get("/sign-in?app_id=demo-app")).status_code == 302
    async with make.services() as services:
        await services.key_rotation.rotate_cookie_key()
    assert (await visitor.get(f"/oidc/auth?{query}{pkce}")).status_code == 303
    sent = {"cookie": visitor.jar.header(f"{ORIGIN}/sign-in")}

    deadline = time.monotonic() + 5
    while (await elsewhere.get("/sign-in?app_id=demo-app", headers=sent)).status_code != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
