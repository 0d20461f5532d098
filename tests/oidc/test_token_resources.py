"""Which API a token is for (RFC 8707, oidc.md §20.2), and what is in it (§13.1)."""

from datetime import timedelta

import pytest
from tests.oidc.asking import CHALLENGE, CODE_FORM, OTHER_API, ask, claims_of, refused
from tests.oidc.world import ALICE, API, World

from sekisho.oidc.models import ResourceServer
from sekisho.oidc.tokens import jwt


@pytest.fixture
def world() -> World:
    return World()


RESOURCES = [
    pytest.param(["openid"], [API], (API,), API, id="§20.2: one that was authorized"),
    pytest.param(["openid"], [API], (), None, id="§20.2: none, with openid"),
    pytest.param(["read"], [API], (), API, id="§20.2: none, the only one"),
    pytest.param(["read"], [API, OTHER_API], (), None, id="§20.2: none of several, no default"),
    pytest.param(["read"], [], (), None, id="§20.2: none was authorized"),
    pytest.param(["read"], [API, OTHER_API], (API, OTHER_API), None, id="§20.2: several, no default"),
    pytest.param(["openid"], [API], (API, API), API, id="the same one twice"),
]


@pytest.mark.parametrize(("scopes", "authorized", "wanted", "audience"), RESOURCES)
async def test_the_access_token_is_for_the_resource_that_is_meant(
    world: World, scopes: list[str], authorized: list[str], wanted: tuple[str, ...], audience: str | None
) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    grant = world.granted(scopes=["openid"], resources={API: ["read"], OTHER_API: ["read"]})
    world.code(
        code_challenge=CHALLENGE,
        authorization=world.authorization(grant=grant, scopes=scopes, resources=authorized),
    )

    token = (await ask(world, CODE_FORM, resources=wanted))["access_token"]

    assert (claims_of(token)["aud"] if jwt.looks_like_jwt(token) else None) == audience


async def test_several_resources_mean_the_default_one(world: World) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API, access_token_lifetime=timedelta(seconds=60))
    world.default_api = world.apis[OTHER_API]
    grant = world.granted(scopes=[], resources={API: ["read"], OTHER_API: ["read"]})
    world.code(
        code_challenge=CHALLENGE,
        authorization=world.authorization(grant=grant, scopes=["read"], resources=[API, OTHER_API]),
    )

    answer = await ask(world, CODE_FORM)

    assert claims_of(answer["access_token"])["aud"] == OTHER_API
    assert (answer["expires_in"], answer["scope"]) == (60, "read")


@pytest.mark.parametrize("wanted", [(OTHER_API,), ("https://gone.example",)], ids=["not authorized", "gone"])
async def test_an_unauthorized_resource_is_refused(world: World, wanted: tuple[str, ...]) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    authorization = world.authorization(resources=[API, "https://gone.example"])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    refusal = await refused(world, CODE_FORM, resources=wanted)

    assert refusal.error == "invalid_target"
    assert refusal.description == "resource indicator is missing, or unknown"
    assert not world.codes["code"].is_consumed


async def test_a_resource_token_has_exactly_the_claims_of_its_kind(world: World) -> None:
    grant = world.granted(scopes=["openid"], resources={API: ["read", "write"]})
    authorization = world.authorization(grant=grant, scopes=["openid", "read"], resources=[API])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    answer = await ask(world, CODE_FORM, resources=(API,))

    claims = claims_of(answer["access_token"])
    assert list(claims) == ["jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud"]
    assert claims["scope"] == answer["scope"] == "read"
    assert (claims["sub"], claims["client_id"]) == (ALICE, "spa")
    assert claims["exp"] - claims["iat"] == 3600
    assert world.access_tokens == {}


async def test_an_empty_scope_is_said_aloud(world: World) -> None:
    authorization = world.authorization(scopes=["openid"], resources=[API])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    answer = await ask(world, CODE_FORM, resources=(API,))

    assert answer["scope"] == ""
    assert claims_of(answer["access_token"])["scope"] == ""
