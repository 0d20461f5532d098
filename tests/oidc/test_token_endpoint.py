"""What is common to all grants: who asks, and for what (oidc.md §12)."""

import pytest
from tests.oidc.asking import REFRESH_FORM, refused
from tests.oidc.world import World

from sekisho.oidc.errors import OAuthError
from sekisho.oidc.token_endpoint import TokenRequest


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({"client_id": "spa"}, "invalid_request", "missing required parameter 'grant_type'"),
        ({"client_id": "spa", "grant_type": ""}, "invalid_request", "missing required parameter 'grant_type'"),
        ({"client_id": "spa", "grant_type": "password"}, "unsupported_grant_type", "unsupported grant_type requested"),
        ({"client_id": "spa", "grant_type": "implicit"}, "unsupported_grant_type", "unsupported grant_type requested"),
        (
            {"client_id": "spa", "grant_type": "client_credentials"},
            "invalid_request",
            "requested grant type is not allowed for this client",
        ),
    ],
)
async def test_the_grant_type_is_known_and_allowed(
    world: World, form: dict[str, str], error: str, description: str
) -> None:
    refusal = await refused(world, form)

    assert (refusal.error, refusal.description) == (error, description)


async def test_a_repeated_parameter_is_refused_after_the_client_is_known(world: World) -> None:
    pairs = [*REFRESH_FORM.items(), ("refresh_token", "rt")]

    with pytest.raises(OAuthError) as caught:
        await world.provider.token(TokenRequest(form=pairs))

    assert caught.value.description == "'refresh_token' parameter must not be provided twice"
