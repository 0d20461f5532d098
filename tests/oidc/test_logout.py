"""Signing out at an application's wish (OpenID Connect RP-Initiated Logout, oidc.md §24.1)."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, ISSUER, World, signing_key

from sekisho.crypto.jwk import SigningAlgorithm
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


def unsigned(token: str) -> str:
    """Return the same claims as somebody without a key would sign them."""
    payload = token.split(".")[1]
    header = urlsafe_b64encode(json.dumps({"alg": "none", "kid": signing_key().kid}).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}."


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
        pytest.param(
            {"id_token_hint": jwt.sign({"sub": ALICE, "aud": "spa", "iss": ISSUER}, key=signing_key(), typ="at+jwt")},
            "invalid_request",
            "could not validate id_token_hint",
            id="RFC 8725 §3.11: an access token is no hint",
        ),
        pytest.param(
            {"id_token_hint": unsigned(id_token())},
            "invalid_request",
            "could not validate id_token_hint",
            id="RFC 8725 §2.1: alg none",
        ),
        pytest.param(
            {"id_token_hint": id_token(aud=["spa"])},
            "invalid_request",
            "could not validate id_token_hint",
            id="Core §2: ours names one client, as text",
        ),
        pytest.param(
            {"id_token_hint": id_token(aud="deleted")},
            "invalid_client",
            "invalid client deleted",
            id="RP-Initiated §2: the hint names the client",
        ),
        pytest.param(
            {"id_token_hint": id_token(), "post_logout_redirect_uri": "https://evil.example/"},
            "invalid_request",
            "post_logout_redirect_uri not registered",
            id="RP-Initiated §3: a hint does not make an address ours",
        ),
        pytest.param(
            {"client_id": "spa", "post_logout_redirect_uri": f"{EXIT}?next=https://evil.example"},
            "invalid_request",
            "post_logout_redirect_uri not registered",
            id="RP-Initiated §2: addresses are compared whole",
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


@pytest.mark.parametrize("name", ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint"])
async def test_nothing_is_said_twice(world: World, name: str) -> None:
    request = EndSessionRequest(query=[(name, "a"), (name, "b")])
    with pytest.raises(OAuthError) as caught:
        await world.provider.end_session(request)

    assert caught.value.description == f"'{name}' parameter must not be provided twice"


async def test_an_expired_hint_names_its_client_all_the_same(world: World) -> None:
    """RP-Initiated §2: whoever signs out is often signed in no more."""
    form = await ask(world, id_token_hint=id_token(exp=1), client_id="spa", post_logout_redirect_uri=EXIT, state="s")
    cookie = form.session_cookie
    assert cookie is not None

    out = await confirm(world, cookie=cookie.value, xsrf=form.xsrf, logout="yes")

    assert out.location == f"{EXIT}?state=s"


async def test_a_hint_of_the_previous_key_is_one_until_that_is_gone(world: World) -> None:
    hint = id_token()
    new = signing_key(SigningAlgorithm.ES256)
    world.keys = [new, signing_key()]
    assert (await ask(world, id_token_hint=hint)).xsrf
    world.keys = [new]
    with pytest.raises(OAuthError) as caught:
        await ask(world, id_token_hint=hint)

    assert caught.value.description == "could not validate id_token_hint"


async def test_what_only_helps_the_page_changes_nothing(world: World) -> None:
    """RP-Initiated §2: `logout_hint` and `ui_locales` may be ignored; empty parameters count as absent."""
    world.signed_in()
    form = await ask(
        world, cookie="cookie", logout_hint="alice@example.com", ui_locales="ja en", client_id="", state=""
    )
    kept = world.sessions["session"].logout

    assert kept == LogoutRequest(xsrf=form.xsrf)


async def test_a_second_request_replaces_the_first(world: World) -> None:
    world.signed_in()
    first = await ask(world, cookie="cookie", client_id="spa", post_logout_redirect_uri=EXIT)
    await ask(world, cookie="cookie", client_id="spa")
    with pytest.raises(OAuthError) as caught:
        await confirm(world, xsrf=first.xsrf, logout="yes")

    assert caught.value.description == "xsrf token invalid"


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


async def test_an_application_that_leaves_keeps_its_offline_grant(world: World) -> None:
    two_clients(world)
    form = await ask(world, cookie="cookie", client_id="spa", post_logout_redirect_uri=EXIT)

    out = await confirm(world, xsrf=form.xsrf)

    assert out.location == EXIT
    assert list(world.sessions["session"].authorizations) == ["web"]
    assert world.sessions["session"].account_id == ALICE
    assert list(world.grants) == ["kept", "ended"]


async def test_without_an_application_nothing_leaves(world: World) -> None:
    two_clients(world)
    form = await ask(world, cookie="cookie")

    out = await confirm(world, xsrf=form.xsrf)

    assert out.location == "https://id.example/oidc/session/end/success"
    assert list(world.sessions["session"].authorizations) == ["spa", "web"]
    assert list(world.grants) == ["kept", "ended"]


async def test_a_state_without_an_address_goes_nowhere(world: World) -> None:
    world.signed_in()
    form = await ask(world, cookie="cookie", client_id="spa", state="s")

    assert (
        await confirm(world, xsrf=form.xsrf, logout="yes")
    ).location == "https://id.example/oidc/session/end/success"


async def test_an_address_with_a_query_keeps_it(world: World) -> None:
    exit_ = f"{EXIT}out?a=1"
    world.all_clients["spa"] = replace(world.all_clients["spa"], post_logout_redirect_uris=(exit_,))
    world.signed_in()
    form = await ask(world, cookie="cookie", client_id="spa", post_logout_redirect_uri=exit_, state="b c")

    assert (await confirm(world, xsrf=form.xsrf, logout="yes")).location == f"{exit_}&state=b+c"


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
