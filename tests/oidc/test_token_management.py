"""Userinfo, introspection, revocation (oidc.md §22, §23)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, World, web

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.errors import InvalidToken, OAuthError
from sekisho.oidc.models import REUSE_GRACE, Account, ClientAuthorization
from sekisho.oidc.token_management import TokenManagementRequest
from sekisho.oidc.userinfo import UserinfoRequest

BEARER = "Bearer at"


@pytest.fixture
def world() -> World:
    world = World()
    world.access_token(authorization=world.authorization(scopes=["openid", "profile", "roles"]))
    return world


async def userinfo(world: World, **more: Any) -> dict[str, Any]:
    request = UserinfoRequest(**{"authorization": BEARER, **more})
    return dict(await world.provider.userinfo(request))


async def test_userinfo_answers_the_claims_of_scopes_asked_and_granted(world: World) -> None:
    assert await userinfo(world) == {"sub": ALICE, "name": None, "username": "alice", "roles": ["Clerk"]}


async def test_userinfo_leaves_out_what_was_not_granted(world: World) -> None:
    token = world.access_tokens["at"]
    grant = replace(token.authorization.grant, scopes=["openid", "roles"])
    world.access_tokens["at"] = replace(token, authorization=replace(token.authorization, grant=grant))

    assert await userinfo(world) == {"sub": ALICE, "roles": ["Clerk"]}


async def test_userinfo_takes_the_token_from_a_form(world: World) -> None:
    assert (await userinfo(world, authorization=None, form=[("access_token", "at")]))["sub"] == ALICE


async def test_userinfo_can_be_narrowed(world: World) -> None:
    assert await userinfo(world, query=[("scope", "openid roles")]) == {"sub": ALICE, "roles": ["Clerk"]}


@pytest.mark.parametrize(
    ("request_", "status", "error", "description"),
    [
        ({"authorization": None}, 401, "invalid_token", "no access token provided"),
        ({"authorization": "Bearer nope"}, 401, "invalid_token", "invalid token provided"),
        ({"authorization": "Bearer e.y.J"}, 401, "invalid_token", "invalid token provided"),
        ({"authorization": "Bearer"}, 400, "invalid_request", "invalid authorization header value format"),
        ({"authorization": "Basic at"}, 400, "invalid_request", "authorization header scheme must be `Bearer`"),
        (
            {"form": [("access_token", "at")]},
            400,
            "invalid_request",
            "access token must only be provided using one mechanism",
        ),
        (
            {"authorization": None, "query": [("access_token", "at")]},
            400,
            "invalid_request",
            "access tokens must not be provided via query parameter",
        ),
        ({"query": [("scope", "email")]}, 403, "insufficient_scope", "access token missing requested scope"),
        (
            {"origin": "https://evil.example"},
            400,
            "invalid_request",
            "origin https://evil.example not allowed for client: spa",
        ),
    ],
)
async def test_userinfo_refuses(
    world: World, request_: dict[str, Any], status: int, error: str, description: str
) -> None:
    with pytest.raises(OAuthError) as caught:
        await userinfo(world, **request_)

    assert (caught.value.answer_status, caught.value.error) == (status, error)
    assert caught.value.description == description


async def test_a_request_without_a_token_learns_no_more_than_the_realm(world: World) -> None:
    with pytest.raises(InvalidToken) as caught:
        await userinfo(world, authorization=None)

    assert caught.value.is_absent


async def test_userinfo_needs_openid(world: World) -> None:
    world.access_token(authorization=world.authorization(scopes=["profile"]))

    with pytest.raises(OAuthError) as caught:
        await userinfo(world)

    assert (caught.value.error, caught.value.scope) == ("insufficient_scope", "openid")


@pytest.mark.parametrize("account", [None, Account(id=ALICE, is_suspended=True)], ids=["deleted", "suspended"])
async def test_userinfo_of_nobody_is_an_invalid_grant(world: World, account: Account | None) -> None:
    world.accounts = {} if account is None else {ALICE: account}

    with pytest.raises(OAuthError) as caught:
        await userinfo(world)

    assert caught.value.error == "invalid_grant"


async def test_an_expired_token_is_invalid(world: World) -> None:
    world.clock.advance(timedelta(seconds=3615))

    with pytest.raises(InvalidToken):
        await userinfo(world)


async def test_a_session_bound_token_dies_with_its_session(world: World) -> None:
    bound = world.authorization(scopes=["openid"], expires_with_session=True, session_uid="session")
    world.access_token(authorization=bound)
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})
    before = await userinfo(world)
    del world.sessions["session"]

    assert before["sub"] == ALICE
    with pytest.raises(InvalidToken):
        await userinfo(world)


# Introspection


async def introspect(world: World, token: str, client: str = "web") -> dict[str, Any]:
    secret = [("client_secret", "s3cret")] if client == "web" else []
    form = [("client_id", client), ("token", token), *secret]
    return dict(await world.provider.introspect(TokenManagementRequest(form=form)))


async def test_a_live_token_is_described(world: World) -> None:
    now = epoch_seconds(world.clock.now())

    assert await introspect(world, "at") == {
        "active": True,
        "sub": ALICE,
        "client_id": "spa",
        "exp": now + 3600,
        "iat": now,
        "iss": "https://id.example/oidc",
        "scope": "openid profile roles",
        "token_type": "Bearer",
    }


async def test_a_refresh_token_has_no_token_type(world: World) -> None:
    world.refresh_token()

    assert "token_type" not in await introspect(world, "rt")


async def test_dead_tokens_all_look_the_same(world: World) -> None:
    world.refresh_token(consumed_at=world.clock.now() - REUSE_GRACE - timedelta(milliseconds=1))
    world.refresh_token("old", expires_at=world.clock.now() - timedelta(seconds=15))

    assert await introspect(world, "nope") == {"active": False}
    assert await introspect(world, "rt") == {"active": False}
    assert await introspect(world, "old") == {"active": False}


async def test_a_public_client_may_ask_about_its_own_tokens_only(world: World) -> None:
    assert (await introspect(world, "at", client="spa"))["active"]
    assert await introspect(world, "at", client="native") == {"active": False}


@pytest.mark.parametrize("operation", ["introspect", "revoke"])
async def test_a_jwt_is_not_looked_up(world: World, operation: str) -> None:
    form = [("client_id", "spa"), ("token", "e.y.J")]

    with pytest.raises(OAuthError) as caught:
        await getattr(world.provider, operation)(TokenManagementRequest(form=form))

    assert caught.value.error == "unsupported_token_type"
    verb = (
        "introspected via the introspection_endpoint"
        if operation == "introspect"
        else "revoked via the revocation_endpoint"
    )
    assert caught.value.description == f"Structured JWT Tokens cannot be {verb}"


# Revocation


async def revoke(world: World, token: str, client: str = "spa") -> None:
    secret = [("client_secret", "s3cret")] if client == "web" else []
    form = [("client_id", client), ("token", token), *secret]
    await world.provider.revoke(TokenManagementRequest(form=form))


async def test_an_access_token_takes_its_siblings_but_not_the_grant(world: World) -> None:
    world.refresh_token()

    await revoke(world, "at")

    assert (world.access_tokens, world.refresh_tokens) == ({}, {})
    assert list(world.grants) == ["grant"]


async def test_a_refresh_token_takes_the_grant_with_it(world: World) -> None:
    world.refresh_token()

    await revoke(world, "rt")

    assert (world.access_tokens, world.refresh_tokens, world.grants) == ({}, {}, {})


async def test_nobody_else_can_revoke_a_token(world: World) -> None:
    await revoke(world, "at", client="native")
    with pytest.raises(OAuthError) as caught:
        await revoke(world, "at", client="web")

    assert caught.value.description == "client is not authorized to revoke the presented token"
    assert "at" in world.access_tokens


async def test_an_unknown_token_is_revoked_already(world: World) -> None:
    await revoke(world, "nope")


async def test_a_token_must_be_named(world: World) -> None:
    world.all_clients["web"] = web()

    with pytest.raises(OAuthError) as caught:
        await revoke(world, "")

    assert caught.value.description == "missing required parameter 'token'"
