"""Signing in by a provider, whatever may happen, on the pages: the right one each time, and nobody gets in by luck."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest
from tests.connectors.social_journeys import EMAIL, KEYS, KINDS, WITH_EMAIL, Street, each_over_one, street
from tests.e2e.journeys import Client, Journey
from tests.hosted.conftest import Person, answer_of, form_of, read
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.connectors.models import ConnectorId
from sekisho.kernel.clock import ManualClock
from sekisho.sign_in.models import SocialSignIn
from sekisho.users.models import User

__all__ = ["street"]

NAMES = {"x": "X", "kakao": "Kakao", "discord": "Discord", "linkedin": "LinkedIn"}
REFUSED = {"x": 401, "linkedin": 401, "kakao": 502, "discord": 502}
"""How a wrong client secret ends: where the reference has no code for it, the provider has failed."""

every = each_over_one(KEYS, kinds=KINDS[::-1])
with_email = each_over_one(WITH_EMAIL, kinds=KINDS[::-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody with a browser without scripts, on the way through one provider."""

    street: Street
    person: Person
    journey: Journey
    key: str

    async def leave(self) -> str:
        """Press the provider's button on the sign-in page; returns where it leads."""
        arrived = await self.person.visitor.get(self.journey.authorization_url())
        return await self.press(await self.person.follow(arrived))

    async def press(self, page: httpx2.Response) -> str:
        (action,) = [
            each.get("formaction")
            for each in read(page).all("button")
            if urlsplit(each.get("formaction")).path == f"/sign-in/social/{self.key}-instance"
        ]
        sent = await self.person.visitor.post(action, data=form_of(page).fields, headers={"origin": ORIGIN})
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"])

    async def go(self, **choices: str) -> dict[str, str]:
        """Go to the provider and decide there; returns what comes back with the browser."""
        return await self.street.decide(await self.leave(), **choices)

    async def come_back(self, back: dict[str, str], *, connector: str | None = None) -> httpx2.Response:
        """Be sent back, and follow to the page that shows then, or to the application's door."""
        path = f"/callback/{connector or f'{self.key}-instance'}?{urlencode(back)}"
        return await self.person.follow(await self.person.visitor.get(path))

    async def visit(self, **choices: str) -> httpx2.Response:
        return await self.come_back(await self.go(**choices))

    async def arrive(self, last: httpx2.Response) -> User:
        """Come back to the application, and return who the tokens name."""
        tokens = (await self.journey.redeem(answer_of(last)["code"])).json()
        told = await self.journey.userinfo(tokens["access_token"])
        return await self.street.user(told.json()["sub"])


NewGuest = Callable[[str], Awaitable[Guest]]


@pytest.fixture
async def new_guest(street: Street, make: Factory, new_visitor: Callable[[], Visitor]) -> NewGuest:
    client = Client.of(await make.spa())

    async def made(key: str) -> Guest:
        visitor = new_visitor()
        person = Person(visitor=visitor, client_id=client.id)
        return Guest(street=street, person=person, journey=Journey(visitor, client), key=key)

    return made


def title_of(page: httpx2.Response) -> str:
    return str(read(page).one("h1").text.strip())


def expect_way_back(page: httpx2.Response) -> None:
    """The page leads back to sign-in, and tells nobody the address with the provider's answer."""
    assert [urlsplit(link.get("href")).path for link in read(page).all("a")] == ["/sign-in"]
    assert page.headers["referrer-policy"] == "no-referrer"


# Who comes


@every
async def test_somebody_new_comes_in_and_is_known_from_then_on(new_guest: NewGuest, key: str) -> None:
    guest = await new_guest(key)
    founded = await guest.arrive(await guest.visit())
    assert founded.primary_email == (EMAIL if key in WITH_EMAIL else None)

    again = await new_guest(key)
    assert (await again.arrive(await again.visit())).id == founded.id


@with_email
async def test_who_has_the_same_address_is_asked_and_links(new_guest: NewGuest, street: Street, key: str) -> None:
    here = await street.make.user(primary_email=EMAIL)
    guest = await new_guest(key)
    page = await guest.visit()
    assert urlsplit(str(page.url)).path == f"/social/link/{key}-instance"
    assert NAMES[key] in page.text

    linked = await guest.arrive(await guest.person.follow(await guest.person.fill(page, decision="link")))

    assert linked.id == here.id
    assert set(linked.identities) == {key}


@with_email
async def test_who_has_the_same_address_is_asked_and_founds_another_account(
    new_guest: NewGuest, street: Street, key: str
) -> None:
    here = await street.make.user(primary_email=EMAIL)
    guest = await new_guest(key)
    page = await guest.visit()

    founded = await guest.arrive(await guest.person.follow(await guest.person.fill(page, decision="create")))

    assert (founded.id != here.id, founded.primary_email) == (True, None)
    assert not (await street.user(here.id)).identities


@with_email
async def test_who_has_the_same_address_is_linked_unasked_where_the_tenant_says_so(
    new_guest: NewGuest, street: Street, key: str
) -> None:
    here = await street.make.user(primary_email=EMAIL)
    await street.settings(social_sign_in=SocialSignIn(automatic_account_linking=True))
    guest = await new_guest(key)
    linked = await guest.arrive(await guest.visit())
    assert (linked.id, set(linked.identities)) == (here.id, {key})


@with_email
async def test_an_address_that_is_not_verified_links_nobody_whatever_the_tenant_says(
    new_guest: NewGuest, street: Street, key: str
) -> None:
    """Attack: somebody's address, entered at a provider that does not check it."""
    here = await street.make.user(primary_email="hiroshige@example.com")
    await street.settings(social_sign_in=SocialSignIn(automatic_account_linking=True))
    guest = await new_guest(key)
    founded = await guest.arrive(await guest.visit(account="hiroshige"))
    assert (founded.id != here.id, founded.primary_email) == (True, None)


# Who does not


@every
async def test_who_said_no_is_led_back_and_tries_again(new_guest: NewGuest, key: str) -> None:
    guest = await new_guest(key)
    page = await guest.visit(decision="deny")
    assert (page.status_code, title_of(page)) == (400, f"{NAMES[key]} did not sign you in")
    expect_way_back(page)

    back_at_sign_in = await guest.person.visitor.get("/sign-in")
    decided = await guest.street.decide(await guest.press(back_at_sign_in))
    assert (await guest.arrive(await guest.come_back(decided))).identities[key]


@every
async def test_an_answer_with_another_state_is_refused(new_guest: NewGuest, key: str) -> None:
    """Attack: an answer that somebody else got, sent by a browser that never asked for it (RFC 6749 §10.12)."""
    guest = await new_guest(key)
    page = await guest.visit(fault="forged-state")
    assert (page.status_code, title_of(page)) == (400, "Please start again")
    assert "session." in page.text
    expect_way_back(page)


@every
async def test_an_answer_of_one_browser_is_nothing_in_another(new_guest: NewGuest, key: str) -> None:
    """Attack: a victim is sent to the callback with the attacker's answer, to come in as the attacker."""
    attacker, victim = await new_guest(key), await new_guest(key)
    stolen = await attacker.go()
    await victim.leave()
    page = await victim.come_back(stolen)
    assert (page.status_code, title_of(page)) == (400, "Please start again")


@every
async def test_an_answer_is_taken_once(new_guest: NewGuest, key: str) -> None:
    guest = await new_guest(key)
    back = await guest.go()
    # Without the visit to the application that would end the sign-in.
    first = await guest.person.visitor.get(f"/callback/{key}-instance?{urlencode(back)}")
    assert first.status_code == 303
    page = await guest.come_back(back)
    assert (page.status_code, title_of(page)) == (400, "Please start again")


@every
async def test_an_answer_to_one_connector_is_refused_at_another(new_guest: NewGuest, key: str) -> None:
    guest = await new_guest(key)
    other = "kakao-instance" if key == "x" else "x-instance"
    page = await guest.come_back(await guest.go(), connector=other)
    assert (page.status_code, title_of(page)) == (400, "Please start again")


async def test_an_answer_nobody_waits_for_is_refused(new_guest: NewGuest) -> None:
    guest = await new_guest("x")
    await guest.person.arrive(redirect_uri=guest.journey.client.redirect_uri)
    page = await guest.come_back({"code": "c", "state": "s"})
    assert (page.status_code, title_of(page)) == (400, "Please start again")


async def test_a_connector_that_went_meanwhile_is_told(new_guest: NewGuest, street: Street) -> None:
    guest = await new_guest("discord")
    back = await guest.go()
    async with street.make.services() as services:
        await services.connectors.remove(ConnectorId("discord-instance"))
    page = await guest.come_back(back)
    assert title_of(page) == "This way to sign in is not available"
    expect_way_back(page)


# When the provider is to blame


@every
async def test_a_provider_that_refuses_us_is_told(new_guest: NewGuest, key: str) -> None:
    page = await (await new_guest(key)).visit(fault="wrong-secret")
    assert (page.status_code, title_of(page)) == (REFUSED[key], f"Signing in with {NAMES[key]} did not work")
    told = "connector.social_invalid_access_token" in page.text
    assert told == (REFUSED[key] == 401)
    expect_way_back(page)


@every
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("revoked-token", 401, "connector.social_invalid_access_token"),
        ("profile-error", 400, "connector.general"),
        ("not-json", 400, "connector.invalid_response"),
    ],
)
async def test_a_provider_that_breaks_down_is_told(
    new_guest: NewGuest, key: str, fault: str, status: int, code: str
) -> None:
    page = await (await new_guest(key)).visit(fault=fault)
    assert (page.status_code, title_of(page)) == (status, f"Signing in with {NAMES[key]} did not work")
    assert code in page.text
    expect_way_back(page)


@every
async def test_a_provider_that_cannot_be_reached_is_told(new_guest: NewGuest, street: Street, key: str) -> None:
    guest = await new_guest(key)
    back = await guest.go()
    street.cut_off()
    page = await guest.come_back(back)
    assert (page.status_code, title_of(page)) == (502, f"Signing in with {NAMES[key]} did not work")
    expect_way_back(page)


async def test_a_code_that_expired_on_the_way_is_told(new_guest: NewGuest, clock: ManualClock) -> None:
    guest = await new_guest("linkedin")
    back = await guest.go()
    clock.advance(timedelta(minutes=1))
    page = await guest.come_back(back)
    assert (page.status_code, title_of(page)) == (400, "Signing in with LinkedIn did not work")
