"""The Basic OP and Form Post OP plans, a test for each module, named after it; docs/conformance.md lists them.

`oidcc-basic-certification-test-plan` and `oidcc-formpost-basic-certification-test-plan` have the same modules: they
differ in how the answer travels.
"""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.conformance.conftest import MakeRelyingParty
from tests.conformance.relying_party import RelyingParty, form_of, is_sign_in_page
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN

from sekisho.kernel.clock import ManualClock

PROFILE = {
    "name",
    "family_name",
    "given_name",
    "picture",
    "preferred_username",
    "updated_at",
    "username",
    "created_at",
}
EMAIL = {"email", "email_verified"}
PHONE = {"phone_number", "phone_number_verified"}
ADDRESS = {"address"}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#: {"alg":"none"} and a redirect URI nobody registered, without a signature (OpenID Connect Core §6.1).
UNSIGNED_REQUEST = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ."


@pytest.fixture(params=["query", "form_post"])
async def party(request: pytest.FixtureRequest, relying_party: MakeRelyingParty) -> RelyingParty:
    return await relying_party(response_mode=request.param)


async def test_oidcc_server(party: RelyingParty) -> None:
    answer = await party.answer()
    assert (answer["state"], answer["iss"]) == ("a-state", f"{ORIGIN}/oidc")

    claims = (await party.verified(await party.redeem(answer["code"]))).claims

    assert claims["iss"] == f"{ORIGIN}/oidc"
    assert claims["aud"] == party.application.id
    assert claims["sub"] == party.user.id
    assert claims["nonce"] == "a-nonce"
    assert claims["exp"] - claims["iat"] == 3600


async def test_oidcc_response_type_missing(party: RelyingParty) -> None:
    answer = party.told(await party.arrive(response_type=None))

    assert (answer["error"], answer["state"]) == ("invalid_request", "a-state")


async def test_oidcc_userinfo_get(party: RelyingParty) -> None:
    tokens = await party.tokens()

    assert await party.userinfo(tokens.access_token) == {"sub": tokens.claims["sub"]}


async def test_oidcc_userinfo_post_header(party: RelyingParty) -> None:
    tokens = await party.tokens()

    assert await party.userinfo(tokens.access_token, method="POST") == {"sub": tokens.claims["sub"]}


async def test_oidcc_userinfo_post_body(party: RelyingParty) -> None:
    tokens = await party.tokens()

    assert await party.userinfo(tokens.access_token, in_body=True) == {"sub": tokens.claims["sub"]}


async def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(party: RelyingParty) -> None:
    assert "nonce" not in (await party.tokens(nonce=None)).claims


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        pytest.param("openid profile", PROFILE, id="oidcc-scope-profile"),
        pytest.param("openid email", EMAIL, id="oidcc-scope-email"),
        pytest.param("openid address", ADDRESS, id="oidcc-scope-address"),
        pytest.param("openid phone", PHONE, id="oidcc-scope-phone"),
        pytest.param("openid profile email address phone", PROFILE | EMAIL | ADDRESS | PHONE, id="oidcc-scope-all"),
        pytest.param("email openid", EMAIL, id="oidcc-ensure-other-scope-order-succeeds"),
    ],
)
async def test_scopes(party: RelyingParty, scope: str, claims: set[str]) -> None:
    tokens = await party.tokens(scope=scope)
    told = await party.userinfo(tokens.access_token)

    assert set(told) == {"sub", *claims}
    # No claim says another thing in one place than in the other (OpenID Connect Core §5.3.2).
    assert {name: tokens.claims[name] for name in told} == told


async def test_values_are_of_their_claims_types(party: RelyingParty) -> None:
    told = await party.userinfo((await party.tokens(scope="openid profile email phone address")).access_token)

    assert told["given_name"] == "Ada"
    assert told["email_verified"] is True
    assert told["phone_number_verified"] is True
    assert told["address"] == {"formatted": "12 St James's Square, London", "country": "GB"}
    assert isinstance(told["updated_at"], int)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"display": "page"}, id="oidcc-display-page"),
        pytest.param({"display": "popup"}, id="oidcc-display-popup"),
        pytest.param({"extra": "foobar"}, id="oidcc-ensure-request-with-unknown-parameter-succeeds"),
        pytest.param({"ui_locales": "se"}, id="oidcc-ui-locales"),
        pytest.param({"claims_locales": "se"}, id="oidcc-claims-locales"),
        pytest.param({"acr_values": "1 2"}, id="oidcc-ensure-request-with-acr-values-succeeds"),
        pytest.param(
            {"scope": "openid profile", "claims": '{"userinfo":{"name":{"essential":true}}}'},
            id="oidcc-claims-essential",
        ),
    ],
)
async def test_what_is_not_understood_does_no_harm(party: RelyingParty, more: dict[str, str]) -> None:
    tokens = await party.tokens(**more)

    assert tokens.claims["sub"] == party.user.id
    if "claims" in more:
        assert (await party.userinfo(tokens.access_token))["name"] == "Ada Lovelace"


async def test_oidcc_prompt_login(party: RelyingParty, clock: ManualClock) -> None:
    first = await party.tokens(prompt="login")
    clock.advance(timedelta(seconds=2))

    page = await party.arrive(prompt="login")
    assert is_sign_in_page(page)
    code = party.told(await party.sign_in(page))["code"]
    second = await party.verified(await party.redeem(code))

    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims["auth_time"]


async def test_oidcc_prompt_none_not_logged_in(party: RelyingParty) -> None:
    answer = party.told(await party.arrive(prompt="none"))

    assert (answer["error"], answer["state"]) == ("login_required", "a-state")
    assert "code" not in answer


async def test_oidcc_prompt_none_logged_in(party: RelyingParty, clock: ManualClock) -> None:
    first = await party.tokens(max_age="1000")
    clock.advance(timedelta(seconds=2))

    code = party.told(await party.arrive(prompt="none", max_age="1000"))["code"]
    second = await party.verified(await party.redeem(code))

    assert (second.claims["sub"], second.claims["auth_time"]) == (first.claims["sub"], first.claims["auth_time"])


async def test_oidcc_max_age_1(party: RelyingParty, clock: ManualClock) -> None:
    first = await party.tokens(max_age="1")
    clock.advance(timedelta(seconds=2))

    page = await party.arrive(max_age="1")
    assert is_sign_in_page(page)
    second = await party.verified(await party.redeem(party.told(await party.sign_in(page))["code"]))

    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] == first.claims["auth_time"] + 2


async def test_oidcc_max_age_10000(party: RelyingParty, clock: ManualClock) -> None:
    first = await party.tokens(max_age="10000")
    clock.advance(timedelta(seconds=2))

    code = party.told(await party.arrive(max_age="10000"))["code"]
    second = await party.verified(await party.redeem(code))

    assert (second.claims["sub"], second.claims["auth_time"]) == (first.claims["sub"], first.claims["auth_time"])


async def test_oidcc_id_token_hint(party: RelyingParty) -> None:
    first = await party.tokens()

    code = party.told(await party.arrive(prompt="none", id_token_hint=first.id_token))["code"]
    second = await party.verified(await party.redeem(code))

    assert second.claims["sub"] == first.claims["sub"]


async def test_oidcc_login_hint(party: RelyingParty) -> None:
    page = await party.arrive(login_hint=party.user.username)

    _action, fields = form_of(page)
    assert fields["identifier"] == party.user.username


async def test_oidcc_codereuse(party: RelyingParty) -> None:
    code = await party.code()
    first = await party.redeem(code)

    again = await party.redeem(code)

    assert first.status_code == 200
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_oidcc_codereuse_30seconds(party: RelyingParty, clock: ManualClock) -> None:
    code = await party.code()
    tokens = await party.verified(await party.redeem(code))
    clock.advance(timedelta(seconds=30))

    again = await party.redeem(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    # RFC 6749 §4.1.2: what was issued for the code is revoked.
    headers = {"authorization": f"Bearer {tokens.access_token}"}
    assert (await party.visitor.get("/oidc/me", headers=headers)).status_code == 401


async def test_oidcc_ensure_registered_redirect_uri(party: RelyingParty) -> None:
    response = await party.arrive(redirect_uri=f"{party.redirect_uri}/elsewhere")

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_redirect_uri"


async def test_oidcc_ensure_post_request_succeeds(party: RelyingParty) -> None:
    page = await party.follow(await party.visitor.post("/oidc/auth", data=party.parameters()))

    code = party.told(await party.sign_in(page))["code"]

    assert (await party.verified(await party.redeem(code))).claims["sub"] == party.user.id


async def test_oidcc_server_client_secret_post(party: RelyingParty) -> None:
    tokens = await party.verified(await party.redeem(await party.code(), in_body=True))

    assert tokens.claims["sub"] == party.user.id


async def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    party: RelyingParty,
) -> None:
    answer = party.told(await party.arrive(request=UNSIGNED_REQUEST))

    assert (answer["error"], answer["state"]) == ("request_not_supported", "a-state")


async def test_oidcc_ensure_request_object_with_redirect_uri(party: RelyingParty) -> None:
    response = await party.arrive(request=UNSIGNED_REQUEST, redirect_uri=None)

    # The only registered address is meant; the one inside the object is not believed.
    assert party.told(response)["error"] == "request_not_supported"


async def test_oidcc_refresh_token(party: RelyingParty, make: Factory) -> None:
    first = await party.tokens(scope="openid offline_access", prompt="consent")
    form = {"grant_type": "refresh_token", "refresh_token": first.body["refresh_token"]}
    stranger = await make.traditional()

    refused = await party.visitor.post("/oidc/token", data=form, auth=stranger.credentials)
    second = await party.verified(await party.token(form))

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    same = ("iss", "sub", "aud", "nonce")  # OpenID Connect Core §12.2
    assert {name: second.claims[name] for name in same} == {name: first.claims[name] for name in same}
    assert second.access_token != first.access_token
    assert await party.userinfo(second.access_token) == {"sub": party.user.id}


async def test_oidcc_ensure_request_with_valid_pkce_succeeds(party: RelyingParty) -> None:
    code = await party.code(code_challenge=CHALLENGE, code_challenge_method="S256")

    tokens = await party.verified(await party.redeem(code, code_verifier=VERIFIER))

    assert tokens.claims["sub"] == party.user.id


async def test_a_refused_request_is_posted_with_its_state(relying_party: MakeRelyingParty) -> None:
    party = await relying_party(response_mode="form_post")

    response = await party.visitor.get(f"/oidc/auth?{urlencode(party.parameters(prompt='none'))}")

    assert response.status_code == 400  # oidc.md §8.3; the plan asks for the form alone
    assert party.told(response) == {
        "error": "login_required",
        "error_description": "End-User authentication is required",
        "state": "a-state",
        "iss": f"{ORIGIN}/oidc",
    }
