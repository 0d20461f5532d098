"""The authorization code grant: what a code buys, and every way to be refused (oidc.md §12.1)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.asking import (
    CHALLENGE,
    CODE_FORM,
    ask,
    claims_of,
    refused,
    suspend,
)
from tests.oidc.world import API, World, native, spa, web

from sekisho.oidc.models import Client, ClientAuthorization


@pytest.fixture
def world() -> World:
    return World()


async def test_a_code_buys_the_tokens_its_scopes_stand_for(world: World) -> None:
    world.code(code_challenge=CHALLENGE)

    answer = await ask(world, CODE_FORM)

    assert list(answer) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    assert answer["scope"] == "openid offline_access profile"
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    assert world.codes["code"].is_consumed
    assert world.refresh_tokens[answer["refresh_token"]].expires_at - world.clock.now() == timedelta(days=14)


@pytest.mark.parametrize(
    ("client", "scopes", "issued"),
    [
        pytest.param(web(), ["openid", "offline_access"], True, id="offline_access"),
        pytest.param(web(), ["openid"], False, id="without it"),
        pytest.param(web(always_issues_refresh_token=True), ["openid"], True, id="always, for web"),
        pytest.param(native(id="web", always_issues_refresh_token=True), ["openid"], False, id="not for native"),
        pytest.param(web(grant_types=frozenset({"authorization_code"})), ["offline_access"], False, id="not allowed"),
    ],
)
async def test_a_refresh_token_comes_only_where_it_should(
    world: World, client: Client, scopes: list[str], *, issued: bool
) -> None:
    world.all_clients["web"] = client
    world.code(authorization=world.authorization(grant=world.granted(client_id="web"), scopes=scopes))
    secret = {} if client.is_public else {"client_secret": "s3cret"}
    answer = await ask(world, {"grant_type": "authorization_code", "client_id": "web", "code": "code", **secret})

    assert ("refresh_token" in answer) is issued
    assert ("id_token" in answer) is ("openid" in scopes)


@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({"code": ""}, "missing required parameter 'code'"),
        ({"code_verifier": "x" * 42}, "code_verifier must be a string with a minimum length of 43 characters"),
        ({"code_verifier": "x" * 129}, "code_verifier must be a string with a maximum length of 128 characters"),
        ({"code_verifier": "é" * 43}, "code_verifier contains invalid characters"),
    ],
)
async def test_a_malformed_code_request_is_invalid(world: World, form: dict[str, str], description: str) -> None:
    world.code(code_challenge=CHALLENGE)
    refusal = await refused(world, {**CODE_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_request", description)


def _expired(world: World) -> None:
    world.clock.advance(timedelta(seconds=75))


def _grant_expired(world: World) -> None:
    code = world.codes["code"]
    grant = replace(code.authorization.grant, expires_at=world.clock.now() - timedelta(seconds=15))
    world.codes["code"] = replace(code, authorization=replace(code.authorization, grant=grant))


def _session_gone(world: World) -> None:
    code = world.codes["code"]
    bound = replace(code.authorization, expires_with_session=True, session_uid="session")
    world.codes["code"] = replace(code, authorization=bound)


def _no_challenge(world: World) -> None:
    world.codes["code"] = replace(world.codes["code"], code_challenge=None)


@pytest.mark.parametrize(
    ("form", "change", "detail"),
    [
        pytest.param({"code": "nope"}, None, "code unknown", id="RFC 6749 §5.2: unknown"),
        pytest.param({"client_id": "native"}, None, "code of another client", id="RFC 9700 §4.5: code injection"),
        pytest.param({}, _expired, "code, grant or session expired", id="RFC 6749 §4.1.2: expired"),
        pytest.param({}, _grant_expired, "code, grant or session expired", id="§11: grant expired"),
        pytest.param({}, _session_gone, "code, grant or session expired", id="§11.2: session gone"),
        pytest.param(
            {"code_verifier": ""}, None, "code_verifier missing or unexpected", id="RFC 7636 §4.6: no verifier"
        ),
        pytest.param({"code_verifier": "x" * 43}, None, "code_verifier does not match", id="RFC 7636 §4.6: wrong"),
        pytest.param({}, _no_challenge, "code_verifier missing or unexpected", id="RFC 9700 §4.8.2: PKCE downgrade"),
        pytest.param(
            {"redirect_uri": "https://app.example.com/other"},
            None,
            "redirect_uri does not match",
            id="RFC 6749 §4.1.3: redirect_uri",
        ),
        pytest.param({}, suspend, "account is gone or suspended", id="§12.1: suspended"),
        pytest.param({}, lambda world: world.accounts.clear(), "account is gone or suspended", id="§12.1: deleted"),
    ],
)
async def test_every_refused_code_looks_the_same(world: World, form: dict[str, str], change: Any, detail: str) -> None:
    world.code(code_challenge=CHALLENGE)
    if change is not None:
        change(world)

    refusal = await refused(world, {**CODE_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_grant", "grant request is invalid")
    assert refusal.detail == detail
    assert world.revoked == []


async def test_a_code_is_good_within_the_clock_tolerance(world: World) -> None:
    world.code(code_challenge=CHALLENGE)
    world.clock.advance(timedelta(seconds=74))

    assert "access_token" in await ask(world, CODE_FORM)


async def test_a_replayed_code_revokes_its_grant(world: World) -> None:
    world.code(code_challenge=CHALLENGE)
    answer = await ask(world, CODE_FORM)

    assert (await refused(world, CODE_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]
    assert answer["refresh_token"] not in world.refresh_tokens


async def test_the_redirect_uri_may_be_left_out_when_there_is_one(world: World) -> None:
    world.code(code_challenge=CHALLENGE)

    assert "access_token" in await ask(world, {**CODE_FORM, "redirect_uri": ""})


async def test_a_session_bound_code_needs_its_session_and_grant(world: World) -> None:
    bound = world.authorization(expires_with_session=True, session_uid="session")
    world.code(code_challenge=CHALLENGE, authorization=bound)
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})

    assert "access_token" in await ask(world, CODE_FORM)


async def test_a_session_bound_code_is_void_once_the_session_has_another_grant(world: World) -> None:
    bound = world.authorization(expires_with_session=True, session_uid="session")
    world.code(code_challenge=CHALLENGE, authorization=bound)
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="newer")})

    assert (await refused(world, CODE_FORM)).error == "invalid_grant"


async def test_a_code_buys_a_third_party_no_scopes_of_apis_that_nobody_gave_it(world: World) -> None:
    world.all_clients["spa"] = spa(is_third_party=True)
    grant = world.granted(scopes=["openid"], resources={API: ["read"]})
    authorization = world.authorization(grant=grant, scopes=["openid", "read"], resources=[API])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    answer = await ask(world, CODE_FORM, resources=(API,))

    assert claims_of(answer["access_token"])["scope"] == ""
