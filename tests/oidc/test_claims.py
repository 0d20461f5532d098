"""What ID tokens and userinfo say of a person, scope by scope (oidc.md §19), from sign-in to refresh."""

from dataclasses import replace
from typing import Any

import pytest
from tests.oidc.party import Party, PartyMaker, services_over
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock, epoch_milliseconds
from sekisho.oidc.tokens import jwt
from sekisho.services import Runtime
from sekisho.tenants.models import ConfigurationKey
from sekisho.users.models import NewUser

PROFILE = {
    "familyName": "Lovelace",
    "givenName": "Ada",
    "middleName": "King",
    "nickname": "Countess",
    "preferredUsername": "ada.l",
    "profile": "https://example.com/ada",
    "website": "https://ada.example.com",
    "gender": "female",
    "birthdate": "1815-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "address": {"formatted": "12 St James's Square, London"},
}
FULL: dict[str, dict[str, Any]] = {
    "openid": {},
    "profile": {
        "name": "Ada Lovelace",
        "family_name": "Lovelace",
        "given_name": "Ada",
        "middle_name": "King",
        "nickname": "Countess",
        "preferred_username": "ada.l",
        "profile": "https://example.com/ada",
        "picture": "https://example.com/ada.png",
        "website": "https://ada.example.com",
        "gender": "female",
        "birthdate": "1815-12-10",
        "zoneinfo": "Europe/London",
        "locale": "en-GB",
        "username": "ada",
    },
    "email": {"email": "ada@example.com", "email_verified": True},
    "phone": {"phone_number": "818012345678", "phone_number_verified": True},
    "address": {"address": {"formatted": "12 St James's Square, London"}},
    "custom_data": {"custom_data": {"plan": "pro"}},
    "identities": {"identities": {}, "sso_identities": []},
    "roles": {"roles": ["Clerk"]},
    "urn:logto:scope:organizations": {"organizations": [], "organization_data": []},
    "urn:logto:scope:organization_roles": {"organization_roles": []},
    "urn:logto:scope:sessions": {},
    "urn:logto:scope:trusted_devices": {},
}
#: Of somebody about whom nothing is known but an id.
BARE: dict[str, dict[str, Any]] = {
    "openid": {},
    "profile": {"name": None, "picture": None, "username": None},
    "email": {"email": None, "email_verified": False},
    "phone": {"phone_number": None, "phone_number_verified": False},
    "address": {},
    "custom_data": {"custom_data": {}},
    "identities": {"identities": {}, "sso_identities": []},
    "roles": {"roles": []},
    "urn:logto:scope:organizations": {"organizations": [], "organization_data": []},
    "urn:logto:scope:organization_roles": {"organization_roles": []},
    "urn:logto:scope:sessions": {},
    "urn:logto:scope:trusted_devices": {},
}
#: Scopes whose claims are in ID tokens only where the tenant wants them.
EXTENDED = {
    "custom_data",
    "identities",
    "roles",
    "urn:logto:scope:organizations",
    "urn:logto:scope:organization_roles",
}
ALL_EXTENDED = [claim for scope in FULL if scope in EXTENDED for claim in FULL[scope]]
#: About the token rather than the person.
ABOUT_ITSELF = {"iss", "aud", "exp", "iat", "sub"}


@pytest.fixture
async def ada(runtime: Runtime, make_party: PartyMaker, make: Factory) -> Party:
    party = await make_party()
    await make.role(name="Clerk")
    new = NewUser(
        username="ada",
        primary_email="ada@example.com",
        primary_phone="818012345678",
        name="Ada Lovelace",
        avatar="https://example.com/ada.png",
        profile=PROFILE,
        custom_data={"plan": "pro"},
    )
    async with runtime.database.unit_of_work() as uow:
        services = services_over(runtime, uow)
        user = await services.users.create(new)
        await services.roles.assign(user.id, ["Clerk"])
    return replace(party, user=user)


@pytest.fixture
async def nobody(runtime: Runtime, make_party: PartyMaker) -> Party:
    party = await make_party()
    async with runtime.database.unit_of_work() as uow:
        user = await services_over(runtime, uow).users.create(NewUser())
    return replace(party, user=user)


async def choose(runtime: Runtime, claims: list[str] | None) -> None:
    """Decide which extended claims ID tokens carry."""
    value = {} if claims is None else {"enabledExtendedClaims": claims}
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).tenants.set_configuration(ConfigurationKey.ID_TOKEN, value)


def in_id_token(tokens: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in jwt.peek(tokens["id_token"]).items() if name not in ABOUT_ITSELF}


async def in_userinfo(visitor: Visitor, tokens: dict[str, Any], **query: str) -> dict[str, Any]:
    answer = await visitor.get("/oidc/me", headers={"authorization": f"Bearer {tokens['access_token']}"}, params=query)
    claims: dict[str, Any] = answer.json()
    assert (answer.status_code, claims.pop("sub")) == (200, jwt.peek(tokens["id_token"])["sub"])
    return claims


def expected(table: dict[str, dict[str, Any]], scopes: list[str], clock: ManualClock) -> dict[str, Any]:
    now = epoch_milliseconds(clock.now())
    times = {"updated_at": now, "created_at": now} if "profile" in scopes else {}
    return {name: value for scope in scopes for name, value in table[scope].items()} | times


@pytest.mark.parametrize("scope", FULL)
async def test_each_scope_stands_for_its_claims(
    visitor: Visitor, ada: Party, runtime: Runtime, clock: ManualClock, scope: str
) -> None:
    await choose(runtime, ALL_EXTENDED)
    tokens = await ada.tokens(visitor, scope=" ".join({"openid": None, scope: None}))
    # The user was touched by nothing but his making.
    claims = expected(FULL, [scope], clock)

    assert in_id_token(tokens) == claims
    assert await in_userinfo(visitor, tokens) == claims


async def test_who_is_barely_known_has_null_false_or_nothing(
    visitor: Visitor, nobody: Party, runtime: Runtime, clock: ManualClock
) -> None:
    await choose(runtime, ALL_EXTENDED)
    tokens = await nobody.tokens(visitor, scope=" ".join(BARE))
    claims = expected(BARE, list(BARE), clock)

    assert in_id_token(tokens) == claims
    assert await in_userinfo(visitor, tokens) == claims


@pytest.mark.parametrize(
    ("chosen", "carried"),
    [
        (None, []),
        ([], []),
        (["roles"], ["roles"]),
        (["sso_identities", "organization_data"], ["sso_identities", "organization_data"]),
        (ALL_EXTENDED, ALL_EXTENDED),
    ],
)
async def test_an_id_token_carries_the_extended_claims_that_were_chosen(
    visitor: Visitor, ada: Party, runtime: Runtime, chosen: list[str] | None, carried: list[str]
) -> None:
    await choose(runtime, chosen)
    tokens = await ada.tokens(visitor, scope=" ".join(["openid", *EXTENDED]))

    assert in_id_token(tokens).keys() == set(carried)
    assert (await in_userinfo(visitor, tokens)).keys() == set(ALL_EXTENDED)


async def test_a_chosen_claim_needs_its_scope_all_the_same(visitor: Visitor, ada: Party, runtime: Runtime) -> None:
    await choose(runtime, ALL_EXTENDED)
    tokens = await ada.tokens(visitor, scope="openid roles")

    assert in_id_token(tokens) == await in_userinfo(visitor, tokens) == {"roles": ["Clerk"]}


async def test_a_choice_counts_at_the_next_token(visitor: Visitor, ada: Party, runtime: Runtime) -> None:
    await choose(runtime, [])
    tokens = await ada.tokens(visitor, scope="openid offline_access roles")
    assert in_id_token(tokens) == {}
    await choose(runtime, ["roles"])

    assert in_id_token((await ada.refresh(visitor, tokens["refresh_token"])).json()) == {"roles": ["Clerk"]}


async def test_without_a_preferred_name_it_is_the_username(visitor: Visitor, ada: Party, runtime: Runtime) -> None:
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).users.update(ada.user.id, {"profile": {}})

    claims = in_id_token(await ada.tokens(visitor, scope="openid profile"))

    assert claims["preferred_username"] == "ada"
    assert not {"family_name", "nickname", "website", "locale"} & claims.keys()


async def test_a_refresh_may_ask_for_less_and_the_tokens_say_less(
    visitor: Visitor, ada: Party, runtime: Runtime
) -> None:
    """RFC 6749 §6; the ID token follows the scope in effect (oidc.md §12.2)."""
    await choose(runtime, ALL_EXTENDED)
    held = "openid offline_access email roles custom_data"
    tokens = await ada.tokens(visitor, scope=held)
    less = (await ada.refresh(visitor, tokens["refresh_token"], scope="openid roles")).json()

    assert less["scope"] == "openid roles"
    assert in_id_token(less) == await in_userinfo(visitor, less) == {"roles": ["Clerk"]}
    again = (await ada.refresh(visitor, less["refresh_token"])).json()
    assert again["scope"] == held
    assert in_id_token(again).keys() == {"email", "email_verified", "roles", "custom_data"}


async def test_a_refresh_without_openid_brings_no_id_token(visitor: Visitor, ada: Party) -> None:
    tokens = await ada.tokens(visitor, scope="openid offline_access email")
    less = (await ada.refresh(visitor, tokens["refresh_token"], scope="email")).json()

    assert "id_token" not in less
    refused = await visitor.get("/oidc/me", headers={"authorization": f"Bearer {less['access_token']}"})
    assert (refused.status_code, refused.json()["scope"]) == (403, "openid")


async def test_userinfo_is_what_is_true_now(visitor: Visitor, ada: Party, runtime: Runtime) -> None:
    tokens = await ada.tokens(visitor, scope="openid profile roles")
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).users.update(ada.user.id, {"name": "Augusta", "avatar": None})

    claims = await in_userinfo(visitor, tokens)

    assert (claims["name"], claims["picture"]) == ("Augusta", None)
    assert in_id_token(tokens)["name"] == "Ada Lovelace"


async def test_a_scope_narrows_userinfo_over_http(visitor: Visitor, ada: Party) -> None:
    tokens = await ada.tokens(visitor, scope="openid email roles")

    assert await in_userinfo(visitor, tokens, scope="openid email") == FULL["email"]
    refused = await visitor.get("/oidc/me?scope=phone", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert (refused.status_code, refused.json()["error"], refused.json()["scope"]) == (
        403,
        "insufficient_scope",
        "phone",
    )
