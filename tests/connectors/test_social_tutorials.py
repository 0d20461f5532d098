"""X, Kakao, Discord and LinkedIn against their fakes: what they send, whom they recognise, and how they fail."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.connectors.social_kit import REDIRECT_URI, NewTrial, Trial, answer, new_trial

from sekisho.connectors.builtin import discord, kakao, linkedin, x
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.connectors.kit.social import SocialUser
from sekisho.connectors.kit.tools import HttpFailed

__all__ = ["new_trial"]

CONNECTORS = {"x": x.X(), "kakao": kakao.Kakao(), "discord": discord.Discord(), "linkedin": linkedin.LinkedIn()}
MODULES = {"x": x, "kakao": kakao, "discord": discord, "linkedin": linkedin}
ENCODED_REDIRECT_URI = "http%3A%2F%2Flocalhost%3A3001%2Fcallback%2Finstance"
TOKENS = {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "scope": "a"}


def credentials(key: str) -> dict[str, Any]:
    return {"clientId": f"{key}-client", "clientSecret": f"{key}-secret-to-try-out"}


@pytest.fixture(params=CONNECTORS)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def trial(new_trial: NewTrial, key: str) -> Trial:
    """Return each of the four in turn."""
    return new_trial(CONNECTORS[key], **credentials(key))


def named(key: str, new_trial: NewTrial, **config: Any) -> Trial:
    return new_trial(CONNECTORS[key], **credentials(key), **config)


async def refused(trial: Trial, **choices: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as error:
        await trial.sign_in(**choices)
    return error.value


# The way out


async def test_x_is_asked_with_these_parameters_in_this_order(new_trial: NewTrial) -> None:
    trial = new_trial(CONNECTORS["x"], clientId="<client-id>", clientSecret="s")
    url = await trial.way_out()
    verifier = trial.session.values["codeVerifier"]
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert url == (
        "https://twitter.com/i/oauth2/authorize?response_type=code&client_id=%3Cclient-id%3E"
        f"&redirect_uri={ENCODED_REDIRECT_URI}&scope=tweet.read+users.read&state=some_state"
        f"&code_challenge={challenge}&code_challenge_method=S256"
    )
    assert len(verifier) == 43
    assert set(trial.session.values) == {"codeVerifier"}


async def test_a_verifier_is_used_for_one_sign_in(new_trial: NewTrial) -> None:
    trial = named("x", new_trial)
    await trial.way_out()
    first = trial.session.values
    await trial.way_out()
    assert trial.session.values != first


async def test_kakao_is_asked_without_a_scope(new_trial: NewTrial) -> None:
    trial = named("kakao", new_trial)
    expected = (
        f"https://kauth.kakao.com/oauth/authorize?client_id=kakao-client&redirect_uri={ENCODED_REDIRECT_URI}"
        "&response_type=code&state=some_state"
    )
    assert await trial.way_out() == expected
    assert await trial.way_out(scope="profile_nickname") == expected
    assert trial.session.values == {}


async def test_discord_is_asked_with_these_parameters_in_this_order(new_trial: NewTrial) -> None:
    trial = named("discord", new_trial)
    assert await trial.way_out() == (
        f"https://discord.com/oauth2/authorize?client_id=discord-client&redirect_uri={ENCODED_REDIRECT_URI}"
        "&response_type=code&scope=identify+email&state=some_state"
    )
    assert trial.session.values == {}


async def test_linkedin_is_asked_with_these_parameters_in_this_order(new_trial: NewTrial) -> None:
    trial = named("linkedin", new_trial)
    assert await trial.way_out() == (
        "https://www.linkedin.com/oauth/v2/authorization?response_type=code&client_id=linkedin-client"
        f"&redirect_uri={ENCODED_REDIRECT_URI}&scope=openid+profile+email&state=some_state"
    )
    assert trial.session.values == {"redirectUri": REDIRECT_URI}


@pytest.mark.parametrize("key", ["x", "discord", "linkedin"])
async def test_a_scope_that_is_asked_for_goes_before_the_configured_one_before_the_default(
    new_trial: NewTrial, key: str
) -> None:
    trial = named(key, new_trial, scope="configured one")
    assert parse_qs(urlsplit(await trial.way_out()).query)["scope"] == ["configured one"]
    assert parse_qs(urlsplit(await trial.way_out(scope="asked for")).query)["scope"] == ["asked for"]


# Whom they recognise


async def test_x_recognises_somebody_without_an_address(new_trial: NewTrial) -> None:
    trial = named("x", new_trial)
    result = await trial.sign_in()
    raw = {"data": {"id": "176010310000", "name": "Katsushika Hokusai", "username": "hokusai"}}
    assert result.user == SocialUser(id="176010310000", name="Katsushika Hokusai", raw_data=raw)
    assert result.token is None
    asked = trial.http.sent[-1]
    assert (asked.method, asked.url) == ("GET", "https://api.twitter.com/2/users/me")
    assert asked.headers["authorization"].startswith("bearer ")


async def test_x_asks_for_the_address_where_the_configured_scope_covers_it(new_trial: NewTrial) -> None:
    trial = named("x", new_trial, scope="tweet.read users.read users.email")
    assert (await trial.sign_in()).user.email == "hokusai@example.com"
    assert trial.http.sent[-1].url == "https://api.twitter.com/2/users/me?user.fields=confirmed_email"
    assert (await trial.sign_in(account="hiroshige")).user.email is None


async def test_kakao_recognises_somebody_by_a_number(new_trial: NewTrial) -> None:
    trial = named("kakao", new_trial)
    user = (await trial.sign_in()).user
    assert (user.id, user.name, user.email) == ("17601031", "Katsushika Hokusai", "hokusai@example.com")
    assert user.avatar == "https://pictures.example/hokusai.png"
    assert (trial.http.sent[-1].method, trial.http.sent[-1].form) == ("POST", ())


async def test_kakaos_picture_of_everybody_is_nobodys_picture(new_trial: NewTrial) -> None:
    user = (await named("kakao", new_trial).sign_in(account="hiroshige")).user
    assert (user.name, user.avatar) == ("Utagawa Hiroshige", None)


async def test_discord_recognises_somebody(new_trial: NewTrial) -> None:
    user = (await named("discord", new_trial).sign_in()).user
    assert (user.id, user.name, user.email) == ("176010310000000000", "hokusai", "hokusai@example.com")
    assert user.avatar == ("https://cdn.discordapp.com/avatars/176010310000000000/8342729096ea3675442027381ff50dfe")


async def test_linkedin_recognises_somebody(new_trial: NewTrial) -> None:
    user = (await named("linkedin", new_trial).sign_in()).user
    assert (user.id, user.name, user.email) == ("10c9207Q", "Katsushika Hokusai", "hokusai@example.com")
    assert user.avatar == "https://pictures.example/hokusai.png"


@pytest.mark.parametrize("account", ["hiroshige", "sharaku"])
async def test_an_address_that_is_not_proven_counts_for_nothing(trial: Trial, account: str) -> None:
    assert (await trial.sign_in(account=account)).user.email is None


async def test_somebody_who_tells_no_address_is_recognised_all_the_same(trial: Trial) -> None:
    shy, open_ = await trial.sign_in(fault="no-email"), await trial.sign_in()
    assert shy.user.id == open_.user.id
    assert shy.user.email is None


async def test_the_same_person_has_the_same_id_and_others_have_others(trial: Trial) -> None:
    ids = [(await trial.sign_in(account=who)).user.id for who in ("hokusai", "hokusai", "hiroshige", "sharaku")]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


async def test_somebody_without_a_name_has_none(new_trial: NewTrial) -> None:
    for key in ("x", "kakao", "linkedin"):
        user = (await named(key, new_trial).sign_in(account="sharaku")).user
        assert (user.name, user.avatar) == (None, None)


@pytest.mark.parametrize(
    ("told", "email"),
    [(True, "a@example.com"), ("true", "a@example.com"), (None, "a@example.com"), (False, None), ("False", None)],
)
async def test_linkedin_says_in_words_or_not_whether_an_address_is_verified(
    new_trial: NewTrial, told: object, email: str | None
) -> None:
    trial = named("linkedin", new_trial)
    info = {"sub": "1", "email": "a@example.com", "email_verified": told}
    trial.http.answers = {linkedin.USER_INFO_ENDPOINT: answer(200, info)}
    assert (await trial.sign_in()).user.email == email


@pytest.mark.parametrize("is_valid", [None, False])
async def test_an_address_that_kakao_holds_invalid_counts_for_nothing(
    new_trial: NewTrial, *, is_valid: bool | None
) -> None:
    trial = named("kakao", new_trial)
    account = {"email": "a@example.com", "is_email_valid": is_valid, "is_email_verified": True}
    trial.http.answers = {kakao.USER_INFO_ENDPOINT: answer(200, {"id": 1, "kakao_account": account})}
    assert (await trial.sign_in()).user.email is None


# The exchange of the code


async def test_x_is_shown_the_secret_in_a_header_and_the_verifier_in_the_body(new_trial: NewTrial) -> None:
    trial = named("x", new_trial)
    callback = await trial.at_the_provider()
    await trial.come_back(callback)
    sent = trial.http.sent[0]
    assert (sent.method, sent.url) == ("POST", "https://api.twitter.com/2/oauth2/token")
    assert sent.headers["authorization"] == f"Basic {b64encode(b'x-client:x-secret-to-try-out').decode()}"
    assert sent.form == (
        ("grant_type", "authorization_code"),
        ("code", callback["code"]),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", "x-client"),
        ("code_verifier", trial.session.values["codeVerifier"]),
    )


@pytest.mark.parametrize("is_secret", [True, False])
async def test_kakao_is_shown_a_secret_only_if_there_is_one(new_trial: NewTrial, *, is_secret: bool) -> None:
    secret = {"clientSecret": "kakao-secret-to-try-out"} if is_secret else {}
    trial = new_trial(CONNECTORS["kakao"], clientId="kakao-client", **secret)
    callback = await trial.at_the_provider()
    await trial.come_back({**callback, "code": callback["code"].replace("c", "%63")})
    sent = trial.http.sent[0]
    assert (sent.method, sent.url) == ("POST", "https://kauth.kakao.com/oauth/token")
    shown = (("client_secret", "kakao-secret-to-try-out"),) if is_secret else ()
    assert sent.form == (
        ("code", callback["code"]),
        ("client_id", "kakao-client"),
        *shown,
        ("redirect_uri", REDIRECT_URI),
        ("grant_type", "authorization_code"),
    )


async def test_discord_is_shown_the_secret_in_the_body(new_trial: NewTrial) -> None:
    trial = named("discord", new_trial)
    callback = await trial.at_the_provider()
    await trial.come_back(callback)
    sent = trial.http.sent[0]
    assert (sent.method, sent.url) == ("POST", "https://discord.com/api/v10/oauth2/token")
    assert "authorization" not in sent.headers
    assert sent.form == (
        ("client_id", "discord-client"),
        ("client_secret", "discord-secret-to-try-out"),
        ("grant_type", "authorization_code"),
        ("code", callback["code"]),
        ("redirect_uri", REDIRECT_URI),
    )


async def test_linkedin_is_shown_the_redirect_uri_of_the_way_out(new_trial: NewTrial) -> None:
    trial = named("linkedin", new_trial)
    callback = await trial.at_the_provider()
    await trial.come_back({**callback, "redirectUri": "http://localhost:3001/another"})
    sent = trial.http.sent[0]
    assert (sent.method, sent.url) == ("POST", "https://www.linkedin.com/oauth/v2/accessToken")
    assert sent.form == (
        ("grant_type", "authorization_code"),
        ("code", callback["code"]),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", "linkedin-client"),
        ("client_secret", "linkedin-secret-to-try-out"),
    )


async def test_nobody_waits_longer_than_five_seconds_for_an_answer(trial: Trial) -> None:
    await trial.sign_in()
    assert [each.patience.total_seconds() for each in trial.http.sent] == [5, 5]


# What goes wrong


async def test_who_does_not_consent_is_told_what_the_provider_said(trial: Trial) -> None:
    error = await refused(trial, decision="deny")
    assert error.error is ErrorCode.GENERAL
    assert isinstance(error.data, dict)
    assert error.data["error"] in {"access_denied", "user_cancelled_authorize"}
    assert trial.http.sent == []


@pytest.mark.parametrize("callback", [{}, {"redirectUri": REDIRECT_URI}, {"code": 1, "redirectUri": REDIRECT_URI}])
async def test_a_callback_without_a_code_is_refused(trial: Trial, callback: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as error:
        await trial.come_back(callback)
    assert (error.value.error, error.value.data) == (ErrorCode.GENERAL, callback)


@pytest.mark.parametrize("key", ["x", "kakao", "discord"])
async def test_a_callback_that_says_not_where_it_was_is_refused(new_trial: NewTrial, key: str) -> None:
    with pytest.raises(ConnectorError) as error:
        await named(key, new_trial).come_back({"code": "c"})
    assert error.value.error is ErrorCode.GENERAL


@pytest.mark.parametrize(("key", "name"), [("x", "codeVerifier"), ("linkedin", "redirectUri")])
async def test_a_callback_nobody_went_out_for_is_refused(new_trial: NewTrial, key: str, name: str) -> None:
    trial = named(key, new_trial)
    with pytest.raises(ConnectorError) as error:
        await trial.come_back({"code": "c", "redirectUri": REDIRECT_URI})
    assert error.value.error is ErrorCode.GENERAL
    assert name in str(error.value.data)
    assert trial.http.sent == []


@pytest.mark.parametrize("key", ["x", "linkedin"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("wrong-secret", ErrorCode.ACCESS_TOKEN_INVALID),
        ("expired-code", ErrorCode.GENERAL),
        ("token-error", ErrorCode.GENERAL),
    ],
)
async def test_a_refused_code_is_told_by_x_and_linkedin(
    new_trial: NewTrial, key: str, fault: str, code: ErrorCode
) -> None:
    assert (await refused(named(key, new_trial), fault=fault)).error is code


@pytest.mark.parametrize("key", ["kakao", "discord"])
@pytest.mark.parametrize("fault", ["wrong-secret", "expired-code", "token-error"])
async def test_a_refused_code_is_a_failure_of_kakao_and_discord(new_trial: NewTrial, key: str, fault: str) -> None:
    with pytest.raises(ProviderFailed, match="answered"):
        await named(key, new_trial).sign_in(fault=fault)


async def test_a_code_that_was_used_is_good_no_more(trial: Trial) -> None:
    callback = await trial.at_the_provider()
    await trial.come_back(callback)
    with pytest.raises((ConnectorError, ProviderFailed)):
        await trial.come_back(callback)


async def test_a_token_that_is_refused_is_told(trial: Trial) -> None:
    assert (await refused(trial, fault="revoked-token")).error is ErrorCode.ACCESS_TOKEN_INVALID


async def test_a_profile_endpoint_that_fails_is_told(trial: Trial) -> None:
    error = await refused(trial, fault="profile-error")
    assert error.error is ErrorCode.GENERAL
    assert "erver" in str(error.data)


@pytest.mark.parametrize("fault", ["not-json", "no-id"])
async def test_an_answer_that_cannot_be_understood_is_told(trial: Trial, fault: str) -> None:
    assert (await refused(trial, fault=fault)).error is ErrorCode.INVALID_RESPONSE


@pytest.mark.parametrize("endpoint", ["TOKEN_ENDPOINT", "USER_INFO_ENDPOINT"])
async def test_no_answer_at_all_is_a_failure(trial: Trial, key: str, endpoint: str) -> None:
    trial.http.answers = {getattr(MODULES[key], endpoint): HttpFailed("took longer than 5 s")}
    with pytest.raises(ProviderFailed, match="took longer"):
        await trial.sign_in()


@pytest.mark.parametrize("key", ["x", "linkedin"])
async def test_tokens_of_another_shape_are_a_failure_of_x_and_linkedin(new_trial: NewTrial, key: str) -> None:
    trial = named(key, new_trial)
    trial.http.answers = {MODULES[key].TOKEN_ENDPOINT: answer(200, {"token_type": "Bearer"})}
    with pytest.raises(ProviderFailed, match="access_token"):
        await trial.sign_in()


@pytest.mark.parametrize("key", ["kakao", "discord"])
@pytest.mark.parametrize(
    ("tokens", "code"),
    [
        ({"token_type": "Bearer"}, ErrorCode.INVALID_RESPONSE),
        ({**TOKENS, "access_token": ""}, ErrorCode.AUTH_CODE_INVALID),
    ],
    ids=["shape", "empty"],
)
async def test_tokens_of_another_shape_are_told_by_kakao_and_discord(
    new_trial: NewTrial, key: str, tokens: dict[str, Any], code: ErrorCode
) -> None:
    trial = named(key, new_trial)
    trial.http.answers = {MODULES[key].TOKEN_ENDPOINT: answer(200, tokens)}
    assert (await refused(trial)).error is code


async def test_a_code_of_kakao_that_cannot_be_decoded_is_a_failure(new_trial: NewTrial) -> None:
    with pytest.raises(ProviderFailed, match="decoded"):
        await named("kakao", new_trial).come_back({"code": "%ff", "redirectUri": REDIRECT_URI})


@pytest.mark.parametrize("missing", ["clientId", "clientSecret"])
async def test_a_configuration_that_lacks_something_is_refused_when_it_is_used(
    new_trial: NewTrial, key: str, missing: str
) -> None:
    config = {name: value for name, value in credentials(key).items() if name != missing}
    trial = new_trial(CONNECTORS[key], **config)
    if (key, missing) == ("kakao", "clientSecret"):
        await trial.way_out()
        return
    with pytest.raises(ConnectorError) as error:
        await trial.way_out()
    assert error.value.error is ErrorCode.INVALID_CONFIG
    assert f'Error in key path "{missing}"' in str(error.value.details)
