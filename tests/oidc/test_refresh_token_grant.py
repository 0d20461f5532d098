"""The refresh token grant: rotation, reuse, narrowing (oidc.md §12.2)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.asking import (
    REFRESH_FORM,
    ask,
    claims_of,
    refused,
    suspend,
)
from tests.oidc.world import ALICE, API, World, native, spa, web

from sekisho.oidc.grants.refresh_token import rotates, successor_expiry
from sekisho.oidc.models import Client, GrantType


@pytest.fixture
def world() -> World:
    return World()


async def test_a_refresh_token_of_a_browser_rotates_without_living_longer(world: World) -> None:
    world.refresh_token()
    before = world.refresh_tokens["rt"]
    world.clock.advance(timedelta(days=3))

    answer = await ask(world, REFRESH_FORM)

    successor = world.refresh_tokens[answer["refresh_token"]]
    assert answer["refresh_token"] != "rt"
    assert successor.expires_at == before.expires_at
    assert (successor.rotations, successor.grant_history) == (1, "authorization_code refresh_token")
    assert list(answer) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]


DAYS = timedelta(days=1)
ROTATION = [
    pytest.param(spa(rotates_refresh_tokens=False), 0 * DAYS, 0 * DAYS, False, id="§12.2: switched off"),
    pytest.param(spa(), 0 * DAYS, 0 * DAYS, True, id="RFC 9700 §2.2.2: public, every use"),
    pytest.param(native(), 0 * DAYS, 0 * DAYS, True, id="RFC 9700 §2.2.2: native, every use"),
    pytest.param(web(), 9 * DAYS, 9 * DAYS, False, id="§12.2: confidential before 70 %"),
    pytest.param(web(), 10 * DAYS, 10 * DAYS, True, id="§12.2: confidential after 70 %"),
    pytest.param(spa(), 0 * DAYS, 366 * DAYS, False, id="§12.2: a chain of more than a year"),
    pytest.param(spa(), 0 * DAYS, 365 * DAYS, True, id="§12.2: a chain of less than a year"),
]


@pytest.mark.parametrize(("client", "age", "chain", "expected"), ROTATION)
def test_a_refresh_token_rotates_by_the_rules_of_its_client(
    world: World, client: Client, age: timedelta, chain: timedelta, *, expected: bool
) -> None:
    world.refresh_token()
    start = world.refresh_tokens["rt"].created_at
    token = replace(world.refresh_tokens["rt"], chain_started_at=start + age - chain)

    assert rotates(client, token, now=start + age) is expected


def test_only_a_browser_chain_keeps_its_end(world: World) -> None:
    world.refresh_token()
    token = world.refresh_tokens["rt"]
    later = token.created_at + 3 * DAYS

    assert successor_expiry(spa(), token, now=later) == token.expires_at
    for client in (native(), web()):
        assert successor_expiry(client, token, now=later) == later + 14 * DAYS


async def test_a_token_that_does_not_rotate_is_given_back(world: World) -> None:
    world.all_clients["spa"] = spa(rotates_refresh_tokens=False)
    world.refresh_token()

    assert (await ask(world, REFRESH_FORM))["refresh_token"] == "rt"
    assert (await ask(world, REFRESH_FORM))["refresh_token"] == "rt"


def expire_grant(world: World) -> None:
    grant = replace(world.granted(), expires_at=world.clock.now())
    world.refresh_token(authorization=world.authorization(grant=grant))
    world.clock.advance(timedelta(seconds=15))


def end_session(world: World) -> None:
    world.refresh_token(authorization=world.authorization(session_uid="gone", expires_with_session=True))


@pytest.mark.parametrize(
    ("form", "change"),
    [
        pytest.param({"refresh_token": "nope"}, None, id="RFC 6749 §5.2: unknown"),
        pytest.param({"client_id": "native"}, None, id="RFC 6749 §6: of another client"),
        pytest.param(
            {}, lambda world: world.clock.advance(timedelta(days=14, seconds=15)), id="RFC 6749 §5.2: expired"
        ),
        pytest.param({}, expire_grant, id="§11.1: the grant expired"),
        pytest.param({}, end_session, id="§11.2: a revoked session's refresh token"),
        pytest.param({}, suspend, id="§12.2: of a suspended user"),
        pytest.param({}, lambda world: world.accounts.clear(), id="§12.2: of a deleted user"),
    ],
)
async def test_every_refused_refresh_looks_the_same(world: World, form: dict[str, str], change: Any) -> None:
    world.refresh_token()
    if change is not None:
        change(world)

    refusal = await refused(world, {**REFRESH_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_grant", "grant request is invalid")
    assert world.refresh_tokens["rt"].consumed_at is None
    assert world.revoked == []


@pytest.mark.parametrize(
    ("form", "resources", "error", "description"),
    [
        pytest.param(
            {"refresh_token": ""},
            (),
            "invalid_request",
            "missing required parameter 'refresh_token'",
            id="RFC 6749 §6: no token",
        ),
        pytest.param(
            {"scope": "openid email"},
            (),
            "invalid_scope",
            "refresh token missing requested scope(s)",
            id="RFC 6749 §6: more scope",
        ),
        pytest.param(
            {},
            (API,),
            "invalid_target",
            "resource indicator is missing, or unknown",
            id="RFC 8707 §2.2: an API that was not authorized",
        ),
    ],
)
async def test_a_refresh_that_is_asked_for_wrongly_says_how(
    world: World, form: dict[str, str], resources: tuple[str, ...], error: str, description: str
) -> None:
    world.refresh_token()

    refusal = await refused(world, {**REFRESH_FORM, **form}, resources=resources)

    assert (refusal.answer_status, refusal.error, refusal.description) == (400, error, description)
    assert world.refresh_tokens["rt"].consumed_at is None


async def test_reuse_within_the_grace_yields_another_successor(world: World) -> None:
    world.refresh_token()
    first = await ask(world, REFRESH_FORM)
    world.clock.advance(timedelta(seconds=3))
    second = await ask(world, REFRESH_FORM)

    assert first["refresh_token"] != second["refresh_token"]
    assert world.revoked == []


async def test_reuse_does_not_move_the_grace(world: World) -> None:
    world.refresh_token()
    for _ in range(2):
        await ask(world, REFRESH_FORM)
        world.clock.advance(timedelta(seconds=2))

    assert (await refused(world, REFRESH_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]


async def test_reuse_after_the_grace_revokes_the_grant(world: World) -> None:
    world.refresh_token()
    child = await ask(world, REFRESH_FORM)
    world.clock.advance(timedelta(seconds=3, milliseconds=1))

    assert (await refused(world, REFRESH_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]
    assert child["refresh_token"] not in world.refresh_tokens


async def test_a_rotated_token_is_reused_even_when_rotation_is_switched_off_later(world: World) -> None:
    world.refresh_token()
    await ask(world, REFRESH_FORM)
    world.all_clients["spa"] = spa(rotates_refresh_tokens=False)
    world.clock.advance(timedelta(seconds=4))

    assert (await refused(world, REFRESH_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]


async def test_scopes_may_be_narrowed_but_not_widened(world: World) -> None:
    world.refresh_token()
    narrowed = await ask(world, {**REFRESH_FORM, "scope": "openid"})
    refusal = await refused(world, {**REFRESH_FORM, "scope": "openid email phone"})

    assert narrowed["scope"] == "openid"
    assert "username" not in claims_of(narrowed["id_token"])
    assert (refusal.error, refusal.scope) == ("invalid_scope", "email phone")
    assert refusal.description == "refresh token missing requested scope(s)"
    # The chain keeps its scopes: narrowing is for one access token.
    assert world.refresh_tokens[narrowed["refresh_token"]].authorization.scopes == [
        "openid",
        "offline_access",
        "profile",
    ]


async def test_without_openid_there_is_no_id_token(world: World) -> None:
    world.refresh_token()

    assert "id_token" not in await ask(world, {**REFRESH_FORM, "scope": "profile"})


async def test_a_scope_lost_since_is_not_in_the_new_token(world: World) -> None:
    grant = world.granted(scopes=["openid", "offline_access"], resources={API: ["read", "write"]})
    scopes = ["openid", "offline_access", "read", "write"]
    world.refresh_token(authorization=world.authorization(grant=grant, scopes=scopes, resources=[API]))
    world.held[ALICE, API] = ["read"]

    answer = await ask(world, REFRESH_FORM, resources=(API,))

    assert answer["scope"] == claims_of(answer["access_token"])["scope"] == "read"


async def test_an_unknown_resource_does_not_use_the_token_up(world: World) -> None:
    world.refresh_token()

    assert (await refused(world, REFRESH_FORM, resources=("https://nope.example",))).error == "invalid_target"
    assert world.refresh_tokens["rt"].consumed_at is None


async def test_nobody_is_a_member_of_an_unknown_organization(world: World) -> None:
    world.refresh_token()
    refusal = await refused(world, {**REFRESH_FORM, "organization_id": "nope"})

    assert (refusal.error, refusal.answer_status) == ("access_denied", 403)
    assert refusal.description == "user is not a member of the organization"


async def test_the_nonce_is_repeated(world: World) -> None:
    world.refresh_token(authorization=world.authorization(nonce="n-1"))

    assert claims_of((await ask(world, REFRESH_FORM))["id_token"])["nonce"] == "n-1"


async def test_a_third_party_keeps_no_scopes_of_apis_that_nobody_gave_it(world: World) -> None:
    world.all_clients["spa"] = spa(is_third_party=True)
    grant = world.granted(scopes=["openid", "offline_access"], resources={API: ["read"]})
    scopes = ["openid", "offline_access", "read"]
    world.refresh_token(authorization=world.authorization(grant=grant, scopes=scopes, resources=[API]))
    world.held[ALICE, API] = ["read"]

    answer = await ask(world, REFRESH_FORM, resources=(API,))

    assert answer["scope"] == claims_of(answer["access_token"])["scope"] == ""


@pytest.mark.parametrize("allowed", [{"read"}, set()], ids=["still listed", "removed"])
async def test_refresh_after_scope_removal_leaves_a_third_party_the_api_scopes_still_listed(
    world: World, allowed: set[str]
) -> None:
    world.all_clients["spa"] = spa(
        is_third_party=True,
        allowed_scopes=frozenset({"openid", "offline_access"}),
        allowed_resource_scopes={API: frozenset(allowed)},
    )
    grant = world.granted(scopes=["openid", "offline_access"], resources={API: ["read", "write"]})
    scopes = ["openid", "offline_access", "read", "write"]
    world.refresh_token(authorization=world.authorization(grant=grant, scopes=scopes, resources=[API]))
    world.held[ALICE, API] = ["read", "write"]

    answer = await ask(world, REFRESH_FORM, resources=(API,))

    assert answer["scope"] == claims_of(answer["access_token"])["scope"] == " ".join(allowed)


@pytest.mark.parametrize("listed", [True, False], ids=["still listed", "removed"])
async def test_refresh_after_scope_removal_leaves_a_third_party_the_user_scopes_still_listed(
    world: World, *, listed: bool
) -> None:
    allowed = {"openid", "offline_access", *(["profile"] if listed else [])}
    world.all_clients["spa"] = spa(is_third_party=True, allowed_scopes=frozenset(allowed))
    world.refresh_token()

    answer = await ask(world, REFRESH_FORM)

    assert ("profile" in answer["scope"].split()) is listed
    assert ("username" in claims_of(answer["id_token"])) is listed
    # The chain keeps what was agreed to, should the scope be listed again.
    assert "profile" in world.refresh_tokens[answer["refresh_token"]].authorization.scopes


async def test_the_history_of_a_token_names_every_grant_once(world: World) -> None:
    world.refresh_token(grant_history=GrantType.DEVICE_CODE)

    first = (await ask(world, REFRESH_FORM))["refresh_token"]
    second = (await ask(world, {**REFRESH_FORM, "refresh_token": first}))["refresh_token"]

    for token in (first, second):
        assert world.refresh_tokens[token].grant_history == f"{GrantType.DEVICE_CODE} refresh_token"
