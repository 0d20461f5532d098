"""Sessions, interactions, grants and tokens as rows, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.oidc.party import services_over
from tests.support.databases import START
from tests.support.interactions import save_result
from tests.support.settling import is_settled

from sekisho.db.database import UnitOfWork
from sekisho.grants.service import GrantService
from sekisho.grants.store import AccessTokenStore, AuthorizationCodeStore, GrantStore, RefreshTokenStore
from sekisho.grants.tables import AccessTokenTable, RefreshTokenTable
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import InvalidRelation
from sekisho.kernel.ids import UserId
from sekisho.oidc.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    ClientAuthorization,
    Grant,
    Interaction,
    InteractionSession,
    LogoutRequest,
    Prompt,
    RefreshToken,
    Session,
)
from sekisho.services import Runtime, Services
from sekisho.sessions.store import InteractionStore, SessionStore
from sekisho.sessions.tables import SessionTable
from sekisho.tenants.models import ADMIN_TENANT, DEFAULT_TENANT, ConfigurationKey
from sekisho.users.models import NewUser, User

LATER = START + timedelta(days=1)


@pytest.fixture
async def uow(runtime: Runtime) -> AsyncIterator[UnitOfWork]:
    async with runtime.database.unit_of_work() as uow:
        yield uow


@pytest.fixture
def services(runtime: Runtime, uow: UnitOfWork) -> Services:
    return services_over(runtime, uow)


@pytest.fixture
async def alice(services: Services) -> UserId:
    return (await services.users.create(NewUser(username="alice"))).id


def a_grant(account_id: UserId, **more: Any) -> Grant:
    values: dict[str, Any] = {"id": "g" * 43, "client_id": "spa", "created_at": START, "expires_at": LATER, **more}
    return Grant(account_id=account_id, **values)


def rows(of: type[Any]) -> Any:
    return select(func.count()).select_from(of)


# Sessions


async def test_a_session_is_found_by_its_cookie_and_by_its_uid(services: Services, alice: UserId) -> None:
    session = Session(
        uid="u" * 43,
        created_at=START,
        expires_at=LATER,
        account_id=alice,
        login_at=START,
        logout=LogoutRequest(xsrf="x", client_id="spa", state="s"),
    )
    await services.sessions.add(session, session_id="cookie")
    entry = ClientAuthorization(sid="sid", grant_id="grant")
    await services.sessions.authorize(session.uid, client_id="spa", authorization=entry)
    newer = replace(entry, persists_logout=True)
    await services.sessions.authorize(session.uid, client_id="spa", authorization=newer)
    await services.sessions.authorize(session.uid, client_id="web", authorization=entry)

    expected = replace(session, authorizations={"spa": newer, "web": entry})
    assert await services.sessions.find("cookie") == expected
    assert await services.sessions.find_by_uid(session.uid) == expected
    assert await services.sessions.find("another") is None


async def test_a_new_cookie_replaces_the_old_one(services: Services, uow: UnitOfWork) -> None:
    session = Session(uid="u", created_at=START, expires_at=START)
    await services.sessions.add(session, session_id="old")

    assert await is_settled(uow, services.sessions.save(replace(session, expires_at=LATER), session_id="new"))
    assert await services.sessions.find("old") is None
    assert await services.sessions.find("new") == replace(session, expires_at=LATER)


async def test_a_removed_session_cannot_be_saved(services: Services, uow: UnitOfWork) -> None:
    session = Session(uid="u", created_at=START, expires_at=LATER)
    await services.sessions.add(session, session_id="cookie")
    await services.sessions.take("u")
    await uow.commit()

    assert not await is_settled(uow, services.sessions.save(session))
    assert await services.sessions.find("cookie") is None


async def test_the_cookie_value_is_kept_nowhere(services: Services, uow: UnitOfWork) -> None:
    await services.sessions.add(Session(uid="u", created_at=START, expires_at=LATER), session_id="cookie")

    (row,) = (await uow.execute(select(SessionTable.__table__))).all()
    assert "cookie" not in repr(row)


async def test_a_session_forgets_a_client(services: Services) -> None:
    await services.sessions.add(Session(uid="u", created_at=START, expires_at=LATER), session_id="cookie")
    await services.sessions.authorize("u", client_id="spa", authorization=ClientAuthorization(sid="sid"))

    await services.sessions.forget_client("u", client_id="spa")

    found = await services.sessions.find("cookie")
    assert found is not None
    assert found.authorizations == {}


async def test_the_last_submission_replaces_the_one_before(services: Services, alice: UserId) -> None:
    await services.sessions.add(
        Session(uid="u", created_at=START, expires_at=LATER, account_id=alice), session_id="cookie"
    )
    for event in ("Register", "SignIn"):
        submission = {"interactionEvent": event}
        await services.sessions.extend("u", account_id=alice, client_id="spa", last_submission=submission)

    extension = await services.sessions.find_extension("u")
    assert extension is not None
    assert extension.last_submission == {"interactionEvent": "SignIn"}
    await services.sessions.take("u")
    assert await services.sessions.find_extension("u") is None


async def test_a_tenant_says_how_long_a_session_lasts(services: Services) -> None:
    before = await services.sessions.lifetime()
    await services.tenants.set_configuration(ConfigurationKey.OIDC_SESSION, {"ttl": 60})

    assert before == timedelta(days=14)
    assert await services.sessions.lifetime() == timedelta(seconds=60)


async def test_a_session_of_one_tenant_is_none_of_another(services: Services, uow: UnitOfWork) -> None:
    await services.sessions.add(Session(uid="u", created_at=START, expires_at=LATER), session_id="cookie")

    assert await SessionStore(uow=uow, tenant_id=ADMIN_TENANT).find("cookie") is None


# Interactions


def an_interaction(**more: Any) -> Interaction:
    values: dict[str, Any] = {
        "uid": "i",
        "client_id": "spa",
        "prompt": Prompt(name="consent", reasons=["op_scopes_missing"], details={"missingOIDCScope": ["openid"]}),
        "params": {"client_id": "spa", "resource": ["https://a"]},
        "return_to": "http://localhost:3001/oidc/auth/i",
        "created_at": START,
        "expires_at": START + timedelta(hours=1),
        **more,
    }
    return Interaction(**values)


async def test_an_interaction_is_found_with_the_session_of_a_cookie(services: Services, alice: UserId) -> None:
    session = Session(uid="s", created_at=START, expires_at=LATER, account_id=alice, login_at=START)
    entries = {name: ClientAuthorization(sid=f"sid of {name}", grant_id="g") for name in ("spa", "web")}
    await services.sessions.add(session, session_id="cookie")
    for client_id, entry in entries.items():
        await services.sessions.authorize("s", client_id=client_id, authorization=entry)
    await services.sessions.add(Session(uid="t", created_at=START, expires_at=LATER), session_id="new")
    interaction = an_interaction(session=InteractionSession(uid="s", account_id=alice))
    await services.interactions.add(interaction)

    async def found(uid: str, session_id: str | None) -> Any:
        return await services.interactions.find_with_session(uid, session_id=session_id)

    assert await found("i", "cookie") == (interaction, replace(session, authorizations=entries))
    assert await found("i", "new") == (interaction, await services.sessions.find("new"))
    assert await found("i", "another") == (interaction, None)
    assert await found("i", None) == (interaction, None)
    assert await found("nope", "cookie") == (None, None)


async def test_whoever_is_signed_in_by_an_interaction_is_read_with_it(
    services: Services, uow: UnitOfWork, alice: UserId
) -> None:
    bob = await services.users.create(NewUser(username="bob"))
    met: list[User] = []
    store = InteractionStore(uow=uow, tenant_id=DEFAULT_TENANT, meet=met.append)
    before = InteractionSession(uid="s", account_id=alice)
    for uid, session, result in (
        ("nobody", None, {}),
        ("before", before, {}),
        ("now", None, {"login": {"accountId": bob.id}}),
        ("instead", before, {"login": {"accountId": bob.id}}),
        ("removed", None, {"login": {"accountId": "x" * 12}}),
    ):
        await store.add(an_interaction(uid=uid, session=session, result=result))
        assert (await store.find_with_session(uid, session_id=None))[0]

    assert met == [await services.users.get(alice), bob, bob]


async def test_an_interaction_comes_back_as_it_was(services: Services, alice: UserId) -> None:
    interaction = an_interaction(
        session=InteractionSession(uid="s", account_id=alice),
        last_submission={"login": {"accountId": alice}},
        grant_id="g",
    )
    await services.interactions.add(interaction)

    assert await services.interactions.find("i") == interaction


async def test_an_interaction_learns_and_lets_go(services: Services, alice: UserId) -> None:
    await services.interactions.add(an_interaction(session=InteractionSession(uid="s", account_id=alice)))
    await save_result(services.interactions, "i", {"login": {"accountId": alice}})
    await services.interactions.detach_session("i")

    found = await services.interactions.find("i")
    assert found is not None
    assert (found.result, found.session) == ({"login": {"accountId": alice}}, None)


async def test_an_interaction_is_consumed_once(services: Services, uow: UnitOfWork) -> None:
    await services.interactions.add(an_interaction())

    assert [await is_settled(uow, services.interactions.consume("i")) for _ in range(2)] == [True, False]


async def test_an_interaction_past_its_hour_is_gone(services: Services, clock: ManualClock) -> None:
    await services.interactions.add(an_interaction())
    clock.advance(timedelta(hours=1, seconds=15))

    assert await services.interactions.find("i") is None


# Grants


@pytest.fixture
async def grant(uow: UnitOfWork, alice: UserId) -> Grant:
    grant = a_grant(alice, scopes=["openid"], resources={"https://a": ["read"]}, rejected_scopes=["email"])
    await GrantStore(uow=uow, tenant_id=DEFAULT_TENANT).add(grant)
    return grant


def issued(grant: Grant, **more: Any) -> Authorization:
    return Authorization(
        grant=grant,
        scopes=["openid", "read"],
        resources=["https://a"],
        nonce="n",
        auth_time=START,
        session_uid="s",
        sid="sid",
        expires_with_session=True,
        **more,
    )


def an_access_token(grant: Grant) -> AccessToken:
    return AccessToken(
        authorization=issued(grant), created_at=START, expires_at=LATER, grant_history="authorization_code"
    )


def a_refresh_token(grant: Grant) -> RefreshToken:
    return RefreshToken(
        authorization=issued(grant),
        created_at=START,
        expires_at=LATER,
        grant_history="authorization_code",
        chain_started_at=START,
        rotations=2,
    )


async def test_a_grant_grows(uow: UnitOfWork, grant: Grant) -> None:
    store = GrantStore(uow=uow, tenant_id=DEFAULT_TENANT)
    grown = replace(grant, scopes=["openid", "profile"], rejected_resources={"https://a": ["write"]})
    await store.save(grown)

    assert await store.find(grant.id) == grown
    assert await is_settled(uow, store.hold(grant.id))
    assert not await is_settled(uow, store.hold("nope"))


async def test_what_was_issued_comes_back_with_its_grant(uow: UnitOfWork, grant: Grant) -> None:
    codes = AuthorizationCodeStore(uow=uow, tenant_id=DEFAULT_TENANT)
    access = AccessTokenStore(uow=uow, tenant_id=DEFAULT_TENANT)
    refresh = RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT)
    code = AuthorizationCode(
        authorization=issued(grant), redirect_uri="https://x", created_at=START, expires_at=LATER, code_challenge="c"
    )
    await codes.add("code", code)
    await access.add("at", an_access_token(grant))
    await refresh.add("rt", a_refresh_token(grant))

    assert await codes.find("code") == code
    assert await access.find("at") == an_access_token(grant)
    assert await refresh.find("rt") == a_refresh_token(grant)
    assert await access.find("rt") is None


async def test_whoever_a_token_was_issued_to_is_read_with_it(services: Services, uow: UnitOfWork, grant: Grant) -> None:
    met: list[User] = []
    access = AccessTokenStore(uow=uow, tenant_id=DEFAULT_TENANT, meet=met.append)
    await access.add("at", an_access_token(grant))

    await access.find("at")
    await access.find("another")

    assert met == [await services.users.get(grant.account_id)]


async def test_a_code_is_consumed_once(uow: UnitOfWork, grant: Grant) -> None:
    codes = AuthorizationCodeStore(uow=uow, tenant_id=DEFAULT_TENANT)
    await codes.add(
        "code",
        AuthorizationCode(authorization=issued(grant), redirect_uri="x", created_at=START, expires_at=LATER),
    )

    assert [await is_settled(uow, codes.consume("code", at=START)) for _ in range(2)] == [True, False]
    found = await codes.find("code")
    assert found is not None
    assert found.is_consumed


async def test_a_refresh_token_is_consumed_again_within_the_grace(uow: UnitOfWork, grant: Grant) -> None:
    refresh = RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT)
    await refresh.add("rt", a_refresh_token(grant))
    grace = timedelta(seconds=3)

    async def consume(after: timedelta) -> bool:
        at = START + after
        return await is_settled(uow, refresh.consume("rt", at=at, unless_consumed_before=at - grace))

    assert await consume(timedelta(0))
    assert await consume(grace)
    # The grace begins with the first use, whatever came after.
    assert not await consume(grace + timedelta(milliseconds=1))


async def test_a_refresh_token_is_held_while_it_is_there(uow: UnitOfWork, grant: Grant) -> None:
    refresh = RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT)
    await refresh.add("rt", a_refresh_token(grant))

    assert await is_settled(uow, refresh.hold("rt"))
    assert not await is_settled(uow, refresh.hold("nope"))


async def test_revoking_a_grant_takes_everything_under_it(uow: UnitOfWork, grant: Grant) -> None:
    await AccessTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).add("at", an_access_token(grant))
    await RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).add("rt", a_refresh_token(grant))

    await GrantStore(uow=uow, tenant_id=DEFAULT_TENANT).revoke(grant.id)

    assert (await uow.execute(rows(AccessTokenTable))).scalar_one() == 0
    assert (await uow.execute(rows(RefreshTokenTable))).scalar_one() == 0


async def test_revoking_tokens_leaves_the_grant(uow: UnitOfWork, grant: Grant) -> None:
    store = GrantStore(uow=uow, tenant_id=DEFAULT_TENANT)
    await AccessTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).add("at", an_access_token(grant))

    await store.revoke_tokens(grant.id)

    assert (await uow.execute(rows(AccessTokenTable))).scalar_one() == 0
    assert await store.find(grant.id) == grant


async def test_nothing_can_be_issued_under_a_revoked_grant(runtime: Runtime, grant: Grant, uow: UnitOfWork) -> None:
    await GrantStore(uow=uow, tenant_id=DEFAULT_TENANT).revoke(grant.id)
    await uow.commit()

    async with runtime.database.unit_of_work() as other:
        await AccessTokenStore(uow=other, tenant_id=DEFAULT_TENANT).add("at", an_access_token(grant))
        with pytest.raises(InvalidRelation):
            await other.commit()
        await other.abandon()
        await other.abandon()


async def test_a_person_signed_out_everywhere_has_no_token_and_no_session(
    uow: UnitOfWork, services: Services, grant: Grant, alice: UserId
) -> None:
    store = GrantStore(uow=uow, tenant_id=DEFAULT_TENANT)
    await AccessTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).add("at", an_access_token(grant))
    await RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).add("rt", a_refresh_token(grant))
    await services.sessions.add(
        Session(uid="u", created_at=START, expires_at=LATER, account_id=alice), session_id="cookie"
    )

    await services.sessions.end_all(alice)
    await GrantService(store=store, clock=ManualClock(START)).end_all(alice)

    assert (await uow.execute(rows(AccessTokenTable))).scalar_one() == 0
    assert (await uow.execute(rows(RefreshTokenTable))).scalar_one() == 0
    assert await services.sessions.find("cookie") is None
    assert await store.find(grant.id) == grant


async def test_a_deleted_person_leaves_nothing(
    uow: UnitOfWork, services: Services, grant: Grant, alice: UserId
) -> None:
    await RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).add("rt", a_refresh_token(grant))

    await services.users.delete(alice)

    assert await GrantStore(uow=uow, tenant_id=DEFAULT_TENANT).find(grant.id) is None
    assert (await uow.execute(rows(RefreshTokenTable))).scalar_one() == 0
