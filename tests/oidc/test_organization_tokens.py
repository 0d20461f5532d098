"""Tokens that act in an organization, at refresh and client credentials (oidc.md §12.3, §15, §20.3, §21)."""

from typing import Any

import pytest
from tests.oidc.asking import CHALLENGE, CODE_FORM, MACHINE_FORM, REFRESH_FORM, ask, claims_of, refused
from tests.oidc.world import ALICE, API, World, spa

from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, Grant, ResourceServer
from sekisho.oidc.scopes import ORGANIZATIONS

AUDIENCE = "urn:logto:organization:org"
IN_ORG = {**REFRESH_FORM, "organization_id": "org"}
MACHINE_IN_ORG = {**MACHINE_FORM, "organization_id": "org"}
SCOPES = ["openid", "offline_access", ORGANIZATIONS, "read", "invite"]


@pytest.fixture
def world() -> World:
    """Alice may invite in one organization, and read an API there; her application was granted both."""
    world = World()
    world.apis[ORGANIZATIONS_RESOURCE] = ResourceServer(indicator=ORGANIZATIONS_RESOURCE)
    world.organization_scopes = ["invite", "dismiss"]
    world.organization(scopes={ALICE: ["invite"]}, resource_scopes={(ALICE, API): ["read"]})
    authorize(world)
    return world


def authorize(world: World, *, scopes: list[str] = SCOPES, **grant: Any) -> Grant:
    made = world.granted(
        **{
            "scopes": [scope for scope in scopes if scope not in {"read", "invite"}],
            "resources": {API: ["read"], ORGANIZATIONS_RESOURCE: ["invite"]},
            **grant,
        }
    )
    resources = [ORGANIZATIONS_RESOURCE, API]
    world.refresh_token(authorization=world.authorization(grant=made, scopes=scopes, resources=resources))
    return made


def make_third_party(world: World, *, scopes: tuple[str, ...] = ("invite",), is_let_in: bool = True) -> None:
    world.all_clients["spa"] = spa(
        is_third_party=True,
        allowed_scopes=frozenset({"openid", "offline_access", ORGANIZATIONS}),
        allowed_resource_scopes={ORGANIZATIONS_RESOURCE: frozenset(scopes), API: frozenset({"read"})},
    )
    if is_let_in:
        world.all_organizations["org"].let_in.add(("spa", ALICE))


async def test_an_organization_token_has_exactly_the_claims_of_its_kind(world: World) -> None:
    answer = await ask(world, IN_ORG)

    claims = claims_of(answer["access_token"])
    assert list(claims) == ["jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud"]
    assert (claims["aud"], claims["scope"], claims["sub"]) == (AUDIENCE, "invite", ALICE)
    assert (answer["scope"], answer["expires_in"]) == ("invite", 3600)
    # A refresh is a refresh: what else comes with it comes here too.
    assert list(answer) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    assert world.access_tokens == {}


@pytest.mark.parametrize(
    ("asked", "scope"),
    [
        pytest.param(f"openid {ORGANIZATIONS} invite", "invite", id="asked for"),
        pytest.param(f"openid {ORGANIZATIONS}", "", id="not asked for"),
        pytest.param("invite", "invite", id="alone: the token carries the organizations scope, the request need not"),
    ],
)
async def test_the_scopes_of_an_organization_token_are_those_asked_for(world: World, asked: str, scope: str) -> None:
    answer = await ask(world, {**IN_ORG, "scope": asked})

    assert answer["scope"] == claims_of(answer["access_token"])["scope"] == scope


async def test_an_api_token_in_an_organization_names_it(world: World) -> None:
    answer = await ask(world, IN_ORG, resources=(API,))

    claims = claims_of(answer["access_token"])
    assert (claims["aud"], claims["organization_id"], claims["scope"]) == (API, "org", "read")


async def test_outside_organizations_what_all_of_them_give_counts(world: World) -> None:
    claims = claims_of((await ask(world, REFRESH_FORM, resources=(API,)))["access_token"])

    assert claims["scope"] == "read"
    assert "organization_id" not in claims


async def test_another_organization_gives_nothing_but_roles_outside_still_count(world: World) -> None:
    world.organization("other")
    form = {**REFRESH_FORM, "organization_id": "other"}

    before = await ask(world, form, resources=(API,))
    world.held[ALICE, API] = ["read"]
    after = await ask(world, {**form, "refresh_token": before["refresh_token"]}, resources=(API,))

    assert (before["scope"], after["scope"]) == ("", "read")


async def test_the_reserved_resource_is_a_token_of_its_own(world: World) -> None:
    world.code(
        code_challenge=CHALLENGE,
        authorization=world.authorization(
            grant=world.grants["grant"], scopes=SCOPES, resources=[ORGANIZATIONS_RESOURCE]
        ),
    )

    exchanged = await ask(world, CODE_FORM, resources=(ORGANIZATIONS_RESOURCE,))
    refreshed = await ask(world, REFRESH_FORM, resources=(ORGANIZATIONS_RESOURCE,))

    for answer in (exchanged, refreshed):
        claims = claims_of(answer["access_token"])
        assert (claims["aud"], claims["scope"], answer["expires_in"]) == (ORGANIZATIONS_RESOURCE, "invite", 3600)


async def test_the_reserved_resource_in_an_organization_gives_only_what_is_held_there(world: World) -> None:
    world.organization("other")

    answer = await ask(world, {**REFRESH_FORM, "organization_id": "other"}, resources=(ORGANIZATIONS_RESOURCE,))

    assert answer["scope"] == ""


def leave(world: World) -> None:
    world.all_organizations["org"].members.clear()


def require_mfa(world: World) -> None:
    world.all_organizations["org"].requires_mfa = True


def forget_to_ask(world: World) -> None:
    authorize(world, scopes=["openid", "offline_access", "invite"])


def lose_the_scope(world: World) -> None:
    make_third_party(world)
    world.all_clients["spa"] = spa(
        is_third_party=True, allowed_scopes=frozenset({"openid", "offline_access"}), allowed_resource_scopes={}
    )


REFUSALS = [
    pytest.param({"organization_id": "nope"}, (), "user is not a member of the organization", id="§21.1: unknown"),
    pytest.param({}, (leave,), "user is not a member of the organization", id="§21.1: not a member"),
    pytest.param(
        {},
        (lambda world: make_third_party(world, is_let_in=False),),
        "organization access is not granted to the application",
        id="§21.2: a third party that was not let in",
    ),
    pytest.param(
        {},
        (require_mfa,),
        "organization requires MFA but user has no MFA configured",
        id="§21.3: without a second factor",
    ),
    pytest.param({}, (forget_to_ask,), "refresh token missing required scope", id="§21.4: organizations not granted"),
    pytest.param({}, (lose_the_scope,), "refresh token missing required scope", id="§21.4: not allowed any more"),
    # Of two objections the earlier one is named.
    pytest.param(
        {},
        (leave, lambda world: make_third_party(world, is_let_in=False)),
        "user is not a member of the organization",
        id="§21: 1 before 2",
    ),
    pytest.param(
        {},
        (require_mfa, lambda world: make_third_party(world, is_let_in=False)),
        "organization access is not granted to the application",
        id="§21: 2 before 3",
    ),
    pytest.param(
        {},
        (require_mfa, forget_to_ask),
        "organization requires MFA but user has no MFA configured",
        id="§21: 3 before 4",
    ),
]


@pytest.mark.parametrize("resources", [(), (API,)], ids=["organization token", "API token"])
@pytest.mark.parametrize(("form", "changes", "description"), REFUSALS)
async def test_who_may_not_act_in_an_organization_gets_no_token(
    world: World, form: dict[str, str], changes: tuple[Any, ...], description: str, resources: tuple[str, ...]
) -> None:
    for change in changes:
        change(world)

    refusal = await refused(world, {**IN_ORG, **form}, resources=resources)

    is_about_scope = description == "refresh token missing required scope"
    assert refusal.answer_status == 403
    assert refusal.members() == {
        "error": "insufficient_scope" if is_about_scope else "access_denied",
        "error_description": description,
        **({"scope": ORGANIZATIONS} if is_about_scope else {}),
    }
    assert world.refresh_tokens["rt"].consumed_at is None


async def test_a_second_factor_opens_an_organization_that_demands_one(world: World) -> None:
    require_mfa(world)
    world.with_mfa.add(ALICE)

    assert (await ask(world, IN_ORG))["scope"] == "invite"


@pytest.mark.parametrize(
    ("listed", "granted", "scope"),
    [
        pytest.param(("invite",), ["invite"], "invite", id="listed and consented to"),
        pytest.param((), ["invite"], "", id="refresh after scope removal"),
        pytest.param(("invite",), [], "", id="§21: not consented to"),
    ],
)
async def test_a_third_party_has_in_an_organization_what_was_listed_and_consented_to(
    world: World, listed: tuple[str, ...], granted: list[str], scope: str
) -> None:
    make_third_party(world, scopes=listed)
    authorize(world, resources={ORGANIZATIONS_RESOURCE: granted})

    assert (await ask(world, IN_ORG))["scope"] == scope


async def test_a_role_lost_since_is_not_in_the_next_organization_token(world: World) -> None:
    world.all_organizations["org"].scopes[ALICE] = []

    assert (await ask(world, IN_ORG))["scope"] == ""


@pytest.fixture
def machine_world() -> World:
    """A machine that belongs to one organization, with roles in it and others outside."""
    world = World()
    world.organization(members=["m2m"], scopes={"m2m": ["invite", "dismiss"]}, resource_scopes={("m2m", API): ["read"]})
    world.held["m2m", API] = ["write"]
    return world


MACHINES = [
    pytest.param("invite other", (), AUDIENCE, "invite", id="§12.3: organization only"),
    pytest.param("", (), AUDIENCE, "", id="§12.3: organization only, no scope"),
    pytest.param("other", (), AUDIENCE, "", id="§12.3: organization only, a scope it does not hold"),
    pytest.param("read write", (API,), API, "read", id="organizations.md §12.5: roles outside do not count"),
    pytest.param("write", (API,), API, None, id="§12.3: both, no scope left: the claim is absent"),
    pytest.param("", (API,), API, None, id="§12.3: both, no scope"),
]


@pytest.mark.parametrize(("asked", "resources", "audience", "scope"), MACHINES)
async def test_a_machine_acts_in_its_organization(
    machine_world: World, asked: str, resources: tuple[str, ...], audience: str, scope: str | None
) -> None:
    answer = await ask(machine_world, {**MACHINE_IN_ORG, "scope": asked}, resources=resources)

    claims = claims_of(answer["access_token"])
    assert (claims["aud"], claims["sub"], claims.get("scope"), answer.get("scope")) == (audience, "m2m", scope, scope)
    assert claims.get("organization_id") == ("org" if resources else None)
    assert answer["expires_in"] == 3600


async def test_in_an_organization_the_default_api_is_not_meant(machine_world: World) -> None:
    machine_world.default_api = machine_world.apis[API]

    assert claims_of((await ask(machine_world, MACHINE_IN_ORG))["access_token"])["aud"] == AUDIENCE


@pytest.mark.parametrize(
    ("form", "resources", "status", "error", "description"),
    [
        pytest.param(
            {"organization_id": "nope"},
            (),
            403,
            "access_denied",
            "app has not associated with the organization",
            id="§12.3.1: unknown",
        ),
        pytest.param(
            {"organization_id": "other"},
            ("https://nope.example",),
            403,
            "access_denied",
            "app has not associated with the organization",
            id="§12.3: 1 before 2",
        ),
        pytest.param(
            {},
            ("https://nope.example",),
            400,
            "invalid_target",
            "resource indicator is missing, or unknown",
            id="§12.3.2: unknown API",
        ),
        pytest.param(
            {},
            (API, "https://invoices.example.com"),
            400,
            "invalid_target",
            "only a single resource indicator value is supported for this grant type",
            id="§12.3.4: two APIs",
        ),
    ],
)
async def test_a_machine_gets_no_token_for_an_organization_or_api_it_is_not_of(
    machine_world: World, form: dict[str, str], resources: tuple[str, ...], status: int, error: str, description: str
) -> None:
    machine_world.apis["https://invoices.example.com"] = ResourceServer(indicator="https://invoices.example.com")
    machine_world.organization("other")

    refusal = await refused(machine_world, {**MACHINE_IN_ORG, **form}, resources=resources)

    assert (refusal.answer_status, refusal.error, refusal.description) == (status, error, description)
