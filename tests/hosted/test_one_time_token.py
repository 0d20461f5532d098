"""`/one-time-token`: links from messages."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.hosted.conftest import PASSWORD, House, Person, answer_of, form_of, on_both, read
from tests.hosted.test_codes import ADA, furnish, path_of, way

from sekisho.kernel.clock import ManualClock
from sekisho.sign_in.models import SignInMode
from sekisho.users.models import Identifier, IdentifierType


async def token_for(house: House, email: str = ADA) -> str:
    async with house.services() as services:
        made = await services.one_time_tokens.create(email=email, context={})
    return made.value.reveal()


async def test_a_link_is_looked_at_without_being_used_up(house: House, person: Person) -> None:
    user = await house.user(email=ADA)
    token = await token_for(house)
    await person.arrive(one_time_token=token, login_hint=ADA)
    page = await person.arrive(one_time_token=token, login_hint=ADA)
    assert path_of(page) == "/one-time-token"
    # Without scripts there is a button.
    assert read(page).one("button").within("noscript")
    assert ADA in read(page).one("button").text
    assert "code" in answer_of(await person.follow(await person.fill(page)))
    async with house.services() as services:
        assert (await services.users.get(user.id)).last_sign_in_at is not None


async def test_a_link_works_once(house: House, person: Person) -> None:
    await house.user(email=ADA)
    page = await person.arrive(one_time_token=await token_for(house), login_hint=ADA)
    again = form_of(page)
    await person.fill(page)
    page = await person.visitor.post(again.action, data=again.fields)
    assert page.status_code == 400
    assert read(page).one("h1").text.strip() == "This link is not valid"
    assert "already been used" in read(page).one("main").text


async def test_a_link_makes_an_account_even_where_nobody_may_register(house: House, person: Person) -> None:
    await furnish(house, way(IdentifierType.EMAIL, code=False), sign_in_mode=SignInMode.SIGN_IN)
    page = await person.arrive(one_time_token=await token_for(house), login_hint=ADA)
    assert "code" in answer_of(await person.follow(await person.fill(page)))
    async with house.services() as services:
        assert await services.users.find_by_identifier(Identifier(type=IdentifierType.EMAIL, value=ADA)) is not None


@pytest.mark.parametrize("what", ["forged", "another address", "too old"])
async def test_a_link_that_is_no_good_is_told(house: House, person: Person, clock: ManualClock, what: str) -> None:
    await house.user(email=ADA)
    token = "forged" if what == "forged" else await token_for(house)
    page = await person.arrive(one_time_token=token, login_hint="eve@example.com" if "address" in what else ADA)
    if what == "too old":
        clock.advance(timedelta(minutes=11))
    page = await person.fill(page)
    assert page.status_code in {400, 404}
    assert read(page).one("h1").text.strip() == "This link is not valid"


@on_both
async def test_a_link_resets_a_password(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(IdentifierType.EMAIL, code=False))
    await house.user(email=ADA)
    page = await person.arrive(first_screen="reset_password", one_time_token=await token_for(house), login_hint=ADA)
    assert path_of(page) == "/reset-password"
    answer = await person.fill(page)
    assert path_of(answer) == "/forgot-password/reset"
    answer = await person.fill(await person.follow(answer), newPassword=PASSWORD + "!")
    assert path_of(answer) == "/sign-in"
    assert outbox.messages == []


async def test_the_page_says_nothing_that_is_not_its_own(person: Person) -> None:
    await person.arrive()
    for said, shown in (("This link has expired.", True), ("Call 0900-123456 now!", False)):
        page = await person.visitor.get(f"/one-time-token?{urlencode({'errorMessage': said})}")
        assert page.status_code == 400
        assert (said in page.text) is shown
