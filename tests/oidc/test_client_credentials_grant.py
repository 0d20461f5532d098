"""The client credentials grant (oidc.md §12.3)."""

import pytest
from tests.oidc.asking import MACHINE_FORM, OTHER_API, REFRESH_FORM, ask, claims_of, refused
from tests.oidc.world import API, World, machine

from sekisho.oidc.models import ResourceServer


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("scope", "held", "expected"),
    [
        pytest.param("all", ["all"], "all", id="§12.3: granted"),
        pytest.param("all other", ["all", "more"], "all", id="§12.3: requested and held"),
        pytest.param("all", [], None, id="§12.3: none held"),
        pytest.param("", ["all"], None, id="§12.3: none requested"),
    ],
)
async def test_a_machine_gets_the_scopes_it_asks_for_and_has(
    world: World, scope: str, held: list[str], expected: str | None
) -> None:
    world.held["m2m", API] = held
    answer = await ask(world, {**MACHINE_FORM, "scope": scope}, resources=(API,))

    claims = claims_of(answer["access_token"])
    assert answer.get("scope") == claims.get("scope") == expected
    assert set(answer) - {"scope"} == {"access_token", "expires_in", "token_type"}
    assert claims["sub"] == claims["client_id"] == "m2m"
    assert claims["aud"] == API


@pytest.mark.parametrize(
    ("form", "resources", "status", "error", "description"),
    [
        ({}, (), 400, "invalid_target", "both `resource` and `organization_id` are not provided"),
        ({}, ("https://nope.example",), 400, "invalid_target", "resource indicator is missing, or unknown"),
        (
            {},
            (API, OTHER_API),
            400,
            "invalid_target",
            "only a single resource indicator value is supported for this grant type",
        ),
        (
            {"organization_id": "org"},
            (),
            403,
            "access_denied",
            "app has not associated with the organization",
        ),
    ],
)
async def test_a_machine_must_name_one_resource(
    world: World, form: dict[str, str], resources: tuple[str, ...], status: int, error: str, description: str
) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    refusal = await refused(world, {**MACHINE_FORM, **form}, resources=resources)

    assert (refusal.answer_status, refusal.error, refusal.description) == (status, error, description)


async def test_a_machine_may_leave_the_default_resource_out(world: World) -> None:
    world.default_api = world.apis[API]

    assert claims_of((await ask(world, MACHINE_FORM))["access_token"])["aud"] == API


async def test_a_machine_has_no_other_grant(world: World) -> None:
    world.all_clients["m2m"] = machine()
    world.refresh_token()
    refusal = await refused(world, {**REFRESH_FORM, "client_id": "m2m", "client_secret": "s3cret"})

    assert refusal.description == "requested grant type is not allowed for this client"
