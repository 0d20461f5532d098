"""Which ID and access tokens are believed. Every forgery here is one an attacker can make without the server's key."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

from fake_provider import APP_ID, CALLBACK, ISSUER, NOW, FakeProvider, new_key
from logto import ServerUnavailable, TokenInvalid, UnexpectedResponse
from sdk_harness import Application

pytestmark = pytest.mark.anyio

API = "https://api.example"


async def sign_in(application: Application) -> None:
    client = application.client()
    try:
        await client.handleSignInCallback(application.provider.authorize(await client.signIn(CALLBACK)))
    finally:
        signed_in = client.isAuthenticated()
        kept = client.getRefreshToken()
    assert signed_in
    assert kept is not None


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    return ".".join([_part(header), _part(claims), signature])


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example/oidc"}, "issued by"),
        ({"iss": None}, "issued by"),
        ({"aud": "another-app"}, "issued for"),
        ({"aud": [APP_ID, "another-app"]}, "issued for"),
        ({"aud": []}, "issued for"),
        ({"aud": ...}, "issued for"),
        ({"azp": "another-app"}, "issued to"),
        ({"nonce": "of-another-sign-in"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"nonce": 5}, "nonce"),
        ({"exp": int(NOW) - 61}, "expired"),
        ({"exp": ...}, "exp"),
        ({"exp": "4102444800"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": float("nan")}, "expired"),
        ({"iat": int(NOW) + 62}, "future"),
        ({"iat": float("nan")}, "future"),
        ({"iat": ...}, "iat"),
        ({"nbf": int(NOW) + 62}, "not valid yet"),
        ({"sub": ...}, "sub"),
        ({"sub": 5}, "sub"),
    ],
)
async def test_claims_that_are_not_for_us_or_not_for_now(
    application: Application, claims: dict[str, Any], reason: str
) -> None:
    application.provider.id_token_claims = claims
    with pytest.raises(TokenInvalid, match=reason):
        await sign_in(application)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(NOW) - 59},
        {"iat": int(NOW) + 60},
        {"iat": int(NOW) - 86400},
        {"aud": [APP_ID]},
        {"azp": APP_ID},
    ],
)
async def test_claims_within_the_leeway_and_equal_forms_pass(application: Application, claims: dict[str, Any]) -> None:
    application.provider.id_token_claims = claims
    await sign_in(application)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS384", "HS512", "dir", "", None, 5])
async def test_an_algorithm_outside_the_list_is_refused(application: Application, algorithm: object) -> None:
    kid = application.provider.keys[0].kid
    application.provider.forge_id_token = lambda claims: unsigned({"alg": algorithm, "kid": kid}, claims)
    with pytest.raises(TokenInvalid):
        await sign_in(application)


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
async def test_a_public_key_is_not_taken_for_a_shared_secret(application: Application, form: str) -> None:
    key = application.provider.keys[0]
    public = key.as_dict(private=False)
    secret = {"pem": key.as_pem(private=False), "der": key.as_der(private=False), "jwk": json.dumps(public).encode()}

    def forge(claims: dict[str, Any]) -> str:
        signed = ".".join([_part({"alg": "HS256", "kid": key.kid}), _part(claims)])
        digest = hmac.digest(secret[form], signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    application.provider.forge_id_token = forge
    with pytest.raises(TokenInvalid, match="not allowed"):
        await sign_in(application)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda good: good[:-8] + ("A" * 8), id="signature changed"),
        pytest.param(lambda good: good.rpartition(".")[0] + ".", id="signature cut off"),
        pytest.param(
            lambda good: ".".join([good.split(".")[0], _part({"sub": "x"}), good.split(".")[2]]), id="claims swapped"
        ),
        pytest.param(lambda good: good.rpartition(".")[0], id="two parts"),
        pytest.param(lambda good: f"{good}.x", id="four parts"),
        pytest.param(lambda _: "opaque", id="no JWT"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "a.b.c", id="no JSON"),
        pytest.param(lambda _: "☃.☃.☃", id="no ASCII"),
    ],
)
async def test_a_token_that_was_tampered_with(application: Application, forge: Callable[[str], str]) -> None:
    provider = application.provider
    provider.forge_id_token = lambda claims: forge(provider.sign({}, claims))
    with pytest.raises(TokenInvalid):
        await sign_in(application)


async def test_a_key_in_the_header_is_not_believed(application: Application) -> None:
    mine = new_key()
    header = {"alg": "ES384", "kid": mine.kid, "jwk": mine.as_dict(private=False), "jku": "https://evil.example/jwks"}
    application.provider.forge_id_token = lambda claims: jwt.encode(header, claims, mine, algorithms=["ES384"])
    with pytest.raises(TokenInvalid):
        await sign_in(application)
    assert {call.path for call in application.provider.calls} <= {
        "/oidc/.well-known/openid-configuration",
        "/oidc/token",
        "/oidc/jwks",
    }


async def test_a_foreign_key_under_a_published_id_is_refused(application: Application) -> None:
    mine, kid = new_key(), application.provider.keys[0].kid
    application.provider.forge_id_token = lambda claims: jwt.encode(
        {"alg": "ES384", "kid": kid}, claims, mine, algorithms=["ES384"]
    )
    with pytest.raises(TokenInvalid, match="signature"):
        await sign_in(application)


async def test_an_unknown_critical_header_is_refused(application: Application) -> None:
    kid = application.provider.keys[0].kid
    header = {"alg": "ES384", "kid": kid, "crit": ["x-new"], "x-new": 1}
    application.provider.forge_id_token = lambda claims: unsigned(header, claims, "AAAA")
    with pytest.raises(TokenInvalid):
        await sign_in(application)


@pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt", "application/at+jwt", "AT+JWT"])
async def test_a_token_of_another_type_is_no_id_token(application: Application, kind: str) -> None:
    application.provider.id_token_header = {"typ": kind}
    with pytest.raises(TokenInvalid, match="type"):
        await sign_in(application)


@pytest.mark.parametrize("kind", ["JWT", "jwt"])
async def test_the_type_jwt_is_an_id_token(application: Application, kind: str) -> None:
    application.provider.id_token_header = {"typ": kind}
    await sign_in(application)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("ES256", new_key("P-256")),
        ("ES512", new_key("P-521")),
        ("RS256", RSAKey.generate_key(2048, auto_kid=True)),
        ("PS256", RSAKey.generate_key(2048, auto_kid=True)),
        ("EdDSA", OKPKey.generate_key("Ed25519", auto_kid=True)),
        ("Ed25519", OKPKey.generate_key("Ed25519", auto_kid=True)),
    ],
)
async def test_every_algorithm_of_the_server_is_verified(application: Application, algorithm: str, key: Any) -> None:
    application.provider.algorithm = algorithm
    application.provider.rotate_key(key)
    await sign_in(application)


class TestKeys:
    async def test_keys_are_fetched_once(self, application: Application) -> None:
        for _ in range(3):
            await sign_in(application)

        assert len(application.provider.requests_to("/oidc/jwks")) == 1
        assert len(application.provider.requests_to("/oidc/.well-known/openid-configuration")) == 1

    async def test_a_rotated_key_is_found_at_once(self, application: Application) -> None:
        await sign_in(application)
        application.provider.rotate_key()
        await sign_in(application)

        assert len(application.provider.requests_to("/oidc/jwks")) == 2

    async def test_a_withdrawn_key_is_forgotten_within_the_hour(self, application: Application) -> None:
        await sign_in(application)
        withdrawn = application.provider.keys.pop()
        application.provider.rotate_key()
        application.provider.clock.now += 3601
        application.provider.forge_id_token = lambda claims: jwt.encode(
            {"alg": "ES384", "kid": withdrawn.kid}, claims, withdrawn, algorithms=["ES384"]
        )
        with pytest.raises(TokenInvalid, match="does not publish"):
            await sign_in(application)

    async def test_a_storm_of_unknown_key_ids_asks_once_in_ten_seconds(
        self, application: Application, provider: FakeProvider
    ) -> None:
        client = application.client()
        tokens = [provider.sign({"typ": "at+jwt", "kid": f"made-up-{number}"}, {}) for number in range(50)]
        for token in tokens:
            with pytest.raises(TokenInvalid, match="does not publish"):
                await client.verifyAccessToken(token, API)
        assert len(provider.requests_to("/oidc/jwks")) == 2

        provider.clock.now += 10
        for token in tokens:
            with pytest.raises(TokenInvalid):
                await client.verifyAccessToken(token, API)
        assert len(provider.requests_to("/oidc/jwks")) == 3

    async def test_known_keys_serve_while_the_server_is_away(
        self, application: Application, provider: FakeProvider
    ) -> None:
        client = application.client()
        await client.verifyAccessToken(provider.access_token(aud=API), API)
        provider.outages = {"/oidc/jwks": 503, "/oidc/.well-known/openid-configuration": 503}
        provider.clock.now += 7200
        for _ in range(20):
            await client.verifyAccessToken(provider.access_token(aud=API), API)

        assert len(provider.requests_to("/oidc/jwks")) == 2
        provider.clock.now += 86400
        with pytest.raises(ServerUnavailable):
            await client.verifyAccessToken(provider.access_token(aud=API), API)

    async def test_keys_of_unknown_kinds_do_not_hide_the_others(
        self, application: Application, provider: FakeProvider
    ) -> None:
        good = {**provider.keys[0].as_dict(private=False), "use": "sig"}
        strange = [{}, 5, None, "x", {"kty": "EC"}, {"kty": "new"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}]
        provider.bodies["/oidc/jwks"] = json.dumps({"keys": [*strange, good]}).encode()
        client = application.client()

        assert (await client.verifyAccessToken(provider.access_token(aud=API), API)).sub == provider.subject

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"keys": null}', b"<html>"])
    async def test_a_key_set_that_is_none(self, application: Application, body: bytes) -> None:
        application.provider.bodies["/oidc/jwks"] = body
        with pytest.raises(UnexpectedResponse):
            await application.client().verifyAccessToken(application.provider.access_token(aud=API), API)

    async def test_an_encryption_key_does_not_sign(self, application: Application, provider: FakeProvider) -> None:
        provider.bodies["/oidc/jwks"] = json.dumps(
            {"keys": [{**provider.keys[0].as_dict(private=False), "use": "enc"}]}
        ).encode()
        with pytest.raises(TokenInvalid, match="does not publish"):
            await application.client().verifyAccessToken(provider.access_token(aud=API), API)

    async def test_a_token_without_a_key_id_needs_a_single_key(self, application: Application) -> None:
        provider = application.provider
        claims = {"iss": ISSUER, "aud": API, "sub": "x", "iat": int(NOW), "exp": int(NOW) + 60}
        key = provider.keys[0]
        token = jwt.encode({"alg": "ES384", "typ": "at+jwt"}, claims, key, algorithms=["ES384"])
        assert (await application.client().verifyAccessToken(token, API)).sub == "x"

        provider.rotate_key()
        provider.clock.now += 3601
        late = jwt.encode(
            {"alg": "ES384", "typ": "at+jwt"}, {**claims, "exp": int(NOW) + 7200}, key, algorithms=["ES384"]
        )
        with pytest.raises(TokenInvalid):
            await application.client().verifyAccessToken(late, API)


class TestAccessTokens:
    async def test_an_api_believes_its_own_tokens(self, application: Application, provider: FakeProvider) -> None:
        token = provider.access_token(aud=API, client_id=APP_ID, scope="read write", organization_id="org1")
        claims = await application.client().verifyAccessToken(token, API)

        assert claims.scope.split() == ["read", "write"]
        assert claims.client_id == APP_ID
        assert claims.model_extra == {"organization_id": "org1"}

    @pytest.mark.parametrize(
        "claims",
        [{"aud": "https://other.example"}, {"aud": API, "iss": "https://evil.example"}, {"aud": API, "exp": 1}, {}],
    )
    async def test_tokens_for_others_are_refused(self, application: Application, claims: dict[str, Any]) -> None:
        with pytest.raises(TokenInvalid):
            await application.client().verifyAccessToken(application.provider.access_token(**claims), API)

    async def test_an_id_token_is_no_access_token(self, application: Application) -> None:
        client = await application.signed_in()
        with pytest.raises(TokenInvalid, match="type"):
            await client.verifyAccessToken(client.getIdToken(), APP_ID)

    async def test_a_header_nested_without_end_is_refused(self, application: Application) -> None:
        deep = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")
        with pytest.raises(TokenInvalid):
            await application.client().verifyAccessToken(f"{deep}.e30.AAAA", API)

    async def test_an_opaque_token_is_refused_without_asking_the_server(self, application: Application) -> None:
        client = application.client()
        await client.signIn(CALLBACK)
        application.provider.calls.clear()
        with pytest.raises(TokenInvalid):
            await client.verifyAccessToken("opaque", API)

        assert application.provider.calls == []


async def test_the_lower_level_requests_verify_in_the_same_way(application: Application) -> None:
    client = await application.signed_in()
    core = await client.getOidcCore()
    verify = core.verifyIdToken

    async def run(token: str, app_id: str) -> None:
        result = verify(token, app_id)
        if result is not None:
            await result

    await run(client.getIdToken(), APP_ID)
    with pytest.raises(TokenInvalid):
        await run(client.getIdToken(), "another-app")
    assert core.metadata.issuer == ISSUER
    assert core.decodeIdToken(client.getIdToken()).sub == application.provider.subject
