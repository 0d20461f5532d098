"""Tokens that should be worth nothing: of people who are gone, of sessions that ended, of other tenants."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete
from tests.oidc.party import Party, PartyMaker
from tests.oidc.test_device_http import connect, poll, start
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.kernel.clock import ManualClock
from sekisho.roles.models import RoleType
from sekisho.roles.tables import UserRoleTable
from sekisho.services import Runtime

DEVICE = CustomClientMetadata(is_device_flow=True)


@pytest.fixture
async def device(make_party: PartyMaker) -> Party:
    """A television and its user."""
    return await make_party(ApplicationType.NATIVE, custom=DEVICE, redirect_uris=())


async def lose(party: Party, how: str) -> None:
    """Suspend or delete the user."""
    async with party.services() as services:
        if how == "suspended":
            await services.users.set_suspended(party.user.id, is_suspended=True)
        else:
            await services.users.delete(party.user.id)


async def bring_back(party: Party) -> None:
    async with party.services() as services:
        await services.users.set_suspended(party.user.id, is_suspended=False)


async def userinfo(visitor: Visitor, token: str) -> httpx2.Response:
    return await visitor.get("/oidc/me", headers={"authorization": f"Bearer {token}"})


async def introspected(visitor: Visitor, party: Party, token: str) -> Any:
    return (await visitor.post("/oidc/token/introspection", data={"token": token, "client_id": party.client_id})).json()


@pytest.mark.parametrize("how", ["suspended", "deleted"])
async def test_token_of_a_suspended_or_deleted_user_opens_nothing(visitor: Visitor, party: Party, how: str) -> None:
    """Opaque at userinfo and introspection, the refresh token, a code on its way, and the browser's session."""
    tokens, code = await party.tokens(visitor), await party.code(visitor)
    await lose(party, how)

    assert (await userinfo(visitor, tokens["access_token"])).status_code == 401
    assert (await introspected(visitor, party, tokens["access_token"])) == {"active": False}
    assert (await introspected(visitor, party, tokens["refresh_token"])) == {"active": False}
    assert (await party.refresh(visitor, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await party.exchange(visitor, code)).json()["error"] == "invalid_grant"
    silent = await party.authorize(visitor, prompt="none", scope="openid")
    assert "error=login_required" in silent.headers["location"]


@pytest.mark.parametrize("how", ["suspended", "deleted"])
async def test_token_of_a_suspended_or_deleted_user_a_device_approved_before_gets_nothing(
    visitor: Visitor, runtime: Runtime, device: Party, how: str
) -> None:
    waiting = await start(visitor, device.client_id)
    await connect(visitor, runtime, device.user, waiting)
    await lose(device, how)

    assert (await poll(visitor, device.client_id, waiting)).json()["error"] == "invalid_grant"


async def test_what_was_approved_before_a_suspension_does_not_come_alive_after_it(
    visitor: Visitor, runtime: Runtime, make_party: PartyMaker, device: Party
) -> None:
    """Suspending somebody signs him out; a code or a device that waited through it must not sign him in again."""
    party = await make_party()
    code = await party.code(visitor)
    await lose(party, "suspended")
    await bring_back(party)
    waiting = await start(visitor, device.client_id)
    visitor.jar.clear()
    await connect(visitor, runtime, device.user, waiting)
    await lose(device, "suspended")
    await bring_back(device)

    assert (await party.exchange(visitor, code)).json()["error"] == "invalid_grant"
    assert (await poll(visitor, device.client_id, waiting)).json()["error"] == "invalid_grant"


async def test_a_jwt_opens_no_userinfo_whoever_it_is_of(visitor: Visitor, party: Party, factory: Factory) -> None:
    """A token for an API, an ID token, and one of a suspended user are alike: none is for us."""
    api = await factory.api()
    tokens = await party.tokens(visitor, resource=api.indicator)
    answer = await party.refresh(visitor, tokens["refresh_token"], resource=api.indicator)
    jwt = answer.json()["access_token"]
    before = [(await userinfo(visitor, each)).status_code for each in (jwt, tokens["id_token"])]
    await lose(party, "suspended")

    assert before == [401, 401]
    assert (await userinfo(visitor, jwt)).json()["error"] == "invalid_token"


async def test_a_refresh_token_is_no_access_token_nor_the_other_way_about(visitor: Visitor, party: Party) -> None:
    tokens = await party.tokens(visitor)

    assert (await userinfo(visitor, tokens["refresh_token"])).status_code == 401
    assert (await party.refresh(visitor, tokens["access_token"])).json()["error"] == "invalid_grant"
    assert (await party.exchange(visitor, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_refresh_after_scope_removal_a_lost_role_is_in_no_new_token(
    visitor: Visitor, runtime: Runtime, make_party: PartyMaker, factory: Factory
) -> None:
    party = await make_party()
    api = await factory.api(scopes=["read", "delete"])
    await factory.role(name="reader", type_=RoleType.USER, scopes=[api.scopes["read"]])
    boss = await factory.role(name="boss", type_=RoleType.USER, scopes=[api.scopes["delete"]])
    async with party.services() as services:
        await services.roles.assign(party.user.id, ["reader", "boss"])
    tokens = await party.tokens(visitor, scope="openid offline_access read delete", resource=api.indicator)
    before = (await party.refresh(visitor, tokens["refresh_token"], resource=api.indicator)).json()
    async with runtime.database.unit_of_work() as uow:
        await uow.execute(delete(UserRoleTable).where(UserRoleTable.role_id == boss))

    after = await party.refresh(visitor, before["refresh_token"], resource=api.indicator)
    wider = await party.refresh(
        visitor, before["refresh_token"], resource=api.indicator, scope="openid read delete all"
    )

    assert (before["scope"], after.json()["scope"]) == ("read delete", "read")
    assert wider.json()["error"] == "invalid_scope"


async def test_a_public_clients_refresh_token_is_nothing_to_another_client(
    visitor: Visitor, party: Party, make_party: PartyMaker
) -> None:
    """And trying it ends nothing: who finds a token must not be able to sign its owner out."""
    tokens = await party.tokens(visitor)
    for other in (await make_party(), await make_party(ApplicationType.TRADITIONAL)):
        assert (await other.refresh(visitor, tokens["refresh_token"])).json()["error"] == "invalid_grant"

    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_refresh_reuse_after_the_grace_ends_the_thiefs_tokens_too(
    visitor: Visitor, party: Party, clock: ManualClock
) -> None:
    """RFC 9700 §4.14.2: whoever of the two comes second is noticed."""
    stolen = (await party.tokens(visitor))["refresh_token"]
    thief = (await party.refresh(visitor, stolen)).json()
    clock.advance(timedelta(seconds=4))

    owner = await party.refresh(visitor, stolen)

    assert owner.json()["error"] == "invalid_grant"
    assert (await party.refresh(visitor, thief["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await userinfo(visitor, thief["access_token"])).status_code == 401


@pytest.mark.parametrize("target", [None, "firstParty", "all"])
async def test_revoked_sessions_refresh_tokens_end_with_it(
    new_visitor: Callable[[], Visitor], management: Visitor, make_party: PartyMaker, target: str | None
) -> None:
    """Without offline access always; with it, where the administrator says so."""
    custom = CustomClientMetadata(always_issue_refresh_token=True)
    bound, lasting = await make_party(custom=custom), await make_party()
    more = {} if target is None else {"revokeGrantsTarget": target}
    left = {}
    for name, party, scope in (("bound", bound, "openid"), ("lasting", lasting, "openid offline_access")):
        async with new_visitor() as visitor:
            tokens = await party.tokens(visitor, scope=scope)
            sessions = (await management.get(f"/api/users/{party.user.id}/sessions")).json()["sessions"]
            (uid,) = [each["payload"]["uid"] for each in sessions]
            ended = await management.delete(f"/api/users/{party.user.id}/sessions/{uid}", params=more)
            assert ended.status_code == 204, ended.text
            left[name] = (await party.refresh(visitor, tokens["refresh_token"])).status_code
            silent = await party.authorize(visitor, prompt="none", scope="openid")
            assert "error=login_required" in silent.headers["location"]

    assert left == {"bound": 400, "lasting": 200 if target is None else 400}


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
async def test_nobody_revokes_or_learns_of_a_token_through_another_client(
    visitor: Visitor, party: Party, make_party: PartyMaker, hint: str
) -> None:
    tokens = await party.tokens(visitor)
    other = await make_party()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        form = {"token": token, "token_type_hint": hint, "client_id": other.client_id}
        assert (await visitor.post("/oidc/token/revocation", data=form)).status_code == 200
        assert (await visitor.post("/oidc/token/introspection", data=form)).json() == {"active": False}

    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_tokens_of_one_tenant_are_nothing_in_another(visitor: Visitor, party: Party, factory: Factory) -> None:
    """Not even to an application of the same id."""
    tokens = await party.tokens(visitor)
    twin = await factory.in_tenant("admin").spa(id=party.client_id)
    own = {"client_id": twin.id}
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}

    assert (await visitor.get("/t/admin/oidc/me", headers=bearer)).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **own}
    assert (await visitor.post("/t/admin/oidc/token", data=form)).json()["error"] == "invalid_grant"
    introspection = await visitor.post(
        "/t/admin/oidc/token/introspection", data={"token": tokens["access_token"], **own}
    )
    assert introspection.json() == {"active": False}
    await visitor.post("/t/admin/oidc/token/revocation", data={"token": tokens["refresh_token"], **own})
    hinted = await visitor.get("/t/admin/oidc/session/end", params={"id_token_hint": tokens["id_token"]})
    assert hinted.status_code == 400
    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200
