"""Step-up by `acr_values` (OpenID Connect Core §3.1.2.1), off until a tenant names levels."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.asking import CODE_FORM, REFRESH_FORM, claims_of
from tests.oidc.asking import ask as ask_token
from tests.oidc.browsing import SOUND, ask, come_back, consent, members_of, page_of, sign_in
from tests.oidc.world import ALICE, World

from sekisho.oidc import discovery
from sekisho.oidc.authorize.answers import Refused
from sekisho.oidc.errors import UnmetAuthenticationRequirements
from sekisho.oidc.models import ClientAuthorization
from sekisho.oidc.options import AcrLevel, ProviderOptions
from sekisho.oidc.pushed import PushRequest
from sekisho.oidc.response_modes import RedirectToClient

RECENT, ANY = "urn:example:recent", "urn:example:any"
LEVELS = (AcrLevel(value=ANY), AcrLevel(value=RECENT, max_age=timedelta(minutes=5)))


@pytest.fixture
def world() -> World:
    """A world in which Alice is signed in and has agreed to everything."""
    world = World(options=ProviderOptions(acr_levels=LEVELS))
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})
    return world


async def code(world: World, **params: str) -> Any:
    return world.codes[members_of(await ask(world, cookie="cookie", **params))["code"]]


@pytest.mark.parametrize(
    ("wanted", "age", "reached"),
    [
        pytest.param(RECENT, timedelta(minutes=5), RECENT, id="recent enough"),
        pytest.param(ANY, timedelta(days=13), ANY, id="any sign-in will do"),
        pytest.param(f"{RECENT} {ANY}", timedelta(0), RECENT, id="the first one reached, in the request's order"),
        pytest.param(f"{ANY} {RECENT}", timedelta(0), ANY, id="which is the application's preference"),
        pytest.param(f"{RECENT} {ANY}", timedelta(minutes=6), ANY, id="the second, where the first is out of reach"),
        pytest.param(f"urn:unknown {ANY}", timedelta(0), ANY, id="what means nothing is passed over"),
    ],
)
async def test_the_code_says_what_the_sign_in_counts_as(
    world: World, wanted: str, age: timedelta, reached: str
) -> None:
    world.clock.advance(age)
    assert (await code(world, acr_values=wanted)).authorization.acr == reached


async def test_who_does_not_ask_is_told_nothing(world: World) -> None:
    assert (await code(world)).authorization.acr is None


async def test_a_sign_in_that_is_too_old_is_made_anew(world: World) -> None:
    world.clock.advance(timedelta(minutes=5, seconds=1))
    page = page_of(await ask(world, cookie="cookie", acr_values=RECENT))
    assert page.location == "/sign-in?app_id=spa"
    prompt = world.interactions[page.interaction.uid].prompt
    assert (prompt.name, prompt.reasons) == ("login", ["acr_values"])


async def test_with_prompt_none_it_is_login_required(world: World) -> None:
    world.clock.advance(timedelta(minutes=5, seconds=1))
    refused = members_of(await ask(world, cookie="cookie", acr_values=RECENT, prompt="none"))
    assert refused["error"] == "login_required"
    assert refused["error_description"] == "End-User authentication could not be obtained"


@pytest.mark.parametrize("prompt", [{}, {"prompt": "none"}])
async def test_what_cannot_be_met_is_said_at_once(world: World, prompt: dict[str, str]) -> None:
    refused = members_of(await ask(world, cookie="cookie", acr_values="urn:unknown phr", **prompt))
    assert refused["error"] == "unmet_authentication_requirements"


async def test_what_cannot_be_met_is_said_when_it_is_pushed(world: World) -> None:
    with pytest.raises(UnmetAuthenticationRequirements):
        await world.provider.push(PushRequest(form=[*SOUND.items(), ("acr_values", "urn:unknown")]))


async def test_a_tenant_without_levels_leaves_the_parameter_unread(world: World) -> None:
    world.options = ProviderOptions()
    world.clock.advance(timedelta(days=1))
    assert (await code(world, acr_values="urn:unknown")).authorization.acr is None
    assert "acr_values_supported" not in await discovery.discovery_document(world.ports)


async def test_a_step_up_ends_with_the_level(world: World) -> None:
    world.clock.advance(timedelta(hours=1))
    uid = page_of(await ask(world, cookie="cookie", acr_values=RECENT)).interaction.uid
    result = {"login": {"accountId": ALICE}, "userId": ALICE}
    world.interactions[uid] = replace(world.interactions[uid], result=result)
    done = await come_back(world, uid, cookie="cookie")
    assert world.codes[members_of(done)["code"]].authorization.acr == RECENT


async def test_who_lingers_on_the_consent_page_signs_in_again() -> None:
    world = World(options=ProviderOptions(acr_levels=LEVELS))
    signed_in = await sign_in(world, acr_values=RECENT)
    cookie = (signed_in.session_cookie and signed_in.session_cookie.value) or ""
    uid = page_of(signed_in).interaction.uid
    await consent(world, uid, cookie)
    world.clock.advance(timedelta(minutes=6))
    again = page_of(await come_back(world, uid, cookie=cookie))
    assert world.interactions[again.interaction.uid].prompt.reasons == ["acr_values"]


async def test_the_level_is_in_the_id_token_and_stays_there(world: World) -> None:
    authorization = world.authorization(grant=world.granted(), acr=RECENT)
    world.code(authorization=authorization, code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    tokens = await ask_token(world, CODE_FORM)
    assert claims_of(tokens["id_token"])["acr"] == RECENT
    refreshed = await ask_token(world, {**REFRESH_FORM, "refresh_token": tokens["refresh_token"]})
    assert claims_of(refreshed["id_token"])["acr"] == RECENT


async def test_discovery_names_the_levels(world: World) -> None:
    document = await discovery.discovery_document(world.ports)
    assert document["acr_values_supported"] == [ANY, RECENT]


async def test_acr_values_need_openid(world: World) -> None:
    answer = (await ask(world, cookie="cookie", scope="profile", acr_values=ANY)).answer
    assert isinstance(answer, RedirectToClient | Refused)
    assert "openid+scope+must+be+requested" in str(answer)
