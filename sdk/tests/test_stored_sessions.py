"""Sessions in the storage, as logto 0.2.1 left them and as it would find ours. The values are recorded, not made."""

import json

import pytest

from fake_provider import CALLBACK, NOW
from logto import RequestRefused
from logto.OidcCore import OidcCore
from sdk_harness import Application, DictStorage, query_of

pytestmark = pytest.mark.anyio

# What 0.2.1 keeps while a sign-in is on its way: three members and no time.
SIGN_IN = {
    "redirectUri": CALLBACK,
    "codeVerifier": "U6ptt0iPh45iYownuQ3c87Ib6jfTbF7oq35TfIlOWOs",
    "state": "KbVO_5bl8iqQRjjsq4D8ZbKoRcH271e7NnDgASPydcE",
}
CHALLENGE = "?client_id=bookstore00000000000a&response_type=code&code_challenge_method=S256&scope=openid"


def authorization_url(challenge: str) -> str:
    return (
        f"https://id.example/oidc/auth{CHALLENGE}&redirect_uri={CALLBACK}"
        f"&code_challenge={challenge}&state={SIGN_IN['state']}"
    )


async def test_a_sign_in_begun_with_the_published_package_is_finished(application: Application) -> None:
    storage = DictStorage({"signInSession": json.dumps(SIGN_IN, separators=(",", ":"))})
    client = application.client(storage)
    challenge = OidcCore.generateCodeChallenge(SIGN_IN["codeVerifier"])
    await client.handleSignInCallback(application.provider.authorize(authorization_url(challenge)))

    assert client.isAuthenticated()
    assert "signInSession" not in storage.values


async def test_a_leaked_code_is_worth_nothing_to_another_sign_in(application: Application) -> None:
    # The sign-in of the published package has no nonce: only the verifier stands between the code and the thief.
    victim = application.client()
    callback = application.provider.authorize(await victim.signIn(CALLBACK))
    await victim.handleSignInCallback(callback)
    leaked = query_of(callback)["code"][0]
    thief = application.client(DictStorage({"signInSession": json.dumps(SIGN_IN)}))
    with pytest.raises(RequestRefused):
        await thief.handleSignInCallback(f"{CALLBACK}?code={leaked}&state={SIGN_IN['state']}")

    assert thief.isAuthenticated() is False


async def test_a_sign_in_of_the_published_package_survives_a_second_one(
    application: Application, storage: DictStorage
) -> None:
    storage.values["signInSession"] = json.dumps(SIGN_IN)
    client = application.client(storage)
    await client.signIn(CALLBACK)
    kept = json.loads(storage.values["signInSession"] or "")

    assert [each["state"] for each in kept["others"]] == [SIGN_IN["state"]]


async def test_the_published_package_finds_the_newest_sign_in_where_it_looks(
    application: Application, storage: DictStorage
) -> None:
    client = application.client(storage)
    await client.signIn(CALLBACK)
    url = await client.signIn(CALLBACK)
    kept = json.loads(storage.values["signInSession"] or "")

    assert kept["state"] == query_of(url)["state"][0]
    assert {"redirectUri", "codeVerifier", "state"} <= set(kept)


async def test_tokens_kept_by_the_published_package_are_used(application: Application) -> None:
    signed_in = DictStorage()
    await application.signed_in(signed_in)
    storage = DictStorage(
        {
            "idToken": signed_in.values["idToken"],
            "refreshToken": signed_in.values["refreshToken"],
            "accessTokenMap": f'{{"x":{{"":{{"token":"AAAA","expiresAt":{int(NOW) + 1}}}}}}}',
        }
    )
    client = application.client(storage)

    assert client.isAuthenticated()
    assert client.getIdTokenClaims().username == "foo"
    assert await client.getAccessToken() == "AAAA"
    application.provider.clock.now += 2
    assert await client.getAccessToken() != "AAAA"


async def test_tokens_are_kept_in_the_published_format(application: Application, storage: DictStorage) -> None:
    client = await application.signed_in(storage)
    tokens = json.loads(storage.values["accessTokenMap"] or "")

    assert tokens == {"x": {"": {"token": await client.getAccessToken(), "expiresAt": int(NOW) + 3600 - 60}}}


async def test_the_value_of_a_deleted_key_may_be_anything_false(application: Application) -> None:
    for value in (None, "", "garbage", "[]", '{"state": 5}'):
        storage = DictStorage({"signInSession": value})
        client = application.client(storage)
        await client.handleSignInCallback(application.provider.authorize(await client.signIn(CALLBACK)))
        assert client.isAuthenticated()


async def test_the_client_uses_a_storage_that_is_empty_and_therefore_false(application: Application) -> None:
    class Falsy(DictStorage):
        def __len__(self) -> int:
            return len(self.values)

    storage = Falsy()
    await application.signed_in(storage)

    assert storage.values["idToken"]
