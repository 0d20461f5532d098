"""Which claims userinfo answers, and which of them a caller may ask for (oidc.md §22, OpenID Connect Core §5.3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, World

from sekisho.oidc.errors import InvalidToken, OAuthError
from sekisho.oidc.userinfo import UserinfoRequest

HELD = ["openid", "profile", "email", "roles"]
NAMES = {"name": "Alice", "username": "alice"}
EMAIL = {"email": "alice@example.com", "email_verified": True}
ROLES = {"roles": ["Clerk"]}


@pytest.fixture
def world() -> World:
    world = World(claims=NAMES | EMAIL | ROLES | {"custom_data": {}})
    grant = world.granted(scopes=[*HELD, "custom_data"])
    world.access_token(authorization=world.authorization(scopes=HELD, grant=grant))
    return world


async def userinfo(world: World, **more: Any) -> dict[str, Any]:
    return dict(await world.provider.userinfo(UserinfoRequest(authorization="Bearer at", **more)))


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        (None, NAMES | EMAIL | ROLES),
        ("", NAMES | EMAIL | ROLES),
        ("openid", {}),
        ("profile", NAMES),
        ("openid profile", NAMES),
        ("email roles", EMAIL | ROLES),
        ("roles email email", EMAIL | ROLES),
        ("openid profile email roles", NAMES | EMAIL | ROLES),
    ],
)
async def test_a_caller_may_ask_for_less(world: World, scope: str | None, claims: dict[str, Any]) -> None:
    pairs = [] if scope is None else [("scope", scope)]
    for where in ("query", "form"):
        assert await userinfo(world, **{where: pairs}) == {"sub": ALICE, **claims}


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        ("custom_data", "custom_data"),
        ("openid phone", "phone"),
        ("nonsense", "nonsense"),
        ("profile phone nonsense", "phone nonsense"),
        ("PROFILE", "PROFILE"),
    ],
    ids=["granted, but not to this token", "not granted", "unknown", "several", "in capitals"],
)
async def test_and_never_for_more(world: World, scope: str, missing: str) -> None:
    with pytest.raises(OAuthError) as caught:
        await userinfo(world, query=[("scope", scope)])

    # RFC 6750 §3.1: insufficient_scope is 403, and names what is missing.
    assert (caught.value.answer_status, caught.value.error) == (403, "insufficient_scope")
    assert (caught.value.description, caught.value.scope) == ("access token missing requested scope", missing)


async def test_what_the_person_took_back_is_not_answered(world: World) -> None:
    token = world.access_tokens["at"]
    grant = replace(token.authorization.grant, rejected_scopes=["email"])
    world.access_tokens["at"] = replace(token, authorization=replace(token.authorization, grant=grant))

    assert await userinfo(world) == {"sub": ALICE, **NAMES, **ROLES}
    assert await userinfo(world, query=[("scope", "email")]) == {"sub": ALICE}


async def test_a_token_of_an_expired_grant_is_invalid(world: World) -> None:
    token = world.access_tokens["at"]
    grant = replace(token.authorization.grant, expires_at=world.clock.now() - timedelta(seconds=15))
    world.access_tokens["at"] = replace(token, authorization=replace(token.authorization, grant=grant))
    with pytest.raises(InvalidToken):
        await userinfo(world)


async def test_a_token_of_a_deleted_client_is_invalid(world: World) -> None:
    del world.all_clients["spa"]
    with pytest.raises(InvalidToken):
        await userinfo(world)
