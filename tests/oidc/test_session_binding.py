"""What lives as long as its session, and how long sessions live (oidc.md §4.2, §4.5, §11.2)."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.asking import CHALLENGE, CODE_FORM, REFRESH_FORM, ask
from tests.oidc.party import Party, PartyMaker, query_of, services_over
from tests.oidc.world import World
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.db.errors import UniqueViolation
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import InvalidGrant, InvalidToken, OAuthError
from sekisho.oidc.models import Authorization, ClientAuthorization, Session
from sekisho.oidc.token_management import TokenManagementRequest
from sekisho.oidc.userinfo import UserinfoRequest
from sekisho.services import Runtime
from sekisho.tenants.models import ConfigurationKey

# --- Bound to the session (§11.2)

Use = Callable[[World], Awaitable[bool]]
Change = Callable[[World], None]


async def code(world: World) -> bool:
    return await _is_good(ask(world, CODE_FORM), InvalidGrant)


async def refresh_token(world: World) -> bool:
    return await _is_good(ask(world, REFRESH_FORM), InvalidGrant)


async def userinfo(world: World) -> bool:
    return await _is_good(world.provider.userinfo(UserinfoRequest(authorization="Bearer at")), InvalidToken)


async def introspection(world: World) -> bool:
    form = [("token", "at"), ("client_id", "spa")]
    return bool((await world.provider.introspect(TokenManagementRequest(form=form)))["active"])


async def _is_good(use: Awaitable[object], refusal: type[OAuthError]) -> bool:
    try:
        await use
    except refusal:
        return False
    return True


def _with_session(world: World, **more: Any) -> None:
    world.sessions["session"] = replace(world.sessions["session"], **more)


CHANGES: Mapping[str, Change] = {
    "the session is gone": lambda world: world.sessions.clear(),
    "the session has expired": lambda world: _with_session(world, expires_at=world.clock.now() - timedelta(minutes=1)),
    "another person is signed in": lambda world: _with_session(world, account_id=UserId("bob000000000")),
    "nobody is signed in": lambda world: _with_session(world, account_id=None),
    "the client has another grant": lambda world: _with_session(
        world, authorizations={"spa": ClientAuthorization(sid="sid", grant_id="another")}
    ),
    "the client has no grant": lambda world: _with_session(
        world, authorizations={"spa": ClientAuthorization(sid="sid")}
    ),
    "the client was forgotten": lambda world: _with_session(
        world, authorizations={"web": ClientAuthorization(sid="sid", grant_id="grant")}
    ),
}


def issue(world: World, *, is_bound: bool) -> None:
    """Issue one of each kind in Alice's session."""
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})
    authorization: Authorization = world.authorization(session_uid="session", sid="sid", expires_with_session=is_bound)
    world.code(authorization=authorization, code_challenge=CHALLENGE)
    world.refresh_token(authorization=authorization)
    world.access_token(authorization=authorization)


@pytest.mark.parametrize("use", [code, refresh_token, userinfo, introspection], ids=lambda use: use.__name__)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_what_was_issued_without_offline_access_dies_with_its_session(use: Use, change: Change) -> None:
    world = World()
    issue(world, is_bound=True)
    change(world)
    assert not await use(world)


@pytest.mark.parametrize("use", [code, refresh_token, userinfo, introspection], ids=lambda use: use.__name__)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_what_was_issued_with_offline_access_outlives_its_session(use: Use, change: Change) -> None:
    world = World()
    issue(world, is_bound=False)
    change(world)
    assert await use(world)


@pytest.mark.parametrize("use", [code, refresh_token, userinfo, introspection], ids=lambda use: use.__name__)
async def test_what_is_bound_lives_while_its_session_does(use: Use) -> None:
    world = World()
    issue(world, is_bound=True)
    assert await use(world)


@pytest.mark.parametrize(("scope", "lives"), [("openid", False), ("openid offline_access", True)])
async def test_a_refresh_token_without_offline_access_ends_at_the_logout(
    make_party: PartyMaker, visitor: Visitor, scope: str, *, lives: bool
) -> None:
    party = await make_party(custom=CustomClientMetadata(always_issue_refresh_token=True))
    before = await party.refresh(visitor, (await party.tokens(visitor, scope=scope))["refresh_token"])
    tokens = before.json()

    form = await visitor.get("/oidc/session/end")
    (xsrf,) = re.findall(r'name="xsrf" value="([^"]+)"', form.text)
    await visitor.post("/oidc/session/end/confirm", data={"xsrf": xsrf, "logout": "yes"})

    assert ((await party.refresh(visitor, tokens["refresh_token"])).status_code == 200) is lives


# --- How long a session lives (§4.2)


async def test_every_authorization_renews_the_session(party: Party, visitor: Visitor, clock: ManualClock) -> None:
    await party.code(visitor)
    for _ in range(5):
        clock.advance(timedelta(days=13))
        assert "code" in query_of(await party.authorize(visitor, prompt="none"))
        (cookie,) = [each for each in visitor.jar.cookies() if each.name == "_session"]
        assert cookie.expires == clock.now().replace(microsecond=0) + timedelta(days=14)

    clock.advance(timedelta(days=14, seconds=16))
    assert query_of(await party.authorize(visitor, prompt="none"))["error"] == "login_required"


async def test_refreshing_tokens_does_not_renew_the_session(
    make_party: PartyMaker, visitor: Visitor, clock: ManualClock
) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    tokens = await party.tokens(visitor)
    clock.advance(timedelta(days=10))
    tokens = (await party.refresh(visitor, tokens["refresh_token"])).json()
    clock.advance(timedelta(days=4, seconds=16))
    assert query_of(await party.authorize(visitor, prompt="none"))["error"] == "login_required"


async def test_the_tenant_says_how_long_and_it_counts_at_once(
    party: Party, visitor: Visitor, clock: ManualClock, runtime: Runtime
) -> None:
    await party.code(visitor)
    async with runtime.database.unit_of_work() as uow:
        tenants = services_over(runtime, uow).tenants
        await tenants.set_configuration(ConfigurationKey.OIDC_SESSION, {"ttl": 3600})

    assert "code" in query_of(await party.authorize(visitor, prompt="none"))
    clock.advance(timedelta(seconds=3600 + 16))
    assert query_of(await party.authorize(visitor, prompt="none"))["error"] == "login_required"


async def test_a_uid_is_one_sessions(runtime: Runtime, party: Party, clock: ManualClock) -> None:
    """The reference removes sessions that share a uid; here the database lets none come about."""
    later = clock.now() + timedelta(days=1)
    session = Session(uid="u", created_at=clock.now(), expires_at=later, account_id=party.user.id)
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).sessions.add(session, session_id="one")
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).sessions.add(session, session_id="two")
        with pytest.raises(UniqueViolation):
            await uow.commit()
        await uow.abandon()
    async with runtime.database.unit_of_work() as uow:
        found = await services_over(runtime, uow).sessions.find_by_uid("u")
    assert found is not None
    assert found.account_id == party.user.id


# --- What a session remembers of its sign-in (§4.5)


async def test_each_sign_in_is_remembered_and_consent_without_one_changes_nothing(
    party: Party, make_party: PartyMaker, visitor: Visitor, runtime: Runtime
) -> None:
    other = replace(await make_party(), user=party.user)
    remembered = []
    for each, prompt in ((party, "consent"), (other, "consent"), (other, "login consent")):
        started = await each.authorize(visitor, prompt=prompt)
        if started.headers["location"].startswith("/consent"):
            await visitor.get(started.headers["location"])
        else:
            await each.sign_in(visitor, started)
        async with runtime.database.unit_of_work() as uow:
            (record,) = await services_over(runtime, uow).access.sessions(party.user.id)
        assert record.extension is not None
        remembered.append(record.extension.client_id)

    assert remembered == [party.client_id, party.client_id, other.client_id]


async def test_the_first_application_of_a_person_stays_the_first(
    party: Party, make_party: PartyMaker, visitor: Visitor, runtime: Runtime
) -> None:
    other = replace(await make_party(), user=party.user)
    for each in (party, other):
        started = await each.authorize(visitor)
        if started.headers["location"].startswith("/consent"):
            await visitor.get(started.headers["location"])
        else:
            await each.sign_in(visitor, started)
    async with runtime.database.unit_of_work() as uow:
        user = await services_over(runtime, uow).users.get(party.user.id)
    assert user.application_id == party.client_id
