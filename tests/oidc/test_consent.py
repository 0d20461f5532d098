"""Consent: by itself for our own applications, by a page for others (oidc.md §9.3, §10)."""

from dataclasses import replace

import pytest
from tests.oidc.browsing import ask, come_back, consent, members_of, page_of
from tests.oidc.world import ALICE, World, spa, web

from sekisho.oidc.consent import ConsentNeeded
from sekisho.oidc.errors import SessionNotFound
from sekisho.oidc.interactions import CurrentRequest
from sekisho.oidc.models import ClientAuthorization


@pytest.fixture
def world() -> World:
    return World()


async def test_a_third_party_is_not_consented_by_itself(world: World) -> None:
    world.all_clients["spa"] = spa(
        is_third_party=True, allowed_scopes=frozenset({"openid", "offline_access", "profile"})
    )
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie"))

    needed = await consent(world, page.interaction.uid, "cookie")

    assert isinstance(needed, ConsentNeeded)
    assert needed.missing.scopes == ["openid", "profile"]
    assert world.grants == {}


async def test_a_third_party_goes_on_once_the_person_agrees_or_declines(world: World) -> None:
    world.all_clients["spa"] = spa(is_third_party=True, allowed_scopes=frozenset({"openid", "profile"}))
    world.signed_in()
    outcomes = {}
    for decision in ("accept_consent", "decline_consent"):
        page = page_of(await ask(world, cookie="cookie", prompt="consent"))
        cookie = CurrentRequest(interaction_cookie=page.interaction.uid, session_cookie="cookie")
        current = await world.provider.current_interaction(cookie)
        await getattr(world.provider, decision)(current)
        members = members_of(await come_back(world, page.interaction.uid, cookie="cookie"))
        world.by_cookie = {"cookie": "session"}
        outcomes[decision] = "code" in members or members["error"]

    assert outcomes == {"accept_consent": True, "decline_consent": "access_denied"}


async def test_consent_extends_the_grant_of_the_session(world: World) -> None:
    world.granted(scopes=["openid"])
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})
    page = page_of(await ask(world, cookie="cookie", scope="openid email"))

    await consent(world, page.interaction.uid, "cookie")

    assert list(world.grants) == ["grant"]
    assert world.grants["grant"].scopes == ["openid", "email"]


async def test_consent_needs_somebody_signed_in(world: World) -> None:
    page = page_of(await ask(world))

    with pytest.raises(SessionNotFound):
        await consent(world, page.interaction.uid, "none")


async def test_a_sign_in_page_cannot_be_answered_with_consent(world: World) -> None:
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie", prompt="login"))

    await consent(world, page.interaction.uid, "cookie")

    assert world.interactions[page.interaction.uid].result == {}
    assert world.grants == {}


async def test_what_was_submitted_is_kept_with_the_session_but_no_password(world: World) -> None:
    page = page_of(await ask(world))
    uid = page.interaction.uid
    result = {
        "login": {"accountId": ALICE},
        "interactionEvent": "SignIn",
        "userId": ALICE,
        "verificationRecords": [],
        "profile": {"passwordEncrypted": "$argon2id$"},
    }
    world.interactions[uid] = replace(world.interactions[uid], result=result)
    signed_in = await come_back(world, uid)
    assert signed_in.session_cookie is not None
    await consent(world, page_of(signed_in).interaction.uid, signed_in.session_cookie.value or "")

    (extension,) = world.extensions.values()
    assert extension == {
        "account": ALICE,
        "client": "spa",
        "interactionEvent": "SignIn",
        "userId": ALICE,
        "verificationRecords": [],
    }


async def test_two_clients_share_one_session(world: World) -> None:
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="one")})
    world.granted(id_="one")
    world.granted(id_="two", client_id="web")
    page = page_of(await ask(world, cookie="cookie", client_id="web"))
    await consent(world, page.interaction.uid, "cookie")
    await come_back(world, page.interaction.uid, cookie="cookie")

    assert set(world.sessions["session"].authorizations) == {"spa", "web"}
    assert web().id in world.all_clients
