"""Starting a sign-in and finishing it: the URL, the callback, and every callback that must be refused."""

import json
from urllib.parse import quote

import httpx2
import pytest

from fake_provider import APP_ID, BASE, CALLBACK, ISSUER, FakeProvider
from logto import (
    AuthorizationDenied,
    CallbackRejected,
    LogtoException,
    OidcCore,
    RequestRefused,
    ServerUnavailable,
    UnexpectedResponse,
    UserInfoScope,
)
from sdk_harness import Application, DictStorage, query_of

pytestmark = pytest.mark.anyio


async def test_the_sign_in_url_asks_for_a_code_with_pkce_state_and_nonce(application: Application) -> None:
    storage = DictStorage()
    url = await application.client(storage).signIn(CALLBACK)
    query = query_of(url)
    kept = json.loads(storage.values["signInSession"] or "")

    assert url.startswith(f"{ISSUER}/auth?")
    assert query == {
        "client_id": [APP_ID],
        "redirect_uri": [CALLBACK],
        "response_type": ["code"],
        "scope": ["openid offline_access profile"],
        "prompt": ["consent"],
        "code_challenge": [OidcCore.OidcCore.generateCodeChallenge(kept["codeVerifier"])],
        "code_challenge_method": ["S256"],
        "state": [kept["state"]],
        "nonce": [kept["nonce"]],
    }
    assert kept["redirectUri"] == CALLBACK
    assert len(kept["codeVerifier"]) == 43


async def test_scopes_and_resources_of_the_configuration_are_asked_for_once_each(application: Application) -> None:
    client = application.client(
        scopes=["email", UserInfoScope.organizations, UserInfoScope.profile, "read"],
        resources=["https://a.example", "https://b.example"],
        prompt="login",
    )
    query = query_of(await client.signIn(CALLBACK))

    assert query["scope"] == ["email urn:logto:scope:organizations profile read openid offline_access"]
    assert query["resource"] == ["https://a.example", "https://b.example", "urn:logto:resource:organizations"]
    assert query["prompt"] == ["login"]


async def test_the_organizations_scope_may_be_given_as_text(application: Application) -> None:
    client = application.client(scopes=["urn:logto:scope:organizations"])

    assert query_of(await client.signIn(CALLBACK))["resource"] == ["urn:logto:resource:organizations"]


async def test_the_registration_page_is_asked_for_by_interaction_mode(application: Application) -> None:
    url = await application.client().signIn(redirectUri=CALLBACK, interactionMode="signUp")

    assert query_of(url)["interaction_mode"] == ["signUp"]


async def test_extra_parameters_reach_the_url_and_cannot_replace_our_own(application: Application) -> None:
    client = application.client()
    url = await client.signIn(CALLBACK, extraParams={"first_screen": "register", "login_hint": "a b@example.com"})

    assert query_of(url)["first_screen"] == ["register"]
    assert query_of(url)["login_hint"] == ["a b@example.com"]
    with pytest.raises(ValueError, match="state"):
        await client.signIn(CALLBACK, extraParams={"state": "chosen"})


@pytest.mark.parametrize("endpoint", [f"{BASE}", f"{BASE}/", f"{BASE}//"])
async def test_a_slash_after_the_endpoint_makes_no_difference(application: Application, endpoint: str) -> None:
    await application.client(endpoint=endpoint).signIn(CALLBACK)

    assert application.provider.calls[0].path == "/oidc/.well-known/openid-configuration"


async def test_an_endpoint_with_a_path_keeps_it(application: Application) -> None:
    with pytest.raises(RequestRefused):
        await application.client(endpoint=f"{BASE}/t/acme").signIn(CALLBACK)

    assert application.provider.calls[0].path == "/t/acme/oidc/.well-known/openid-configuration"


async def test_a_sign_in_is_finished_and_its_tokens_are_kept(application: Application, storage: DictStorage) -> None:
    client = application.client(storage)
    assert client.isAuthenticated() is False
    await client.handleSignInCallback(application.provider.authorize(await client.signIn(CALLBACK)))

    assert client.isAuthenticated() is True
    assert client.getIdTokenClaims().sub == "user12345678"
    assert client.getIdTokenClaims().username == "foo"
    assert client.getIdTokenClaims().__pydantic_extra__["created_at"] == 1_700_000_000_000
    assert (client.getRefreshToken() or "").startswith("refresh")
    assert (await client.getAccessToken() or "").startswith("opaque")
    assert set(storage.values) == {"idToken", "refreshToken", "accessTokenMap"}


async def test_secret_and_verifier_travel_in_the_form(application: Application) -> None:
    client = application.client()
    await client.handleSignInCallback(application.provider.authorize(await client.signIn(CALLBACK)))
    [call] = application.provider.requests_to("/oidc/token")

    assert call.form["client_secret"] == "s+e:c/r et"
    assert call.form["redirect_uri"] == CALLBACK
    assert "Authorization" not in call.headers


async def test_several_sign_ins_on_their_way_each_finish(application: Application, storage: DictStorage) -> None:
    client = application.client(storage)
    first = application.provider.authorize(await client.signIn(CALLBACK))
    second = application.provider.authorize(await client.signIn(f"{CALLBACK}/second"))
    third = application.provider.authorize(await client.signIn(CALLBACK))

    for callback in (second, first, third):
        await client.handleSignInCallback(callback)
        assert client.isAuthenticated()
    assert "signInSession" not in storage.values


async def test_no_more_than_four_sign_ins_are_kept(application: Application, storage: DictStorage) -> None:
    client = application.client(storage)
    callbacks = [application.provider.authorize(await client.signIn(CALLBACK)) for _ in range(30)]
    size = len(storage.values["signInSession"] or "")

    assert size < 1200
    with pytest.raises(CallbackRejected):
        await client.handleSignInCallback(callbacks[-5])
    await client.handleSignInCallback(callbacks[-4])


async def test_a_sign_in_expires_after_an_hour(application: Application) -> None:
    client = application.client()
    url = await client.signIn(CALLBACK)
    application.provider.clock.now += 3601

    with pytest.raises(CallbackRejected):
        await client.handleSignInCallback(application.provider.authorize(url))


async def test_a_new_sign_in_signs_the_old_user_out_here(application: Application, storage: DictStorage) -> None:
    client = await application.signed_in(storage)
    await client.signIn(CALLBACK)

    assert client.isAuthenticated() is False
    assert set(storage.values) == {"signInSession"}


async def test_tokens_of_the_former_user_do_not_stay(application: Application, storage: DictStorage) -> None:
    client = application.client(storage, resources=["https://a.example"])
    tab = await client.signIn(CALLBACK)
    await client.handleSignInCallback(application.provider.authorize(await client.signIn(CALLBACK)))
    old = await client.getAccessToken("https://a.example")
    application.provider.subject = "other1234567"
    await client.handleSignInCallback(application.provider.authorize(tab))

    assert client.getIdTokenClaims().sub == "other1234567"
    assert await client.getAccessToken("https://a.example") != old
    assert (await client.getAccessTokenClaims("https://a.example")).sub == "other1234567"


class TestRefusedCallbacks:
    async def test_nothing_was_started(self, application: Application) -> None:
        with pytest.raises(CallbackRejected):
            await application.client().handleSignInCallback(f"{CALLBACK}?code=x&state=y")
        assert application.provider.calls == []

    @pytest.mark.parametrize("query", ["", "code=x", "code=x&state=", "code=x&state=forged", "code=x&state=%E2%98%83"])
    async def test_the_state_is_not_ours(self, application: Application, storage: DictStorage, query: str) -> None:
        client = application.client(storage)
        await client.signIn(CALLBACK)
        before = dict(storage.values)
        with pytest.raises(CallbackRejected):
            await client.handleSignInCallback(f"{CALLBACK}?{query}")

        assert storage.values == before
        assert application.provider.requests_to("/oidc/token") == []

    async def test_the_state_is_replayed(self, application: Application, storage: DictStorage) -> None:
        client = application.client(storage)
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        await client.handleSignInCallback(callback)
        before = dict(storage.values)
        with pytest.raises(CallbackRejected):
            await client.handleSignInCallback(callback)

        assert storage.values == before
        assert len(application.provider.requests_to("/oidc/token")) == 1

    @pytest.mark.parametrize(
        "uri",
        ["http://localhost:3000/other", "http://localhost:3000/callback2", "http://localhost:3000/callback/"],
    )
    async def test_the_path_is_not_that_of_the_redirect_uri(self, application: Application, uri: str) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        with pytest.raises(CallbackRejected, match="path"):
            await client.handleSignInCallback(callback.replace(CALLBACK, uri))
        assert application.provider.requests_to("/oidc/token") == []

    async def test_scheme_and_host_may_differ_behind_a_proxy(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn("https://shop.example/callback"))
        await client.handleSignInCallback(callback.replace("https://shop.example", "http://127.0.0.1:8000"))

        assert client.isAuthenticated()

    async def test_the_url_is_none(self, application: Application) -> None:
        with pytest.raises(CallbackRejected, match="no URL"):
            await application.client().handleSignInCallback("http://[::1/callback?code=x&state=y")

    async def test_there_is_no_code(self, application: Application) -> None:
        client = application.client()
        state = query_of(await client.signIn(CALLBACK))["state"][0]
        with pytest.raises(CallbackRejected, match="code"):
            await client.handleSignInCallback(f"{CALLBACK}?state={state}")

    @pytest.mark.parametrize("name", ["code", "state", "iss"])
    async def test_a_parameter_is_given_twice(self, application: Application, name: str) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        with pytest.raises(CallbackRejected, match=name):
            await client.handleSignInCallback(f"{callback}&{name}=x")

    async def test_the_answer_comes_from_another_server(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        with pytest.raises(CallbackRejected, match="another server"):
            await client.handleSignInCallback(callback.replace(quote(ISSUER, safe=""), "https%3A%2F%2Fevil.example"))
        assert application.provider.requests_to("/oidc/token") == []

    async def test_an_answer_without_an_issuer_is_taken(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        await client.handleSignInCallback(callback.partition("&iss=")[0])

        assert client.isAuthenticated()

    async def test_the_server_ended_the_sign_in(self, application: Application, storage: DictStorage) -> None:
        client = application.client(storage)
        state = query_of(await client.signIn(CALLBACK))["state"][0]
        with pytest.raises(AuthorizationDenied) as caught:
            await client.handleSignInCallback(
                f"{CALLBACK}?error=access_denied&error_description=End-User+aborted&state={state}"
            )

        assert str(caught.value) == "access_denied"
        assert caught.value.error == "access_denied"
        assert caught.value.errorDescription == "End-User aborted"
        assert storage.values == {}

    async def test_an_error_for_a_sign_in_that_is_not_ours_ends_nothing(
        self, application: Application, storage: DictStorage
    ) -> None:
        client = application.client(storage)
        await client.signIn(CALLBACK)
        before = dict(storage.values)
        with pytest.raises(CallbackRejected):
            await client.handleSignInCallback(f"{CALLBACK}?error=access_denied&state=forged")

        assert storage.values == before

    async def test_the_code_was_meant_for_another_sign_in(self, application: Application) -> None:
        # Code injection: the verifier of this sign-in does not fit the challenge of the other (RFC 7636).
        storage = DictStorage()
        client, attacker = application.client(storage), application.client()
        stolen = query_of(application.provider.authorize(await attacker.signIn(CALLBACK)))["code"][0]
        state = query_of(await client.signIn(CALLBACK))["state"][0]
        with pytest.raises(RequestRefused) as caught:
            await client.handleSignInCallback(f"{CALLBACK}?code={stolen}&state={state}")

        assert caught.value.error == "invalid_grant"
        assert storage.values == {}


class TestTheServerFails:
    async def test_a_wrong_secret_is_told_as_the_server_tells_it(self, application: Application) -> None:
        client = application.client(appSecret="wrong")
        with pytest.raises(RequestRefused) as caught:
            await client.handleSignInCallback(application.provider.authorize(await client.signIn(CALLBACK)))

        assert caught.value.status == 401
        assert caught.value.error == "invalid_client"
        assert caught.value.errorDescription == "client authentication failed"
        assert json.loads(str(caught.value))["error"] == "invalid_client"

    @pytest.mark.parametrize("path", ["/oidc/token", "/oidc/jwks"])
    async def test_a_sign_in_can_be_tried_again_after_an_outage(
        self, application: Application, storage: DictStorage, path: str
    ) -> None:
        client = application.client(storage)
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        application.provider.outages[path] = 503
        with pytest.raises(ServerUnavailable) as caught:
            await client.handleSignInCallback(callback)
        assert caught.value.status == 503
        assert caught.value.retryAfter is not None
        assert caught.value.retryAfter.total_seconds() == 7

        application.provider.outages.clear()
        await client.handleSignInCallback(callback)
        assert client.isAuthenticated()

    async def test_the_code_is_not_spent_while_the_keys_are_out_of_reach(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        application.provider.outages["/oidc/jwks"] = 503
        with pytest.raises(ServerUnavailable):
            await client.handleSignInCallback(callback)

        assert application.provider.requests_to("/oidc/token") == []

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"access_token": 5}', b"\xff"])
    async def test_a_token_answer_that_is_none(self, application: Application, body: bytes) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        application.provider.bodies["/oidc/token"] = body
        with pytest.raises(UnexpectedResponse):
            await client.handleSignInCallback(callback)
        assert client.isAuthenticated() is False

    async def test_an_unexpected_answer_is_reported_without_its_content(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        application.provider.bodies["/oidc/token"] = b'{"access_token": "secret-value", "token_type": "Bearer"}'
        with pytest.raises(UnexpectedResponse, match="expires_in") as caught:
            await client.handleSignInCallback(callback)

        assert "secret-value" not in str(caught.value)
        assert caught.value.__cause__ is None

    async def test_a_redirect_is_not_followed_with_a_secret_in_hand(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        application.provider.outages["/oidc/token"] = 307
        with pytest.raises(RequestRefused) as caught:
            await client.handleSignInCallback(callback)

        assert caught.value.status == 307
        assert application.provider.calls[-1].path == "/oidc/token"

    async def test_no_answer_at_all(self, application: Application) -> None:
        application.provider.outages["/oidc/.well-known/openid-configuration"] = httpx2.ConnectTimeout("slow")
        with pytest.raises(ServerUnavailable) as caught:
            await application.client().signIn(CALLBACK)

        assert caught.value.status is None
        assert "openid-configuration" in str(caught.value)

    async def test_without_an_id_token_nobody_is_signed_in(self, application: Application) -> None:
        client = application.client()
        callback = application.provider.authorize(await client.signIn(CALLBACK))
        application.provider.bodies["/oidc/token"] = b'{"access_token": "a", "token_type": "Bearer", "expires_in": 1}'
        with pytest.raises(LogtoException, match="ID token"):
            await client.handleSignInCallback(callback)

        assert client.isAuthenticated() is False


async def test_a_public_client_sends_no_secret(provider: FakeProvider, application: Application) -> None:
    client = application.client(appSecret=None)
    with pytest.raises(RequestRefused):
        await client.handleSignInCallback(provider.authorize(await client.signIn(CALLBACK)))

    assert "client_secret" not in provider.requests_to("/oidc/token")[0].form
