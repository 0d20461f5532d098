"""A Flask application as the tutorials write it: async views, one client for all, tokens in the session cookie."""

from http import HTTPStatus
from typing import Union

import pytest
from flask import Flask, redirect, request, session
from flask.testing import FlaskClient

from fake_provider import APP_ID, APP_SECRET, BASE, CALLBACK, FakeProvider
from logto import LogtoClient, LogtoConfig, LogtoException, Storage
from logto._memory import ProcessMemory

COOKIE_LIMIT = 4093


class SessionStorage(Storage):
    def get(self, key: str) -> Union[str, None]:  # noqa: UP007
        return session.get(key, None)  # type: ignore[no-any-return]

    def set(self, key: str, value: Union[str, None]) -> None:  # noqa: UP007
        session[key] = value

    def delete(self, key: str) -> None:
        session.pop(key, None)


@pytest.fixture
def bookstore(provider: FakeProvider) -> Flask:
    app = Flask("bookstore")
    app.secret_key = "for tests only"
    client = LogtoClient(
        LogtoConfig(endpoint=BASE, appId=APP_ID, appSecret=APP_SECRET),
        storage=SessionStorage(),
        httpClient=provider.async_http_client,
        memory=ProcessMemory(provider.clock),
    )

    @app.route("/sign-in")
    async def sign_in():  # type: ignore[no-untyped-def]  # noqa: ANN202
        return redirect(await client.signIn(redirectUri=CALLBACK, interactionMode="signUp"))

    @app.route("/callback")
    async def callback():  # type: ignore[no-untyped-def]  # noqa: ANN202
        try:
            await client.handleSignInCallback(request.url)
        except LogtoException as error:
            return str(error), HTTPStatus.BAD_REQUEST
        return redirect("/")

    @app.route("/sign-out")
    async def sign_out():  # type: ignore[no-untyped-def]  # noqa: ANN202
        return redirect(await client.signOut(postLogoutRedirectUri="http://localhost:3000/"))

    @app.route("/token")
    async def token():  # type: ignore[no-untyped-def]  # noqa: ANN202
        return await client.getAccessToken() or "none"

    @app.route("/")
    async def home():  # type: ignore[no-untyped-def]  # noqa: ANN202
        if client.isAuthenticated() is False:
            return "Not authenticated <a href='/sign-in'>Sign in</a>"
        return f"Authenticated {client.getIdTokenClaims().sub} <a href='/sign-out'>Sign out</a>"

    return app


@pytest.fixture
def browser(bookstore: Flask) -> FlaskClient:
    return bookstore.test_client()


def open_sign_in(browser: FlaskClient, provider: FakeProvider) -> str:
    return provider.authorize(browser.get("/sign-in").location)


def test_a_user_signs_in_and_out(browser: FlaskClient, provider: FakeProvider) -> None:
    assert "Not authenticated" in browser.get("/").text
    assert browser.get(open_sign_in(browser, provider)).location == "/"
    assert f"Authenticated {provider.subject}" in browser.get("/").text
    assert browser.get("/sign-out").location.startswith(f"{BASE}/oidc/session/end?")
    assert "Not authenticated" in browser.get("/").text


def test_tabs_finish_in_any_order(browser: FlaskClient, provider: FakeProvider) -> None:
    tabs = [open_sign_in(browser, provider) for _ in range(3)]
    for tab in (tabs[1], tabs[2], tabs[0]):
        assert browser.get(tab).location == "/"
        assert "Authenticated" in browser.get("/").text


def test_the_callback_of_somebody_else_signs_nobody_in(browser: FlaskClient, bookstore: Flask) -> None:
    provider = FakeProvider()
    attacker = bookstore.test_client()
    forged = open_sign_in(attacker, provider)

    assert browser.get(forged).status_code == HTTPStatus.BAD_REQUEST
    assert "Not authenticated" in browser.get("/").text


def test_tokens_are_refreshed_in_later_requests(browser: FlaskClient, provider: FakeProvider) -> None:
    provider.rotates = True
    browser.get(open_sign_in(browser, provider))
    seen = {browser.get("/token").text}
    for _ in range(3):
        provider.clock.now += 4000
        seen.add(browser.get("/token").text)

    assert len(seen) == 4


def test_the_session_fits_into_a_cookie(browser: FlaskClient, provider: FakeProvider) -> None:
    # With profile, e-mail and phone, and with three more sign-ins that were never finished.
    provider.id_token_claims = {
        "name": "Hanako Yamada 山田花子",
        "picture": f"https://lh3.googleusercontent.com/a/{'x' * 120}",
        "updated_at": 1_800_000_000_000,
        "email": "hanako.yamada@bookstore.example",
        "email_verified": True,
        "phone_number": "819012345678",
        "phone_number_verified": True,
    }
    tabs = [open_sign_in(browser, provider) for _ in range(4)]
    browser.get(tabs[0])
    cookie = browser.get_cookie("session", domain="localhost")

    assert cookie is not None
    assert 1000 < len(cookie.value) < COOKIE_LIMIT - len("session=; HttpOnly; Path=/")
