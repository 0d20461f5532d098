"""What a device gets when it asks whether its user has answered (RFC 8628 §3.4, §3.5, oidc.md §17.3)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.oidc.asking import claims_of, suspend
from tests.oidc.device import a_world, browser, confirm, connect, poll, post, refused_poll, start
from tests.oidc.world import ALICE, API, World

from sekisho.oidc.device.answers import Connected
from sekisho.oidc.scopes import OFFLINE_ACCESS

PENDING = "authorization request is still pending as the end-user hasn't yet completed the user interaction steps"
SAME_FROM_OUTSIDE = "grant request is invalid"


@pytest.fixture
def world() -> World:
    return a_world()


async def connected(world: World, **asked: str) -> str:
    """Return the code of a device whose user has said yes."""
    waiting = await start(world, **asked)
    assert (await connect(world, waiting["user_code"])).answer == Connected()
    return str(waiting["device_code"])


async def waiting(world: World) -> str:
    return str((await start(world))["device_code"])


async def unknown(world: World) -> str:
    await start(world)
    return "nope"


async def being_answered(world: World) -> str:
    code = await start(world)
    cookie, xsrf = await browser(world)
    await confirm(world, code["user_code"], cookie=cookie, xsrf=xsrf)
    return str(code["device_code"])


async def aborted(world: World) -> str:
    code = await start(world)
    cookie, xsrf = await browser(world)
    await post(world, cookie=cookie, xsrf=xsrf, user_code=code["user_code"], abort="yes")
    return str(code["device_code"])


async def of_another_client(world: World) -> str:
    code = await connected(world)
    world.device_codes = {id_: replace(each, client_id="radio") for id_, each in world.device_codes.items()}
    return code


async def expired(world: World) -> str:
    code = await waiting(world)
    world.clock.advance(timedelta(seconds=615))
    return code


async def expired_unasked_for(world: World) -> str:
    code = await connected(world)
    world.clock.advance(timedelta(seconds=615))
    return code


async def used(world: World) -> str:
    code = await connected(world)
    await poll(world, code)
    return code


async def of_a_revoked_grant(world: World) -> str:
    code = await connected(world)
    for grant_id in list(world.grants):
        world.drop_grant(grant_id)
    return code


async def of_a_suspended_account(world: World) -> str:
    code = await connected(world)
    suspend(world)
    return code


async def of_a_removed_account(world: World) -> str:
    code = await connected(world)
    del world.accounts[ALICE]
    return code


async def of_a_session_that_ended(world: World) -> str:
    code = await connected(world, scope="openid")
    world.sessions.clear()
    return code


ERRORS = [
    pytest.param(waiting, "authorization_pending", PENDING, id="RFC 8628 §3.5: nobody has typed the code"),
    pytest.param(being_answered, "authorization_pending", PENDING, id="RFC 8628 §3.5: on the pages"),
    pytest.param(aborted, "access_denied", "End-User aborted interaction", id="RFC 8628 §3.5: the user said no"),
    pytest.param(expired, "expired_token", "device code is expired", id="RFC 8628 §3.5: ten minutes ago"),
    pytest.param(expired_unasked_for, "expired_token", "device code is expired", id="RFC 8628 §3.5: allowed, but late"),
    pytest.param(unknown, "invalid_grant", SAME_FROM_OUTSIDE, id="RFC 6749 §5.2: unknown"),
    pytest.param(of_another_client, "invalid_grant", SAME_FROM_OUTSIDE, id="RFC 8628 §3.4: of another client"),
    pytest.param(used, "invalid_grant", SAME_FROM_OUTSIDE, id="RFC 9700 §4.5: used"),
    pytest.param(of_a_revoked_grant, "invalid_grant", SAME_FROM_OUTSIDE, id="RFC 7009 §2.1: revoked"),
    pytest.param(of_a_suspended_account, "invalid_grant", SAME_FROM_OUTSIDE, id="§12.1: suspended account"),
    pytest.param(of_a_removed_account, "invalid_grant", SAME_FROM_OUTSIDE, id="§12.1: removed account"),
    pytest.param(of_a_session_that_ended, "invalid_grant", SAME_FROM_OUTSIDE, id="§11.2: session ended"),
]


@pytest.mark.parametrize(("made", "error", "description"), ERRORS)
async def test_a_device_without_an_answer_is_refused(
    world: World, made: Callable[[World], Awaitable[str]], error: str, description: str
) -> None:
    refusal = await refused_poll(world, await made(world))

    assert (refusal.error if error != "access_denied" else refusal.members()["error"]) == error
    assert refusal.description == description
    assert refusal.answer_status == 400


async def test_a_device_names_its_code(world: World) -> None:
    """RFC 8628 §3.4: `device_code` is required."""
    refusal = await refused_poll(world, "")

    assert (refusal.error, refusal.description) == ("invalid_request", "missing required parameter 'device_code'")


async def test_a_client_that_is_no_device_may_not_ask(world: World) -> None:
    """RFC 6749 §5.2: the grant is not the client's."""
    refusal = await refused_poll(world, await waiting(world), client_id="native")

    assert refusal.description == "requested grant type is not allowed for this client"


async def test_a_resource_the_user_did_not_allow_is_refused(world: World) -> None:
    """RFC 8707 §2.2."""
    refusal = await refused_poll(world, await connected(world), resource=API)

    assert (refusal.error, refusal.description) == ("invalid_target", "resource indicator is missing, or unknown")


async def test_a_refusal_uses_nothing_up(world: World) -> None:
    code = await connected(world)
    await refused_poll(world, code, resource=API)

    assert "access_token" in await poll(world, code)


async def test_a_device_is_answered_like_an_application_with_a_code(world: World) -> None:
    tokens = await poll(world, await connected(world))

    assert list(tokens) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    assert tokens["scope"] == "openid offline_access profile"
    assert claims_of(tokens["id_token"])["aud"] == "tv"
    assert world.access_tokens[tokens["access_token"]].grant_history == "urn:ietf:params:oauth:grant-type:device_code"


async def test_offline_access_needs_no_prompt_on_a_device(world: World) -> None:
    tokens = await poll(world, await connected(world))
    world.sessions.clear()

    assert OFFLINE_ACCESS in world.refresh_tokens[tokens["refresh_token"]].authorization.scopes
    assert not world.refresh_tokens[tokens["refresh_token"]].authorization.expires_with_session


async def test_without_offline_access_there_is_no_refresh_token(world: World) -> None:
    tokens = await poll(world, await connected(world, scope="openid"))

    assert "refresh_token" not in tokens
    assert world.access_tokens[tokens["access_token"]].authorization.expires_with_session


async def test_an_api_gets_a_token_of_its_own(world: World) -> None:
    world.held[ALICE, API] = ["read:orders"]
    code = await connected(world, scope="openid read:orders", resource=API)

    claims = claims_of((await poll(world, code, resource=API))["access_token"])

    assert (claims["aud"], claims["scope"], claims["client_id"]) == (API, "read:orders", "tv")


async def test_the_nonce_and_the_time_of_the_sign_in_come_back(world: World) -> None:
    code = await connected(world, nonce="n-1", max_age="600")

    claims = claims_of((await poll(world, code))["id_token"])

    assert claims["nonce"] == "n-1"
    assert claims["auth_time"] == int(world.clock.now().timestamp())


async def test_a_code_seen_twice_ends_what_it_bought(world: World) -> None:
    code = await connected(world)
    tokens = await poll(world, code)

    await refused_poll(world, code)

    assert tokens["access_token"] not in world.access_tokens
    assert tokens["refresh_token"] not in world.refresh_tokens
    assert len(world.revoked) == 1
