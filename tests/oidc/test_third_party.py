"""Applications of others reach what is on their lists, and no more (oidc.md §20.4): through ASGI, on both databases."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from joserfc import jws
from sqlalchemy import insert
from tests.oidc.party import Party, PartyMaker, query_of, resume_uid, services_over
from tests.support.factories import Factory, MadeApi
from tests.support.interactions import save_result
from tests.support.visitor import Visitor

from sekisho.consents.models import ConsentScopes, ScopeType
from sekisho.consents.tables import ConsentResourceScopeTable
from sekisho.kernel.ids import ApplicationId
from sekisho.resources.models import ScopeId
from sekisho.tenants.models import DEFAULT_TENANT

MANAGEMENT_API = "https://default.logto.app/api"
MANAGEMENT_SCOPE = ScopeId("management-api-all")
SCOPE = "openid offline_access read write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A third-party application, its user, and an API of which the user holds everything."""

    party: Party
    api: MadeApi
    visitor: Visitor

    async def allow(self, names: Iterable[str] = (), *, users: Sequence[str] = ()) -> None:
        """Put scopes of the API on the application's list."""
        scopes = ConsentScopes(users=users, resources=[self.api.scopes[name] for name in names])
        async with self.party.runtime.database.unit_of_work() as uow:
            await services_over(self.party.runtime, uow).consent_scopes.allow(
                ApplicationId(self.party.client_id), scopes
            )

    async def disallow(self, type_: ScopeType, scope: str) -> None:
        async with self.party.runtime.database.unit_of_work() as uow:
            services = services_over(self.party.runtime, uow)
            await services.consent_scopes.disallow(ApplicationId(self.party.client_id), type_, scope)

    async def code(self, **more: str) -> str:
        """Sign in, agree, and return the code."""
        asked = await self.ask(**more)
        return query_of(await self.party.agree(self.visitor, asked))["code"]

    async def ask(self, **more: str) -> Any:
        """Sign in, up to the page that asks."""
        started = await self.party.authorize(self.visitor, **{"scope": SCOPE, "resource": self.api.indicator, **more})
        if started.headers["location"].startswith("/consent"):
            return started
        assert started.headers["location"].startswith("/sign-in"), started.headers["location"]
        async with self.party.runtime.database.unit_of_work() as uow:
            login = {"login": {"accountId": self.party.user.id}, "interactionEvent": "SignIn"}
            await save_result(services_over(self.party.runtime, uow).interactions, resume_uid(self.visitor), login)
        return await self.visitor.get(f"/oidc/auth/{resume_uid(self.visitor)}")

    async def api_token(self, code: str) -> dict[str, Any]:
        answer = await self.party.exchange(self.visitor, code, resource=self.api.indicator)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refreshed(self, tokens: dict[str, Any]) -> dict[str, Any]:
        answer = await self.party.refresh(self.visitor, tokens["refresh_token"], resource=self.api.indicator)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def guest(make_party: PartyMaker, make: Factory, visitor: Visitor) -> Guest:
    party = await make_party(is_third_party=True)
    api = await make.api(scopes=("read", "write", "delete"))
    await _hold(make, party, "Clerk", api.scopes.values())
    return Guest(party=party, api=api, visitor=visitor)


async def test_scopes_of_an_api_are_what_the_list_and_the_roles_both_give(guest: Guest) -> None:
    await guest.allow(["read", "delete"])

    tokens = await guest.api_token(await guest.code())

    assert tokens["scope"] == "read"
    assert claims_of(tokens["access_token"])["scope"] == "read"
    assert (await guest.refreshed(tokens))["scope"] == "read"


async def test_without_a_list_a_third_party_reaches_no_api(guest: Guest) -> None:
    assert (await guest.api_token(await guest.code()))["scope"] == ""


async def test_a_scope_taken_off_the_list_is_gone_at_the_code_exchange(guest: Guest) -> None:
    await guest.allow(["read", "write"])
    code = await guest.code()

    await guest.disallow(ScopeType.RESOURCE, guest.api.scopes["write"])

    assert (await guest.api_token(code))["scope"] == "read"


async def test_a_scope_taken_off_the_list_is_gone_at_the_next_refresh_and_back_when_it_is(guest: Guest) -> None:
    await guest.allow(["read", "write"])
    tokens = await guest.api_token(await guest.code())
    assert tokens["scope"] == "read write"

    await guest.disallow(ScopeType.RESOURCE, guest.api.scopes["read"])
    tokens = await guest.refreshed(tokens)
    assert tokens["scope"] == "write"

    await guest.allow(["read"])
    assert (await guest.refreshed(tokens))["scope"] == "read write"


async def test_a_scope_taken_off_the_list_while_the_page_is_open_is_not_granted(guest: Guest) -> None:
    await guest.allow(["read", "write"])
    asked = await guest.ask()

    await guest.disallow(ScopeType.RESOURCE, guest.api.scopes["write"])
    shown = (await guest.visitor.get("/api/interaction/consent")).json()["missingResourceScopes"]
    code = query_of(await guest.party.agree(guest.visitor, asked))["code"]

    assert [scope["name"] for scope in shown[0]["scopes"]] == ["read"]
    assert (await guest.api_token(code))["scope"] == "read"


async def test_a_scope_of_organizations_counts_for_the_api_too(guest: Guest) -> None:
    scopes = ConsentScopes(organization_resources=[guest.api.scopes["write"]])
    async with guest.party.runtime.database.unit_of_work() as uow:
        consent_scopes = services_over(guest.party.runtime, uow).consent_scopes
        await consent_scopes.allow(ApplicationId(guest.party.client_id), scopes)
    assert (await guest.api_token(await guest.code()))["scope"] == "write"


async def test_facts_about_the_person_must_be_listed_to_be_asked_for(guest: Guest) -> None:
    refused = query_of(await guest.party.authorize(guest.visitor, scope="openid profile"))
    assert (refused["error"], refused["scope"]) == ("invalid_scope", "profile")

    await guest.allow(users=["profile"])
    code = await guest.code(scope="openid profile", resource="")
    answer = await guest.party.exchange(guest.visitor, code)
    me = await guest.visitor.get("/oidc/me", headers={"authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.json()["name"] == "Person"

    await guest.disallow(ScopeType.USER, "profile")
    again = query_of(await guest.party.authorize(guest.visitor, scope="openid profile"))
    assert again["error"] == "invalid_scope"


@pytest.mark.parametrize("smuggled", [False, True])
async def test_a_third_party_never_reaches_the_management_api(guest: Guest, make: Factory, *, smuggled: bool) -> None:
    """Not even when its user administers the tenant, nor when the list says what no list can say."""
    await _hold(make, guest.party, "Operator", [MANAGEMENT_SCOPE])
    if smuggled:
        async with guest.party.runtime.database.unit_of_work() as uow:
            row = {
                "tenant_id": DEFAULT_TENANT,
                "application_id": guest.party.client_id,
                "type": ScopeType.RESOURCE,
                "scope_id": MANAGEMENT_SCOPE,
            }
            await uow.execute(insert(ConsentResourceScopeTable), row)
            await services_over(guest.party.runtime, uow).cache.changed()
    management = replace(guest, api=replace(guest.api, indicator=MANAGEMENT_API))

    tokens = await management.api_token(await management.code(scope="openid offline_access all"))

    for issued in (tokens, await management.refreshed(tokens)):
        assert issued["scope"] == ""
        answer = await guest.visitor.get(
            "/api/applications", headers={"authorization": f"Bearer {issued['access_token']}"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.forbidden")


async def test_a_redirect_uri_that_was_left_out_is_the_only_one(guest: Guest) -> None:
    query = {name: value for name, value in guest.party.query(scope="openid").items() if name != "redirect_uri"}
    await guest.code(scope="openid")
    asked = await guest.visitor.get("/oidc/auth", params=query)
    assert asked.headers["location"].startswith("/consent")
    shown = await guest.visitor.get("/api/interaction/consent")
    assert shown.json()["redirectUri"] == "https://app.example.com/callback"


async def _hold(make: Factory, party: Party, name: str, scopes: Iterable[ScopeId]) -> None:
    """Give the user a role with these scopes."""
    await make.role(name=name, scopes=scopes)
    async with make.services() as services:
        await services.roles.assign(party.user.id, [name])


def claims_of(token: str) -> dict[str, Any]:
    return dict(json.loads(jws.extract_compact(token.encode()).payload))
