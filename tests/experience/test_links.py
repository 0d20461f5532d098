"""A link with a one-time token, followed by who is signed in already."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.e2e.journeys import Client, Journey
from tests.experience.test_proofs import token_for
from tests.support.factories import Factory
from tests.support.visitor import Visitor

EMAIL = "ada@example.com"


@pytest.fixture
async def signed_in(make: Factory, visitor: Visitor) -> tuple[Journey, Visitor]:
    user = await make.user(primary_email=EMAIL)
    journey = Journey(visitor, Client.of(await make.spa()))
    await journey.sign_in(user.username)
    return journey, visitor


async def consent_page(signed_in: tuple[Journey, Visitor], **link: str) -> str:
    """Return where the consent page of another authorization request sends the browser."""
    journey, browser = signed_in
    asked = await browser.get(journey.authorization_url(prompt="consent", **link))
    assert urlsplit(asked.headers["location"]).path == "/consent"
    return str((await browser.get(asked.headers["location"])).headers["location"])


def carried(url: str) -> dict[str, str]:
    """Return what an address carries, but for the application."""
    return {name: value for name, value in parse_qsl(urlsplit(url).query) if name != "app_id"}


async def test_a_good_link_is_followed_first(signed_in: tuple[Journey, Visitor], make: Factory) -> None:
    token = await token_for(make, EMAIL)
    away = await consent_page(signed_in, one_time_token=token, login_hint=EMAIL)
    assert urlsplit(away).path == "/one-time-token"
    assert carried(away) == {"login_hint": EMAIL, "one_time_token": token}


async def test_a_link_that_was_followed_is_in_nobodys_way(signed_in: tuple[Journey, Visitor], make: Factory) -> None:
    token = await token_for(make, EMAIL)
    async with make.services() as services:
        await services.one_time_tokens.consume(token, email=EMAIL)
    away = await consent_page(signed_in, one_time_token=token, login_hint=EMAIL)
    assert urlsplit(away).path.startswith("/oidc/auth/")


async def test_a_dead_link_is_told(signed_in: tuple[Journey, Visitor]) -> None:
    away = await consent_page(signed_in, one_time_token="nonsense", login_hint=EMAIL)
    assert urlsplit(away).path == "/one-time-token"
    assert set(carried(away)) == {"errorMessage"}


async def test_a_link_for_somebody_else_asks_who_goes_on(signed_in: tuple[Journey, Visitor], make: Factory) -> None:
    link = {"one_time_token": await token_for(make, "grace@example.com"), "login_hint": "grace@example.com"}
    away = await consent_page(signed_in, **link)
    assert urlsplit(away).path == "/switch-account"
    assert carried(away) == link


async def test_without_a_link_nothing_is_in_the_way(signed_in: tuple[Journey, Visitor]) -> None:
    assert urlsplit(await consent_page(signed_in, login_hint=EMAIL)).path.startswith("/oidc/auth/")
