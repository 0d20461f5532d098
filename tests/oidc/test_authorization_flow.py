"""From request to answer and back from a page, over memory (oidc.md §4.2, §4.4, §8, §9)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.oidc.asking import OTHER_API
from tests.oidc.browsing import ask, come_back, consent, members_of, page_of, sign_in
from tests.oidc.world import ALICE, API, REDIRECT_URI, World, native, spa

from sekisho.kernel.errors import Outdated
from sekisho.kernel.ids import UserId
from sekisho.oidc.authorize.answers import Refused, SwitchAccount
from sekisho.oidc.browser import Browser
from sekisho.oidc.consent import ConsentGiven
from sekisho.oidc.errors import InvalidRequest, OAuthError, SessionNotFound
from sekisho.oidc.models import Account, ClientAuthorization, ResourceServer
from sekisho.oidc.response_modes import PostToClient, RedirectToClient


@pytest.fixture
def world() -> World:
    return World()


async def test_a_visitor_leaves_no_session_behind(world: World) -> None:
    authorized = await ask(world)

    assert page_of(authorized).location == "/sign-in?app_id=spa"
    assert authorized.session_cookie is None
    assert world.sessions == {}


async def test_a_dead_session_cookie_is_replaced_at_once(world: World) -> None:
    authorized = await ask(world, cookie="dead")

    assert authorized.session_cookie is not None
    assert authorized.session_cookie.value in world.by_cookie
    (session,) = world.sessions.values()
    assert session.account_id is None
    assert session.expires_at == world.clock.now() + timedelta(hours=1)


async def test_an_expired_session_is_none(world: World) -> None:
    world.signed_in()
    world.clock.advance(timedelta(days=14, seconds=15))

    assert page_of(await ask(world, cookie="cookie")).location == "/sign-in?app_id=spa"


async def test_a_session_that_ends_while_it_is_used_is_over(world: World) -> None:
    world.signed_in()
    browser = await Browser.of(world.ports, "cookie")
    del world.sessions["session"]

    with pytest.raises(Outdated):
        await browser.save(world.ports)

    later = await Browser.of(world.ports, "cookie")
    cookie = await later.save(world.ports)
    assert later.account_id is None
    assert cookie is not None
    assert cookie.value not in {None, "cookie"}


async def test_a_sign_in_and_an_automatic_consent_end_with_a_code(world: World) -> None:
    signed_in = await sign_in(world)
    page = page_of(signed_in)
    assert signed_in.session_cookie is not None
    cookie = signed_in.session_cookie.value or ""
    given = await consent(world, page.interaction.uid, cookie)
    done = await come_back(world, page.interaction.uid, cookie=cookie)

    assert page.location == "/consent?app_id=spa"
    assert isinstance(given, ConsentGiven)
    assert given.return_to == f"https://id.example/oidc/auth/{page.interaction.uid}"
    members = members_of(done)
    assert (members["state"], members["iss"]) == ("s", "https://id.example/oidc")
    code = world.codes[members["code"]]
    assert code.authorization.scopes == ["openid", "profile"]
    assert code.authorization.expires_with_session
    assert code.expires_at - code.created_at == timedelta(seconds=60)
    assert world.interactions == {}
    assert world.first_clients == {ALICE: "spa"}
    assert done.finished == page.interaction.uid


async def test_the_session_gets_a_new_cookie_at_each_step_and_a_longer_life(world: World) -> None:
    first = (await sign_in(world)).session_cookie
    assert first is not None
    (uid,) = world.interactions
    await consent(world, uid, first.value or "")
    world.clock.advance(timedelta(minutes=5))
    second = (await come_back(world, uid, cookie=first.value)).session_cookie

    assert second is not None
    assert second.value != first.value
    assert first.value not in world.by_cookie
    assert second.expires_at == world.clock.now() + timedelta(days=14)


async def test_a_repeated_authorization_needs_no_page_and_keeps_the_cookie(world: World) -> None:
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})

    authorized = await ask(world, cookie="cookie")

    assert "code" in members_of(authorized)
    assert authorized.session_cookie is not None
    assert authorized.session_cookie.value == "cookie"


async def test_offline_access_makes_the_tokens_outlive_the_session(world: World) -> None:
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})
    page = page_of(await ask(world, cookie="cookie", scope="openid offline_access", prompt="consent"))
    await consent(world, page.interaction.uid, "cookie")

    members = members_of(await come_back(world, page.interaction.uid, cookie="cookie"))

    assert not world.codes[members["code"]].authorization.expires_with_session
    entry = world.sessions["session"].authorizations["spa"]
    assert entry == ClientAuthorization(sid="sid", grant_id=grant.id, persists_logout=True)


async def test_a_native_application_is_asked_every_time(world: World) -> None:
    world.all_clients["spa"] = native(id="spa")
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})

    page = page_of(await ask(world, cookie="cookie"))
    await consent(world, page.interaction.uid, "cookie")

    assert page.location == "/consent?app_id=spa"
    assert "code" in members_of(await come_back(world, page.interaction.uid, cookie="cookie"))
    assert list(world.grants) == ["grant"]


async def test_a_grant_of_another_session_is_not_reused(world: World) -> None:
    world.granted()
    world.signed_in()

    assert page_of(await ask(world, cookie="cookie")).location == "/consent?app_id=spa"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none", "max_age": "10"}, "login_required"),
    ],
)
async def test_prompt_none_is_told_what_is_missing(world: World, params: dict[str, str], error: str) -> None:
    members = members_of(await ask(world, **params))

    assert (members["error"], members["state"]) == (error, "s")


async def test_prompt_none_without_consent_is_consent_required(world: World) -> None:
    world.signed_in()

    assert members_of(await ask(world, cookie="cookie", prompt="none"))["error"] == "consent_required"


async def test_nothing_granted_is_access_denied(world: World) -> None:
    grant = world.granted(scopes=["openid"])
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})

    members = members_of(await ask(world, cookie="cookie", scope=""))

    assert members["error"] == "access_denied"


@pytest.mark.parametrize("account", [None, Account(id=ALICE, is_suspended=True)], ids=["deleted", "suspended"])
async def test_a_session_of_nobody_must_sign_in(world: World, account: Account | None) -> None:
    world.signed_in()
    world.accounts = {} if account is None else {ALICE: account}

    assert page_of(await ask(world, cookie="cookie")).location == "/sign-in?app_id=spa"


@pytest.mark.parametrize("account", [None, Account(id=ALICE, is_suspended=True)], ids=["deleted", "suspended"])
async def test_a_sign_in_of_nobody_counts_for_nothing(world: World, account: Account | None) -> None:
    page = page_of(await ask(world))
    uid = page.interaction.uid
    world.interactions[uid] = replace(world.interactions[uid], result={"login": {"accountId": ALICE}})
    world.accounts = {} if account is None else {ALICE: account}

    again = await come_back(world, uid)

    assert page_of(again).location == "/sign-in?app_id=spa"
    assert world.sessions == {}
    assert uid not in world.interactions


async def test_a_sign_in_of_nobody_is_no_new_sign_in_of_who_is_there(world: World) -> None:
    bob = UserId("bob000000000")
    world.signed_in()
    world.granted()
    page = page_of(await ask(world, cookie="cookie", prompt="login"))
    uid = page.interaction.uid
    world.interactions[uid] = replace(world.interactions[uid], result={"login": {"accountId": bob}})
    world.accounts[bob] = Account(id=bob, is_suspended=True)

    again = await come_back(world, uid, cookie="cookie")

    # Alice's session goes on, and she must still sign in again as the application asked.
    assert page_of(again).location == "/sign-in?app_id=spa"
    assert world.sessions["session"].account_id == ALICE


async def test_resource_scopes_are_limited_to_what_the_person_may_have(world: World) -> None:
    world.held[ALICE, API] = ["read"]
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie", scope="openid read write", resource=API))
    details = world.interactions[page.interaction.uid].prompt.details
    await consent(world, page.interaction.uid, "cookie")
    members = members_of(await come_back(world, page.interaction.uid, cookie="cookie"))

    assert details == {"missingOIDCScope": ["openid"], "missingResourceScopes": {API: ["read"]}}
    authorization = world.codes[members["code"]].authorization
    assert (authorization.scopes, authorization.resources) == (["openid", "read"], [API])


async def test_a_third_party_reaches_only_the_scopes_of_apis_that_it_was_given(world: World) -> None:
    world.all_clients["spa"] = spa(is_third_party=True, allowed_resource_scopes={API: frozenset({"read"})})
    world.held[ALICE, API] = world.held[ALICE, OTHER_API] = ["read", "write"]
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    world.signed_in()

    both = f"{API},{OTHER_API}"
    page = page_of(await ask(world, cookie="cookie", scope="openid read write", resource=both))

    details = world.interactions[page.interaction.uid].prompt.details
    assert details == {"missingOIDCScope": ["openid"], "missingResourceScopes": {API: ["read"]}}


async def test_auth_time_is_kept_only_when_asked_for(world: World) -> None:
    grant = world.granted()
    session = world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})
    plain = members_of(await ask(world, cookie="cookie"))
    timed = members_of(await ask(world, cookie="cookie", max_age="60"))

    assert world.codes[plain["code"]].authorization.auth_time is None
    assert world.codes[timed["code"]].authorization.auth_time == session.login_at


async def test_a_new_sign_in_is_asked_once(world: World) -> None:
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})
    world.clock.advance(timedelta(hours=1))
    page = page_of(await ask(world, cookie="cookie", prompt="login"))
    world.interactions[page.interaction.uid] = replace(
        world.interactions[page.interaction.uid], result={"login": {"accountId": ALICE}}
    )

    done = await come_back(world, page.interaction.uid, cookie="cookie")

    assert "code" in members_of(done)
    assert world.sessions["session"].login_at == world.clock.now()


async def test_another_person_signs_the_present_one_out_first(world: World) -> None:
    world.accounts[UserId("bob")] = Account(id=UserId("bob"))
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie", prompt="login"))
    uid = page.interaction.uid
    world.interactions[uid] = replace(world.interactions[uid], result={"login": {"accountId": "bob"}})

    switch = await come_back(world, uid, cookie="cookie")

    assert isinstance(switch.answer, SwitchAccount)
    assert switch.answer.action == "https://id.example/oidc/session/end/confirm"
    wanted = world.sessions["session"].logout
    assert wanted is not None
    assert wanted.post_logout_redirect_uri == f"https://id.example/oidc/auth/{uid}"
    # Once the old session is gone, the way back leads on as somebody else.
    del world.sessions["session"]
    onward = await come_back(world, uid)
    assert page_of(onward).location == "/consent?app_id=spa"
    (session,) = world.sessions.values()
    assert session.account_id == "bob"


@pytest.mark.parametrize(
    ("resume", "error", "description"),
    [
        (None, SessionNotFound, "authorization request has expired"),
        ("another", InvalidRequest, "authorization session and cookie identifier mismatch"),
    ],
)
async def test_the_way_back_belongs_to_one_browser(
    world: World, resume: str | None, error: type[OAuthError], description: str
) -> None:
    page = page_of(await ask(world))

    with pytest.raises(error) as caught:
        await come_back(world, page.interaction.uid, resume=resume)

    assert caught.value.description == description


async def test_the_way_back_ends_with_the_interaction(world: World) -> None:
    page = page_of(await ask(world))
    world.clock.advance(timedelta(hours=1, seconds=15))

    with pytest.raises(SessionNotFound) as caught:
        await come_back(world, page.interaction.uid)

    assert caught.value.description == "interaction session not found"


async def test_the_way_back_belongs_to_one_session(world: World) -> None:
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie"))
    world.signed_in(session_id="second", uid="second")

    with pytest.raises(InvalidRequest) as caught:
        await come_back(world, page.interaction.uid, cookie="second")

    assert caught.value.description == "interaction session and authentication session mismatch"


async def test_a_page_left_without_a_result_asks_again(world: World) -> None:
    first = page_of(await ask(world))
    second = page_of(await come_back(world, first.interaction.uid))

    assert second.location == first.location
    assert list(world.interactions) == [second.interaction.uid]


async def test_a_page_can_end_the_flow_with_an_error(world: World) -> None:
    page = page_of(await ask(world))
    uid = page.interaction.uid
    result = {"error": "access_denied", "error_description": "End-User aborted interaction"}
    world.interactions[uid] = replace(world.interactions[uid], result=result)

    members = members_of(await come_back(world, uid))

    assert (members["error"], members["error_description"]) == ("access_denied", "End-User aborted interaction")


async def test_what_changed_meanwhile_counts(world: World) -> None:
    page = page_of(await ask(world))
    world.all_clients["spa"] = spa(redirect_uris=("https://elsewhere.example/",))

    answer = (await come_back(world, page.interaction.uid)).answer

    assert isinstance(answer, Refused)
    assert answer.error.error == "invalid_redirect_uri"


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
async def test_a_code_travels_in_the_requested_mode(world: World, mode: str) -> None:
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})

    answer = (await ask(world, cookie="cookie", response_mode=mode)).answer

    match answer:
        case RedirectToClient():
            assert answer.location.startswith(f"{REDIRECT_URI}{'?' if mode == 'query' else '#'}code=")
        case PostToClient():
            assert (answer.action, answer.is_error) == (REDIRECT_URI, False)
            assert list(answer.members) == ["code", "state", "iss"]
        case _:
            pytest.fail(f"unexpected {answer}")
