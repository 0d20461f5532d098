"""The device flow over a world in memory: the device's request, and its user's way to an answer (RFC 8628 §3)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.oidc.asking import CHALLENGE
from tests.oidc.browsing import consent
from tests.oidc.device import (
    a_world,
    browser,
    come_back,
    confirm,
    connect,
    cookie_of,
    open_page,
    page_of,
    poll,
    post,
    refused_poll,
    sign_in,
    start,
    told,
    tv,
)
from tests.oidc.world import ALICE, API, World

from sekisho.kernel.ids import UserId
from sekisho.oidc.authorize.answers import SwitchAccount
from sekisho.oidc.authorize.comeback import ResumeRequest
from sekisho.oidc.device.answers import Connected, SendUserCode
from sekisho.oidc.device.start import DeviceAuthorizationRequest
from sekisho.oidc.errors import OAuthError, SessionNotFound
from sekisho.oidc.models import Account, DeviceCode

BOB = UserId("bob000000000")


@pytest.fixture
def world() -> World:
    return a_world()


def only_code(world: World) -> DeviceCode:
    (code,) = world.device_codes.values()
    return code


async def test_a_device_learns_two_codes_and_where_to_type_one(world: World) -> None:
    answer = await start(world)

    assert list(answer) == [
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
    ]
    assert len(answer["device_code"]) == 43
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", answer["user_code"])
    assert answer["verification_uri"] == "https://id.example/device"
    assert answer["verification_uri_complete"] == f"https://id.example/device?user_code={answer['user_code']}"
    assert answer["expires_in"] == 600


REFUSED = [
    pytest.param({"client_id": "nope"}, "invalid_client", "invalid client nope", id="RFC 6749 §3.2.1: unknown client"),
    pytest.param(
        {"client_id": "native"},
        "invalid_request",
        "urn:ietf:params:oauth:grant-type:device_code is not allowed for this client",
        id="RFC 8628 §3.1: not a client for devices",
    ),
    pytest.param(
        {"client_secret": "s"}, "invalid_client", "client authentication failed", id="RFC 6749 §2.3: a public client"
    ),
    pytest.param(
        {"nonce": "n", "scope": "profile"},
        "invalid_request",
        "openid scope must be requested when using the nonce parameter",
        id="OpenID Connect Core §3.1.2.1: nonce",
    ),
    pytest.param(
        {"resource": "orders"},
        "invalid_target",
        "resource indicator must be an absolute URI",
        id="RFC 8707 §2: relative",
    ),
    pytest.param(
        {"resource": f"{API},{API}"},
        "invalid_target",
        "resource indicator is missing, or unknown",
        id="§1.3: a body's resource is not split at commas",
    ),
    pytest.param(
        {"max_age": "soon"},
        "invalid_request",
        "invalid max_age parameter value",
        id="OpenID Connect Core §3.1.2.1: max_age",
    ),
    pytest.param(
        {"id_token_hint": "x"},
        "invalid_request",
        "could not validate id_token_hint",
        id="OpenID Connect Core §3.1.2.1: hint",
    ),
]


@pytest.mark.parametrize(("form", "error", "description"), REFUSED)
async def test_an_unsound_device_request_is_refused(
    world: World, form: dict[str, str], error: str, description: str
) -> None:
    with pytest.raises(OAuthError) as caught:
        await start(world, **form)

    assert (caught.value.error, caught.value.description) == (error, description)
    assert not world.device_codes


async def test_a_device_repeats_nothing(world: World) -> None:
    request = [("client_id", "tv"), ("scope", "openid"), ("scope", "profile")]
    with pytest.raises(OAuthError, match="'scope' parameter must not be provided twice"):
        await world.provider.start_device(DeviceAuthorizationRequest(form=request))


async def test_what_only_a_browser_says_means_nothing_on_a_device(world: World) -> None:
    await start(
        world,
        redirect_uri="https://evil.example/",
        response_type="banana",
        response_mode="pigeon",
        prompt="none",
        state="s",
        code_challenge=CHALLENGE,
        request="ey",
        request_uri="https://evil.example/",
        registration="{}",
        unknown="x",
    )

    assert only_code(world).params == {"client_id": "tv", "scope": "openid offline_access profile"}


async def test_a_third_party_device_asks_for_no_more_than_it_may() -> None:
    world = a_world(is_third_party=True, allowed_scopes=frozenset({"openid", "offline_access"}))

    with pytest.raises(OAuthError) as caught:
        await start(world)
    assert (caught.value.error, caught.value.scope) == ("invalid_scope", "profile")


async def test_another_user_code_is_made_when_one_is_taken(world: World) -> None:
    for _ in range(3):
        await start(world)

    assert len(world.by_user_code) == 3


async def test_the_page_gets_a_secret_and_a_session_of_its_own(world: World) -> None:
    opened = await open_page(world, app_id="tv", ui_locales="ja", organization_id="org")

    assert told(opened) == {"app_id": "tv", "organization_id": "org", "ui_locales": "ja"}
    assert opened.xsrf == world.sessions[world.by_cookie[cookie_of(opened)]].device_xsrf
    assert opened.page_cookie == '{"appId":"tv","organizationId":"org","uiLocales":"ja"}'


async def test_two_tabs_share_the_secret_of_their_session(world: World) -> None:
    cookie, xsrf = await browser(world)

    again = await open_page(world, cookie=cookie)

    assert (again.xsrf, cookie_of(again)) == (xsrf, cookie)


async def test_a_page_that_lost_its_cookie_keeps_what_it_was_told(world: World) -> None:
    opened = await open_page(world, input_code="BCDF", error="InvalidRequest")

    assert told(opened) == {"input_code": "BCDF", "error": "InvalidRequest"}


async def test_a_complete_address_posts_its_code(world: World) -> None:
    opened = await open_page(world, user_code="BCDF-GHJK", app_id="tv")

    assert opened.answer == SendUserCode(
        action="https://id.example/oidc/device?app_id=tv", xsrf=opened.xsrf or "", user_code="BCDF-GHJK"
    )


WAYS = [str, str.lower, lambda code: f" {code.replace('-', ' ')} ", lambda code: code.replace("-", "_")]


@pytest.mark.parametrize("way", WAYS, ids=["as shown", "small letters", "with spaces", "with an underscore"])
async def test_a_code_may_be_typed_in_many_ways(world: World, way: Callable[[str], str]) -> None:
    waiting = await start(world, ui_locales="ja", organization_id="org")
    cookie, xsrf = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=way(waiting["user_code"]))

    assert told(answer) == {
        "app_id": "tv",
        "organization_id": "org",
        "ui_locales": "ja",
        "user_code": waiting["user_code"],
    }


async def test_the_query_overrides_what_the_device_said_but_not_which_application_it_is(world: World) -> None:
    waiting = await start(world, ui_locales="ja")
    cookie, xsrf = await browser(world)

    answer = await post(
        world,
        cookie=cookie,
        query={"app_id": "spa", "ui_locales": "en"},
        xsrf=xsrf,
        user_code=waiting["user_code"],
    )

    assert told(answer) == {"app_id": "tv", "ui_locales": "en", "user_code": waiting["user_code"]}


async def test_a_person_without_a_session_signs_in_consents_and_the_device_is_connected(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)

    page = await confirm(world, waiting["user_code"], cookie=cookie, xsrf=xsrf)
    interaction = world.interactions[page.interaction.uid]
    assert page.location == "/sign-in?app_id=tv"
    assert interaction.return_to == f"https://id.example/oidc/device/{interaction.uid}"
    assert interaction.device_code_id == only_code(world).id
    assert page.interaction.resume_path == f"/oidc/device/{interaction.uid}"

    signed_in = await sign_in(world, page, cookie=cookie)
    assert page_of(signed_in).location == "/consent?app_id=tv"
    assert signed_in.finished == interaction.uid
    assert cookie_of(signed_in) != cookie

    uid = page_of(signed_in).interaction.uid
    await consent(world, uid, cookie_of(signed_in))
    connected = await come_back(world, uid, cookie=cookie_of(signed_in))

    assert connected.answer == Connected()
    assert connected.forgets_xsrf
    assert not world.interactions


async def test_who_is_signed_in_already_is_only_asked_for_consent(world: World) -> None:
    world.signed_in(device_xsrf="secret")
    waiting = await start(world)

    page = await confirm(world, waiting["user_code"], cookie="cookie", xsrf="secret")

    assert page.location == "/consent?app_id=tv"
    assert world.interactions[page.interaction.uid].prompt.reasons == ["native_client_prompt", "op_scopes_missing"]


async def test_an_old_sign_in_is_not_enough_for_max_age(world: World) -> None:
    world.signed_in(device_xsrf="secret")
    world.clock.advance(timedelta(minutes=10))
    waiting = await start(world, max_age="60")

    page = await confirm(world, waiting["user_code"], cookie="cookie", xsrf="secret")

    assert page.location == "/sign-in?app_id=tv"


async def test_another_person_signs_the_present_one_out_first(world: World) -> None:
    world.accounts[BOB] = Account(id=BOB)
    world.signed_in(device_xsrf="secret")
    waiting = await start(world, max_age="0")
    page = await confirm(world, waiting["user_code"], cookie="cookie", xsrf="secret")

    back = await sign_in(world, page, cookie="cookie", account_id=BOB)

    assert isinstance(back.answer, SwitchAccount)
    logout = world.sessions["session"].logout
    assert logout is not None
    assert logout.post_logout_redirect_uri == f"https://id.example/oidc/device/{page.interaction.uid}"


@pytest.mark.parametrize("xsrf", ["", "guessed", "é"], ids=["none", "wrong", "not ASCII"])
async def test_a_form_of_another_page_does_nothing(world: World, xsrf: str) -> None:
    """RFC 8628 §5.4: an attacker's page must not confirm the attacker's code in the victim's session."""
    waiting = await start(world)
    cookie, _ = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"], confirm="yes")

    assert told(answer) == {"input_code": waiting["user_code"], "error": "InvalidRequest"}
    assert answer.forgets_xsrf
    assert not only_code(world).is_claimed


async def test_a_secret_is_good_in_its_session_only(world: World) -> None:
    waiting = await start(world)
    _, xsrf = await browser(world)
    cookie, _ = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"], confirm="yes")

    assert told(answer)["error"] == "InvalidRequest"


async def test_without_a_code_the_page_asks_for_one(world: World) -> None:
    cookie, xsrf = await browser(world)

    answer = await post(world, cookie=cookie, query={"app_id": "tv"}, xsrf=xsrf, user_code="", confirm="yes")

    assert told(answer) == {"error": "NoCodeError", "app_id": "tv"}


async def test_what_is_far_too_long_is_shown_in_part(world: World) -> None:
    cookie, xsrf = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code="B" * 50_000)

    assert told(answer) == {"input_code": "B" * 64, "error": "NotFoundError"}


async def test_an_unknown_code_is_said_to_be_one(world: World) -> None:
    cookie, xsrf = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code="BBBB-BBBB")

    assert told(answer) == {"input_code": "BBBB-BBBB", "error": "NotFoundError"}


async def test_a_code_of_ten_minutes_ago_has_expired(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    world.clock.advance(timedelta(seconds=615))

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"])

    assert told(answer)["error"] == "ExpiredError"


async def test_a_code_that_somebody_confirmed_is_used(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    await confirm(world, waiting["user_code"], cookie=cookie, xsrf=xsrf)

    other, other_xsrf = await browser(world)
    answer = await post(world, cookie=other, xsrf=other_xsrf, user_code=waiting["user_code"], confirm="yes")

    assert told(answer)["error"] == "AlreadyUsedError"


async def test_a_person_may_say_no(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"], abort="yes")

    assert told(answer) == {"error": "AbortedError"}
    refusal = await refused_poll(world, waiting["device_code"])
    assert refusal.members() == {"error": "access_denied", "error_description": "End-User aborted interaction"}
    again = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"], confirm="yes")
    assert told(again)["error"] == "AlreadyUsedError"


async def test_a_refusal_on_a_page_reaches_the_device(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    page = await confirm(world, waiting["user_code"], cookie=cookie, xsrf=xsrf)
    uid = page.interaction.uid
    world.interactions[uid] = replace(
        world.interactions[uid], result={"error": "access_denied", "error_description": "no"}
    )

    back = await come_back(world, uid, cookie=cookie)

    assert told(back) == {"error": "AccessDenied"}
    assert (await refused_poll(world, waiting["device_code"])).members() == {
        "error": "access_denied",
        "error_description": "no",
    }


async def test_a_client_that_lost_a_scope_meanwhile_gets_nothing(world: World) -> None:
    waiting = await start(world)
    world.all_clients["tv"] = tv(is_third_party=True, allowed_scopes=frozenset({"openid"}))
    cookie, xsrf = await browser(world)

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"], confirm="yes")

    assert told(answer) == {"error": "InvalidScope"}
    assert (await refused_poll(world, waiting["device_code"])).members()["error"] == "invalid_scope"


async def test_nothing_granted_is_a_refusal(world: World) -> None:
    waiting = await start(world, scope="")

    assert told(await connect(world, waiting["user_code"])) == {"error": "AccessDenied"}


RESUMED = [
    pytest.param(None, "SessionNotFound", id="without the cookie"),
    pytest.param("other", "InvalidRequest", id="with another's cookie"),
]


@pytest.mark.parametrize(("resume", "error"), RESUMED)
async def test_only_the_browser_that_was_sent_away_comes_back(world: World, resume: str | None, error: str) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    page = await confirm(world, waiting["user_code"], cookie=cookie, xsrf=xsrf)

    assert told(await come_back(world, page.interaction.uid, cookie=cookie, resume=resume)) == {"error": error}


async def test_what_a_device_was_allowed_does_not_come_out_as_a_code(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    uid = (await confirm(world, waiting["user_code"], cookie=cookie, xsrf=xsrf)).interaction.uid

    with pytest.raises(SessionNotFound):
        await world.provider.resume(ResumeRequest(uid=uid, resume_cookie=uid, session_cookie=cookie))


async def test_a_page_that_took_too_long_connects_nothing(world: World) -> None:
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    page = await confirm(world, waiting["user_code"], cookie=cookie, xsrf=xsrf)
    world.clock.advance(timedelta(seconds=615))

    back = await sign_in(world, page, cookie=cookie)

    assert told(back) == {"error": "ExpiredError"}
    assert back.finished == page.interaction.uid


async def test_guessing_stops_before_it_finds_anything(world: World) -> None:
    """RFC 8628 §5.1: a user code is short, so few guesses may be made; right ones are refused as well, then."""
    world.guesses_allowed = 3
    waiting = await start(world)
    cookie, xsrf = await browser(world)
    for _ in range(3):
        await post(world, cookie=cookie, xsrf=xsrf, user_code="BBBB-BBBB")

    answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"], confirm="yes")
    elsewhere = await post(world, cookie=cookie, address="198.51.100.1", xsrf=xsrf, user_code=waiting["user_code"])

    assert told(answer)["error"] == "TooManyAttemptsError"
    assert told(elsewhere)["user_code"] == waiting["user_code"]


async def test_right_codes_are_no_guesses(world: World) -> None:
    world.guesses_allowed = 1
    waiting = await start(world)
    cookie, xsrf = await browser(world)

    for _ in range(3):
        answer = await post(world, cookie=cookie, xsrf=xsrf, user_code=waiting["user_code"])
        assert told(answer)["user_code"] == waiting["user_code"]


async def test_a_form_without_the_secret_counts_no_guess(world: World) -> None:
    await post(world, cookie=None, user_code="BBBB-BBBB")

    assert not world.wrong_guesses


async def test_the_device_gets_what_its_user_allowed(world: World) -> None:
    world.held[ALICE, API] = ["read:orders"]
    waiting = await start(world, scope="openid read:orders", resource=API)
    await connect(world, waiting["user_code"])

    tokens = await poll(world, waiting["device_code"])

    assert tokens["scope"] == "openid"
    grant = next(iter(world.grants.values()))
    assert grant.resources == {API: ["read:orders"]}
    session = next(each for each in world.sessions.values() if each.account_id == ALICE)
    assert session.authorizations["tv"].grant_id == grant.id


async def test_a_device_counts_as_one_of_its_client_s_grants() -> None:
    world = a_world(max_allowed_grants=1)
    waiting = await start(world)

    await connect(world, waiting["user_code"])

    assert world.limits == [(ALICE, "tv", 1)]
