"""The fake providers: what they answer to the calls of a connector, each in its own words."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.support.providers import CHALLENGE, KEYS, REDIRECT_URI, VERIFIER, Program, back, providers_over_asgi

from sekisho.devkit.providers.routing import PATH, provider_origins
from sekisho.kernel.clock import ManualClock


@pytest.fixture
async def browser(clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    async with providers_over_asgi(clock) as browser:
        yield browser


@pytest.fixture(params=KEYS)
def program(request: pytest.FixtureRequest, browser: httpx2.AsyncClient) -> Program:
    return Program(browser, request.param)


async def test_who_does_not_consent_is_sent_back_with_an_error(program: Program, browser: httpx2.AsyncClient) -> None:
    answer = back(await browser.get(program.authorization_url(account="hokusai", decision="deny")))
    assert "code" not in answer
    assert answer["state"] == "some state"
    assert answer["error"] == ("user_cancelled_authorize" if program.key == "linkedin" else "access_denied")


async def test_a_code_is_redeemed_once(program: Program) -> None:
    code = (await program.come_back())["code"]
    assert (await program.redeem(code)).status_code == 200
    assert (await program.redeem(code)).status_code == 400


@pytest.mark.parametrize(("fault", "status"), [("expired-code", 400), ("wrong-secret", 401), ("token-error", 500)])
async def test_a_fault_chosen_on_the_page_shows_at_the_token_endpoint(
    program: Program, fault: str, status: int
) -> None:
    answer = await program.redeem((await program.come_back(fault=fault))["code"])
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"


async def test_a_wrong_secret_is_refused(program: Program) -> None:
    code = (await program.come_back())["code"]
    assert (await program.redeem(code, secret="guessed")).status_code == 401
    assert (await program.redeem(code)).status_code == 200


async def test_a_code_belongs_to_its_redirect_uri(program: Program) -> None:
    code = (await program.come_back())["code"]
    assert (await program.redeem(code, redirect_uri="http://localhost:3001/callback/another")).status_code == 400


async def test_a_challenge_needs_its_verifier(program: Program) -> None:
    code = (await program.come_back(code_challenge=CHALLENGE, code_challenge_method="S256"))["code"]
    assert (await program.redeem(code, code_verifier="guessed")).status_code == 400
    assert (await program.redeem(code, code_verifier=VERIFIER)).status_code == 200


async def test_a_code_of_one_provider_is_nothing_to_another(program: Program, browser: httpx2.AsyncClient) -> None:
    other = Program(browser, "kakao" if program.key == "discord" else "discord")
    code = (await other.come_back())["code"]
    assert (await program.redeem(code)).status_code == 400


@pytest.mark.parametrize("token", ["", "guessed", "e30"])
async def test_a_guessed_token_is_refused(program: Program, token: str) -> None:
    assert (await program.profile(token)).status_code == 401


async def test_a_page_in_place_of_json(program: Program) -> None:
    answer = await program.redeem((await program.come_back(fault="not-json"))["code"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_state_nobody_asked_with(program: Program) -> None:
    assert (await program.come_back(fault="forged-state"))["state"] == "forged"


@pytest.mark.parametrize("key", ["x", "kakao", "discord", "linkedin", "oauth2"])
@pytest.mark.parametrize(("fault", "status"), [("revoked-token", 401), ("profile-error", 500)])
async def test_a_fault_chosen_on_the_page_shows_at_the_profile_endpoint(
    browser: httpx2.AsyncClient, key: str, fault: str, status: int
) -> None:
    program = Program(browser, key)
    tokens = (await program.redeem((await program.come_back(fault=fault))["code"])).json()
    assert (await program.profile(tokens["access_token"])).status_code == status


async def test_x_tells_the_address_only_to_who_asks_and_may_know(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "x")
    asking = {"user.fields": "confirmed_email"}
    assert await program.learn() == {
        "data": {"id": "176010310000", "name": "Katsushika Hokusai", "username": "hokusai"}
    }
    assert (await program.learn(query=asking))["data"]["confirmed_email"] == "hokusai@example.com"
    without = await program.learn(query=asking, scope="tweet.read users.read")
    assert "confirmed_email" not in without["data"]


async def test_x_writes_the_token_type_in_lower_case(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "x")
    tokens = (await program.redeem((await program.come_back())["code"])).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 7200)


async def test_x_and_discord_want_their_scopes(browser: httpx2.AsyncClient) -> None:
    for key in ("x", "discord"):
        program = Program(browser, key)
        tokens = (await program.redeem((await program.come_back(scope="email"))["code"])).json()
        assert (await program.profile(tokens["access_token"])).status_code == 403


async def test_kakao_has_numbers_for_ids_and_flags_for_addresses(browser: httpx2.AsyncClient) -> None:
    told = await Program(browser, "kakao").learn()
    assert told["id"] == 17601031
    assert told["kakao_account"]["is_email_valid"] is True
    assert told["kakao_account"]["profile"]["is_default_image"] is False


async def test_kakao_takes_no_secret_for_an_answer_but_not_a_wrong_one(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "kakao")
    code = (await program.come_back())["code"]
    form = {"grant_type": "authorization_code", "client_id": "kakao-client", "code": code, "redirect_uri": REDIRECT_URI}
    refused = await program.redeem(code, secret="undefined")
    assert refused.json()["error_code"] == "KOE010"
    assert (await browser.post(program.token_endpoint, data=form)).status_code == 200


async def test_discord_tells_whether_an_address_is_verified(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "discord")
    told = await program.learn()
    assert (told["email"], told["verified"]) == ("hokusai@example.com", True)
    hidden = await program.learn(fault="no-email")
    assert (hidden["email"], hidden["verified"]) == (None, False)


async def test_linkedin_tells_it_as_a_text(browser: httpx2.AsyncClient) -> None:
    told = await Program(browser, "linkedin").learn()
    assert told["email_verified"] == "true"
    assert told["picture"] == "https://pictures.example/hokusai.png"
    assert told["locale"] == {"country": "JP", "language": "ja"}


async def test_a_token_answer_may_be_a_query_string(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "oauth2")
    program.token_endpoint += "?format=query-string"
    answer = await program.redeem((await program.come_back())["code"])
    assert dict(parse_qsl(answer.text))["token_type"] == "Bearer"


async def test_an_id_token_is_signed_with_the_published_key_and_carries_the_nonce(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "oidc")
    keys = KeySet.import_key_set((await browser.get(f"{PATH}/oidc/keys")).json())
    tokens = (await program.redeem((await program.come_back(nonce="once"))["code"])).json()
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert (claims["aud"], claims["nonce"], claims["email_verified"]) == ("oidc-client", "once", True)


async def test_tokens_are_renewed(browser: httpx2.AsyncClient) -> None:
    program = Program(browser, "oidc")
    tokens = (await program.redeem((await program.come_back())["code"])).json()
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": "oidc-client",
        "client_secret": "oidc-secret-to-try-out",
    }
    renewed = (await browser.post(program.token_endpoint, data=form)).json()
    assert (await program.profile(renewed["access_token"])).json()["name"] == "Katsushika Hokusai"
    assert (await program.profile(renewed["refresh_token"])).status_code == 401


def test_every_origin_of_a_real_provider_leads_to_its_fake() -> None:
    assert provider_origins("http://localhost:3001") == {
        "https://twitter.com": "http://localhost:3001/dev/providers/x",
        "https://api.twitter.com": "http://localhost:3001/dev/providers/x",
        "https://kauth.kakao.com": "http://localhost:3001/dev/providers/kakao",
        "https://kapi.kakao.com": "http://localhost:3001/dev/providers/kakao",
        "https://discord.com": "http://localhost:3001/dev/providers/discord",
        "https://www.linkedin.com": "http://localhost:3001/dev/providers/linkedin",
        "https://api.linkedin.com": "http://localhost:3001/dev/providers/linkedin",
    }
