"""Token exchange: what is no subject token, what is another tenant's, who acts, and what an exchange may not become."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from tests.oidc.party import Party, PartyMaker
from tests.oidc.test_token_exchange import ACCESS_TOKEN, EXCHANGE, IMPERSONATION, PAT, exchange, subject_token
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.kernel.ids import UserId
from sekisho.services import Runtime

CUSTOM = CustomClientMetadata(allow_token_exchange=True)
MANAGEMENT_API = "https://default.logto.app/api"


@pytest.fixture
async def exchanger(make_party: PartyMaker) -> Party:
    return await make_party(ApplicationType.TRADITIONAL, custom=CUSTOM)


async def personal_token(factory: Factory, user_id: str) -> str:
    async with factory.services() as services:
        made = await services.personal_access_tokens.create(UserId(user_id), name="script")
        return made.value.reveal()


def errors_of(answers: list[Any]) -> list[str | None]:
    return [each.json().get("error") for each in answers]


async def test_id_token_as_subject_token_nor_any_other_jwt_of_ours(
    visitor: Visitor, exchanger: Party, factory: Factory
) -> None:
    """An ID token, a machine's own token, a code, a refresh token: under every type there is."""
    tokens = await exchanger.tokens(visitor)
    machine = await factory.machine(may_manage=True)
    form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API}
    own = (await visitor.post("/oidc/token", data=form, auth=machine.credentials)).json()["access_token"]
    code = await exchanger.code(visitor)

    for value in (tokens["id_token"], tokens["refresh_token"], own, code, "", "x", "a.b.c", "..", "sub_", "pat_"):
        for type_ in (ACCESS_TOKEN, IMPERSONATION, PAT, "urn:ietf:params:oauth:token-type:id_token", "x"):
            answer = await exchange(visitor, exchanger, value, type_, scope="openid")
            assert answer.json()["error"] == ("invalid_grant" if value else "invalid_request"), (value, type_)


async def test_a_subject_token_is_what_it_is_whatever_it_is_called(
    visitor: Visitor, runtime: Runtime, exchanger: Party, factory: Factory
) -> None:
    """The legacy name lets a `sub_` value pass as an access token, once; nothing else passes as something else."""
    subject = await subject_token(runtime, exchanger)
    pat = await personal_token(factory, exchanger.user.id)
    opaque = (await exchanger.tokens(visitor))["access_token"]

    refused = [
        await exchange(visitor, exchanger, subject, PAT, scope="openid"),
        await exchange(visitor, exchanger, pat, ACCESS_TOKEN, scope="openid"),
        await exchange(visitor, exchanger, pat, IMPERSONATION, scope="openid"),
        await exchange(visitor, exchanger, opaque, IMPERSONATION, scope="openid"),
        await exchange(visitor, exchanger, opaque, PAT, scope="openid"),
        await exchange(visitor, exchanger, f"sub_{opaque}", ACCESS_TOKEN, scope="openid"),
        await exchange(visitor, exchanger, subject.upper(), ACCESS_TOKEN, scope="openid"),
    ]
    both = await asyncio.gather(
        *(exchange(visitor, exchanger, subject, type_, scope="openid") for type_ in (IMPERSONATION, ACCESS_TOKEN) * 10)
    )

    assert errors_of(refused) == ["invalid_grant"] * len(refused)
    assert sorted(each.status_code for each in both) == [200] + [400] * 19


async def test_nothing_of_another_tenant_is_exchanged(
    visitor: Visitor, exchanger: Party, factory: Factory, runtime: Runtime
) -> None:
    """A subject token, a personal access token, an opaque token and a JWT, by an application of the same id."""
    there = factory.in_tenant("admin")
    twin = await there.traditional(id=exchanger.client_id, allow_token_exchange=True)
    api = await factory.api()
    await there.api(indicator=api.indicator)
    tokens = await exchanger.tokens(visitor, resource=api.indicator)
    jwt = (await exchanger.refresh(visitor, tokens["refresh_token"], resource=api.indicator)).json()["access_token"]
    values: Mapping[str, str] = {
        await subject_token(runtime, exchanger): IMPERSONATION,
        await personal_token(factory, exchanger.user.id): PAT,
        tokens["access_token"]: ACCESS_TOKEN,
        jwt: ACCESS_TOKEN,
    }

    for value, type_ in values.items():
        form = {"grant_type": EXCHANGE, "subject_token": value, "subject_token_type": type_, "scope": "openid"}
        for more in ({}, {"resource": api.indicator}):
            crossed = await visitor.post("/t/admin/oidc/token", data={**form, **more}, auth=twin.credentials)
            assert crossed.json()["error"] == "invalid_grant", type_
        assert (await exchange(visitor, exchanger, value, type_, scope="openid")).status_code == 200


async def test_token_exchange_is_for_whom_it_was_switched_on(
    visitor: Visitor, runtime: Runtime, make_party: PartyMaker
) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    refused = await exchange(visitor, party, await subject_token(runtime, party), scope="openid")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


async def test_an_exchange_brings_nothing_that_outlives_it(
    visitor: Visitor, runtime: Runtime, exchanger: Party
) -> None:
    """Asking for offline access, for everything, or for more tokens than one changes nothing."""
    more = {
        "scope": "openid offline_access all",
        "requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token",
    }
    answer = (await exchange(visitor, exchanger, await subject_token(runtime, exchanger), **more)).json()
    assert {"refresh_token", "id_token"}.isdisjoint(answer)
    assert (await exchanger.refresh(visitor, answer["access_token"])).json()["error"] == "invalid_grant"


async def test_nobody_reaches_the_management_api_by_an_exchange(
    visitor: Visitor, runtime: Runtime, exchanger: Party
) -> None:
    """Whom nobody gave a role gets an empty scope, whatever is asked for."""
    more = {"resource": MANAGEMENT_API, "scope": "all openid management-api-all"}
    answer = (await exchange(visitor, exchanger, await subject_token(runtime, exchanger), **more)).json()
    opened = await visitor.get("/api/users", headers={"authorization": f"Bearer {answer['access_token']}"})
    assert (answer["scope"], opened.status_code) == ("", 403)


@pytest.mark.parametrize("how", ["suspended", "deleted"])
async def test_token_of_a_suspended_or_deleted_user_neither_acts_nor_is_acted_for(
    visitor: Visitor, runtime: Runtime, exchanger: Party, make_party: PartyMaker, how: str
) -> None:
    """As a JWT of his, which no database can take back, and as the one who acts."""
    actor = await make_party(ApplicationType.TRADITIONAL)
    acting = (await actor.tokens(visitor))["access_token"]
    visitor.jar.clear()
    subject = await subject_token(runtime, exchanger)
    api = await Factory(runtime).api()
    tokens = await actor.tokens(visitor, resource=api.indicator)
    jwt = (await actor.refresh(visitor, tokens["refresh_token"], resource=api.indicator)).json()["access_token"]
    async with actor.services() as services:
        if how == "suspended":
            await services.users.set_suspended(actor.user.id, is_suspended=True)
        else:
            await services.users.delete(actor.user.id)

    more = {"actor_token": acting, "actor_token_type": ACCESS_TOKEN, "scope": "openid"}
    acted = await exchange(visitor, exchanger, subject, **more)
    stood_for = await exchange(visitor, exchanger, jwt, ACCESS_TOKEN, scope="openid")

    assert errors_of([acted, stood_for]) == ["invalid_grant"] * 2
    assert (await exchange(visitor, exchanger, subject, scope="openid")).status_code == 200


async def test_null_bytes_repetitions_and_sizes_break_no_exchange(
    visitor: Visitor, runtime: Runtime, exchanger: Party
) -> None:
    token = await subject_token(runtime, exchanger)
    for name in ("subject_token", "actor_token", "actor_token_type", "subject_token_type", "scope"):
        assert (await exchange(visitor, exchanger, token, **{name: "\x00"})).json()["error"] == "invalid_request", name
        assert (await exchange(visitor, exchanger, token, **{name: "x" * 50_000})).status_code in {200, 400}, name
        form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": IMPERSONATION, name: ["a", "b"]}
        twice = await visitor.post("/oidc/token", data=form, auth=(exchanger.client_id, exchanger.secret or ""))
        assert "must not be provided twice" in twice.json()["error_description"], name
