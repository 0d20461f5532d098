"""Presenting a token that is bound to a key (RFC 9449 §7): at userinfo, and to whoever introspects it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.oidc.proving import KEY, OTHER_KEY, proof
from tests.oidc.world import World, web

from sekisho.oidc import discovery
from sekisho.oidc.dpop import ALGORITHMS
from sekisho.oidc.error_answers import challenge
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.options import DpopMode, ProviderOptions
from sekisho.oidc.token_management import TokenManagementRequest
from sekisho.oidc.userinfo import UserinfoRequest

JKT = KEY.thumbprint()
ME = "https://id.example/oidc/me"


@pytest.fixture
def world() -> World:
    return World(options=ProviderOptions(dpop=DpopMode.ENABLED))


def fresh(world: World, **more: Any) -> str:
    return proof(at=world.clock.now(), **more)


def bound_token(world: World, **more: Any) -> str:
    authorization = world.authorization(grant=world.granted(), proof_key=JKT)
    return world.access_token(authorization=replace(authorization, **more))


async def userinfo(world: World, token: str, *proofs: str, scheme: str = "DPoP", **more: Any) -> Mapping[str, Any]:
    request = UserinfoRequest(authorization=f"{scheme} {token}", proofs=proofs, **more)
    return await world.provider.userinfo(request)


async def userinfo_refused(world: World, token: str, *proofs: str, **more: Any) -> tuple[OAuthError, str | None]:
    with pytest.raises(OAuthError) as caught:
        await userinfo(world, token, *proofs, **more)
    return caught.value, challenge(caught.value, issuer="https://id.example/oidc")


@pytest.mark.parametrize("scheme", ["DPoP", "dpop"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_takes_a_bound_token_with_its_proof(world: World, scheme: str, method: str) -> None:
    token = bound_token(world)
    shown = fresh(world, method=method, url=ME, token=token)
    assert (await userinfo(world, token, shown, scheme=scheme, method=method))["sub"]


async def test_downgrade_a_bound_token_is_no_bearer_token(world: World) -> None:
    token = bound_token(world)
    error, said = await userinfo_refused(world, token, scheme="Bearer")
    # §7.2
    assert (error.answer_status, error.error) == (401, "invalid_token")
    assert said is not None
    assert said.startswith('DPoP realm="https://id.example/oidc", error="invalid_token"')
    assert said.endswith(f'algs="{" ".join(ALGORITHMS)}"')
    # Also when the feature was switched off since.
    world.options = ProviderOptions()
    assert (await userinfo_refused(world, token, scheme="Bearer"))[0].error == "invalid_token"


async def test_downgrade_not_in_the_body_either(world: World) -> None:
    token = bound_token(world)
    with pytest.raises(OAuthError) as caught:
        await world.provider.userinfo(UserinfoRequest(authorization=None, form=[("access_token", token)]))
    assert caught.value.error == "invalid_token"


@pytest.mark.parametrize(
    ("more", "error", "description"),
    [
        pytest.param(
            {"method": "POST"}, "invalid_dpop_proof", "for another method", id="DPoP proof for another method"
        ),
        pytest.param({"token": "other"}, "invalid_dpop_proof", "another access token", id="for another token"),
        pytest.param({"token": None}, "invalid_dpop_proof", "another access token", id="§4.3 (12): without ath"),
        pytest.param({"url": "https://id.example/oidc/token"}, "invalid_dpop_proof", "another URL", id="another URL"),
        pytest.param({"key": OTHER_KEY}, "invalid_token", "invalid token provided", id="§4.3 (12): another key"),
    ],
)
async def test_userinfo_wants_a_proof_for_this_request(
    world: World, more: dict[str, Any], error: str, description: str
) -> None:
    token = bound_token(world)
    found, said = await userinfo_refused(
        world, token, fresh(world, **{"method": "GET", "url": ME, "token": token} | more)
    )
    assert (found.answer_status, found.error) == (401, error)
    assert description in (found.description or "")
    assert said is not None
    assert said.startswith("DPoP ")


async def test_userinfo_wants_a_proof_at_all_and_a_new_one(world: World) -> None:
    token = bound_token(world)
    assert (await userinfo_refused(world, token))[0].error == "invalid_dpop_proof"
    shown = fresh(world, method="GET", url=ME, token=token)
    await userinfo(world, token, shown)
    assert (await userinfo_refused(world, token, shown))[0].description == "the DPoP proof was used before"


async def test_a_token_that_is_bound_to_nothing_is_no_dpop_token(world: World) -> None:
    token = world.access_token(authorization=world.authorization())
    shown = fresh(world, method="GET", url=ME, token=token)
    assert (await userinfo_refused(world, token, shown))[0].error == "invalid_token"


async def test_where_it_is_off_the_scheme_is_unknown(world: World) -> None:
    world.options = ProviderOptions()
    token = world.access_token(authorization=world.authorization())
    for each in (token, "unknown"):
        error, said = await userinfo_refused(world, each)
        assert (error.answer_status, error.description) == (400, "authorization header scheme must be `Bearer`")
        assert said is None


async def test_introspection_shows_the_key(world: World) -> None:
    token = bound_token(world)
    form = [("client_id", "web"), ("client_secret", "s3cret")]
    world.all_clients["web"] = web()
    found = await world.provider.introspect(TokenManagementRequest(form=[*form, ("token", token)]))
    # §6.2
    assert (found["token_type"], found["cnf"]) == ("DPoP", {"jkt": JKT})
    plain = world.access_token("plain", authorization=world.authorization())
    found = await world.provider.introspect(TokenManagementRequest(form=[*form, ("token", plain)]))
    assert found["token_type"] == "Bearer"
    assert "cnf" not in found


async def test_a_script_cannot_choose_the_key(world: World) -> None:
    token = bound_token(world)
    world.access_tokens[token] = replace(world.access_tokens[token], extra={"cnf": {"jkt": "another"}})
    form = [("client_id", "web"), ("client_secret", "s3cret"), ("token", token)]
    assert (await world.provider.introspect(TokenManagementRequest(form=form)))["cnf"] == {"jkt": JKT}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(DpopMode.DISABLED, None), (DpopMode.ENABLED, list(ALGORITHMS)), (DpopMode.REQUIRED, list(ALGORITHMS))],
)
async def test_discovery_says_so_when_it_is_on(world: World, mode: DpopMode, expected: list[str] | None) -> None:
    world.options = ProviderOptions(dpop=mode)
    document = await discovery.discovery_document(world.ports)
    assert document.get("dpop_signing_alg_values_supported") == expected
