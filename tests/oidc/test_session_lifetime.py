"""How long a browser stays signed in, as the tenant decides (`/api/configs/oidc/session`)."""

from datetime import timedelta

from tests.oidc.party import Party, query_of, services_over
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.oidc.models import CLOCK_TOLERANCE
from sekisho.services import Runtime
from sekisho.tenants.models import ConfigurationKey

TTL = timedelta(minutes=1)


async def _decide(runtime: Runtime, ttl: timedelta) -> None:
    async with runtime.database.unit_of_work() as uow:
        tenants = services_over(runtime, uow).tenants
        await tenants.set_configuration(ConfigurationKey.OIDC_SESSION, {"ttl": int(ttl.total_seconds())})


async def _is_signed_in(visitor: Visitor, party: Party) -> bool:
    members = query_of(await party.authorize(visitor, prompt="none", scope="openid"))
    return members.get("error") != "login_required"


async def test_a_session_ends_when_it_was_not_used_for_as_long_as_the_tenant_decided(
    visitor: Visitor, party: Party, runtime: Runtime, clock: ManualClock
) -> None:
    await _decide(runtime, TTL)
    await party.tokens(visitor)
    expires = {cookie.name: cookie.expires for cookie in visitor.jar.cookies()}
    assert expires["_session"] == expires["_session.sig"] == clock.now() + TTL
    for _ in range(3):
        clock.advance(TTL - timedelta(seconds=1))
        assert await _is_signed_in(visitor, party)
    session_id = visitor.jar.header("http://localhost:3001/oidc/auth")

    clock.advance(TTL + CLOCK_TOLERANCE)

    assert not await _is_signed_in(visitor, party)
    # The server goes by its own clock: keeping the cookie longer gains nothing.
    kept = await visitor.get("/oidc/session/end", headers={"cookie": session_id})
    assert "Submitting Callback" in kept.text


async def test_a_decision_counts_for_sessions_that_are_under_way(
    visitor: Visitor, party: Party, runtime: Runtime, clock: ManualClock
) -> None:
    await party.tokens(visitor)
    await _decide(runtime, TTL)
    assert await _is_signed_in(visitor, party)
    clock.advance(TTL + CLOCK_TOLERANCE)

    assert not await _is_signed_in(visitor, party)
