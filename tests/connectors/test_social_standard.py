"""The connectors that are told every address: plain OAuth 2.0, and OpenID Connect."""

from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from tests.connectors.social_kit import ORIGIN, REDIRECT_URI, NewTrial, Trial, answer, new_trial

from sekisho.connectors.builtin.oauth2 import OAuth2
from sekisho.connectors.builtin.oidc import Oidc
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.connectors.kit.standard import snake_case
from sekisho.connectors.kit.tools import HttpFailed
from sekisho.devkit.providers.id_tokens import sign
from sekisho.kernel.clock import ManualClock, epoch_seconds

__all__ = ["new_trial"]

PROVIDERS = f"{ORIGIN}/dev/providers"
ENCODED_REDIRECT_URI = "http%3A%2F%2Flocalhost%3A3001%2Fcallback%2Finstance"
METHODS = ["client_secret_post", "client_secret_basic", "client_secret_jwt"]
PROFILE = "https://provider.example/user"


def endpoints(key: str) -> dict[str, str]:
    return {
        "authorizationEndpoint": f"{PROVIDERS}/{key}/authorize",
        "tokenEndpoint": f"{PROVIDERS}/{key}/token",
        "clientId": f"{key}-client",
        "clientSecret": f"{key}-secret-to-try-out",
    }


OAUTH2: dict[str, Any] = {
    **endpoints("oauth2"),
    "userInfoEndpoint": f"{PROVIDERS}/oauth2/user",
    "tokenEndpointResponseType": "json",
    "profileMap": {"name": "person.name", "phone": "person.phone"},
}
OIDC: dict[str, Any] = {
    **endpoints("oidc"),
    "scope": "openid profile",
    "idTokenVerificationConfig": {"jwksUri": f"{PROVIDERS}/oidc/keys", "issuer": "https://oidc.example"},
}


@pytest.fixture
def oauth2(new_trial: NewTrial) -> Trial:
    return new_trial(OAuth2(), **OAUTH2)


@pytest.fixture
def oidc(new_trial: NewTrial) -> Trial:
    return new_trial(Oidc(), **OIDC)


@pytest.fixture(params=["oauth2", "oidc"])
def trial(request: pytest.FixtureRequest) -> Trial:
    """Return both in turn."""
    found: Trial = request.getfixturevalue(request.param)
    return found


async def refused(trial: Trial, **choices: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as error:
        await trial.sign_in(**choices)
    return error.value


async def recognised(trial: Trial, claims: dict[str, Any], *, clock: ManualClock) -> Any:
    """Return whom a connector sees in an ID token with these claims, whoever signed in."""
    now = epoch_seconds(clock.now())
    token = sign({"sub": "1", **claims}, issuer="https://oidc.example", audience="oidc-client", now=now)
    callback = await trial.at_the_provider()
    trial.http.answers = {OIDC["tokenEndpoint"]: answer(200, {"id_token": token})}
    return (await trial.come_back(callback)).user


# The way out


async def test_oauth2_is_asked_with_these_parameters_in_this_order(oauth2: Trial) -> None:
    assert await oauth2.way_out() == (
        f"{PROVIDERS}/oauth2/authorize?response_type=code&client_id=oauth2-client"
        f"&redirect_uri={ENCODED_REDIRECT_URI}&state=some_state"
    )
    assert oauth2.session.values == {"redirectUri": REDIRECT_URI}


async def test_oidc_is_asked_with_these_parameters_in_this_order(oidc: Trial) -> None:
    oidc.config |= {"authRequestOptionalConfig": {"loginHint": "a@example.com", "prompt": "login"}}
    url = await oidc.way_out()
    nonce = oidc.session.values["nonce"]
    assert url == (
        f"{PROVIDERS}/oidc/authorize?response_type=code&client_id=oidc-client&scope=openid+profile"
        f"&redirect_uri={ENCODED_REDIRECT_URI}&state=some_state&nonce={nonce}"
        "&prompt=login&login_hint=a%40example.com"
    )
    assert len(nonce) == 21
    assert oidc.session.values == {"nonce": nonce, "redirectUri": REDIRECT_URI}


async def test_further_parameters_are_written_as_oauth_writes_them_and_go_before_ours(trial: Trial) -> None:
    trial.config |= {"customConfig": {"accessType": "offline", "clientId": "another"}}
    query = dict(parse_qsl(urlsplit(await trial.way_out()).query))
    assert (query["access_type"], query["client_id"]) == ("offline", "another")


async def test_a_scope_that_is_asked_for_goes_before_every_other(trial: Trial) -> None:
    trial.config |= {"scope": "openid configured", "customConfig": {}}
    assert parse_qs(urlsplit(await trial.way_out(scope="asked for")).query)["scope"] == ["asked for"]


@pytest.mark.parametrize(
    ("configured", "asked"),
    [
        ("profile email", "profile email openid"),
        ("profile+email", "profile email openid"),
        ("profile+openid", "profile+openid"),
        ("openid", "openid"),
    ],
)
async def test_oidc_is_never_asked_without_openid(oidc: Trial, configured: str, asked: str) -> None:
    oidc.config |= {"scope": configured}
    assert parse_qs(urlsplit(await oidc.way_out()).query)["scope"] == [asked]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("loginHint", "login_hint"),
        ("max_age", "max_age"),
        ("acr-values", "acr_values"),
        ("idTokenHint", "id_token_hint"),
    ],
)
def test_a_name_is_written_as_oauth_writes_it(name: str, written: str) -> None:
    assert snake_case(name) == written


# Whom they recognise


async def test_oauth2_finds_members_by_their_paths(oauth2: Trial) -> None:
    result = await oauth2.sign_in()
    user = result.user
    assert (user.id, user.name, user.phone) == ("17601031", "Katsushika Hokusai", "81312345678")
    assert (user.email, user.avatar) == ("hokusai@example.com", "https://pictures.example/hokusai.png")
    assert user.raw_data["person"]["name"] == "Katsushika Hokusai"
    assert result.token is not None
    assert result.token.refresh_token is not None


@pytest.mark.parametrize("found", [{"id": ""}, {"id": None}, {"id": 0}, {"id": ["1"]}, {"id": "1", "email": True}, []])
async def test_a_profile_of_another_shape_is_refused(oauth2: Trial, found: Any) -> None:
    oauth2.config |= {"userInfoEndpoint": PROFILE}
    oauth2.http.answers = {PROFILE: answer(200, found)}
    assert (await refused(oauth2)).error is ErrorCode.INVALID_RESPONSE


async def test_members_that_say_nothing_are_left_out(oauth2: Trial) -> None:
    oauth2.config |= {"userInfoEndpoint": PROFILE}
    oauth2.http.answers = {PROFILE: answer(200, {"id": 7, "email": "", "person": "nobody", "avatar": None})}
    user = (await oauth2.sign_in()).user
    assert (user.id, user.email, user.name, user.avatar) == ("7", None, None, None)


async def test_a_profile_is_asked_for_with_the_token_type_that_was_told(oauth2: Trial) -> None:
    await oauth2.sign_in()
    asked = oauth2.http.sent[-1]
    assert (asked.method, asked.patience) == ("GET", timedelta(seconds=5))
    assert asked.headers["authorization"].startswith("Bearer ")


async def test_oidc_recognises_somebody_by_the_id_token(oidc: Trial) -> None:
    result = await oidc.sign_in()
    user = result.user
    assert (user.id, user.name, user.phone) == ("17601031", "Katsushika Hokusai", "81312345678")
    assert (user.email, user.avatar) == ("hokusai@example.com", "https://pictures.example/hokusai.png")
    assert user.raw_data["aud"] == "oidc-client"
    assert result.token is not None
    assert result.token.id_token is not None


@pytest.mark.parametrize(
    ("claims", "trusts", "email"),
    [
        ({"email_verified": True}, False, "a@example.com"),
        ({"email_verified": False}, False, None),
        ({"email_verified": False}, True, None),
        ({}, False, None),
        ({}, True, "a@example.com"),
        ({"email_verified": None}, True, "a@example.com"),
    ],
)
async def test_an_address_counts_if_it_is_verified_or_nobody_says_and_that_is_trusted(
    oidc: Trial, clock: ManualClock, claims: dict[str, Any], *, trusts: bool, email: str | None
) -> None:
    oidc.config |= {"trustUnverifiedEmail": trusts}
    user = await recognised(oidc, {"email": "a@example.com", **claims}, clock=clock)
    assert user.email == email


@pytest.mark.parametrize(
    ("text", "email"),
    [("true", "a@example.com"), ("YES", "a@example.com"), ("1", "a@example.com"), ("false", None), ("on", None)],
)
async def test_texts_are_taken_for_booleans_where_that_is_wanted(
    oidc: Trial, clock: ManualClock, text: str, email: str | None
) -> None:
    oidc.config |= {"acceptStringTypedBooleanClaims": True}
    user = await recognised(oidc, {"email": "a@example.com", "email_verified": text}, clock=clock)
    assert user.email == email


async def test_texts_are_no_booleans_where_that_is_not_wanted(oidc: Trial, clock: ManualClock) -> None:
    with pytest.raises(ConnectorError) as error:
        await recognised(oidc, {"email": "a@example.com", "email_verified": "true"}, clock=clock)
    assert error.value.error is ErrorCode.ID_TOKEN_INVALID


async def test_a_number_counts_only_if_it_is_verified(oidc: Trial, clock: ManualClock) -> None:
    assert (await recognised(oidc, {"phone": "81312345678"}, clock=clock)).phone is None


# How they prove themselves


@pytest.mark.parametrize("method", METHODS)
async def test_a_secret_is_shown_as_the_provider_wants_it(trial: Trial, method: str) -> None:
    trial.config |= {"tokenEndpointAuthMethod": method}
    await trial.sign_in()
    sent = trial.http.sent[0]
    names = [name for name, _ in sent.form]
    assert names[:3] == ["grant_type", "code", "redirect_uri"]
    match method:
        case "client_secret_post":
            assert names[3:] == ["client_id", "client_secret"]
        case "client_secret_basic":
            pair = f"{trial.config['clientId']}:{trial.config['clientSecret']}"
            assert names[3:] == []
            assert sent.headers["authorization"] == f"Basic {b64encode(pair.encode()).decode()}"
        case _:
            assert names[3:] == ["client_id", "client_assertion", "client_assertion_type"]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_an_assertion_is_for_the_token_endpoint_and_ten_minutes(
    oauth2: Trial, clock: ManualClock, algorithm: str
) -> None:
    oauth2.config |= {"tokenEndpointAuthMethod": "client_secret_jwt", "clientSecretJwtSigningAlgorithm": algorithm}
    await oauth2.sign_in()
    assertion = dict(oauth2.http.sent[0].form)["client_assertion"]
    opened = jwt.decode(assertion, OctKey.import_key(OAUTH2["clientSecret"]), algorithms=[algorithm])
    now = epoch_seconds(clock.now())
    jti = opened.claims.pop("jti")
    assert opened.claims == {
        "iss": "oauth2-client",
        "sub": "oauth2-client",
        "aud": OAUTH2["tokenEndpoint"],
        "iat": now,
        "exp": now + 600,
    }
    assert len(jti) == 21


async def test_further_parameters_go_to_the_token_endpoint_too(trial: Trial) -> None:
    trial.config |= {"customConfig": {"realmName": "here"}}
    await trial.sign_in()
    assert trial.http.sent[0].form[-1] == ("realm_name", "here")


async def test_a_token_answer_may_be_a_query_string(oauth2: Trial) -> None:
    oauth2.config |= {"tokenEndpoint": f"{OAUTH2['tokenEndpoint']}?format=query-string"}
    del oauth2.config["tokenEndpointResponseType"]
    result = await oauth2.sign_in()
    assert result.token is not None
    assert result.token.expires_in == 3600


async def test_tokens_are_renewed(trial: Trial) -> None:
    token = (await trial.sign_in()).token
    assert token is not None
    fresh = await trial.refresh(token.refresh_token or "")
    assert fresh.access_token not in {None, token.access_token}
    sent = trial.http.sent[-1]
    assert sent.form[:2] == (("grant_type", "refresh_token"), ("refresh_token", token.refresh_token))


async def test_oidc_wants_an_id_token_with_renewed_tokens(oidc: Trial) -> None:
    oidc.http.answers = {OIDC["tokenEndpoint"]: answer(200, {"access_token": "at"})}
    with pytest.raises(ConnectorError) as error:
        await oidc.refresh("rt")
    assert error.value.error is ErrorCode.INVALID_RESPONSE


# What goes wrong


async def test_a_callback_nobody_went_out_for_is_refused(trial: Trial) -> None:
    with pytest.raises(ConnectorError) as error:
        await trial.come_back({"code": "c"})
    assert error.value.error is ErrorCode.GENERAL
    assert "redirectUri" in str(error.value.data)


async def test_who_does_not_consent_is_told_what_the_provider_said(trial: Trial) -> None:
    error = await refused(trial, decision="deny")
    assert error.error is ErrorCode.GENERAL
    assert isinstance(error.data, dict)
    assert error.data["error"] == "access_denied"


async def test_oidc_takes_nothing_but_texts_from_a_callback(oidc: Trial) -> None:
    callback = await oidc.at_the_provider()
    with pytest.raises(ConnectorError) as error:
        await oidc.come_back({**callback, "extra": 1})
    assert error.value.error is ErrorCode.GENERAL


@pytest.mark.parametrize("fault", ["wrong-secret", "expired-code", "token-error"])
async def test_a_refused_code_is_told(trial: Trial, fault: str) -> None:
    assert (await refused(trial, fault=fault)).error is ErrorCode.GENERAL


@pytest.mark.parametrize("fault", ["revoked-token", "profile-error"])
async def test_a_refused_profile_is_told(oauth2: Trial, fault: str) -> None:
    assert (await refused(oauth2, fault=fault)).error is ErrorCode.GENERAL


@pytest.mark.parametrize("fault", ["not-json", "no-id"])
async def test_an_answer_that_cannot_be_understood_is_told(oauth2: Trial, fault: str) -> None:
    assert (await refused(oauth2, fault=fault)).error is ErrorCode.INVALID_RESPONSE


async def test_a_page_in_place_of_tokens_is_told(oidc: Trial) -> None:
    assert (await refused(oidc, fault="not-json")).error is ErrorCode.INVALID_RESPONSE


async def test_an_id_token_about_nobody_is_refused(oidc: Trial) -> None:
    assert (await refused(oidc, fault="no-id")).error is ErrorCode.ID_TOKEN_INVALID


async def test_an_id_token_of_another_sign_in_is_refused(oidc: Trial) -> None:
    assert (await refused(oidc, fault="other-nonce")).error is ErrorCode.ID_TOKEN_INVALID


async def test_a_nonce_that_nobody_remembers_is_refused(oidc: Trial) -> None:
    callback = await oidc.at_the_provider()
    await oidc.session.set({"redirectUri": REDIRECT_URI})
    with pytest.raises(ConnectorError) as error:
        await oidc.come_back(callback)
    assert error.value.error is ErrorCode.GENERAL


async def test_an_id_token_that_nobody_signed_is_a_failure(oidc: Trial) -> None:
    with pytest.raises(ProviderFailed, match="no key"):
        await oidc.sign_in(fault="forged-id-token")


async def test_empty_tokens_are_no_tokens(oauth2: Trial) -> None:
    tokens = answer(200, {"access_token": "", "token_type": "Bearer"})
    callback = await oauth2.at_the_provider()
    oauth2.http.answers = {OAUTH2["tokenEndpoint"]: tokens}
    with pytest.raises(ConnectorError) as error:
        await oauth2.come_back(callback)
    assert error.value.error is ErrorCode.AUTH_CODE_INVALID


async def test_no_answer_at_all_is_a_failure(trial: Trial) -> None:
    trial.http.answers = {trial.config["tokenEndpoint"]: HttpFailed("took longer than 10 s")}
    with pytest.raises(ProviderFailed, match="took longer"):
        await trial.sign_in()


# What an ID token must say


@pytest.mark.parametrize(
    "rules",
    [
        {"issuer": ["https://other.example", "https://oidc.example"]},
        {"audience": "somebody else"},
        {"algorithms": ["ES256"]},
        {"subject": "17601031"},
        {"maxTokenAge": "5 minutes"},
        {"maxTokenAge": 300},
        {"clockTolerance": "30s"},
    ],
)
async def test_a_token_that_is_as_expected_is_taken(oidc: Trial, rules: dict[str, Any]) -> None:
    oidc.config["idTokenVerificationConfig"] = {**OIDC["idTokenVerificationConfig"], **rules}
    assert (await oidc.sign_in()).user.id == "17601031"


@pytest.mark.parametrize(
    "rules",
    [
        {"issuer": "https://other.example"},
        {"issuer": []},
        {"algorithms": ["RS256"]},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"subject": "another"},
        {"typ": "at+jwt"},
    ],
)
async def test_a_token_that_is_not_as_expected_is_a_failure(oidc: Trial, rules: dict[str, Any]) -> None:
    oidc.config["idTokenVerificationConfig"] = {**OIDC["idTokenVerificationConfig"], **rules}
    with pytest.raises(ProviderFailed, match="ID token"):
        await oidc.sign_in()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"exp": 0},
        {"exp": "tomorrow"},
        {"nbf": 99_999_999_999},
        {"iss": "https://oidc.example.evil"},
    ],
)
async def test_a_token_for_others_or_another_time_is_a_failure(
    oidc: Trial, clock: ManualClock, claims: dict[str, Any]
) -> None:
    with pytest.raises(ProviderFailed, match="ID token"):
        await recognised(oidc, claims, clock=clock)


async def test_a_token_for_us_and_others_is_taken(oidc: Trial, clock: ManualClock) -> None:
    assert (await recognised(oidc, {"aud": ["another", "oidc-client"]}, clock=clock)).id == "1"


@pytest.mark.parametrize(("late", "is_taken"), [(3629, True), (3631, False)])
async def test_a_clock_may_be_wrong_by_as_much_as_is_tolerated(
    oidc: Trial, clock: ManualClock, *, late: int, is_taken: bool
) -> None:
    oidc.config["idTokenVerificationConfig"] = {**OIDC["idTokenVerificationConfig"], "clockTolerance": "30 secs"}
    issued = {"iat": epoch_seconds(clock.now()) - late, "exp": epoch_seconds(clock.now()) - late + 3600}
    if is_taken:
        assert (await recognised(oidc, issued, clock=clock)).id == "1"
        return
    with pytest.raises(ProviderFailed, match="expired"):
        await recognised(oidc, issued, clock=clock)


async def test_a_token_that_is_too_old_is_a_failure(oidc: Trial, clock: ManualClock) -> None:
    oidc.config["idTokenVerificationConfig"] = {**OIDC["idTokenVerificationConfig"], "maxTokenAge": "5 minutes"}
    with pytest.raises(ProviderFailed, match="too old"):
        await recognised(oidc, {"iat": epoch_seconds(clock.now()) - 301}, clock=clock)


# Configurations


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"scope": None}, "scope"),
        ({"tokenEndpointAuthMethod": "none"}, "tokenEndpointAuthMethod"),
        ({"idTokenVerificationConfig": {}}, "idTokenVerificationConfig.jwksUri"),
        (
            {"idTokenVerificationConfig": {"jwksUri": "x", "clockTolerance": "soon"}},
            "idTokenVerificationConfig.clockTolerance",
        ),
        ({"customConfig": {"a": 1}}, "customConfig.a"),
        ({"responseType": "token"}, "responseType"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_configuration_is_refused_with_the_place(oidc: Trial, change: dict[str, Any], path: str) -> None:
    oidc.config |= change
    with pytest.raises(ConnectorError) as error:
        await oidc.way_out()
    assert error.value.error is ErrorCode.INVALID_CONFIG
    assert f'Error in key path "{path}"' in str(error.value.details)


async def test_an_endpoint_may_have_a_query_of_its_own(oauth2: Trial) -> None:
    endpoint = f"{OAUTH2['authorizationEndpoint']}?{urlencode({'tenant': 'a'})}"
    oauth2.config |= {"authorizationEndpoint": endpoint}
    assert (await oauth2.way_out()).startswith(f"{endpoint}&response_type=code")
