"""Access tokens, organization tokens, user info, sign-out, and refreshing under every kind of weather."""

import json

import pytest

from fake_provider import APP_ID, APP_SECRET, Call, FakeProvider
from logto import (
    LogtoException,
    NotSignedIn,
    RequestRefused,
    ServerUnavailable,
    TokenInvalid,
    UnexpectedResponse,
    UserInfoScope,
)
from sdk_harness import Application, DictStorage, query_of

pytestmark = pytest.mark.anyio

API = "https://api.example"


def expire(storage: DictStorage) -> None:
    storage.values["accessTokenMap"] = '{"x":{}}'


class TestNobodyIsSignedIn:
    async def test_there_are_no_tokens(self, application: Application) -> None:
        client = application.client(scopes=[UserInfoScope.organizations])

        assert client.isAuthenticated() is False
        assert client.getIdToken() is None
        assert client.getRefreshToken() is None
        assert await client.getAccessToken() is None
        assert await client.getAccessToken(API) is None
        assert await client.getOrganizationToken("org1") is None

    async def test_claims_and_user_info_say_so(self, application: Application) -> None:
        client = application.client(scopes=[UserInfoScope.organizations])
        with pytest.raises(NotSignedIn):
            client.getIdTokenClaims()
        with pytest.raises(NotSignedIn):
            await client.getAccessTokenClaims(API)
        with pytest.raises(NotSignedIn):
            await client.getOrganizationTokenClaims("org1")
        with pytest.raises(NotSignedIn):
            await client.fetchUserInfo()


class TestAccessTokens:
    async def test_a_token_for_an_api_is_fetched_and_kept(self, application: Application, storage: DictStorage) -> None:
        client = await application.signed_in(storage, resources=[API])
        token = await client.getAccessToken(API)
        assert await client.getAccessToken(API) == token
        [call] = application.provider.requests_to("/oidc/token")

        assert call.form == {
            "grant_type": "refresh_token",
            "client_id": APP_ID,
            "client_secret": APP_SECRET,
            "refresh_token": client.getRefreshToken(),
            "resource": API,
        }
        assert (await client.getAccessTokenClaims(API)).scope == "read"

    async def test_a_minute_before_its_end_a_token_is_renewed(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        client = await application.signed_in(storage)
        first = await client.getAccessToken()
        provider.clock.now += 3539
        assert await client.getAccessToken() == first
        provider.clock.now += 2
        assert await client.getAccessToken() != first

    @pytest.mark.parametrize("lifetime", [0, 1, 30, 60])
    async def test_a_token_of_a_short_life_is_still_used(
        self, application: Application, provider: FakeProvider, lifetime: int
    ) -> None:
        provider.access_token_lifetime = lifetime
        client = await application.signed_in()
        provider.clock.now += 1000

        assert await client.getAccessToken() is not None
        assert len(provider.requests_to("/oidc/token")) == 1

    async def test_a_token_of_a_short_life_is_kept_for_half_of_it(
        self, application: Application, provider: FakeProvider
    ) -> None:
        provider.access_token_lifetime = 30
        client = await application.signed_in()
        first = await client.getAccessToken()
        provider.clock.now += 14
        assert await client.getAccessToken() == first
        provider.clock.now += 2
        assert await client.getAccessToken() != first

    async def test_an_api_that_was_not_asked_for_is_refused(self, application: Application) -> None:
        client = await application.signed_in()
        with pytest.raises(RequestRefused) as caught:
            await client.getAccessToken(API)

        assert caught.value.error == "invalid_target"
        assert client.isAuthenticated()

    async def test_an_opaque_token_has_no_claims(self, application: Application) -> None:
        client = await application.signed_in()
        with pytest.raises(TokenInvalid, match="opaque"):
            await client.getAccessTokenClaims()

    async def test_an_unreadable_map_counts_as_empty(self, application: Application, storage: DictStorage) -> None:
        client = await application.signed_in(storage)
        for value in ("garbage", "", None, "{}", "[]", '{"x": 5}'):
            storage.values["accessTokenMap"] = value
            assert await client.getAccessToken() is not None


class TestOrganizations:
    async def test_an_organization_token_is_fetched_by_its_id(self, application: Application) -> None:
        client = await application.signed_in(scopes=[UserInfoScope.organizations])
        claims = await client.getOrganizationTokenClaims("org1")
        [call] = application.provider.requests_to("/oidc/token")

        assert claims.aud == "urn:logto:organization:org1"
        assert call.form["organization_id"] == "org1"
        assert "resource" not in call.form
        assert await client.getAccessToken("urn:logto:organization:org1") == await client.getOrganizationToken("org1")

    async def test_who_is_no_member_is_refused(self, application: Application) -> None:
        client = await application.signed_in(scopes=[UserInfoScope.organizations])
        with pytest.raises(RequestRefused) as caught:
            await client.getOrganizationToken("org2")

        assert (caught.value.status, caught.value.error) == (403, "access_denied")

    async def test_without_the_scope_the_call_explains_itself(self, application: Application) -> None:
        client = await application.signed_in()
        with pytest.raises(LogtoException, match=r"UserInfoScope\.organizations"):
            await client.getOrganizationToken("org1")


class TestUserInfo:
    async def test_the_user_is_told_as_they_are_now(self, application: Application) -> None:
        user = await (await application.signed_in()).fetchUserInfo()

        assert user.sub == "user12345678"
        assert user.custom_data == {"shelf": 3}
        assert user.identities["google"].userId == "g1"
        assert user.model_extra == {"roles": ["reader"]}

    async def test_another_users_info_is_not_believed(self, application: Application) -> None:
        client = await application.signed_in()
        application.provider.subject = "other1234567"
        with pytest.raises(TokenInvalid, match="another user"):
            await client.fetchUserInfo()

    async def test_a_revoked_token_is_refused(self, application: Application, storage: DictStorage) -> None:
        client = await application.signed_in(storage)
        tokens = json.loads(storage.values["accessTokenMap"] or "")
        tokens["x"][""]["token"] = "revoked"
        storage.values["accessTokenMap"] = json.dumps(tokens)
        with pytest.raises(RequestRefused) as caught:
            await client.fetchUserInfo()

        assert (caught.value.status, caught.value.error) == (401, "invalid_token")


class TestRefreshing:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    async def test_an_outage_does_not_sign_the_user_out(
        self, application: Application, storage: DictStorage, provider: FakeProvider, status: int
    ) -> None:
        client = await application.signed_in(storage)
        expire(storage)
        before = dict(storage.values)
        provider.outages["/oidc/token"] = status
        with pytest.raises(ServerUnavailable) as caught:
            await client.getAccessToken()
        assert caught.value.status == status
        assert storage.values == before

        provider.outages.clear()
        assert await client.getAccessToken() is not None

    async def test_a_refused_refresh_token_leaves_the_storage_alone(
        self, application: Application, storage: DictStorage
    ) -> None:
        client = await application.signed_in(storage)
        expire(storage)
        storage.values["refreshToken"] = "unknown"
        before = dict(storage.values)
        with pytest.raises(RequestRefused) as caught:
            await client.getAccessToken()

        assert caught.value.error == "invalid_grant"
        assert storage.values == before

    async def test_a_rotated_token_replaces_the_old_one(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        provider.rotates = True
        client = await application.signed_in(storage)
        seen = {client.getRefreshToken()}
        for _ in range(5):
            expire(storage)
            provider.clock.now += 60
            assert await client.getAccessToken() is not None
            seen.add(client.getRefreshToken())

        assert len(seen) == 6

    async def test_a_stale_cookie_does_not_present_a_rotated_token(
        self, application: Application, provider: FakeProvider
    ) -> None:
        # The second request left the browser before the answer to the first set the new cookie. After the server's
        # grace the old token would count as stolen.
        provider.rotates = True
        fresh = DictStorage()
        client = await application.signed_in(fresh, resources=[API])
        stale = DictStorage(dict(fresh.values))
        assert await client.getAccessToken(API) is not None
        provider.clock.now += 20

        late = application.client(stale, resources=[API])
        assert await late.getAccessToken(API) is not None
        assert late.getRefreshToken() != fresh.values["refreshToken"]
        assert [call.form["refresh_token"] for call in provider.requests_to("/oidc/token")][1] == fresh.values[
            "refreshToken"
        ]

    async def test_a_token_is_asked_for_anew_once_the_map_is_cleared(
        self, application: Application, storage: DictStorage
    ) -> None:
        client = await application.signed_in(storage)
        first = await client.getAccessToken()
        expire(storage)
        second = await client.getAccessToken()
        expire(storage)

        assert len({first, second, await client.getAccessToken()}) == 3

    async def test_the_token_of_another_process_in_the_storage_is_used(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        client = await application.signed_in(storage)
        expire(storage)
        good = storage.values["refreshToken"]
        storage.values["refreshToken"] = "spent-elsewhere"

        def other_process(call: Call) -> None:
            if call.form.get("refresh_token") == "spent-elsewhere":
                storage.values["refreshToken"] = good

        provider.before_reply = other_process
        assert await client.getAccessToken() is not None
        assert [call.form["refresh_token"] for call in provider.requests_to("/oidc/token")] == [
            "spent-elsewhere",
            good,
        ]

    async def test_a_late_answer_does_not_bring_a_signed_out_user_back(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        client = await application.signed_in(storage)
        expire(storage)

        def sign_out(call: Call) -> None:
            if call.path == "/oidc/token":
                storage.values.clear()

        provider.before_reply = sign_out
        assert await client.getAccessToken() is None
        assert storage.values == {}

    async def test_a_refreshed_id_token_about_somebody_else_is_refused(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        client = await application.signed_in(storage)
        expire(storage)
        before = storage.values["idToken"]
        provider.id_token_claims = {"sub": "other1234567"}
        with pytest.raises(TokenInvalid, match="another user"):
            await client.getAccessToken()

        assert storage.values["idToken"] == before
        assert storage.values["accessTokenMap"] == '{"x":{}}'

    async def test_a_rotated_token_survives_a_bad_id_token(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        provider.rotates = True
        client = await application.signed_in(storage)
        expire(storage)
        before = client.getRefreshToken()
        provider.id_token_claims = {"aud": "another-app"}
        with pytest.raises(TokenInvalid):
            await client.getAccessToken()

        assert client.getRefreshToken() != before

    async def test_without_the_keys_the_access_token_still_comes(
        self, application: Application, storage: DictStorage, provider: FakeProvider
    ) -> None:
        client = await application.signed_in(storage)
        expire(storage)
        before = storage.values["idToken"]
        provider.rotate_key()
        provider.outages["/oidc/jwks"] = 503

        assert await client.getAccessToken() is not None
        assert storage.values["idToken"] == before

    async def test_a_storage_that_never_holds_still_ends_in_an_error(self, application: Application) -> None:
        class Restless(DictStorage):
            count = 0

            def get(self, key: str) -> str | None:
                Restless.count += 1
                return f"token{Restless.count}" if key == "refreshToken" else None

        with pytest.raises(UnexpectedResponse, match="never stays"):
            await application.client(Restless()).getAccessToken()


class TestSignOut:
    async def test_tokens_are_forgotten_and_the_refresh_token_revoked(
        self, application: Application, storage: DictStorage
    ) -> None:
        client = await application.signed_in(storage)
        token = client.getRefreshToken()
        url = await client.signOut(postLogoutRedirectUri="http://localhost:3000/")
        [call] = application.provider.requests_to("/oidc/token/revocation")

        assert url.startswith("https://id.example/oidc/session/end?")
        assert query_of(url) == {"client_id": [APP_ID], "post_logout_redirect_uri": ["http://localhost:3000/"]}
        assert call.form == {
            "client_id": APP_ID,
            "client_secret": APP_SECRET,
            "token": token,
            "token_type_hint": "refresh_token",
        }
        assert storage.values == {}

    async def test_the_post_logout_address_is_optional(self, application: Application) -> None:
        client = await application.signed_in()

        assert query_of(await client.signOut()) == {"client_id": [APP_ID]}

    async def test_signing_out_twice_is_no_error(self, application: Application) -> None:
        client = await application.signed_in()
        await client.signOut()
        await client.signOut()

        assert len(application.provider.requests_to("/oidc/token/revocation")) == 1

    async def test_a_failing_revocation_does_not_stop_it(self, application: Application, storage: DictStorage) -> None:
        client = await application.signed_in(storage)
        application.provider.outages["/oidc/token/revocation"] = 503

        assert (await client.signOut()).startswith("https://id.example/")
        assert storage.values == {}

    async def test_a_server_without_revocation_is_not_asked(self, application: Application) -> None:
        application.provider.metadata = {"revocation_endpoint": None}
        client = await application.signed_in()
        await client.signOut()

        assert application.provider.calls == []

    async def test_the_user_is_signed_out_here_even_if_the_server_is_away(
        self, application: Application, storage: DictStorage
    ) -> None:
        storage.values = {"idToken": "x", "refreshToken": "y", "accessTokenMap": "z"}
        application.provider.outages["/oidc/.well-known/openid-configuration"] = 503
        with pytest.raises(ServerUnavailable):
            await application.client(storage).signOut()

        assert storage.values == {}

    async def test_a_server_without_an_end_of_session_is_an_error(self, application: Application) -> None:
        application.provider.metadata = {"end_session_endpoint": None}
        with pytest.raises(UnexpectedResponse, match="end_session_endpoint"):
            await application.client().signOut()
