"""Token exchange over HTTP, on both databases: from the Management API to the API that reads the token."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.oidc.party import Party, PartyMaker, services_over
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.grants.tables import GrantTable
from sekisho.kernel.clock import ManualClock
from sekisho.oidc.models import GRANT_LIFETIME, Authorization, Grant, ResourceServer
from sekisho.oidc.tokens.access_token import Subject, issue_for_resource, issue_opaque
from sekisho.services import Runtime, Services

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
IMPERSONATION = "urn:logto:token-type:impersonation_token"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
PAT = "urn:logto:token-type:personal_access_token"
API = "https://orders.example.com"


@pytest.fixture
async def services(runtime: Runtime) -> AsyncIterator[Services]:
    async with runtime.database.unit_of_work() as uow:
        yield services_over(runtime, uow)


@pytest.fixture
async def exchanger(make_party: PartyMaker) -> Party:
    """A server-side application that may exchange tokens, and a person."""
    return await make_party(ApplicationType.TRADITIONAL, custom=CustomClientMetadata(allow_token_exchange=True))


async def subject_token(runtime: Runtime, party: Party, **context: Any) -> str:
    async with runtime.database.unit_of_work() as uow:
        made = await services_over(runtime, uow).subject_tokens.create(
            party.user.id, context=context, creator_id="administrator"
        )
    return made.reveal()


async def exchange(visitor: Visitor, party: Party, token: str, type_: str = IMPERSONATION, **more: str) -> Any:
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": type_, **more}
    return await party.post_token(visitor, form)


async def test_a_person_is_impersonated_once(visitor: Visitor, runtime: Runtime, exchanger: Party) -> None:
    token = await subject_token(runtime, exchanger)

    first = await exchange(visitor, exchanger, token, scope="openid profile")
    second = await exchange(visitor, exchanger, token, scope="openid profile")

    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    assert second.json() == {
        "code": "oidc.invalid_grant",
        "message": second.json()["message"],
        "error_uri": "https://openid.sh/debug/invalid_grant",
        "error": "invalid_grant",
        "error_description": "grant request is invalid",
    }
    bearer = {"authorization": f"Bearer {first.json()['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).json()["sub"] == exchanger.user.id


async def test_of_twenty_exchanges_of_one_subject_token_one_wins(
    visitor: Visitor, runtime: Runtime, exchanger: Party, services: Services
) -> None:
    token = await subject_token(runtime, exchanger)

    answers = await asyncio.gather(*(exchange(visitor, exchanger, token, scope="openid") for _ in range(20)))

    outcomes = Counter("ok" if answer.status_code == 200 else answer.json()["error"] for answer in answers)
    assert outcomes == {"ok": 1, "invalid_grant": 19}
    # What the losers would have kept is undone with them.
    assert (await services.uow.execute(select(func.count()).select_from(GrantTable))).scalar_one() == 1


async def test_a_refused_exchange_leaves_the_subject_token_as_it_was(
    visitor: Visitor, runtime: Runtime, exchanger: Party
) -> None:
    token = await subject_token(runtime, exchanger)

    refused = await exchange(visitor, exchanger, token, resource="https://nope.example.com")

    assert refused.json()["error"] == "invalid_target"
    assert (await exchange(visitor, exchanger, token)).status_code == 200


async def test_a_subject_token_ends_after_ten_minutes(
    visitor: Visitor, runtime: Runtime, exchanger: Party, clock: ManualClock
) -> None:
    early, late = await subject_token(runtime, exchanger), await subject_token(runtime, exchanger)

    clock.advance(timedelta(seconds=600) - timedelta(milliseconds=1))
    assert (await exchange(visitor, exchanger, early)).status_code == 200
    clock.advance(timedelta(milliseconds=1))
    assert (await exchange(visitor, exchanger, late)).json()["error"] == "invalid_grant"


async def test_an_expired_personal_access_token_is_refused(
    visitor: Visitor, runtime: Runtime, exchanger: Party, clock: ManualClock
) -> None:
    async with runtime.database.unit_of_work() as uow:
        token = await services_over(runtime, uow).personal_access_tokens.create(
            exchanger.user.id, name="ci", expires_at=clock.now() + timedelta(days=1)
        )
    value = token.value.reveal()

    assert (await exchange(visitor, exchanger, value, PAT)).status_code == 200
    assert (await exchange(visitor, exchanger, value, PAT)).status_code == 200
    clock.advance(timedelta(days=1))
    assert (await exchange(visitor, exchanger, value, PAT)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("gone", ["suspended", "deleted"])
async def test_no_token_of_a_suspended_or_deleted_user_is_exchanged(
    visitor: Visitor, runtime: Runtime, exchanger: Party, gone: str
) -> None:
    tokens = {IMPERSONATION: await subject_token(runtime, exchanger)}
    async with runtime.database.unit_of_work() as uow:
        made = await services_over(runtime, uow).personal_access_tokens.create(exchanger.user.id, name="ci")
    tokens[PAT] = made.value.reveal()
    tokens[ACCESS_TOKEN] = (await exchange(visitor, exchanger, tokens[PAT], PAT, scope="openid")).json()["access_token"]

    async with runtime.database.unit_of_work() as uow:
        users = services_over(runtime, uow).users
        if gone == "suspended":
            await users.set_suspended(exchanger.user.id, is_suspended=True)
        else:
            await users.delete(exchanger.user.id)

    for type_, token in tokens.items():
        assert (await exchange(visitor, exchanger, token, type_)).json()["error"] == "invalid_grant", type_


async def test_exchanging_while_the_user_is_deleted_fails_only_as_a_grant(
    visitor: Visitor, runtime: Runtime, exchanger: Party
) -> None:
    tokens = [await subject_token(runtime, exchanger) for _ in range(20)]

    async def delete() -> None:
        async with runtime.database.unit_of_work() as uow:
            await services_over(runtime, uow).users.delete(exchanger.user.id)

    exchanges = [exchange(visitor, exchanger, token, scope="openid") for token in tokens]
    *answers, _ = await asyncio.gather(*exchanges[:10], *exchanges[10:], delete())

    for answer in answers:
        assert answer.json().get("error") in {None, "invalid_grant"}
        if answer.status_code == 200:
            bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
            assert (await visitor.get("/oidc/me", headers=bearer)).status_code == 401


async def test_an_id_token_is_no_subject_token(visitor: Visitor, exchanger: Party) -> None:
    tokens = await exchanger.tokens(visitor)

    refused = await exchange(visitor, exchanger, tokens["id_token"], ACCESS_TOKEN, scope="openid")
    taken = await exchange(visitor, exchanger, tokens["access_token"], ACCESS_TOKEN, scope="openid")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert taken.status_code == 200


@pytest.mark.parametrize("is_third_party", [True, False])
async def test_a_third_party_token_is_not_exchanged_for_more_scope(
    visitor: Visitor, runtime: Runtime, exchanger: Party, make_party: PartyMaker, *, is_third_party: bool
) -> None:
    issued_to = await make_party(ApplicationType.TRADITIONAL, is_third_party=is_third_party)
    async with runtime.database.unit_of_work() as uow:
        ports = services_over(runtime, uow).provider.ports
        now = ports.clock.now()
        grant = Grant(
            id=ports.ids.token(),
            account_id=issued_to.user.id,
            client_id=issued_to.client_id,
            created_at=now,
            expires_at=now + GRANT_LIFETIME,
            scopes=["openid"],
        )
        await ports.grants.add(grant)
        authorization = Authorization(grant=grant, scopes=["openid"])
        opaque = await issue_opaque(ports, authorization, scopes=["openid"], grant_history="authorization_code")
        about = Subject(id=issued_to.user.id, client_id=issued_to.client_id, scope="read")
        signed = await issue_for_resource(ports, about, ResourceServer(indicator=API))

    for token in (opaque.value, signed.value):
        answer = await exchange(visitor, exchanger, token, ACCESS_TOKEN, scope="openid profile")
        assert answer.json().get("error") == ("invalid_grant" if is_third_party else None)


async def test_an_api_token_is_bought_with_what_the_person_holds_today(
    visitor: Visitor, runtime: Runtime, exchanger: Party
) -> None:
    make = Factory(runtime)
    api = await make.api(indicator=API, scopes=["read", "write"])
    await make.role(name="reader", scopes=[api.scopes["read"]])
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).roles.assign(exchanger.user.id, ["reader"])

    more = {"resource": API, "scope": "read write openid"}
    answer = await exchange(visitor, exchanger, await subject_token(runtime, exchanger), **more)
    assert (answer.json()["scope"], answer.json()["access_token"].count(".")) == ("read", 2)
    # A JWT of one application's is in turn a subject token for an API token, with no more in it.
    again = await exchange(visitor, exchanger, answer.json()["access_token"], ACCESS_TOKEN, **more)
    assert again.json()["scope"] == "read"


async def test_nobody_is_in_an_organization_yet(visitor: Visitor, runtime: Runtime, exchanger: Party) -> None:
    token = await subject_token(runtime, exchanger)

    refused = await exchange(visitor, exchanger, token, organization_id="org")

    assert refused.status_code == 403
    assert (refused.json()["code"], refused.json()["error"]) == ("oidc.access_denied", "access_denied")
    assert refused.json()["error_description"] == "user is not a member of the organization"


async def test_introspection_shows_who_acts(visitor: Visitor, runtime: Runtime, exchanger: Party) -> None:
    actor = (await exchange(visitor, exchanger, await subject_token(runtime, exchanger), scope="openid")).json()
    more = {"actor_token": actor["access_token"], "actor_token_type": ACCESS_TOKEN, "scope": "openid"}
    token = (await exchange(visitor, exchanger, await subject_token(runtime, exchanger), **more)).json()

    assert exchanger.secret is not None
    seen = await visitor.post(
        "/oidc/token/introspection",
        data={"token": token["access_token"]},
        auth=(exchanger.client_id, exchanger.secret),
    )

    assert seen.json()["act"] == {"sub": exchanger.user.id}


async def test_a_revoked_exchange_ends_nothing_else(visitor: Visitor, runtime: Runtime, exchanger: Party) -> None:
    one, other = [
        (await exchange(visitor, exchanger, await subject_token(runtime, exchanger), scope="openid")).json()
        for _ in range(2)
    ]

    assert exchanger.secret is not None
    await visitor.post(
        "/oidc/token/revocation",
        data={"token": one["access_token"]},
        auth=(exchanger.client_id, exchanger.secret),
    )

    status = [
        (await visitor.get("/oidc/me", headers={"authorization": f"Bearer {each['access_token']}"})).status_code
        for each in (one, other)
    ]
    assert status == [401, 200]
