"""Signing out at an application's wish (OpenID Connect RP-Initiated Logout, oidc.md §24.1)."""

from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, ISSUER, World, signing_key

from sekisho.oidc.errors import OAuthError
from sekisho.oidc.logout import ConfirmRequest, EndSessionRequest, LoggedOut, LogoutForm
from sekisho.oidc.models import ClientAuthorization, LogoutRequest
from sekisho.oidc.tokens import jwt

EXIT = "https://app.example.com/"


@pytest.fixture
def world() -> World:
    return World()


async def ask(world: World, *, cookie: str | None = None, **params: str) -> LogoutForm:
    request = EndSessionRequest(query=list(params.items()), session_cookie=cookie)
    return await world.provider.end_session(request)


async def confirm(world: World, *, cookie: str | None = "cookie", **form: str) -> LoggedOut:
    return await world.provider.confirm_end_session(ConfirmRequest(form=list(form.items()), session_cookie=cookie))


def id_token(**more: Any) -> str:
    return jwt.sign({"sub": ALICE, "aud": "spa", "iss": ISSUER, "exp": 0, **more}, key=signing_key())


async def test_a_request_is_kept_until_its_form_confirms_it(world: World) -> None:
    world.signed_in()

    form = await ask(world, cookie="cookie", client_id="spa", post_logout_redirect_uri=EXIT, state="x")

    assert form.is_signed_in
    assert form.action == "https://id.example/oidc/session/end/confirm"
    assert world.sessions["session"].logout == LogoutRequest(
        xsrf=form.xsrf, client_id="spa", post_logout_redirect_uri=EXIT, state="x"
    )


async def test_without_a_session_the_form_has_one_made_for_it(world: World) -> None:
    form = await ask(world, id_token_hint=id_token(), post_logout_redirect_uri=EXIT)

    assert not form.is_signed_in
    assert form.session_cookie is not None
    (session,) = world.sessions.values()
    assert session.expires_at == form.session_cookie.expires_at == world.clock.now() + timedelta(hours=1)
    out = await confirm(world, cookie=form.session_cookie.value, xsrf=form.xsrf, logout="yes")
    assert out.location == EXIT


async def test_an_unnamed_application_cannot_choose_where_to_go(world: World) -> None:
    world.signed_in()
    form = await ask(world, cookie="cookie", post_logout_redirect_uri="https://evil.example/")

    out = await confirm(world, xsrf=form.xsrf, logout="yes")

    assert out.location == "https://id.example/oidc/session/end/success"


@pytest.mark.parametrize(
    ("params", "error", "description"),
    [
        ({"id_token_hint": "nonsense"}, "invalid_request", "could not decode id_token_hint"),
        ({"id_token_hint": "e.y.J"}, "invalid_request", "could not decode id_token_hint"),
        (
            {"id_token_hint": id_token(iss="https://other.example")},
            "invalid_request",
            "could not validate id_token_hint",
        ),
        ({"id_token_hint": id_token()[:-8] + "AAAAAAAA"}, "invalid_request", "could not validate id_token_hint"),
        (
            {"id_token_hint": id_token(), "client_id": "web"},
            "invalid_request",
            "client_id does not match the provided id_token_hint",
        ),
        ({"client_id": "nope"}, "invalid_client", "invalid client nope"),
        (
            {"client_id": "spa", "post_logout_redirect_uri": "https://evil.example/"},
            "invalid_request",
            "post_logout_redirect_uri not registered",
        ),
    ],
)
async def test_a_request_is_refused(world: World, params: dict[str, str], error: str, description: str) -> None:
    with pytest.raises(OAuthError) as caught:
        await ask(world, **params)

    assert (caught.value.error, caught.value.description) == (error, description)


async def test_a_confirmation_needs_a_request(world: World) -> None:
    world.signed_in()

    with pytest.raises(OAuthError) as caught:
        await confirm(world, xsrf="x", logout="yes")

    assert caught.value.description == "could not find logout details"


@pytest.mark.parametrize("form", [{}, {"xsrf": "guess"}])
async def test_a_confirmation_needs_the_secret_of_the_form(world: World, form: dict[str, str]) -> None:
    world.signed_in()
    await ask(world, cookie="cookie")

    with pytest.raises(OAuthError) as caught:
        await confirm(world, logout="yes", **form)

    assert caught.value.description == "xsrf token invalid"
    assert "session" in world.sessions


def two_clients(world: World) -> None:
    world.granted(id_="kept")
    world.granted(id_="ended", client_id="web")
    world.signed_in(
        authorizations={
            "spa": ClientAuthorization(sid="1", grant_id="kept", persists_logout=True),
            "web": ClientAuthorization(sid="2", grant_id="ended"),
        }
    )


async def test_the_whole_session_ends_but_offline_grants_stay(world: World) -> None:
    two_clients(world)
    form = await ask(world, cookie="cookie", client_id="spa", post_logout_redirect_uri=EXIT, state="a b")

    out = await confirm(world, xsrf=form.xsrf, logout="yes")

    assert out.location == f"{EXIT}?state=a+b"
    assert out.session_cookie is not None
    assert out.session_cookie.value is None
    assert world.sessions == {}
    assert list(world.grants) == ["kept"]


async def test_without_logout_only_the_application_leaves(world: World) -> None:
    two_clients(world)
    form = await ask(world, cookie="cookie", client_id="web")

    out = await confirm(world, xsrf=form.xsrf)

    assert out.session_cookie is not None
    assert out.session_cookie.value == "cookie"
    assert list(world.sessions["session"].authorizations) == ["spa"]
    assert world.sessions["session"].logout is None
    assert list(world.grants) == ["kept"]


async def test_a_form_is_good_once(world: World) -> None:
    two_clients(world)
    form = await ask(world, cookie="cookie", client_id="web")
    await confirm(world, xsrf=form.xsrf)

    with pytest.raises(OAuthError):
        await confirm(world, xsrf=form.xsrf, logout="yes")


async def test_an_expired_session_has_nothing_to_confirm(world: World) -> None:
    world.signed_in()
    form = await ask(world, cookie="cookie")
    world.clock.advance(timedelta(days=15))

    with pytest.raises(OAuthError):
        await confirm(world, xsrf=form.xsrf, logout="yes")
