"""Whom a sign-out tells, and what it says (OpenID Connect Back-Channel Logout 1.0, oidc.md §24.2)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, ISSUER, MemoryPorts, World, signing_key, spa, web

from sekisho.crypto.jws import header_of
from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.backchannel import LogoutMessage, logout_message, notify_clients
from sekisho.oidc.errors import InvalidClientMetadata, OAuthError
from sekisho.oidc.logout import ConfirmRequest, EndSessionRequest
from sekisho.oidc.models import Client, ClientAuthorization, LogoutNotice
from sekisho.oidc.tokens import jwt

EAR = "https://app.example.com/backchannel"
NOTICE = LogoutNotice(issuer=ISSUER, client_id="spa", account_id=ALICE, sid="sid-spa")


def listening(world: World, *clients: Client, **more: Any) -> None:
    for client in clients:
        world.all_clients[client.id] = replace(client, backchannel_logout_uri=EAR, **more)


def signed_in_at(world: World, *client_ids: str) -> None:
    entries = {name: ClientAuthorization(sid=f"sid-{name}", grant_id=f"grant-{name}") for name in client_ids}
    world.signed_in(authorizations=entries)


async def sign_out(world: World, **form: str) -> None:
    asked = await world.provider.end_session(EndSessionRequest(query=[("client_id", "spa")], session_cookie="cookie"))
    pairs = [("xsrf", asked.xsrf), *form.items()]
    await world.provider.confirm_end_session(ConfirmRequest(form=pairs, session_cookie="cookie"))


async def message(world: World, notice: LogoutNotice = NOTICE) -> LogoutMessage:
    found = await logout_message(world.ports, notice)
    assert found is not None
    return found


async def claims(world: World) -> dict[str, Any]:
    return dict(jwt.verify((await message(world)).form["logout_token"], keys=world.keys))


@pytest.fixture
def world() -> World:
    world = World()
    listening(world, spa())
    return world


async def test_every_application_of_the_session_that_listens_is_told(world: World) -> None:
    listening(world, web())
    signed_in_at(world, "spa", "web", "native")
    await sign_out(world, logout="yes")

    assert world.logout_notices == [NOTICE, replace(NOTICE, client_id="web", sid="sid-web")]


async def test_an_application_that_only_leaves_is_not_told(world: World) -> None:
    signed_in_at(world, "spa", "web")
    await sign_out(world)

    assert world.logout_notices == []


async def test_nobody_is_told_when_nobody_was_signed_in(world: World) -> None:
    form = await world.provider.end_session(EndSessionRequest(query=[]))
    cookie = form.session_cookie
    assert cookie is not None
    confirmed = ConfirmRequest(form=[("xsrf", form.xsrf), ("logout", "yes")], session_cookie=cookie.value)
    await world.provider.confirm_end_session(confirmed)

    assert world.logout_notices == []


async def test_an_application_that_is_gone_keeps_nobody_from_signing_out(world: World) -> None:
    signed_in_at(world, "deleted", "spa")
    await sign_out(world, logout="yes")

    assert world.logout_notices == [NOTICE]
    assert world.sessions == {}


async def test_an_application_that_was_set_up_wrong_keeps_nobody_from_signing_out(world: World) -> None:
    class Broken:
        async def find(self, client_id: str) -> Client | None:
            if client_id == "web":
                raise InvalidClientMetadata("logo_uri must be a web uri")
            return world.all_clients.get(client_id)

    signed_in_at(world, "web", "spa")
    ports = world.ports
    assert isinstance(ports, MemoryPorts)
    await notify_clients(replace(ports, clients=Broken()), world.sessions["session"])

    assert world.logout_notices == [NOTICE]


async def test_a_logout_token_says_who_where_and_that_it_is_one(world: World) -> None:
    """Back-Channel Logout §2.4; a nonce is prohibited there."""
    now = epoch_seconds(world.clock.now())
    said = await claims(world)

    assert len(said.pop("jti")) == 43
    assert said == {
        "iss": ISSUER,
        "aud": "spa",
        "iat": now,
        "exp": now + 120,
        "sub": ALICE,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    found = await message(world)
    assert found.uri == EAR
    assert header_of(found.form["logout_token"]) == {"alg": "ES384", "typ": "logout+jwt", "kid": signing_key().kid}


async def test_the_session_is_named_to_whom_it_matters(world: World) -> None:
    assert "sid" not in await claims(world)
    listening(world, spa(), backchannel_logout_session_required=True)

    assert (await claims(world))["sid"] == "sid-spa"


async def test_a_token_is_made_when_it_is_sent_however_late_that_is(world: World) -> None:
    early = await claims(world)
    world.clock.advance(timedelta(hours=2))
    late = await claims(world)

    assert late["iat"] - early["iat"] == 7200
    assert late["exp"] - late["iat"] == 120
    assert late["jti"] != early["jti"]


async def test_the_issuer_is_the_one_the_application_knows_its_user_by(world: World) -> None:
    """Without ENDPOINT the issuer follows the request that signed out; a delivery has no request."""
    found = await message(world, replace(NOTICE, issuer="http://10.0.0.5:3001/oidc"))

    assert jwt.peek(found.form["logout_token"])["iss"] == "http://10.0.0.5:3001/oidc"


async def test_a_changed_address_counts_and_who_stopped_listening_is_left_alone(world: World) -> None:
    world.all_clients["spa"] = spa(backchannel_logout_uri="https://app.example.com/moved")
    assert (await message(world)).uri == "https://app.example.com/moved"
    world.all_clients["spa"] = spa()
    assert await logout_message(world.ports, NOTICE) is None
    del world.all_clients["spa"]
    assert await logout_message(world.ports, NOTICE) is None


async def test_a_logout_token_is_no_id_token(world: World) -> None:
    """RFC 8725 §3.11: what the application was sent proves nothing to us."""
    token = (await message(world)).form["logout_token"]
    with pytest.raises(OAuthError) as caught:
        await world.provider.end_session(EndSessionRequest(query=[("id_token_hint", token)]))

    assert caught.value.description == "could not validate id_token_hint"
